"""The map: how a log's columns and words stand for a process's items, events, states and fields."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from policies.model.base import Model, Name


class Columns(Model):
    """The log's columns."""

    item: str
    at: str
    """When, as `2026-08-20T15:00:00Z`."""
    event: str
    origin: str
    """The status before."""
    to: str
    """The status after."""
    is_bot: str | None = None
    """`1` where a machine acted."""


class EventWords(Model):
    """The log's words for what happened; a row with another word is refused."""

    created: str
    status: str
    """A change of status."""
    edit: str
    deleted: str | None = None


class FieldColumn(Model):
    """A field that is filled from a column."""

    column: str
    in_: tuple[Name, ...] = Field(alias="in")
    """Only from rows that leave the item in one of these states."""


class ReplayMap(Model):
    """One map file of a log of status changes."""

    judge: Literal["moves"] = "moves"
    columns: Columns
    events: EventWords
    states: dict[str, Name]
    """The log's status -> the process's state. A status that is not listed is followed and never judged."""
    since: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    """The day the rule came into force; earlier rows are followed and not judged."""
    fields: dict[Name, FieldColumn] = {}
