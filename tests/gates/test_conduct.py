"""The words of a round's conduct, on the register: steps, stand-ins, deadlines, lifts, chairs, overrides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from one_policy import publish
from world import ROSTER, World

from gates.errors import BadInput, NotFound, Refused

AWAY = """
absences:
  - {person: mei, from: 2026-08-17, until: 2026-08-21, stand_in: ben}
"""


def asked(world: World, key: str) -> list[str]:
    view = world.register.item(key).round
    assert view is not None
    return sorted(ask.person for ask in view.asks)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])])
def either(request: pytest.FixtureRequest) -> Iterator[World]:
    built = World(str(request.getfixturevalue(f"{request.param}_url")))
    yield built
    built.close()


def test_a_step_is_asked_when_it_opens(either: World) -> None:
    """Nobody hears of a question that is not open yet; the mail goes out with the step."""
    world = either
    steps = "approve: {in_order: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}"
    key = publish(world, steps)
    assert asked(world, key) == ["mei"]
    assert not world.mails("eve@example.com")
    world.sign("mei", key)
    world.carry()
    assert asked(world, key) == ["eve", "mei"]
    assert len(world.mails("eve@example.com")) == 1
    world.sign("eve", key)
    assert world.state(key) == "done"
    assert world.is_whole(key)


def test_a_stand_in_is_asked_and_signs_for_the_absent(either: World) -> None:
    """Asking moves with the absence, and both names are in the record (ALC-1, SOX-1)."""
    world = either
    world.import_roster(ROSTER + AWAY)
    key = publish(world, "approve: {from: quality-lead, at: item.site, at_least: 1}")
    assert asked(world, key) == ["ben"]
    (mail,) = world.mails("ben@example.com")
    assert "Quality lead, Lyon, for Mei Chen" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    receipt = world.sign("ben", key)
    assert receipt.capacity == "Quality lead, Lyon, for Mei Chen"
    lines = [line.sentence for line in world.register.item(key).timeline if line.kind == "item:decision:recorded"]
    assert lines == ["Approve by Ben Roth for Mei Chen as Quality lead, Lyon, for Mei Chen, on revision 1."]
    assert world.state(key) == "done"


def test_who_becomes_absent_is_replaced_in_the_round(small_world: World) -> None:
    """A sweep asks whoever took over; once they have signed, the absent one is told so (P11-10)."""
    world = small_world
    twice = "{in_order: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}"
    key = publish(world, f"approve: {twice}")
    token = world.token("mei", key)
    world.import_roster(ROSTER + AWAY)
    world.pass_time(minutes=1)
    assert asked(world, key) == ["ben", "mei"]
    world.sign("ben", key)
    with pytest.raises(Refused, match="You are recorded as absent; Ben Roth signed in your place"):
        world.sign("mei", key, token=token)


def test_the_deadline_decides(either: World) -> None:
    """At its moment, by the clock alone, and the record says that it was the deadline (ALC-1)."""
    world = either
    policy = "deadline: {in: 2d, then: reject}\nreject: {from: finance, position: reject, at_least: 1}\napprove: {from: finance, at_least: 1}"
    key = publish(world, policy, when="approved: done, rejected: refused")
    world.pass_time(hours=47)
    assert world.state(key) == "vote"
    world.pass_time(hours=2)
    assert world.state(key) == "refused"
    closed = next(line for line in world.register.item(key).timeline if line.kind == "item:round:closed")
    assert closed.sentence == "Round closed: Rejected."
    assert world.is_whole(key)


def test_a_deadline_that_escalates_tells_the_author(small_world: World) -> None:
    """And decides nothing: silence never approves."""
    world = small_world
    key = publish(world, "deadline: {in: 2d, then: escalate}\napprove: {from: finance, at_least: 1}")
    world.pass_time(hours=49)
    assert world.state(key) == "vote"
    (mail,) = world.mails("dan@example.com", "Needs attention")
    assert "The deadline of Wed 19 Aug 2026, 11:00 CEST passed." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    world.sign("eve", key)
    assert world.state(key) == "done"


def test_lazy_consensus_is_met_by_the_clock(small_world: World) -> None:
    """Seventy-two hours without an objection."""
    world = small_world
    policy = "approve: {all: [{after: 72h}, {from: engineering, position: reject, at_most: 0}]}"
    key = publish(world, policy)
    world.pass_time(hours=71)
    assert world.state(key) == "vote"
    world.pass_time(hours=2)
    assert world.state(key) == "done"


HOLD = """
positions: {hold: {lifted_by: [sponsor]}}
approve: {all: [{from: finance, at_least: 1}, {from: engineering, position: hold, at_most: 0}]}
"""


def test_a_hold_is_lifted_by_whoever_may(either: World) -> None:
    """On the record, with the reason, and nobody else may."""
    world = either
    key = publish(world, HOLD)
    world.sign("ana", key, "hold")
    world.sign("eve", key)
    assert world.state(key) == "vote"
    with pytest.raises(Refused, match="Only Sponsor may lift|Only sponsor may lift"):
        world.register.lift(key, "ana", world.by("cid"), "I want it")
    assert world.kinds(key)[-1] == "item:act:refused"  # an attempt of weight (P11-28)
    with pytest.raises(BadInput):
        world.register.lift(key, "ana", world.by("sam"), " ")
    with pytest.raises(NotFound, match="'ben' holds no position that stands in this round"):
        world.register.lift(key, "ben", world.by("sam"), "done")
    said = world.register.lift(key, "ana", world.by("sam"), "Tests were run on Friday.")
    assert said == f"{key} is in Done."
    lines = [line.sentence for line in world.register.item(key).timeline]
    assert "Sam Okoye lifted “hold” of Ana Ruiz (Tests were run on Friday.)." in lines
    assert world.is_whole(key)


BALLOT = """
settle: at_close
chair: pmo-lead
deadline: {in: 10d, then: escalate}
approve: {from: engineering, more_than: 1/2, of: present, quorum: 2}
reject: {from: engineering, position: reject, at_least: 1}
"""


def test_a_ballot_is_judged_when_the_chair_closes_it(either: World) -> None:
    """Attendance and closing are the chair's, and the share is one of those present."""
    world = either
    key = publish(world, BALLOT, when="approved: done, rejected: refused")
    world.sign("ana", key)
    world.sign("ben", key)
    assert world.state(key) == "vote"
    with pytest.raises(Refused, match="may close the round"):
        world.register.close_round(key, world.by("eve"))
    world.register.record_attendance(key, ["ana", "ben", "mei"], world.by("cid"))
    assert world.register.close_round(key, world.by("cid"), "Meeting of 17 August") == f"{key} is in Done."
    lines = [line.sentence for line in world.register.item(key).timeline]
    assert "Present: Ana Ruiz, Ben Roth, Mei Chen." in lines
    assert "Cid Cole closed the round (Meeting of 17 August)." in lines


