"""Exception reports: what in a period was late, delegated, overridden, refused, taken back or changed in flight.

Each kind is read from the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from gates.errors import BadInput, choices
from gates.ledger.entries import Kind, unstamp
from gates.levels import KIND_TITLES
from gates.rejudge.fold import Item
from gates.service import networks
from gates.service.compliance.entries import Body, Period, chains, followed, item_keys, names_of, of_kinds
from gates.service.desk import ACCESS, Desk
from gates.service.pausing import LONG
from gates.service.reviews import LATE
from gates.service.timeline import Writer
from gates.service.timers import REVIEW
from gates.store import tables as t

KINDS: Mapping[str, str] = {
    "late": "a decision given, or a round closed, after the round was due",
    "delegated": "a decision given in somebody's place",
    "override": "a round decided over the heads of all",
    "self-approval-prevented": "an author or editor who tried to decide, or to do an act that is not theirs",
    "refused": "a wrong name or password, somebody without the right, a failed sign-in, a token that was not taken",
    "deadlock": "a round nobody could decide any more",
    "emergency-without-review": "a review after the fact that was not held in its time",
    "extended": "a due time that was moved, with who asked, who granted it and why",
    "paused": "clocks that stood still for more than ten days, or do",
    "condition-lapsed": "a condition of a conditional decision that was not met in its time",
    "condition-waived": "a condition that was waived",
    "administrative": "a move by an administrative act",
    "withdrawn": "a decision its giver took back",
    "policy-changed-in-flight": "an open item moved to another text, or a text published while rounds were open",
    "proof-reset": "a proof set up anew for somebody who had one of its kind, or reported lost",
    "mail-failed": "a mail given up or sent back",
}
"""Each kind of exception and what it is."""

_OF_ACCESS = (
    Kind.SECRET_SET, Kind.PROOF_ENROLLED, Kind.PROOF_LOST, Kind.PROOF_LOCKED, Kind.PROOF_REFUSED, Kind.SIGN_IN_REFUSED,
    Kind.TOKEN_REFUSED,
)  # fmt: skip
_NOT_THERE = frozenset({"no-sso", "no-name", "not-waiting", "other-proof"})
"""Refused for what an installation lacks or what has lapsed; nobody reached for a right that was not theirs."""
_RIGHT = frozenset({"not-eligible", "not-yours"})
_BY_KIND: Mapping[str, str] = {
    Kind.ROUND_OVERRIDDEN: "override",
    Kind.ROUND_DEADLOCKED: "deadlock",
    Kind.ITEM_MIGRATED: "policy-changed-in-flight",
    Kind.NOTICE_FAILED: "mail-failed",
    Kind.EXTENSION_GRANTED: "extended",
    Kind.CONDITION_LAPSED: "condition-lapsed",
    Kind.CONDITION_WAIVED: "condition-waived",
    Kind.REVIEW_REFUSED: "refused",
}
Name = Callable[[str | None], str]


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """One exception. `item` is the chain the entry `seq` stands on; `who` acted, None for engine and operators."""

    kind: str
    item: str
    title: str
    seq: int
    at: datetime
    who: str | None
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ExceptionReport:
    """What was found, by time, and how much was looked at to find it."""

    since: datetime | None
    until: datetime | None
    kinds: tuple[str, ...]
    items: int
    entries: int
    rows: tuple[ExceptionRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind that was looked for."""
        return {kind: sum(row.kind == kind for row in self.rows) for kind in self.kinds}


def exceptions(
    desk: Desk,
    connection: Connection,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: tuple[str, ...] = (),
) -> ExceptionReport:
    """The exceptions from `since` to before `until`, of `kinds` or of all. Raises BadInput, RecordBroken."""
    for kind in kinds:
        if kind not in KINDS:
            raise BadInput({"kind": f"{kind!r} is no kind of exception. {choices(kind, list(KINDS))}"})
    period, wanted = Period(since, until), tuple(kind for kind in KINDS if not kinds or kind in kinds)
    keys = item_keys(connection, period)
    looked = connection.execute(select(func.count()).select_from(t.entries).where(*period.within())).scalar_one()
    found = [row for row in _all_rows(desk, connection, keys, period) if row.kind in wanted]
    found.sort(key=lambda row: (row.at, row.item, row.seq))
    return ExceptionReport(since, until, wanted, len(keys), looked, tuple(found))


