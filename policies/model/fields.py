"""What an item carries: typed fields, and the criteria of a gate."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Key

from policies.model.base import Condition, Model, Name, Text, Title

FieldType = Literal[
    "text", "number", "integer", "money", "choice", "date", "moment", "boolean", "person", "link", "list", "item"
]


class Field(Model):
    """One field of the item."""

    type: FieldType
    """What may be written in it. `moment` is a day and a time by the clock of the
    item's site, `list` a list of short texts, `item` the key of another item."""
    title: Title | None = None
    """What approvers read; the name itself when left out."""
    description: Text | None = None
    currency: str | None = Key(default=None, pattern=r"^[A-Z]{3}$")
    """For money: ISO 4217, for instance EUR."""
    of: tuple[str, ...] | None = None
    """For choice: the values it may take. For list, optionally the same. For item: the processes it may be of."""
    required: bool = True
    """Whether an act that `needs: [fields]` is refused while it is empty."""
    when: Condition | None = None
    """The field is asked for only while this holds."""


class Criterion(Model):
    """One must-meet or should-meet line."""

    text: Text
    """What has to be true, as the gatekeepers read it."""
    must: bool = True
    """Must-meet lines hold up an act that `needs: [criteria]`; should-meet lines are shown."""
    evidence: Literal["link", "document", "none"] = "none"
    """What has to be on file before the line counts as met."""
    owner: Name | None = None
    """The role that answers for it."""
    when: Condition | None = None
    """The line applies only while this holds, for instance at one gate."""
