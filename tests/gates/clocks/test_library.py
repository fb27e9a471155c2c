"""The clocks of the processes that come with Tollgate, told as stories: more time, a pause, and a gate that is moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from permits import text_of, told
from sqlalchemy import select
from world import ROSTER, World

from gates.errors import BadInput, Refused
from gates.items import Actor
from gates.store import tables

THURSDAY = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)
"""Three working days after the gate's round opened, on Monday the 17th at nine."""


@pytest.fixture
def house(store_url: str) -> Iterator[World]:
    world = World(store_url)
    yield world
    world.check_record()
    world.close()


def at_the_gate(world: World) -> str:
    key = world.gate()
    world.register.submit(key, world.by("ana"))
    world.carry()
    assert world.register.clocks(key).due_at == THURSDAY
    return key


def on_hold(world: World) -> str:
    key = at_the_gate(world)
    for person in ("mei", "dan"):
        world.sign(person, key, "hold")
    assert world.state(key) == "on-hold"
    return key


def escalated(world: World, key: str) -> str:
    """An escalation about the item that Cid has taken on."""
    fields = {"colour": "red", "impact": "A week a week.", "decision-needed": "Go on?", "latest-date": "2026-09-30"}
    escalation = world.register.raise_escalation(key, None, world.by("ana"), title="Stuck", fields=fields)
    world.register.act(escalation, "own", world.by("cid"))
    world.carry()
    return escalation


def decided(world: World, escalation: str, position: str) -> None:
    """Sam decides; where he says no, Cid resolves it otherwise. Cid closes it."""
    world.register.act(escalation, "ask-decision", world.by("cid"))
    world.carry()
    world.sign("sam", escalation, position)
    if position == "reject":
        world.register.act(escalation, "resolve", world.by("cid"), "Left as it is.")
    assert world.state(escalation) == "resolved"
    world.register.act(escalation, "close", world.by("cid"))
    world.carry()


def test_a_gate_stands_still_while_it_is_escalated_and_goes_on_with_what_was_left(house: World) -> None:
    """Tuesday to Wednesday: no reminder meanwhile; due, reminders and ladder a working day later; then the ladder's own
    escalation stops them again."""
    key = at_the_gate(house)
    house.pass_time(hours=24)
    escalation = escalated(house, key)
    house.post.sent.clear()
    house.pass_time(hours=24)  # half of the time would have been over on Tuesday evening
    assert house.mails("mei@", "Still open") == []
    assert house.register.clocks(key).due_at == THURSDAY
    house.register.act(escalation, "resolve", house.by("cid"), "Both plants agree.")
    house.carry()
    assert house.register.clocks(key).paused_by == escalation, "resolved is not closed"
    house.register.act(escalation, "close", house.by("cid"))
    house.carry()
    view = house.register.clocks(key)
    assert (view.paused_since, view.due_at) == (None, datetime(2026, 8, 21, 9, 0, tzinfo=UTC))
    assert "Its clocks run again; they stood still since Tue 18 Aug 2026 09:00 UTC, for ESC-0001." in told(house, key)
    house.pass_time(hours=13)
    assert house.mails("mei@", "Still open")
    house.pass_time(days=4, hours=10)  # Monday the 24th, 08:00: the PMO lead was to be told on Friday
    assert "Step 1 of the ladder: 1 person was told." not in told(house, key)
    house.pass_time(hours=2)
    assert "Step 1 of the ladder: 1 person was told." in told(house, key)
    house.pass_time(hours=24)
    raised = house.register.clocks(key)
    assert raised.paused_by == "ESC-0002"
    assert house.state(key) == "gate", "silence decides nothing"


def test_a_sponsor_s_decision_takes_a_gate_on_hold_up_again_once_it_is_closed(house: World) -> None:
    """The move's cause is the escalation; the gatekeepers are asked anew, and what they said before does not count."""
    key = on_hold(house)
    decided(house, escalated(house, key), "approve")
    assert house.state(key) == "gate"
    round_now = house.register.item(key).round
    assert round_now is not None
    assert (round_now.number, round_now.signed) == (2, 0)
    assert "ESC-0001 came to approved: G3-LYON goes to At the gate." in told(house, key)
    moved = max((one for one in house.register.item(key).timeline if one.kind == "item:moved"), key=lambda one: one.seq)
    assert (moved.sentence, moved.who) == ("On hold → At the gate, by act “resume”.", "Tollgate")
    assert "By the end of escalation ESC-0001." in moved.details


