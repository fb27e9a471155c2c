"""Acts on a condition: called met, confirmed, sent back, waived, given more time; and what its clock does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update

from gates.errors import BadInput, NotFound, Refused, RegisterError, choices
from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind, stamp
from gates.moves import Refusal, may, propose_timer, who_in_words
from gates.service.advancing import advance_item
from gates.service.deciding import Refusing
from gates.service.desk import Bound, Desk, item_row
from gates.service.escalating import raise_about
from gates.service.gather import item_facts
from gates.service.moving import move_item, title_of_state
from gates.service.people import owe_mail, resolve, watchers
from gates.service.promising import REMIND, start_clocks, stop_clocks
from gates.service.timers import calendar_for, end_of_day
from gates.store import Unit
from gates.store.following_tables import conditions as c
from policies.canonical import nfc
from policies.facts import ItemFacts, Roster
from policies.model import Conditions
from policies.model.process import Who
from policies.phrases import at_moment, on_day, phrase

LONGEST = 2000
REASON = phrase("You have to do with a condition of this item.")


@dataclass(frozen=True, slots=True)
class _Scene:
    """One condition with everything an act on it looks at."""

    row: Row[Any]
    bound: Bound
    here: Conditions
    one: Row[Any]
    facts: ItemFacts
    roster: Roster
    by: Actor

    @property
    def person(self) -> str:
        return self.by.person or ""

    def is_among(self, who: Who | None) -> bool:
        return who is not None and may(who, self.person, self.facts, self.roster)

    def entered(self, **more: Any) -> dict[str, Any]:
        """What every such entry says; the roles the person held let their right be judged again."""
        held = [[one.role, one.site] for one in self.roster.holdings if one.person == self.person]
        said = {"number": self.one.number, "by": self.person, "roles": held}
        return {**said, "process_digest": self.row.process_digest, **more}


def call_met(desk: Desk, unit: Unit, key: str, number: int, by: Actor, evidence: str) -> str | Refusing:
    """Its owner, or whoever the process lets, calls a condition met. Returns a sentence.

    Raises NotFound, BadInput. Answers Refusing, which is entered.
    """
    scene = _scene(desk, unit, key, number, by, "met")
    if isinstance(scene, Refusing):
        return scene
    if scene.person != scene.one.owner and not scene.is_among(scene.here.met_by):
        return _refuse(
            unit, scene, "met", "not-yours", f"It is for {scene.roster.name(scene.one.owner)} to call it met."
        )
    shown = _plain(evidence, "evidence", "Say what shows it: a link, or a document's number.")
    if scene.here.confirmed_by is None:
        unit.enter(key, Kind.CONDITION_MET, by, scene.entered(evidence=shown, claimed_by=None))
        _settle(unit, scene, "met", evidence=shown)
        advance_item(desk, unit, key)
        return f"Condition {number} of {key} is met."
    unit.enter(key, Kind.CONDITION_CLAIMED, by, scene.entered(evidence=shown))
    _change(unit, scene, evidence=shown, claimed_by=scene.person, claimed_at=unit.now)
    said = phrase(
        "%(name)s calls condition %(number)s of %(item)s met: “%(text)s”. Please confirm.",
        name=scene.roster.name(scene.person),
        number=number,
        item=key,
        text=scene.one.text,
    )
    for person in resolve(scene.here.confirmed_by, scene.facts, scene.roster):
        if person != scene.person:
            _tell(unit, scene, person, said)
    return f"Condition {number} of {key} waits to be confirmed."


def confirm(desk: Desk, unit: Unit, key: str, number: int, by: Actor) -> str | Refusing:
    """Somebody else confirms that a condition is met. Returns a sentence. Raises and answers as `call_met` does."""
    scene = _waiting(desk, unit, key, number, by, "confirm")
    if isinstance(scene, Refusing):
        return scene
    one = scene.one
    unit.enter(key, Kind.CONDITION_MET, by, scene.entered(evidence=one.evidence, claimed_by=one.claimed_by))
    _settle(unit, scene, "met")
    _tell(
        unit, scene, one.owner, phrase("Condition %(number)s of %(item)s is confirmed as met.", number=number, item=key)
    )
    advance_item(desk, unit, key)
    return f"Condition {number} of {key} is met."


def send_back(desk: Desk, unit: Unit, key: str, number: int, by: Actor, reason: str) -> str | Refusing:
    """Whoever could confirm does not. Returns a sentence. Raises and answers as `call_met` does."""
    scene = _waiting(desk, unit, key, number, by, "send back")
    if isinstance(scene, Refusing):
        return scene
    why = _plain(reason, "reason", "Say what is missing.")
    unit.enter(key, Kind.CONDITION_RETURNED, by, scene.entered(reason=why))
    _change(unit, scene, claimed_by=None, claimed_at=None)
    said = phrase("Condition %(number)s of %(item)s is not confirmed: %(why)s", number=number, item=key, why=why)
    _tell(unit, scene, scene.one.owner, said)
    return f"Condition {number} of {key} is open again."


def waive(desk: Desk, unit: Unit, key: str, number: int, by: Actor, reason: str) -> str | Refusing:
    """Waive a condition, with the reason. Returns a sentence. Raises and answers as `call_met` does."""
    scene = _over(desk, unit, key, number, by, "waive")
    if isinstance(scene, Refusing):
        return scene
    why = _plain(reason, "reason", "Say why it may be waived.")
    unit.enter(key, Kind.CONDITION_WAIVED, by, scene.entered(reason=why))
    _settle(unit, scene, "waived")
    said = phrase("Condition %(number)s of %(item)s was waived: %(why)s", number=number, item=key, why=why)
    _tell(unit, scene, scene.one.owner, said)
    advance_item(desk, unit, key)
    return f"Condition {number} of {key} is waived."


def extend(desk: Desk, unit: Unit, key: str, number: int, by: Actor, due: date, reason: str) -> str | Refusing:
    """Give a condition more time. Returns a sentence. Raises and answers as `call_met` does."""
    scene = _over(desk, unit, key, number, by, "extend")
    if isinstance(scene, Refusing):
        return scene
    why = _plain(reason, "reason", "Say why it gets more time.")
    moment = end_of_day(due, calendar_for(desk, unit, scene.row).zone)
    if moment <= max(unit.now, scene.one.due_at):
        raise BadInput({"due": f"{due.isoformat()} is not later than it is due now. Give a later day."})
    unit.enter(key, Kind.CONDITION_EXTENDED, by, scene.entered(due_at=stamp(moment), reason=why))
    _change(unit, scene, state="open", due_at=moment, settled_at=None)
    stop_clocks(unit, key, number)
    start_clocks(desk, unit, scene.row, scene.here, number, moment)
    said = phrase(
        "Condition %(number)s of %(item)s is now due on %(day)s: %(why)s",
        number=number,
        item=key,
        day=on_day(due.isoformat(), due),
        why=why,
    )
    _tell(unit, scene, scene.one.owner, said)
    return f"Condition {number} of {key} is due on {due.isoformat()}."


# -- who may -----------------------------------------------------------------------------------------------


def of_stay(unit: Unit, row: Row[Any]) -> list[Row[Any]]:
    """The conditions of the item's present stay in its state; those of earlier stays bind nothing here."""
    query = select(c).where(c.c.item == row.key, c.c.set_at >= row.entered_at).order_by(c.c.number)
    return list(unit.connection.execute(query))