def test_an_override_is_no_kind_of_met(either: World) -> None:
    """It has a status of its own in the record, with who and why (SOX-2)."""
    world = either
    key = publish(world, "override: {by: sponsor}\napprove: {from: finance, at_least: 1}")
    with pytest.raises(Refused, match="may override"):
        world.register.override(key, "approved", world.by("ana"), "now")
    with pytest.raises(BadInput):
        world.register.override(key, "aproved", world.by("sam"), "now")
    with pytest.raises(BadInput):
        world.register.override(key, "approved", world.by("sam"), "")
    world.register.override(key, "approved", world.by("sam"), "Plant is down.")
    assert world.state(key) == "done"
    view = world.register.item(key)
    assert view.round is not None
    assert view.round.tree is not None
    assert view.round.tree["standing"] == "overridden"
    assert "Overridden by Sam Okoye: Approved (Plant is down.)." in [line.sentence for line in view.timeline]


def test_a_live_verdict_waits_for_the_act_that_names_it(either: World) -> None:
    """And falls again when a signature is taken back before somebody acts."""
    world = either
    acts = "acts: {merge: {to: done, by: author, verdict: approved}}"
    key = publish(world, "settle: live\napprove: {from: finance, at_least: 1}", acts=acts)
    with pytest.raises(Refused, match="It waits for the verdict approved; it has none now"):
        world.register.act(key, "merge", world.by("dan"))
    token = world.token("eve", key)
    world.sign("eve", key, token=token)
    assert world.state(key) == "vote"
    world.register.withdraw_decision(token, reason="wait")
    with pytest.raises(Refused):
        world.register.act(key, "merge", world.by("dan"))
    world.sign("eve", key, token=token)
    assert world.register.act(key, "merge", world.by("dan")) == "done"
    closed = [line.sentence for line in world.register.item(key).timeline if line.kind == "item:round:closed"]
    assert closed == ["Round closed: Approved."]
    assert world.is_whole(key)


def test_an_alias_a_recusal_and_conditions(small_world: World) -> None:
    """Words are recorded under their own name; who recuses leaves the body; a condition is kept with the vote."""
    world = small_world
    policy = """
positions: {approve: {aliases: ["+1"]}, conditional_go: {conditions: required, title: Go with conditions}}
outcomes:
  conditional_go: {rule: {from: engineering, position: conditional_go, at_least: 1}}
  go: {rule: {from: engineering, at_least: all}}
"""
    key = publish(world, policy, when="go: done, conditional_go: done")
    assert world.sign("ana", key, "+1").position == "approve"
    with pytest.raises(BadInput, match="Go with conditions needs a reason"):
        world.sign("mei", key, "conditional_go", comment="")
    world.sign("ben", key, "recuse", comment="My brother sells it.")
    assert world.state(key) == "vote"
    world.sign("mei", key)
    assert world.state(key) == "done"


def test_a_vote_before_its_step_is_set_aside_and_may_be_given_again(small_world: World) -> None:
    """Somebody who was asked in an earlier opening of the step keeps the link; the early word does not count."""
    world = small_world
    steps = "approve: {in_order: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}\nexclude: []"
    key = publish(world, steps)
    mei = world.token("mei", key)
    world.sign("mei", key, token=mei)
    world.carry()
    eve = world.token("eve", key)
    world.register.withdraw_decision(mei, reason="wrong item")
    world.sign("eve", key, token=eve)
    verdict = world.register.verdict(key)
    assert verdict is not None
    assert [(one.decision.person, one.reason) for one in verdict.set_aside if not one.decision.withdrawn] == [
        ("eve", "step not open yet")
    ]
    world.sign("mei", key, token=mei)
    assert world.state(key) == "vote"
    world.sign("eve", key, token=eve)
    assert world.state(key) == "done"