def _all_rows(desk: Desk, connection: Connection, keys: list[str], period: Period) -> Iterator[ExceptionRow]:
    known = names_of(desk, connection)

    def name(person: str | None) -> str:
        return known.get(person, person) if person else "nobody known"

    for said in chains(connection, keys, period.until):
        for entry, after, item in followed(desk, connection, said):
            if period.holds(unstamp(entry["at"])):
                yield from _of_entry(desk, connection, entry, after, item, name)
    yield from _of_pauses(desk, connection, period, name)
    yield from _of_access(connection, period, name)
    yield from _of_rulebook(connection, period, name)


def _of_entry(
    desk: Desk, connection: Connection, entry: Body, after: Body | None, item: Item, name: Name
) -> Iterator[ExceptionRow]:
    kinds = list(_kinds(entry, after, item))
    if not kinds:
        return
    writer = Writer(desk.bound(connection, item.process_digest), name)
    sentence, _ = writer.write(Kind(entry["kind"]), entry["data"])
    for kind in kinds:
        more = f" {_lateness(entry, item)}" if kind == "late" else ""
        yield _row(kind, entry, item.title, f"{sentence}{more}", name)


def _kinds(entry: Body, after: Body | None, item: Item) -> Iterator[str]:
    """What an entry is an exception by; `item` is as it was before it."""
    kind, data = entry["kind"], entry["data"]
    if kind in _BY_KIND:
        yield _BY_KIND[kind]
    elif kind in (Kind.DECISION_RECORDED, Kind.ROUND_CLOSED):
        if _lateness(entry, item):
            yield "late"
        if data.get("on_behalf_of"):
            yield "delegated"
    elif kind in (Kind.DECISION_REFUSED, Kind.ACT_REFUSED):
        own = entry["actor"]["person"] in {item.author, *item.editors}
        if data["code"] in _RIGHT and own:
            yield "self-approval-prevented"
        elif kind == Kind.DECISION_REFUSED or data["code"] in {*_RIGHT, networks.CODE}:
            yield "refused"
    elif kind == Kind.TIMER_FIRED and data["timer"].startswith(f"{REVIEW}:") and data["did"].startswith(LATE):
        yield "emergency-without-review"
    elif kind == Kind.ITEM_MOVED and data["cause"]["administrative"]:
        yield "administrative"
    elif kind == Kind.DECISION_WITHDRAWN and not _is_replaced(entry, after):
        yield "withdrawn"


def _lateness(entry: Body, item: Item) -> str:
    """How late the round's decision or its end was; '' when it was in time or has no due time."""
    due, at = item.round(entry["data"]["round"]).due_at, unstamp(entry["at"])
    if due is None or at <= due:
        return ""
    return f"It was due {due:%Y-%m-%d %H:%M} UTC, {_span(at - due)} before."


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "d"), (hours, "h"), (minutes % 60, "min")]
    return " ".join(f"{count} {word}" for count, word in parts if count) or "less than a minute"


def _is_replaced(entry: Body, after: Body | None) -> bool:
    """Whether the same act gave a new decision. The reason alone proves nothing: people can write the same words."""
    return (
        after is not None
        and entry["data"]["reason"] == "decided again"
        and after["kind"] == Kind.DECISION_RECORDED
        and after["at"] == entry["at"]
        and all(after["data"][word] == entry["data"][word] for word in ("person", "round"))
    )


def _of_pauses(desk: Desk, connection: Connection, period: Period, name: Name) -> Iterator[ExceptionRow]:
    """Clocks that have stood still for long: an exception of the moment at which they had."""
    now = min(desk.clock.now(), period.until) if period.until is not None else desk.clock.now()
    still: dict[str, Body] = {}
    over: list[tuple[Body, datetime | None]] = []
    for entry in of_kinds(connection, (Kind.CLOCK_PAUSED, Kind.CLOCK_RESUMED), Period(until=period.until)):
        if entry["kind"] == Kind.CLOCK_PAUSED:
            still[entry["chain"]] = entry
        elif entry["chain"] in still:
            over.append((still.pop(entry["chain"]), unstamp(entry["at"])))
    for entry, ended in (*over, *((one, None) for one in still.values())):
        since = unstamp(entry["at"])
        if (ended or now) - since < LONG or not period.holds(since + LONG):
            continue
        stood = "stood" if ended is not None else "stand"
        said = f"Its clocks {stood} still for {_span((ended or now) - since)}, for {entry['data']['escalation']}."
        title = connection.execute(select(t.items.c.title).where(t.items.c.key == entry["chain"])).scalar_one()
        yield replace(_row("paused", entry, title, said, name), at=since + LONG)


