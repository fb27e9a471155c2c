"""More time: asked for by whoever may, granted by somebody else where the process says so; the first date stays.

Between the two the due time may have moved: a grant is held against what is due then, and against the clock.
"""

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
from gates.service.moving import calendar_as_data, title_of_state
from gates.service.pausing import drop_asked, extend_clocks
from gates.service.people import owe_mail, resolve, watchers
from gates.service.timers import calendar_for, due_now, end_of_day, timer_due
from gates.store import Unit
from gates.store.clock_tables import extensions as x
from policies.canonical import nfc
from policies.durations import parse_duration
from policies.facts import ItemFacts, Roster
from policies.model import Extend
from policies.phrases import on_day, phrase
from policies.shifts import WorkCalendar

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class _Scene:
    """An item with its due time, and everything an act on it looks at."""

    row: Row[Any]
    bound: Bound
    extend: Extend
    due_at: datetime
    calendar: WorkCalendar
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

    def given(self, number: int, until: datetime, **more: Any) -> dict[str, Any]:
        """What an entry says that asks for time or gives it: what is due then, and the calendar that it is held by."""
        counted = calendar_as_data(self.calendar, self.bound.loaded)
        return self.entered(number, due_at=stamp(self.due_at), until=stamp(until), calendar=counted, **more)

    def against(self, until: datetime, now: datetime) -> tuple[str, str] | None:
        """See the function of this name."""
        return against(self.extend, self.due_at, until, now, self.calendar)


def due_at(connection: Connection, row: Row[Any]) -> datetime | None:
    """When the item's present stay is due, as things stand; None where nothing is."""
    round_row = open_round_of(connection, row.key)
    return timer_due(connection, row) if round_row is None else round_row.due_at


def against(
    extend: Extend, due: datetime, until: datetime, now: datetime, calendar: WorkCalendar
) -> tuple[str, str] | None:
    """Why an item that is due at `due` does not get time until `until`, as (code, sentence); None where it may."""
    zone = ZoneInfo(calendar.zone)
    day, due_day = until.astimezone(zone).date(), due.astimezone(zone).date()
    if until <= due:
        said = f"It is due on {due_day.isoformat()} as it is; time until {day.isoformat()} is no more."
        return "not-later", f"{said} Ask for a later day."
    if until <= now:
        return "over", f"Time until {day.isoformat()} is over by now. Ask for a later day."
    longest = parse_duration(extend.longest)
    last = longest.after(due, calendar).astimezone(zone).date()
    if day > last:
        return "too-long", f"It is extended by {longest.words} at most; the last day is {last.isoformat()}."
    return None


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
    moment, why = _until(unit, scene, until), _reason(scene, reason)
    drop_asked(unit, key)  # what nobody can grant any more gives way to what is asked for now
    number = _next(unit, key)
    data = scene.given(number, moment, state=scene.row.state, reason=why)
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
        return _give(desk, unit, scene, number, moment)
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
    """Grant what was asked for, where that is more time still. Returns a sentence. Raises and answers as `ask` does."""
    found = _waiting(desk, unit, key, by, "grant more time")
    if isinstance(found, Refusing):
        return found
    scene, one = found
    refusal = scene.against(one.until, unit.now)
    if refusal is not None:
        return _refuse(unit, scene.row, "grant more time", by, *refusal)
    data = scene.given(one.number, one.until, state=one.state, reason=one.reason)
    unit.enter(key, Kind.EXTENSION_GRANTED, by, data)
    _settle(unit, one, "granted", scene.person, "", due_at=scene.due_at)
    return _give(desk, unit, scene, one.number, one.until)


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
    facts, calendar = item_facts(unit.connection, row, bound.loaded.process), calendar_for(desk, unit, row)
    return _Scene(row, bound, due.extend, at, calendar, facts, roster, by)


def _may_ask(unit: Unit, scene: _Scene) -> tuple[str, str] | None:
    """Why the person may not ask now, as (code, sentence)."""
    if not may(scene.extend.by, scene.person, scene.facts, scene.roster):
        return "not-yours", f"More time is asked for by {who_in_words(scene.extend.by, scene.facts, scene.roster)}."
    mine = x.c.item == scene.row.key, x.c.stay == scene.row.entered_at
    lines = unit.connection.execute(select(x.c.standing, x.c.until).where(*mine)).all()
    if any(one.standing == "asked" and scene.against(one.until, unit.now) is None for one in lines):
        return "asked-already", "More time was asked for already; somebody has to answer that first."
    if sum(one.standing == "granted" for one in lines) >= scene.extend.at_most:
        often = {1: "once", 2: "twice"}.get(scene.extend.at_most, f"{scene.extend.at_most} times")
        return "no-more", f"It was extended {often} here, which is as often as its process lets it be."
    return None


def _until(unit: Unit, scene: _Scene, day: date) -> datetime:
    moment = end_of_day(day, scene.calendar.zone)
    refusal = scene.against(moment, unit.now)
    if refusal is not None:
        raise BadInput({"until": refusal[1]})
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


def _settle(unit: Unit, one: Row[Any], standing: str, by: str, answer: str, **more: datetime) -> None:
    mine = x.c.item == one.item, x.c.number == one.number
    values = {"standing": standing, "settled_by": by, "settled_at": unit.now, "answer": answer}
    unit.connection.execute(update(x).where(*mine).values(**values, **more))


def _give(desk: Desk, unit: Unit, scene: _Scene, number: int, until: datetime) -> str:
    """Move the due time, with reminders and ladder, and tell whoever is asked or answers for the item."""
    zone = ZoneInfo(scene.calendar.zone)
    asked = extend_clocks(desk, unit, scene.row, scene.bound, scene.due_at, until)
    now, before = (moment.astimezone(zone).date() for moment in (until, scene.due_at))
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
