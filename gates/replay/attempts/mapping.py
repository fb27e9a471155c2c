"""The map of a log of gate attempts: what its columns, words, names and groups stand for in a process.

    judge: attempts
    columns: {item: item_id, at: ts, transaction: commit, event: event, name: field, to: to, scope: sig}
    events: {created: [created], changed: [set], signed: [prr], deleted: [deleted], ignored: [moved]}
    policy: production-readiness
    attempt: {changes: [status, stage], while: {status: [implementable, implemented]}}
    fields: {status: {from: status}, release: {from: latest_milestone, as: version}}

Closed: nothing here names code, and an unknown key is refused with its line.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Key

from policies.model.base import Model, Name, Title

Relation = Literal["author", "owner", "submitter", "editors", "performed_by"]
Separator = Annotated[str, Key(min_length=1, max_length=3)]
Words = tuple[str, ...]


class AttemptColumns(Model):
    """The log's columns."""

    item: str
    at: str
    """When, as `2026-08-20T15:00:00Z`."""
    transaction: str
    """Rows of one transaction stand together and happen at once; an item is judged after the last of them."""
    event: str
    name: str
    """What is changed, or what is signed for."""
    to: str
    """The value after the change, or the person who signed (empty: withdrawn)."""
    scope: str | None = None
    """Where a signature counts, for logs that keep several."""


class AttemptWords(Model):
    """The log's words for what happened; a row with another word is refused."""

    changed: Words
    """`name` becomes `to`."""
    signed: Words
    """`to` signs for `name`."""
    created: Words = ()
    deleted: Words = ()
    ignored: Words = ()


class AttemptWhen(Model):
    """What makes a gate attempt."""

    changes: Words
    """A transaction that changes one of these names of an item …"""
    while_: dict[str, Words] = Key(default_factory=dict, alias="while")
    """… and leaves it with these values."""


class FieldFrom(Model):
    """A field of the process that is filled from a name of the log; an empty value leaves it empty."""

    from_: str = Key(alias="from")
    as_: Literal["version"] | None = Key(default=None, alias="as")
    """`version`: `v1.21` or `1.21.3` becomes 1021 (major × 1000 + minor), for an integer field; what does not
    read so leaves the field empty."""
    split: Separator | None = None
    """What stands between the values of a list."""


class PeopleFrom(Model):
    """People of the item, from a name of the log."""

    from_: str = Key(alias="from")
    split: Separator = ";"


class SignOffs(Model):
    """Which signatures are in force for an attempt, and become decisions of the policy."""

    key: str
    """The name whose value a signature is for: the row's `name` equals it."""
    scope: str | None = None
    """The name whose value the row's `scope` equals."""
    position: Name = "approve"
    any_field: Name | None = None
    """A boolean field: whether any signature is in force in this scope."""
    key_field: Name | None = None
    """A boolean field: whether one is in force for this key."""


class GroupColumns(Model):
    """The columns of the log of groups; each row is a group's whole membership from then on."""

    at: str
    group: str
    members: str


class Groups(Model):
    """Who holds which role since when."""

    columns: GroupColumns
    roles: dict[str, Name]
    """The log's group -> the role of the policy."""
    split: Separator = ";"


class WhatIf(Model):
    """The same policy, changed: which passes would not have passed?"""

    exclude: tuple[Name, ...]
    """Separation of duties for the whole policy."""


class Overlap(Model):
    """Passes where people of one name are found in another; one of `some` and `every`."""

    some: str | None = None
    """At least one person of this name …"""
    every: str | None = None
    """Everybody of this name, and there is somebody …"""
    among: str
    """… is a person of that name."""
    split: Separator = ";"


class Follow(Model):
    """How one name of an item goes from value to value."""

    days_between: tuple[tuple[str, str], ...] = ()
    """Pairs of values: the days from first having the one to first having the other."""


class AttemptsMap(Model):
    """One map file of a log of gate attempts."""

    judge: Literal["attempts"]
    columns: AttemptColumns
    events: AttemptWords
    policy: Name
    """The policy of the process that judges."""
    attempt: AttemptWhen
    exempt: tuple[Name, ...] = ()
    """Outcomes that say the rule asks nothing; counted beside the attempts."""
    fields: dict[Name, FieldFrom]
    sign_offs: SignOffs
    people: dict[Relation, PeopleFrom] = Key(default_factory=dict)
    groups: Groups | None = None
    by: tuple[Name, ...] = ()
    """Fields of the process to break the figures down by."""
    what_if: dict[Title, WhatIf] = Key(default_factory=dict)
    overlaps: dict[Title, Overlap] = Key(default_factory=dict)
    follow: dict[str, Follow] = Key(default_factory=dict)