def _of_access(connection: Connection, period: Period, name: Name) -> Iterator[ExceptionRow]:
    """Sign-ins and proofs. What came before the period is read too: it says who had which proof."""
    known: set[tuple[str, str]] = set()
    for entry in of_kinds(connection, _OF_ACCESS, Period(until=period.until)):
        found = _of_proof(entry, known, name)
        if found is not None and entry["chain"] == ACCESS and period.holds(unstamp(entry["at"])):
            yield _row(found[0], entry, "", found[1], name)


def _of_proof(entry: Body, known: set[tuple[str, str]], name: Name) -> tuple[str, str] | None:
    """The kind of exception and its sentence; `known` is who has had which proof, and grows."""
    kind, data = entry["kind"], entry["data"]
    if kind == Kind.PROOF_REFUSED:
        return None if data["code"] in _NOT_THERE else ("refused", f"An act on proofs was refused: {data['why']}")
    if kind == Kind.TOKEN_REFUSED:
        return "refused", f"A use of a token of {name(data['person'])} was refused: {data['why']}"
    who = name(data["person"])
    if kind == Kind.SIGN_IN_REFUSED:
        return "refused", f"A sign-in as {who} was refused."
    if kind == Kind.PROOF_LOCKED:
        return "refused", f"Too many wrong guesses as {who} ({data['where']})."
    if kind == Kind.PROOF_LOST:
        return "proof-reset", f"Reported lost of {who}: {', '.join(KIND_TITLES[one] for one in data['kinds'])}."
    proof = data.get("proof", "password")
    if (data["person"], proof) not in known:
        known.add((data["person"], proof))
        return None
    officers = ""
    if "confirmed_by" in data:
        officers = f" {name(data['requested_by'])} asked for it and {name(data['confirmed_by'])} confirmed it."
    return "proof-reset", f"The {KIND_TITLES[proof]} of {who} {_was(proof)} set anew.{officers}"


def _was(proof: str) -> str:
    return "were" if KIND_TITLES[proof].endswith("s") else "was"


def _of_rulebook(connection: Connection, period: Period, name: Name) -> Iterator[ExceptionRow]:
    """Texts published while rounds under an earlier text of the same process were open."""
    published = [e for e in of_kinds(connection, (Kind.PROCESS_PUBLISHED,), period) if e["data"]["before"]]
    if not published:
        return
    rounds = _rounds(connection, period.until)
    for entry in published:
        data, at = entry["data"], unstamp(entry["at"])
        open_ = sorted(one.item for one in rounds if one.process == data["process"] and one.is_open(at))
        if open_:
            count = f"{len(open_)} round{'s were' if len(open_) > 1 else ' was'} open"
            said = f"Version {data['version']} of {data['process']} was published while {count}: {', '.join(open_)}."
            yield _row("policy-changed-in-flight", entry, str(data["text"]["title"]), said, name)


@dataclass(slots=True)
class _Round:
    item: str
    process: str
    opened_at: datetime
    closed_at: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        return self.opened_at <= at and (self.closed_at is None or self.closed_at > at)


def _rounds(connection: Connection, until: datetime | None) -> list[_Round]:
    processes: dict[str, str] = {}
    rounds: dict[str, _Round] = {}
    kinds = (Kind.ITEM_CREATED, Kind.ROUND_OPENED, Kind.ROUND_CLOSED)
    for entry in of_kinds(connection, kinds, Period(until=until)):
        chain, data, at = entry["chain"], entry["data"], unstamp(entry["at"])
        if entry["kind"] == Kind.ITEM_CREATED:
            processes[chain] = data["process"]
        elif entry["kind"] == Kind.ROUND_OPENED:
            rounds[data["round"]] = _Round(chain, processes[chain], at)
        else:
            rounds[data["round"]].closed_at = at
    return list(rounds.values())


def _row(kind: str, entry: Body, title: str, sentence: str, name: Name) -> ExceptionRow:
    person, via = entry["actor"]["person"], entry["actor"]["via"]
    who = name(person) if person else ("Tollgate" if via == "engine" else "an operator")
    if entry["kind"] in (Kind.SIGN_IN_REFUSED, Kind.TOKEN_REFUSED) and not person:
        who = "nobody known"
    return ExceptionRow(kind, entry["chain"], title, entry["seq"], unstamp(entry["at"]), person, who, sentence)
