"""More time: asked for by whoever may, granted by somebody else where the process says so; the first date stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, insert, select, update

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.moves import may, who_in_words
from gates.service.deciding import Refusing
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import item_facts, open_round_of
from gates.service.moving import title_of_state
from gates.service.pausing import extend_clocks
from gates.service.people import owe_mail, resolve, watchers
from gates.service.timers import calendar_for, due_now, end_of_day, timer_due
from gates.store import Unit
from gates.store.clock_tables import extensions as x
from policies.canonical import nfc
from policies.durations import parse_duration
from policies.facts import ItemFacts, Roster
from policies.model import Extend
from policies.phrases import on_day, phrase

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class _Scene:
    """An item with its due time, and everything an act on it looks at."""

    row: Row[Any]
    bound: Bound
    extend: Extend
    due_at: datetime
    facts: ItemFacts
    roster: Roster
    by: Actor

    @property
    def person(self) -> str:
        return self.by.person or ""

    def entered(self, number: int, **more: Any) -> dict[str, Any]:
        """What every such entry says; the roles the person held let their right be judged again."""
        held = [[one.role, one.site] for one in self.roster.holdings if one.person == self.person]
        said = {"number": number, "by": self.person, "roles": held, "process_digest": self.row.process_digest}
        return {**said, **more}


def due_at(connection: Connection, row: Row[Any]) -> datetime | None:
    """When the item's present stay is due, as things stand; None where nothing is."""
    round_row = open_round_of(connection, row.key)
    return timer_due(connection, row) if round_row is None else round_row.due_at


def ask(desk: Desk, unit: Unit, key: str, by: Actor, until: date, reason: str) -> str | Refusing:
    """Ask for time until the end of `until`, by the clock of the item's site. Returns a sentence.

    Where nobody has to grant it, it is given at once. Raises NotFound, BadInput. Answers Refusing, which is entered.
    """
    scene = _scene(desk, unit, key, by, "extend")
    if isinstance(scene, Refusing):
        return scene
    refusal = _may_ask(unit, scene)
    if refusal is not None:
        return _refuse(unit, scene.row, "extend", by, *refusal)
    moment, why = _until(desk, unit, scene, until), _reason(scene, reason)
    number = _next(unit, key)
    data = scene.entered(number, state=scene.row.state, due_at=stamp(scene.due_at), until=stamp(moment), reason=why)
    granted = scene.extend.approve is None
    unit.enter(key, Kind.EXTENSION_GRANTED if granted else Kind.EXTENSION_ASKED, by, data)
    unit.connection.execute(
        insert(x).values(
            item=key,
            number=number,
            state=scene.row.state,
            stay=scene.row.entered_at,
            due_at=scene.due_at,
            until=moment,
            standing="granted" if granted else "asked",
            asked_by=scene.person,
            asked_at=unit.now,
            reason=why,
            settled_by=scene.person if granted else None,
            settled_at=unit.now if granted else None,
            answer="",
        )
    )
    if granted:
        return _give(desk, unit, scene, number, scene.due_at, moment)
    said = phrase(
        "%(name)s asks for time until %(day)s for %(item)s: %(why)s",
        name=scene.roster.name(scene.person),
        day=on_day(until.isoformat(), until),
        item=key,
        why=why or phrase("no reason"),
    )
    for person in resolve(scene.extend.approve or (), scene.facts, scene.roster):
        if person != scene.person:
            owe_mail(
                unit, key, "notice", person, f"extension:{number}", sentence=said, reason=phrase("You may grant it.")
            )
    return f"{key}: time until {until.isoformat()} was asked for; somebody else has to grant it."


def grant(desk: Desk, unit: Unit, key: str, by: Actor) -> str | Refusing:
    """Grant what was asked for. Returns a sentence. Raises and answers as `ask` does."""
    found = _waiting(desk, unit, key, by, "grant more time")
    if isinstance(found, Refusing):
        return found
    scene, one = found
    data = scene.entered(one.number, state=one.state, due_at=stamp(one.due_at), until=stamp(one.until))
    unit.enter(key, Kind.EXTENSION_GRANTED, by, {**data, "reason": one.reason})
    _settle(unit, one, "granted", scene.person, "")
    return _give(desk, unit, scene, one.number, scene.due_at, one.until)


def refuse(desk: Desk, unit: Unit, key: str, by: Actor, reason: str) -> str | Refusing:
    """Refuse what was asked for, with the reason. Returns a sentence. Raises and answers as `ask` does."""
    found = _waiting(desk, unit, key, by, "refuse more time")
    if isinstance(found, Refusing):
        return found
    scene, one = found
    why = _plain(reason)
    if not why:
        raise BadInput({"reason": "Say why it gets no more time."})
    unit.enter(key, Kind.EXTENSION_REFUSED, by, scene.entered(one.number, reason=why))
    _settle(unit, one, "refused", scene.person, why)
    said, reason = phrase("%(item)s gets no more time: %(why)s", item=key, why=why), phrase("You asked for it.")
    owe_mail(unit, key, "notice", one.asked_by, f"extension:{one.number}:no", sentence=said, reason=reason)
    return f"{key} stays due when it was."


# -- who may, and until when ---------------------------------------------------------------------------


