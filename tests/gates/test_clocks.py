"""Timers: reminders, ladders, escalation and inactivity, each once, late rather than never."""

from __future__ import annotations

from world import World

from gates.items import Actor


def test_reminders_go_to_those_still_open(world: World) -> None:
    """Half of three working days after Monday 09:00 UTC; whoever has signed is left alone (I7)."""
    key = world.change_in_round()
    world.sign("ana", key)
    world.pass_time(hours=35)
    assert not world.mails("ben@example.com", "Still open")
    world.pass_time(hours=2)
    assert len(world.mails("ben@example.com", "Still open")) == 1
    assert not world.mails("ana@example.com", "Still open")


def test_a_timer_fires_once(world: World) -> None:
    """However often somebody looks."""
    key = world.change_in_round()
    world.clock.move_on(hours=37)
    due = world.register.due_timers()
    assert [timer.name for timer in due] == ["remind:0"] * 3
    assert world.register.fire_timer(due[0].id) == "reminded 1"
    assert world.register.fire_timer(due[0].id) is None
    assert world.kinds(key).count("item:timer:fired") == 1


def test_after_an_outage_reminders_are_folded(world: World) -> None:
    """Two that are due together make one mail; both stand on the record."""
    key = world.change_in_round()
    world.pass_time(hours=70)
    assert len(world.mails("ben@example.com", "Still open")) == 1
    assert world.kinds(key).count("item:timer:fired") == 2 * 3


def test_the_ladder_tells_the_line_and_raises_an_escalation(world: World) -> None:
    """Silence never approves: five working days tell the line manager, ten raise an escalation (SOX-2)."""
    key = world.change_in_round()
    world.pass_time(days=8)
    assert world.mails("cid@example.com", "Needs attention")
    world.pass_time(days=7)
    view = world.register.item(key)
    assert view.escalations == (("ESC-0001", "Raised"),)
    assert view.line.state == "sign-off"
    assert world.register.item("ESC-0001").about == (key, "New seal for pump P-17")
    assert world.is_whole(key)
    assert world.is_whole("ESC-0001")


def test_leaving_the_state_cancels_its_timers(world: World) -> None:
    """Nobody is reminded of what is over."""
    key = world.change_in_round()
    world.register.withdraw(key, world.by("dan"))
    world.pass_time(days=60)
    assert not world.mails("", "Still open")
    assert "item:timer:fired" not in world.kinds(key)


QUIET = """
process: quiet
title: Quiet
kind: issue
numbering: "Q-{n}"
fields: {note: {type: text}}
start: open
states:
  open:
    acts: {close: {to: closed}}
    inactive: {after: 6mo, to: asleep}
  asleep: {acts: {wake: {to: previous}, close: {to: closed}}}
  closed: {end: done}
"""


def test_an_inactive_item_is_moved_and_an_edit_starts_the_clock_anew(world: World) -> None:
    """Six calendar months of nothing; an edit after three puts it off; `previous` leads back."""
    world.register.publish_process(QUIET, "quiet.yaml", Actor(None))
    key = world.register.create_item("quiet", "Noise", world.by("ana"))
    world.pass_time(days=90)
    world.register.edit_item(key, world.by("ana"), fields={"note": "still there"})
    world.pass_time(days=120)
    assert world.state(key) == "open"
    world.pass_time(days=70)
    assert world.state(key) == "asleep"
    assert world.register.act(key, "wake", world.by("ana")) == "open"
    assert world.is_whole(key)


def test_working_days_skip_the_weekend_and_the_holidays_of_the_site(world: World) -> None:
    """Three working days from Thursday 13 Aug 2026 in Lyon end on Tuesday; in the week of 14 July on Thursday."""
    from datetime import UTC, datetime

    world.clock.at = datetime(2026, 8, 13, 8, 0, tzinfo=UTC)
    key = world.change_in_round()
    assert world.register.item(key).round.due_at == datetime(2026, 8, 18, 8, 0, tzinfo=UTC)
    world.clock.at = datetime(2027, 7, 12, 8, 0, tzinfo=UTC)
    other = world.change_in_round()
    assert world.register.item(other).round.due_at == datetime(2027, 7, 16, 8, 0, tzinfo=UTC)


def test_who_signed_for_an_older_revision_is_reminded_again(world: World) -> None:
    """What they said no longer counts: they are among those who can act now. Who signed the current one is not."""
    key = world.change_in_round()
    world.sign("ana", key)
    world.pass_time(hours=1)
    world.register.edit_item(key, world.by("dan"), fields={"drawing": "D-4712"}, reason="New drawing")
    world.carry()
    world.sign("ben", key)
    world.pass_time(days=1, hours=14)
    reminded = {person for person in ("ana", "ben", "mei") if world.mails(f"{person}@", "[Still open")}
    assert reminded == {"ana", "mei"}