def test_what_the_sponsor_refuses_moves_no_gate(house: World) -> None:
    key = on_hold(house)
    decided(house, escalated(house, key), "reject")
    assert house.state(key) == "on-hold"
    assert "ESC-0001 came to rejected." in told(house, key)


def test_no_escalation_decides_a_gate(house: World) -> None:
    """A sponsor's decision about a gate that is being decided leaves it to the gatekeepers."""
    key = at_the_gate(house)
    decided(house, escalated(house, key), "approve")
    assert house.state(key) == "gate"
    assert "ESC-0001 came to approved; nothing was done: “resume” is not open in gate." in told(house, key)


def test_a_gate_gets_more_time_twice_from_the_pmo_lead_and_its_first_date_stays(house: World) -> None:
    """Asked with a reason by the author, granted by somebody else; every mail has both dates."""
    register, key = house.register, at_the_gate(house)
    with pytest.raises(Refused, match="asked for by the author or the owner"):
        register.ask_for_time(key, house.by("ben"), date(2026, 8, 24), "Busy.")
    with pytest.raises(BadInput, match="Say why"):
        register.ask_for_time(key, house.by("ana"), date(2026, 8, 24))
    with pytest.raises(BadInput, match="by 5 working days at most; the last day is 2026-08-27"):
        register.ask_for_time(key, house.by("ana"), date(2026, 8, 28), "The rig is late.")
    register.ask_for_time(key, house.by("cid"), date(2026, 8, 24), "The rig is late.")
    with pytest.raises(Refused, match="Nobody grants what they asked for"):
        register.grant_time(key, house.by("cid"))
    register.refuse_time(key, pmo_lead(house), "Ask for the author's reasons.")
    for day in (24, 26):
        register.ask_for_time(key, house.by("ana"), date(2026, 8, day), "The rig is late.")
        register.grant_time(key, house.by("cid"))
    view = register.clocks(key)
    assert (view.first_due_at, view.due_at) == (THURSDAY, datetime(2026, 8, 26, 21, 59, 59, tzinfo=UTC))
    with pytest.raises(Refused, match="extended twice here"):
        register.ask_for_time(key, house.by("ana"), date(2026, 8, 27), "The rig is later.")
    house.pass_time(days=8)  # Tuesday the 25th: half of the longer time is over
    reminder = text_of(house.mails("mei@", "Still open")[-1])
    assert "26 Aug" in reminder
    assert "was Thu 20 Aug" in reminder
    assert [one.standing for one in register.clocks(key).extensions] == ["refused", "granted", "granted"]


def pmo_lead(world: World) -> Actor:
    """Another PMO lead, who joins."""
    world.import_roster(ROSTER.replace("roles: [finance]}", "roles: [finance, pmo-lead]}"))
    return world.by("eve")


def paused(world: World, key: str, **by: float) -> None:
    """An escalation stops the gate's clocks for so long."""
    escalation = escalated(world, key)
    world.pass_time(**by)
    world.register.act(escalation, "resolve", world.by("cid"), "Both plants agree.")
    world.register.act(escalation, "close", world.by("cid"))
    world.carry()


def test_time_that_a_pause_has_outrun_is_not_granted_and_is_asked_for_anew(house: World) -> None:
    """Asked until Friday; a pause of two working days makes the gate due on Monday: nothing moves and nobody is told;
    what is asked for then is granted, and what was asked for first is over."""
    register, key = house.register, at_the_gate(house)
    register.ask_for_time(key, house.by("ana"), date(2026, 8, 21), "The rig is late.")
    paused(house, key, days=2)
    monday = datetime(2026, 8, 24, 9, 0, tzinfo=UTC)
    assert register.clocks(key).due_at == monday
    links = expiries(house)
    house.post.sent.clear()
    with pytest.raises(Refused, match="It is due on 2026-08-24 as it is; time until 2026-08-21 is no more") as refused:
        register.grant_time(key, house.by("cid"))
    house.carry()
    view = register.clocks(key, "ana")
    assert (refused.value.code, view.due_at, view.first_due_at, expiries(house)) == ("not-later", monday, None, links)
    assert (house.post.sent, view.may_ask) == ([], True)
    assert "time until 2026-08-21 is no more" in view.not_to_grant
    register.ask_for_time(key, house.by("ana"), date(2026, 8, 26), "The rig is later.")
    view = register.clocks(key, "cid")
    assert [(one.standing, one.number) for one in view.extensions] == [("asked", 2)]
    assert (view.may_answer, view.not_to_grant) == (True, "")
    said = register.grant_time(key, house.by("cid"))
    assert said == f"{key} is now due on 2026-08-26; it was due on 2026-08-24."
    assert (register.clocks(key).first_due_at, expiries(house) > links) == (monday, True)


