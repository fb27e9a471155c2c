"""What the API takes and answers with, as OpenAPI describes it. All times are UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

Text = Annotated[StrictStr, Field(max_length=10_000)]
Value = Text | StrictBool | StrictInt | Annotated[list[Text], Field(max_length=200)] | None


class Neighbour(BaseModel):
    """Another item. `state` is its state's title where it is known here."""

    key: str
    title: str = ""
    state: str = ""
    url: str


class Line(BaseModel):
    """One item of a list."""

    key: str
    title: str
    process: str
    state: str
    state_title: str
    site: str | None
    author_name: str
    ended: bool
    signed: int = Field(description="How many of those whose signature counts now have signed.")
    asked: int
    due_at: datetime | None
    first_due_at: datetime | None = Field(
        description="When it was due before it was extended, or went on under a text with another due time; else null."
    )
    updated_at: datetime
    escalations: list[Neighbour] = Field(description="Open escalations about it.")
    url: str


class Page(BaseModel):
    """One page of a list, the latest change first."""

    items: list[Line]
    next: str | None = Field(description="The address of the next page; null at the end.")


class Asked(BaseModel):
    """Somebody who is asked and has not decided."""

    person: str
    name: str
    capacity: str
    needed: bool = Field(description="False for whose support it can go on without.")
    due_at: datetime | None
    unreached: str = Field(description="Why the last mail that asked them did not arrive; '' when it did.")


class Given(BaseModel):
    """A decision that stands."""

    person: str
    name: str
    capacity: str
    position: str
    at: datetime | None
    on_behalf_of: str = Field(description="The name of whom it was given for, or ''.")
    set_aside: str = Field(description="Why it does not count, or ''.")
    again_since: datetime | None = Field(description="Since when they are asked again, an edit having let it fall.")


class RoundNow(BaseModel):
    """The open round, else the latest. `verdict` is one sentence: what the policy says now, or the outcome."""

    number: int
    policy: str
    title: str
    question: str
    revision: int
    is_open: bool
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None
    verdict: str
    missing: list[Asked]
    given: list[Given]


class Due(BaseModel):
    """When it is due. `first` is set where that was moved by an extension."""

    current: datetime | None
    first: datetime | None
    paused_since: datetime | None
    paused_by: str | None = Field(description="The escalation that the clocks wait for.")


class Links(BaseModel):
    """Where to go on."""

    self: str
    page: str
    record: str
    escalations: str = Field(description="POST here raises one.")


class Item(BaseModel):
    """One item: where it is, who is missing, by when, and what it is linked to."""

    key: str
    title: str
    process: str
    process_title: str
    kind: str
    state: str
    state_title: str
    ended: bool
    site: str | None
    program: str | None
    project: str | None
    author: str | None
    owner: str | None
    revision: int
    revision_digest: str
    updated_at: datetime
    waiting_for: str = Field(description="One sentence: what moves it on.")
    missing_site: str = Field(description="That a site is needed and missing, with those there are; else ''.")
    fields: dict[str, Any]
    round: RoundNow | None
    due: Due
    about: Neighbour | None
    escalations: list[Neighbour]
    escalates_in: str | None = Field(
        description="The process people raise escalations about it in, where there is one."
    )
    links: Links


class Raise(BaseModel):
    """An escalation to be raised. `fields` are those of its process: `colour`, `impact`, `decision-needed`,
    `latest-date`, `options` in the one that is shipped."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[StrictStr, Field(max_length=1000)]
    process: Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")] | None = Field(
        default=None, description="Left out: the one the item's own process names, else the only one there is."
    )
    fields: dict[Annotated[StrictStr, Field(max_length=80)], Value] = Field(default_factory=dict, max_length=100)


class Raised(BaseModel):
    """The escalation that was raised, and what it is about."""

    key: str
    about: str
    url: str
    page: str
