"""An item as its entries tell it: apply them one by one, oldest first.

What an entry does not say is not here: links, clocks and mails are work owed, not state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gates.itemfacts import OWNER, SITE
from gates.ledger.entries import unstamp
from gates.rejudge.clocks import CLOCKS, Escalated, Extension, Handover, Pause, drop_asked
from gates.rejudge.kept import KEPT, Condition, Review, drop_open
from gates.rejudge.windows import BOOKED, Booked, free_on_move
from policies.load import LoadedProcess

Texts = Callable[[str], LoadedProcess]
"""The process text with a digest, loaded."""


@dataclass
class Revision:
    """One revision. `changed` names what differs from the one before."""

    number: int
    digest: str
    content: dict[str, Any]
    changed: list[str]
    editor: str | None
    reason: str
    at: datetime


@dataclass
class Ask:
    """One person asked in a round."""

    person: str
    capacity: str
    needed: bool
    at: datetime
    due_at: datetime | None = None
    site: str | None = None
    on_behalf_of: str | None = None
    withdrawn_at: datetime | None = None
    unreached: str | None = None


@dataclass
class Said:
    """One decision, with the entry's own words in `data`."""

    id: str
    seq: int
    at: datetime
    data: Mapping[str, Any]
    withdrawn_at: datetime | None = None


@dataclass
class Conduct:
    """One act on a round: `lift`, `attend`, `close` or `override`."""

    kind: str
    seq: int
    at: datetime
    person: str
    subject: str
    reason: str


@dataclass
class Round:
    """One opening of a policy."""

    id: str
    number: int
    policy: str
    state: str
    revision: int
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None = None
    outcome: str | None = None
    deadlocked_at: datetime | None = None
    closed_seq: int = 0
    closed_revision: int = 0
    """The entry it was closed by, and the revision that was judged then."""
    asks: dict[str, Ask] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    conduct: list[Conduct] = field(default_factory=list)


@dataclass
class Moved:
    """One move."""

    seq: int
    origin: str
    to: str
    cause: str
    name: str
    person: str | None
    at: datetime


@dataclass
class Item:
    """An item so far."""

    key: str
    process: str
    process_digest: str
    kind: str
    state: str
    author: str | None
    about: str | None
    created_at: datetime
    entered_at: datetime
    touched_at: datetime
    previous_state: str | None = None
    submitter: str | None = None
    ended: str | None = None
    revisions: list[Revision] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    moves: list[Moved] = field(default_factory=list)
    conditions: dict[int, Condition] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    extensions: dict[int, Extension] = field(default_factory=dict)
    pauses: list[Pause] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    escalations: dict[str, Escalated] = field(default_factory=dict)
    bookings: list[Booked] = field(default_factory=list)

    @property
    def content(self) -> dict[str, Any]:
        return self.revisions[-1].content

    @property
    def revision(self) -> int:
        return self.revisions[-1].number

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def site(self) -> str | None:
        return self._word("site")

    @property
    def program(self) -> str | None:
        return self._word("program")

    @property
    def project(self) -> str | None:
        return self._word("project")

    @property
    def owner(self) -> str | None:
        return self._word("owner")

    @property
    def open_round(self) -> Round | None:
        return next((one for one in self.rounds if one.closed_at is None), None)

    @property
    def editors(self) -> tuple[str, ...]:
        return tuple(one.editor for one in self.revisions[1:] if one.editor)

    @property
    def performers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.person for one in self.moves if one.cause == "act" and one.person))

    def round(self, round_id: str) -> Round:
        """The round with this id. Raises KeyError."""
        for one in self.rounds:
            if one.id == round_id:
                return one
        raise KeyError(round_id)

    def _word(self, name: str) -> str | None:
        value = self.content[name]
        return None if value is None else str(value)


def created(entry: Mapping[str, Any], texts: Texts) -> Item:
    """The item that an `item:created` entry begins."""
    data, at = entry["data"], unstamp(entry["at"])
    person = entry["actor"]["person"]
    process = texts(data["process_digest"]).process
    return Item(
        key=entry["chain"],
        process=data["process"],
        process_digest=data["process_digest"],
        kind=data["kind"],
        state=data["state"],
        author=person,
        about=data["about"],
        created_at=at,
        entered_at=at,
        touched_at=at,
        ended=process.states[data["state"]].end,
        revisions=[Revision(1, data["revision_digest"], data["content"], [], person, "", at)],
    )


def apply(item: Item, entry: Mapping[str, Any], texts: Texts) -> None:
    """Let one further entry take effect on `item`; kinds that change no state are passed over."""
    effect = _EFFECTS.get(entry["kind"])
    if effect is not None:
        effect(item, entry, unstamp(entry["at"]), texts)


def fold(entries: list[dict[str, Any]], texts: Texts) -> Item:
    """The item after all of `entries` (its whole chain, oldest first)."""
    item = created(entries[0], texts)
    for entry in entries[1:]:
        apply(item, entry, texts)
    return item