def test_time_that_is_more_after_a_pause_too_is_granted_from_what_is_due_then(house: World) -> None:
    """Asked until Wednesday the 26th, due on Monday by a pause: both dates of the mail are those, and so is the record;
    the ladder moves by what lies between them."""
    register, key = house.register, at_the_gate(house)
    register.ask_for_time(key, house.by("ana"), date(2026, 8, 26), "The rig is late.")
    paused(house, key, days=2)
    monday, wednesday = datetime(2026, 8, 24, 9, 0, tzinfo=UTC), datetime(2026, 8, 26, 21, 59, 59, tzinfo=UTC)
    house.post.sent.clear()
    said = register.grant_time(key, house.by("cid"))
    house.carry()
    assert said == f"{key} is now due on 2026-08-26; it was due on 2026-08-24."
    assert "it was due on 24 Aug 2026" in text_of(house.mails("ana@", "For information")[-1])
    view = register.clocks(key)
    assert (view.first_due_at, view.due_at) == (monday, wednesday)
    assert [(one.standing, one.due_at) for one in view.granted] == [("granted", monday)]
    assert any(one.startswith("Due Wed 26 Aug 2026 21:59 UTC, was Mon 24 Aug 2026 09:00") for one in told(house, key))


def test_time_that_is_over_by_now_is_not_granted(house: World) -> None:
    """Nobody answers until the day that was asked for is over: no due time is set in the past; asked anew it is
    granted late."""
    register, key = house.register, at_the_gate(house)
    register.ask_for_time(key, house.by("ana"), date(2026, 8, 21), "The rig is late.")
    house.clock.at = datetime(2026, 8, 21, 22, 0, tzinfo=UTC)
    links = expiries(house)
    with pytest.raises(Refused, match="Time until 2026-08-21 is over by now. Ask for a later day") as refused:
        register.grant_time(key, house.by("cid"))
    assert (refused.value.code, register.clocks(key).due_at, expiries(house)) == ("over", THURSDAY, links)
    register.ask_for_time(key, house.by("ana"), date(2026, 8, 25), "The rig is later.")
    assert register.grant_time(key, house.by("cid")).endswith("is now due on 2026-08-25; it was due on 2026-08-20.")


def expiries(world: World) -> list[datetime]:
    """Until when each link lives."""
    with world.store.reading() as connection:
        return list(connection.execute(select(tables.links.c.expires_at).order_by(tables.links.c.id)).scalars())


def test_a_change_gets_more_time_once_at_a_board(house: World) -> None:
    """Its author asks, the PMO lead grants; the line manager is told later by as much."""
    register, key = house.register, house.change_in_round()
    author = house.by(register.item(key).author)
    due = register.clocks(key).due_at
    assert due == THURSDAY
    register.ask_for_time(key, author, date(2026, 8, 24), "The drawing is being checked.")
    register.grant_time(key, house.by("cid"))
    view = register.clocks(key)
    assert (view.first_due_at, view.due_at) == (THURSDAY, datetime(2026, 8, 24, 21, 59, 59, tzinfo=UTC))
    with pytest.raises(Refused, match="extended once here"):
        register.ask_for_time(key, author, date(2026, 8, 25), "Still.")
    house.pass_time(days=8)
    assert house.mails("cid@", "Needs attention") == []
    house.pass_time(days=2)
    assert house.mails("cid@", "Needs attention")


def test_the_clocks_of_a_change_run_on_while_it_is_escalated(house: World) -> None:
    """Its process does not pause them."""
    key = house.change_in_round()
    house.register.raise_escalation(key, "escalation", house.by("ana"), title="Stuck", fields={"colour": "amber"})
    house.pass_time(days=2)
    view = house.register.clocks(key)
    assert (view.paused_since, view.due_at) == (None, THURSDAY)
    assert house.mails("mei@", "Still open")
