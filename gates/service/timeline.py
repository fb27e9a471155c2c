"""An item's record as sentences, one per entry, oldest first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from gates.items import TimelineLine
from gates.ledger.entries import Kind
from gates.levels import EVIDENCE_TITLES, LEVELS, TITLES
from gates.moves import CONDITIONS
from gates.service import clock_lines, following_lines, window_lines
from gates.service.desk import Bound, Desk, item_row
from gates.service.linewords import minute
from gates.service.moving import title_of_outcome, title_of_state
from gates.service.timers import ALARM
from gates.service.timerwords import timer_sentence
from gates.store import tables as t

Data = Mapping[str, Any]

_IDLE = re.compile(r"(?:reminded|told|handed) 0|its condition does not hold|folded .*")
"""What a timer says that found nothing to do."""


@dataclass(frozen=True, slots=True)
class ClockLine:
    """Something that time alone led to: when, about which item, and what."""

    at: datetime
    item: str
    title: str
    sentence: str


def timeline(desk: Desk, connection: Connection, key: str, bound: Bound) -> tuple[TimelineLine, ...]:
    """Every entry of the item as a line."""
    people = desk.book(connection).people

    def name(person: str | None) -> str:
        return people[person].name if person in people else (person or "Tollgate")

    writer = Writer(bound, name)
    lines = []
    for row in connection.execute(select(t.entries).where(t.entries.c.chain == key).order_by(t.entries.c.seq)):
        body = json.loads(row.body)
        sentence, details = writer.write(Kind(row.kind), body["data"])
        who = name(body["actor"]["person"])
        lines.append(TimelineLine(row.seq, row.at, row.kind, who, sentence, row.digest, details))
    return tuple(lines)


BY_CLOCK = frozenset(
    {
        Kind.TIMER_FIRED,
        Kind.ITEM_MOVED,
        Kind.ROUND_ASKED,
        Kind.ROUND_HANDED,
        Kind.ASK_WITHDRAWN,
        Kind.ESCALATION_CLOSED,
        Kind.CLOCK_PAUSED,
        Kind.CLOCK_RESUMED,
        Kind.NOTICE_FAILED,
    }
)
"""What the passing of time leads to, where nobody acts."""


def by_clock_since(desk: Desk, connection: Connection, moment: datetime) -> list[ClockLine]:
    """What came by time alone since `moment`, oldest first; not what timers found nothing to do about."""
    people = desk.book(connection).people
    rows = connection.execute(
        select(t.entries.c.chain, t.entries.c.at, t.entries.c.kind, t.entries.c.body, t.items.c.title)
        .join(t.items, t.items.c.key == t.entries.c.chain)
        .where(t.entries.c.kind.in_({kind.value for kind in BY_CLOCK}), t.entries.c.at >= moment)
        .order_by(t.entries.c.at, t.entries.c.chain, t.entries.c.seq)
    )
    found = []
    for row in rows:
        body = json.loads(row.body)
        data = body["data"]
        if body["actor"]["person"] is not None or _is_idle(data):
            continue
        writer = Writer(
            desk.bound(connection, str(item_row(connection, row.chain).process_digest)),
            lambda person: people[person].name if person in people else (person or "Tollgate"),
        )
        sentence, _details = writer.write(Kind(row.kind), data)
        found.append(ClockLine(row.at, row.chain, row.title, sentence))
    return found


def _is_idle(data: Data) -> bool:
    """A timer that found nothing to do, or looked at a verdict again: what that led to stands beside it."""
    did = data.get("did", "")
    looked = data.get("timer") == ALARM and not did.startswith("told")
    return looked or _IDLE.fullmatch(did) is not None


class Writer(following_lines.FollowingWriter, clock_lines.ClockWriter, window_lines.WindowWriter):
    """One method per kind of entry; a kind without one would fail the test that walks them."""

    def __init__(self, bound: Bound, name: Callable[[str | None], str]) -> None:
        self.bound = bound
        self.name = name

    def write(self, kind: Kind, data: Data) -> tuple[str, tuple[str, ...]]:
        """The sentence and the details of one entry."""
        said = getattr(self, kind.value.replace(":", "_").replace("-", "_"))(data)
        return said if isinstance(said, tuple) else (said, ())

    def item_created(self, data: Data) -> str:
        about = f", about {data['about']}" if data.get("about") else ""
        return f"Created{about}."

    def item_edited(self, data: Data) -> tuple[str, tuple[str, ...]]:
        reason = f" ({data['reason']})" if data["reason"] else ""
        details = tuple(
            f"{name.removeprefix('criteria.').removeprefix('item.')}: {_short(old)} → {_short(new)}"
            for name, (old, new) in data["changed"].items()
        )
        return f"Edited: revision {data['revision']}{reason}.", details

    def item_moved(self, data: Data) -> tuple[str, tuple[str, ...]]:
        cause = data["cause"]
        words = {
            "act": f"act “{cause['name']}”",
            "verdict": f"verdict “{cause['name'].replace('_', ' ')}”",
            "timer": "a timer",
            "dependency": "its conditions, all met" if cause["name"] == CONDITIONS else "what it depends on is done",
        }[cause["kind"]]
        mark = ", administrative" if cause["administrative"] else ""
        reason: tuple[str, ...] = (f"Reason: {cause['reason']}",) if cause["reason"] else ()
        reason += following_lines.rested(data) + clock_lines.answered(data)
        origin, to = (title_of_state(self.bound, data[end]) for end in ("from", "to"))
        return f"{origin} → {to}, by {words}{mark}.", (*reason, *data["notes"])

    def item_acted(self, data: Data) -> str:
        return f"Act “{data['act']}”." + (f" Reason: {data['reason']}" if data["reason"] else "")

    def item_viewed(self, data: Data) -> str:
        return f"Looked at revision {data['revision']}."

    def item_migrated(self, data: Data) -> str:
        due = f" It was due {minute(data['was_due_at'])} under the earlier one." if "was_due_at" in data else ""
        return f"Went on under version {data['version']} of its process{_because(data)}.{due}"

    def item_act_refused(self, data: Data) -> str:
        return f"Act “{data['act']}” was refused: {data['why']}"

    def item_round_opened(self, data: Data) -> str:
        asked = ", ".join(self.name(person) for person in data["asked"])
        return f"Round {data['number']} opened on revision {data['revision']}; asked: {asked or 'nobody'}."

    def item_round_asked(self, data: Data) -> str:
        return f"Asked as well: {', '.join(self.name(one['person']) for one in data['asks'])}."

    def item_ask_withdrawn(self, data: Data) -> str:
        return f"{self.name(data['person'])} is asked no more: {data['why']}"

    def item_ask_reclaimed(self, data: Data) -> str:
        return f"{self.name(data['by'])} {data['reason']}; from now on nobody sits in their place in this round."

    def item_round_rescheduled(self, data: Data) -> str:
        return (
            f"The round is now due {minute(data['due_at'])}{_because(data)}."
            if data["due_at"]
            else "The round has no due time now."
        )

    def item_rescheduled(self, data: Data) -> str:
        return (
            f"It is now due {minute(data['due_at'])}{_because(data)}." if data["due_at"] else "It has no due time now."
        )

    def item_round_freed(self, _data: Data) -> str:
        return "No deadlock any more: it can be decided again."

    def item_round_closed(self, data: Data) -> str:
        if data["outcome"] is None:
            return f"Round closed without a verdict. {data['why']}"
        return f"Round closed: {title_of_outcome(self.bound, data['policy'], data['outcome'])}."

    def item_round_deadlocked(self, data: Data) -> str:
        return f"Deadlock. {data['verdict']['sentence']}"

    def item_decision_recorded(self, data: Data) -> tuple[str, tuple[str, ...]]:
        word = data["position"].replace("_", " ").replace("-", " ").capitalize()
        comment = (f"“{data['comment']}”",) if data["comment"] else ()
        behalf = f" for {self.name(data['on_behalf_of'])}" if data.get("on_behalf_of") else ""
        signed = f"{word} by {data['name']}{behalf} as {data['capacity']}, on revision {data['revision']}."
        level = data.get("level", LEVELS[data["proof"]])
        how = EVIDENCE_TITLES[data["evidence"]["kind"]] if "evidence" in data else TITLES[data["proof"]]
        local = f" Local time: {data['local_time']} ({data['zone']})." if "local_time" in data else ""
        return signed, (*comment, f"Meaning: {data['meaning']}. Proof: {level}, {how}.{local}")

    def item_decision_withdrawn(self, data: Data) -> str:
        reason = f": {data['reason']}" if data["reason"] else ""
        return f"{self.name(data['person'])} took a decision back{reason}."

    def item_decision_refused(self, data: Data) -> str:
        return f"An attempt to sign as {self.name(data['person'])} was refused: {data['why']}"

    def item_decision_lifted(self, data: Data) -> str:
        whose = self.name(data["person"])
        return f"{self.name(data['by'])} lifted “{data['position'].replace('_', ' ')}” of {whose}{_because(data)}."

    def item_attendance_recorded(self, data: Data) -> str:
        return f"Present: {', '.join(self.name(person) for person in data['present']) or 'nobody'}."

    def item_round_called(self, data: Data) -> str:
        return f"{self.name(data['by'])} closed the round{_because(data)}."

    def item_round_overridden(self, data: Data) -> str:
        outcome = title_of_outcome(self.bound, data["policy"], data["outcome"])
        return f"Overridden by {self.name(data['by'])}: {outcome}{_because(data)}."

    def item_link_renewed(self, data: Data) -> str:
        return f"A fresh link was sent to {self.name(data['person'])}."

    def item_notice_sent(self, data: Data) -> str:
        return f"Mail “{data['message']}” went to {self.name(data['person'])}."

    def item_notice_failed(self, data: Data) -> tuple[str, tuple[str, ...]]:
        what = "came back, by a report that anybody can write" if data.get("returned") else "was given up"
        return f"Mail “{data['message']}” to {self.name(data['person'])} {what}.", (data["error"],)

    def item_timer_fired(self, data: Data) -> str:
        folded = data.get("folded", [])
        times = f" It stands for {len(folded)} earlier, due since {minute(folded[0])}." if folded else ""
        whom = self.name(data["person"]) if "person" in data else ""
        return f"{timer_sentence(data['timer'], data['did'], whom)}{times}"

    def item_escalation_raised(self, data: Data) -> tuple[str, tuple[str, ...]]:
        runs = clock_lines.RUNS_FOR.get(data.get("runs_for", ""))
        return f"Escalation {data['escalation']} raised: {data['title']}.", (runs,) if runs else ()

    def item_trail_reviewed(self, data: Data) -> tuple[str, tuple[str, ...]]:
        return f"Trail reviewed up to entry {data['entries']}.", (f"Finding: {data['finding']}",)

    def item_review_refused(self, data: Data) -> str:
        return f"A review of the trail was refused: {data['why']}"


def _because(data: Data) -> str:
    return f" ({data['reason']})" if data.get("reason") else ""


def _short(value: Any) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, dict):
        return " · ".join(
            str(part) for part in ("met" if value["met"] else "open", value["evidence"], value["note"]) if part
        )
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