def _edited(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    data = entry["data"]
    content = {**item.content, "fields": {**item.content["fields"]}, "criteria": {**item.content["criteria"]}}
    for name, (_, after) in data["changed"].items():
        if name.startswith("criteria."):
            content["criteria"][name.removeprefix("criteria.")] = after
        elif name in ("title", "depends_on"):
            content[name] = after
        elif name == OWNER:
            content["owner"] = after
        elif name == SITE:
            content["site"] = after
        else:
            content["fields"][name] = after
    item.revisions.append(
        Revision(
            data["revision"],
            data["revision_digest"],
            content,
            list(data["changed"]),
            entry["actor"]["person"],
            data["reason"],
            at,
        )
    )
    item.touched_at = at


def _moved(item: Item, entry: Mapping[str, Any], at: datetime, texts: Texts) -> None:
    data, cause = entry["data"], entry["data"]["cause"]
    process = texts(data["process_digest"]).process
    if cause["kind"] == "act" and data["from"] == process.start:
        item.submitter = cause["by"]
    item.moves.append(Moved(entry["seq"], data["from"], data["to"], cause["kind"], cause["name"], cause["by"], at))
    drop_open(item)
    drop_asked(item)
    item.previous_state, item.state = data["from"], data["to"]
    item.entered_at = item.touched_at = at
    item.ended = process.states[data["to"]].end
    free_on_move(item, at)


def _migrated(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    item.process_digest, item.touched_at = entry["data"]["process_digest"], at


def _opened(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    data = entry["data"]
    due = unstamp(data["due_at"]) if data["due_at"] else None
    item.rounds.append(Round(data["round"], data["number"], data["policy"], item.state, data["revision"], at, due))
    _asked(item, entry, at, _texts)


def _asked(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    asks = item.round(entry["data"]["round"]).asks
    for one in entry["data"]["asks"]:
        due = one.get("due_at")  # before there were calendars for each, everybody had the due time of the round
        when = unstamp(due) if due else None
        behalf = one.get("on_behalf_of")
        asks[one["person"]] = Ask(one["person"], one["capacity"], one["needed"], at, when, one.get("site"), behalf)


def _ask_withdrawn(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    item.round(entry["data"]["round"]).asks[entry["data"]["person"]].withdrawn_at = at


def _rescheduled(item: Item, entry: Mapping[str, Any], _at: datetime, _texts: Texts) -> None:
    due, one = entry["data"]["due_at"], item.round(entry["data"]["round"])
    one.due_at = unstamp(due) if due else None
    for ask in entry["data"].get("asks", ()):
        one.asks[ask["person"]].due_at = unstamp(ask["due_at"]) if ask["due_at"] else None


def _noticed(item: Item, entry: Mapping[str, Any], _at: datetime, _texts: Texts) -> None:
    """Whether a mail that asks reached the one it was for."""
    data = entry["data"]
    if data.get("round") is not None:  # before it was named, nobody was marked as not reached
        ask = item.round(data["round"]).asks.get(data["person"])
        if ask is not None:
            ask.unreached = data.get("error")


def _closed(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    data = entry["data"]
    one = item.round(data["round"])
    one.closed_at, one.outcome = at, data["outcome"]
    one.closed_seq, one.closed_revision = entry["seq"], data.get("revision", one.revision)


def _deadlocked(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    item.round(entry["data"]["round"]).deadlocked_at = at


def _freed(item: Item, entry: Mapping[str, Any], _at: datetime, _texts: Texts) -> None:
    item.round(entry["data"]["round"]).deadlocked_at = None


def _decided(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    data = entry["data"]
    item.round(data["round"]).said.append(Said(data["decision"], entry["seq"], at, data))


def _withdrawn(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
    for one in item.round(entry["data"]["round"]).said:
        if one.id == entry["data"]["decision"]:
            one.withdrawn_at = at


def _conducted(kind: str, subject: Callable[[Mapping[str, Any]], str]) -> Callable[..., None]:
    def effect(item: Item, entry: Mapping[str, Any], at: datetime, _texts: Texts) -> None:
        data = entry["data"]
        act = Conduct(kind, entry["seq"], at, data["by"], subject(data), data["reason"])
        item.round(data["round"]).conduct.append(act)

    return effect


_EFFECTS: dict[str, Callable[[Item, Mapping[str, Any], datetime, Texts], None]] = {
    "item:edited": _edited,
    "item:moved": _moved,
    "item:migrated": _migrated,
    "item:round:opened": _opened,
    "item:round:asked": _asked,
    "item:ask:withdrawn": _ask_withdrawn,
    "item:ask:reclaimed": _conducted("reclaim", lambda _: ""),
    "item:round:rescheduled": _rescheduled,
    "item:round:closed": _closed,
    "item:notice:sent": _noticed,
    "item:notice:failed": _noticed,
    "item:round:deadlocked": _deadlocked,
    "item:round:freed": _freed,
    "item:decision:recorded": _decided,
    "item:decision:withdrawn": _withdrawn,
    **KEPT,
    **CLOCKS,
    **BOOKED,
    "item:decision:lifted": _conducted("lift", lambda data: str(data["decision"])),
    "item:attendance:recorded": _conducted("attend", lambda data: json.dumps(data["present"])),
    "item:round:called": _conducted("close", lambda _: ""),
    "item:round:overridden": _conducted("override", lambda data: str(data["outcome"])),
}