def _scene(desk: Desk, unit: Unit, key: str, by: Actor, act: str) -> _Scene | Refusing:
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound, roster = desk.bound(unit.connection, row.process_digest), desk.roster(unit.connection, unit.now)
    if by.person not in roster.people:
        raise NotFound(f"{by.person!r} is nobody on the roster. {choices(by.person or '', list(roster.people))}")
    due, at = due_now(unit.connection, row, bound), due_at(unit.connection, row)
    if at is None or due is None:
        said = f"Nothing is due in {title_of_state(bound, row.state)}."
        return _refuse(unit, row, act, by, "nothing-due", said)
    if due.extend is None:
        said = f"The due time of {title_of_state(bound, row.state)} is not to be moved, by its process."
        return _refuse(unit, row, act, by, "no-extension", said)
    return _Scene(row, bound, due.extend, at, item_facts(unit.connection, row, bound.loaded.process), roster, by)


def _may_ask(unit: Unit, scene: _Scene) -> tuple[str, str] | None:
    """Why the person may not ask now, as (code, sentence)."""
    if not may(scene.extend.by, scene.person, scene.facts, scene.roster):
        return "not-yours", f"More time is asked for by {who_in_words(scene.extend.by, scene.facts, scene.roster)}."
    mine = x.c.item == scene.row.key, x.c.stay == scene.row.entered_at
    standing = list(unit.connection.execute(select(x.c.standing).where(*mine)).scalars())
    if "asked" in standing:
        return "asked-already", "More time was asked for already; somebody has to answer that first."
    if standing.count("granted") >= scene.extend.at_most:
        often = {1: "once", 2: "twice"}.get(scene.extend.at_most, f"{scene.extend.at_most} times")
        return "no-more", f"It was extended {often} here, which is as often as its process lets it be."
    return None


def _until(desk: Desk, unit: Unit, scene: _Scene, day: date) -> datetime:
    calendar = calendar_for(desk, unit, scene.row)
    moment = end_of_day(day, calendar.zone)
    if moment <= max(unit.now, scene.due_at):
        raise BadInput({"until": f"{day.isoformat()} is not later than it is due now. Give a later day."})
    latest = parse_duration(scene.extend.longest).after(scene.due_at, calendar)
    last = latest.astimezone(ZoneInfo(calendar.zone)).date()
    if day > last:
        words = parse_duration(scene.extend.longest).words
        raise BadInput({"until": f"It is extended by {words} at most; the last day is {last.isoformat()}."})
    return moment


def _reason(scene: _Scene, reason: str) -> str:
    why = _plain(reason)
    if not why and scene.extend.reason == "required":
        raise BadInput({"reason": "Say why more time is needed; it stands on the record."})
    return why


def _waiting(desk: Desk, unit: Unit, key: str, by: Actor, act: str) -> tuple[_Scene, Row[Any]] | Refusing:
    """What was asked for and is not answered, and somebody else who may answer it."""
    scene = _scene(desk, unit, key, by, act)
    if isinstance(scene, Refusing):
        return scene
    query = select(x).where(x.c.item == key, x.c.stay == scene.row.entered_at, x.c.standing == "asked")
    one = unit.connection.execute(query).first()
    if one is None:
        return _refuse(unit, scene.row, act, by, "not-asked", f"Nobody has asked for more time for {key}.")
    if scene.extend.approve is None or not may(scene.extend.approve, scene.person, scene.facts, scene.roster):
        who = who_in_words(scene.extend.approve or (), scene.facts, scene.roster)
        return _refuse(unit, scene.row, act, by, "not-yours", f"More time is granted by {who}.")
    if scene.person == one.asked_by:
        return _refuse(unit, scene.row, act, by, "own-word", "Nobody grants what they asked for: somebody else has to.")
    return scene, one


def _refuse(unit: Unit, row: Row[Any], act: str, by: Actor, code: str, why: str) -> Refusing:
    unit.enter(row.key, Kind.ACT_REFUSED, by, {"act": act, "state": row.state, "code": code, "why": why})
    return Refusing(Refused(why, code=code, remedy=f"See /items/{row.key}."))


def _next(unit: Unit, key: str) -> int:
    return int(unit.connection.execute(select(func.max(x.c.number)).where(x.c.item == key)).scalar() or 0) + 1


def _settle(unit: Unit, one: Row[Any], standing: str, by: str, answer: str) -> None:
    mine = x.c.item == one.item, x.c.number == one.number
    values = {"standing": standing, "settled_by": by, "settled_at": unit.now, "answer": answer}
    unit.connection.execute(update(x).where(*mine).values(**values))


def _give(desk: Desk, unit: Unit, scene: _Scene, number: int, was: datetime, until: datetime) -> str:
    """Move the due time, with reminders and ladder, and tell whoever is asked or answers for the item."""
    zone = calendar_for(desk, unit, scene.row).zone
    asked = extend_clocks(desk, unit, scene.row, scene.bound, was, until)
    now, before = (moment.astimezone(ZoneInfo(zone)).date() for moment in (until, was))
    said = phrase(
        "%(item)s is now due on %(day)s; it was due on %(before)s.",
        item=scene.row.key,
        day=on_day(now.isoformat(), now),
        before=on_day(before.isoformat(), before),
    )
    for person in dict.fromkeys((*watchers(scene.row, scene.roster), *asked)):
        if person in scene.roster.people:
            reason = phrase("You have to do with this item.")
            owe_mail(unit, scene.row.key, "notice", person, f"extension:{number}:given", sentence=said, reason=reason)
    return said


def _plain(text: str) -> str:
    plain = nfc(" ".join(text.split()))
    if len(plain) > LONGEST:
        raise BadInput({"reason": f"It has {len(plain):,} characters; {LONGEST:,} are allowed."})
    return plain
