"""The ladder of a state: what is done when nobody answers. Each step once, in the order of its time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from gates.dues import step_applies
from gates.errors import BadInput
from gates.items import ENGINE, Actor
from gates.moves import Refusal, propose_timer
from gates.service.advancing import judge
from gates.service.content import changed_names, edited_content
from gates.service.creating import ask_again
from gates.service.desk import Bound, Desk, item_row
from gates.service.escalating import raise_once
from gates.service.gather import content_of, item_facts, open_round_of
from gates.service.handing_over import hand_over
from gates.service.moving import move_item, title_of_state, write_revision
from gates.service.people import NOW, neighbour, owe_mail, resolve
from gates.service.roundview import decisions_aside
from gates.store import Unit
from gates.store import tables as t
from policies.model import LadderStep, OfThoseAsked
from policies.model.rules import Who
from policies.phrases import at_moment, both, phrase


def climb(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, timer: Row[Any]) -> str:
    """Take the step of the ladder that `timer` stands for. Returns what was done, a clause for each part of it."""
    place, _, repeat = timer.name.removeprefix("ladder:").partition(":")
    step = bound.loaded.process.states[row.state].ladder[int(place)]
    facts = item_facts(unit.connection, row, bound.loaded.process)
    if not step_applies(bound.loaded, row.state, int(place), facts):
        return "its condition does not hold"
    if repeat:
        return _notify(desk, unit, row, bound, step, timer)
    said = []
    if step.set_ or step.owner is not None:
        said.append(_change(desk, unit, row, bound, step, int(place)))
        row = item_row(unit.connection, row.key)
    if step.hand_to is not None:
        said.append(hand_over(desk, unit, row, bound, _open_asks(desk, unit, row, bound)))
    if step.notify is not None:
        said.append(_notify(desk, unit, row, bound, step, timer))
    if step.raises is not None:
        where = title_of_state(bound, row.state)
        said.append(
            raise_once(
                desk,
                unit,
                row,
                step.raises.process,
                title=f"{row.key} waits in {where}",
                rule=f"ladder of {where}",
                cause=f"ladder:{row.state}",
                once=f"{timer.id}",
                fields=step.raises.fields,
            )
        )
    if step.to is not None:
        said.append(timer_move(desk, unit, row, bound, place, f"step {int(place) + 1} of the ladder"))
    return "; ".join(said)


def timer_move(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, name: str, why: str) -> str:
    """Move the item where its timer `name` leads. Returns what was done."""
    proposal = propose_timer(bound.loaded, bound.machine, state=row.state, name=name)
    if isinstance(proposal, Refusal):
        return proposal.sentence
    move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule=why))
    return f"{row.key} goes to {title_of_state(bound, proposal.to)}"


def open_asks(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_id: str) -> list[str]:
    """The people needed in a round who could decide now and have not, or not so that it counts. Who is away is not
    hurried."""
    round_row = open_round_of(unit.connection, row.key)
    if round_row is None or round_row.id != round_id:
        return []
    verdict, facts = judge(desk, unit, row, bound, round_row)
    aside = decisions_aside(verdict)
    spoke = {one.person for one in facts.decisions if not one.withdrawn and one.id not in aside}
    able = set(verdict.eligible or {}) - set(verdict.waiting) - spoke
    asked = select(t.asks.c.person).where(t.asks.c.round == round_id, t.asks.c.needed).order_by(t.asks.c.person)
    return [person for person in unit.connection.execute(asked).scalars() if person in able]


def _open_asks(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> list[str]:
    round_row = open_round_of(unit.connection, row.key)
    return [] if round_row is None else open_asks(desk, unit, row, bound, round_row.id)


def _notify(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, step: LadderStep, timer: Row[Any]) -> str:
    item, state = row.key, title_of_state(bound, row.state)
    since = at_moment(f"{row.entered_at:%Y-%m-%d %H:%M} UTC", row.entered_at)
    undecided = phrase(
        "%(item)s has been in %(state)s since %(since)s without a decision.", item=item, state=state, since=since
    )
    if isinstance(step.notify, OfThoseAsked):
        told = _beside(desk, unit, row, bound, step.notify)
    else:
        told = _named(desk, unit, row, bound, step.notify or ())
    # Where minutes count nobody's daily mail or quiet hours come in between.
    how: dict[str, Any] = {"how": NOW} if any(one and one.endswith("m") for one in (step.after, step.every)) else {}
    for person, (capacity, late) in told.items():
        said = (
            phrase(
                "%(item)s has been in %(state)s since %(since)s; %(names)s has not answered.",
                item=item,
                state=state,
                since=since,
                names=late,
            )
            if late
            else undecided
        )
        owe_mail(unit, row.key, "escalated", person, f"{timer.id}", sentence=said, reason=capacity, **how)
    return f"told {len(told)}"


def _named(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, who: Who) -> dict[str, tuple[str, str]]:
    facts = item_facts(unit.connection, row, bound.loaded.process)
    found = resolve(who, facts, desk.roster(unit.connection, unit.now))
    return {person: (capacity, "") for person, capacity in found.items()}


def _beside(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, who: OfThoseAsked) -> dict[str, tuple[str, str]]:
    """Stand-ins or managers of those who have not answered: person -> (in what capacity, who has not answered)."""
    people = desk.book(unit.connection).people
    found: dict[str, list[str]] = {}
    for person in _open_asks(desk, unit, row, bound):
        other = neighbour(people, person, who)
        if other is not None and people[other].active:
            found.setdefault(other, []).append(people[person].name)

    def capacity(names: str) -> str:
        if who.stand_in:
            return phrase("You stand in for %(names)s.", names=names)
        return phrase("You are the manager of %(names)s.", names=names)

    return {other: (capacity(both(names)), both(names)) for other, names in found.items()}


def _change(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, step: LadderStep, place: int) -> str:
    """Set the fields and the owner that the step names: a revision by nobody, which whoever was asked is told of."""
    roster = desk.roster(unit.connection, unit.now)
    before = content_of(unit.connection, row.key, row.revision)
    try:
        after = edited_content(bound.loaded.process, roster, before, fields=step.set_, criteria={})
    except BadInput as error:
        return f"could not set what the step names: {error}"
    if step.owner is not None:
        found = resolve(step.owner, item_facts(unit.connection, row, bound.loaded.process), roster)
        if not found:
            return "nobody is there to own it"
        after = {**after, "owner": row.owner if row.owner in found else next(iter(found))}
    names = changed_names(before, after)
    if not names:
        return "it is so already"
    write_revision(unit, row, before, after, ENGINE, f"step {place + 1} of the ladder")
    ask_again(unit, item_row(unit.connection, row.key), roster)
    return f"changed {', '.join(name.removeprefix('item.') for name in names)}"