def _scene(desk: Desk, unit: Unit, key: str, number: int, by: Actor, act: str) -> _Scene | Refusing:
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound, roster = desk.bound(unit.connection, row.process_digest), desk.roster(unit.connection, unit.now)
    if by.person not in roster.people:
        raise NotFound(f"{by.person!r} is nobody on the roster. {choices(by.person or '', list(roster.people))}")
    one = unit.connection.execute(select(c).where(c.c.item == key, c.c.number == number)).first()
    if one is None:
        raise NotFound(f"{key} has no condition {number}; `tollgate condition list --item {key}` shows them.")
    here = bound.loaded.process.states[row.state].conditions
    stands = here is not None and one.set_at >= row.entered_at
    if here is None or not stands or one.state not in ("open", "lapsed"):
        said = f"Condition {number} of {key} is {one.state}; nothing is left to do about it."
        return _enter_refusal(unit, row, act, number, by, "condition-over", said)
    facts = item_facts(unit.connection, row, bound.loaded.process)
    return _Scene(row, bound, here, one, facts, roster, by)


def _waiting(desk: Desk, unit: Unit, key: str, number: int, by: Actor, act: str) -> _Scene | Refusing:
    """A condition that was called met, and somebody else who may say whether it is."""
    scene = _scene(desk, unit, key, number, by, act)
    if isinstance(scene, Refusing):
        return scene
    if scene.one.claimed_by is None:
        return _refuse(unit, scene, act, "not-claimed", f"Nobody has called condition {number} of {key} met yet.")
    if not scene.is_among(scene.here.confirmed_by):
        who = who_in_words(scene.here.confirmed_by or (), scene.facts, scene.roster)
        return _refuse(unit, scene, act, "not-yours", f"It is confirmed by {who}.")
    if scene.person in (scene.one.claimed_by, scene.one.owner):
        return _refuse(unit, scene, act, "own-word", "Nobody confirms their own word: somebody else has to.")
    return scene


def _over(desk: Desk, unit: Unit, key: str, number: int, by: Actor, act: str) -> _Scene | Refusing:
    """A condition, and somebody who may waive it or give it more time."""
    scene = _scene(desk, unit, key, number, by, act)
    if isinstance(scene, Refusing):
        return scene
    if not scene.is_among(scene.here.waived_by):
        who = scene.here.waived_by
        said = (
            "nobody may, by its process" if who is None else f"it is for {who_in_words(who, scene.facts, scene.roster)}"
        )
        return _refuse(unit, scene, act, "not-yours", f"You may not {act} a condition of {key}: {said}.")
    if scene.person == scene.one.owner:
        return _refuse(unit, scene, act, "own-word", "Nobody lets themselves off: somebody else has to.")
    return scene


def _refuse(unit: Unit, scene: _Scene, act: str, code: str, why: str) -> Refusing:
    return _enter_refusal(unit, scene.row, act, scene.one.number, scene.by, code, why)


def _enter_refusal(unit: Unit, row: Row[Any], act: str, number: int, by: Actor, code: str, why: str) -> Refusing:
    data = {"act": f"condition {number}: {act}", "state": row.state, "code": code, "why": why}
    unit.enter(row.key, Kind.ACT_REFUSED, by, data)
    return Refusing(Refused(why, code=code, remedy=f"See /items/{row.key}."))


def _settle(unit: Unit, scene: _Scene, state: str, **more: Any) -> None:
    _change(unit, scene, state=state, settled_by=scene.person, settled_at=unit.now, **more)
    stop_clocks(unit, scene.row.key, scene.one.number)


def _change(unit: Unit, scene: _Scene, **values: Any) -> None:
    mine = c.c.item == scene.row.key, c.c.number == scene.one.number
    unit.connection.execute(update(c).where(*mine).values(**values))


def _tell(unit: Unit, scene: _Scene, person: str, sentence: str) -> None:
    if person in scene.roster.people:
        once = f"condition:{unit.seq(scene.row.key)}"
        owe_mail(unit, scene.row.key, "notice", person, once, sentence=sentence, reason=REASON)


def _plain(text: str, name: str, missing: str) -> str:
    plain = nfc(" ".join(text.split()))
    if not plain:
        raise BadInput({name: missing})
    if len(plain) > LONGEST:
        raise BadInput({name: f"It has {len(plain):,} characters; {LONGEST:,} are allowed."})
    return plain


# -- clocks ------------------------------------------------------------------------------------------------


def fire_condition(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, name: str) -> str:
    """What the timer `name` of a condition does: a reminder, or its lapse with what follows. Returns what it did."""
    kind, number, *_ = name.split(":")
    one = unit.connection.execute(select(c).where(c.c.item == row.key, c.c.number == int(number))).one()
    here = bound.loaded.process.states[row.state].conditions
    assert here is not None  # its timers end with the stay in the state
    roster = desk.roster(unit.connection, unit.now)
    if kind == REMIND:
        said = phrase(
            "Condition %(number)s of %(item)s is due on %(at)s: “%(text)s”.",
            number=number,
            item=row.key,
            at=at_moment(f"{one.due_at:%Y-%m-%d %H:%M} UTC", one.due_at),
            text=one.text,
        )
        if one.owner in roster.people:
            owe_mail(unit, row.key, "notice", one.owner, name, sentence=said, reason=REASON)
        return f"reminded {1 if one.owner in roster.people else 0}"
    unit.enter(row.key, Kind.CONDITION_LAPSED, ENGINE, {"number": one.number, "due_at": stamp(one.due_at)})
    values = {"state": "lapsed", "settled_by": None, "settled_at": unit.now}
    unit.connection.execute(update(c).where(c.c.item == row.key, c.c.number == one.number).values(**values))
    said = phrase(
        "Condition %(number)s of %(item)s lapsed: “%(text)s”, owned by %(name)s.",
        number=number,
        item=row.key,
        text=one.text,
        name=roster.name(one.owner),
    )
    for person in dict.fromkeys((one.owner, *watchers(row, roster), *json.loads(one.asked_by))):
        if person in roster.people:
            owe_mail(unit, row.key, "escalated", person, f"{name}:{one.due_at}", sentence=said, reason=REASON)
    return "; ".join(["lapsed", *_lapse(desk, unit, row, bound, here, one)])


def _lapse(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, here: Conditions, one: Row[Any]) -> list[str]:
    """What the process says follows."""
    said, rule = [], f"condition {one.number} lapsed"
    if here.lapse.raise_ is not None:
        try:
            title = f"{row.key}: condition {one.number} lapsed"
            by, cause = Actor(None, "engine", rule=rule), f"condition:{one.number}"
            key = raise_about(desk, unit, row.key, here.lapse.raise_, by, title=title, fields={}, cause=cause)
            said.append(f"raised {key}")
        except RegisterError as error:
            # Whoever was told of the lapse has been told; a missing process must not undo that it lapsed.
            said.append(f"could not raise {here.lapse.raise_}: {error}")
    if here.lapse.to is not None:
        proposal = propose_timer(bound.loaded, bound.machine, state=row.state, name="lapse")
        if isinstance(proposal, Refusal):
            return [*said, proposal.sentence]
        move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule=rule))
        said.append(f"{row.key} goes to {title_of_state(bound, proposal.to)}")
    return said
