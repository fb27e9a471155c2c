"""Which decisions stand, and why others are set aside; seats; deadlock; what is broken."""

from __future__ import annotations

from decimal import Decimal

import pytest
from scenes import NOW, example, item, judge, roster, said

from policies.evaluate import decide
from policies.facts import Facts
from policies.verdict import Standing, Status, Verdict, fell_with

FIVE = dict.fromkeys(("ana", "ben", "eva", "kim", "tom"), "engineering")
TWO_OF = "approve: {from: engineering, at_least: 2}"


def reasons(verdict: Verdict) -> list[tuple[str, str]]:
    return [(one.decision.person, one.reason) for one in verdict.set_aside]


def after_edit(stale_on: str, changed: set[str], *lines: str) -> Verdict:
    """What two of five come to after revision 2 changed these names."""
    policy = f"stale_on: {stale_on}\nreject: {{from: engineering, position: reject, at_least: 2}}\n{TWO_OF}"
    return judge(policy, FIVE, *lines, revision=2, changed={2: frozenset(changed)})


def test_any_edit_asks_again():
    """By default an approval holds for the revision that was on the screen, and for no other."""
    verdict = after_edit("any_edit", {"reason"}, "ana approve r1", "ben approve")
    assert verdict.standing is Standing.PENDING
    assert reasons(verdict) == [("ana", "given for revision 1; reason changed since")]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [({"cost"}, None), ({"criteria.impact"}, None), ({"reason"}, "approved"), ({"reason", "cost"}, None)],
)
def test_an_edit_of_what_was_named_asks_again(changed, expected):
    """With a list, only an edit of these fields and criteria lets approvals fall."""
    assert after_edit("[cost, impact]", changed, "ana approve r1", "ben approve r1").outcome == expected


def test_what_an_approval_fell_with_is_read_back_from_its_reason():
    """The sentence is made and read in one place: whatever it says, what fell is known by it."""
    fell = after_edit("any_edit", {"reason", "criteria.impact"}, "ana approve r1", "ben approve r2")
    assert [fell_with(one) for one in fell.set_aside] == [{"reason", "impact"}]
    left = judge(TWO_OF, FIVE, "ana approve", "ana reject")
    assert [fell_with(one) for one in left.set_aside] == [frozenset()]


def test_no_edit_asks_again_where_the_policy_says_never():
    """`never` keeps an approval through every edit."""
    assert after_edit("never", {"cost"}, "ana approve r1", "ben approve r1").outcome == "approved"


def test_an_edit_that_came_before_lets_nothing_fall():
    """Only what changed after the revision that was signed matters."""
    policy = f"stale_on: [cost]\n{TWO_OF}"
    changed = {2: frozenset({"cost"}), 3: frozenset({"reason"})}
    verdict = judge(policy, FIVE, "ana approve r2", "ben approve r2", revision=3, changed=changed)
    assert verdict.outcome == "approved"


def test_a_rejection_survives_an_edit():
    """Changing the item does not take an objection away; its author does."""
    assert after_edit("any_edit", {"cost"}, "ana reject r1", "ben reject r1").outcome == "rejected"


def test_only_the_approvals_that_depended_on_it_fall():
    """Those who signed the new revision need not sign again."""
    verdict = after_edit("any_edit", {"cost"}, "ana approve r1", "ben approve r2")
    assert verdict.sentence == "Needs 1 more of Engineering (Ana, Eva, Kim or Tom)."


def test_a_decision_taken_back_does_not_count():
    """What was withdrawn is shown, and set aside."""
    verdict = judge(TWO_OF, FIVE, "ana approve", "ben approve withdrawn")
    assert (verdict.standing, reasons(verdict)) == (Standing.PENDING, [("ben", "taken back")])


def test_a_later_decision_replaces_an_earlier_one():
    """A person has one position: the latest."""
    policy = "reject: {from: engineering, position: reject, at_least: 1}\n" + TWO_OF
    assert judge(policy, FIVE, "ana approve", "ana reject").outcome == "rejected"
    lifted = judge(policy, FIVE, "ana reject", "ana approve", "ben approve")
    assert (lifted.outcome, reasons(lifted)) == ("approved", [("ana", "replaced by a later decision")])


def test_saying_it_twice_counts_once():
    """The same person again is the same person."""
    assert judge(TWO_OF, FIVE, "ana approve", "ana approve").standing is Standing.PENDING


def test_somebody_who_left_the_roster_does_not_count():
    """A decision of somebody the roster no longer knows is set aside with that reason."""
    verdict = judge(TWO_OF, FIVE, "gus approve", "ana approve")
    assert reasons(verdict) == [("gus", "no longer on the roster")]


# -- seats -------------------------------------------------------------------------------------------

SEATS = "approve: {all: [{from: plant, at_least: 1}, {from: quality, at_least: 1}]}"


@pytest.mark.parametrize("order", [["ana approve", "ben approve"], ["ben approve", "ana approve"]])
def test_people_sit_where_they_are_needed_most(order):
    """Ana holds both roles and Ben one: giving Ana the first seat she fits would leave the other empty."""
    people = {"ana": "plant quality", "ben": "plant"}
    verdict = judge(SEATS, people, *order)
    assert verdict.outcome == "approved"
    assert {(seat.person, seat.capacity) for seat in verdict.seats} == {("ana", "quality"), ("ben", "plant")}


def test_one_person_fills_one_seat():
    """Somebody with both roles signs once and counts once; the page says where."""
    verdict = judge(SEATS, {"ana": "plant quality", "ben": "quality"}, "ana approve")
    assert verdict.standing is Standing.PENDING
    assert reasons(verdict) == [("ana", "already counted as Plant")]
    assert verdict.sentence == "Needs Quality (Ben)."
    because = verdict.findings["approved"].because
    assert because == "1 of 2 parts are met. One person fills one seat (Ana)."


@pytest.mark.parametrize("where", ["policy", "rule"])
def test_seats_may_be_shared(where):
    """With `one_seat: false` one signature serves several rules."""
    policy = f"one_seat: false\n{SEATS}" if where == "policy" else SEATS.replace("{all:", "{one_seat: false, all:")
    assert judge(policy, {"ana": "plant quality"}, "ana approve").outcome == "approved"


def test_nobody_is_moved_into_a_seat_that_another_round_of_the_same_rule_needs():
    """Three seats and three people who fit in only one way are all seated."""
    people = {"ana": "a b c", "ben": "a b", "eva": "a"}
    rule = "approve: {all: [{from: a, at_least: 1}, {from: b, at_least: 1}, {from: c, at_least: 1}]}"
    verdict = judge(rule, people, "ana approve", "ben approve", "eva approve")
    assert {(seat.person, seat.capacity) for seat in verdict.seats} == {
        ("ana", "c"),
        ("ben", "b"),
        ("eva", "a"),
    }


def test_seats_are_shown_as_filled_even_while_something_else_holds_it_up():
    """An objection does not make one person count in two seats meanwhile."""
    rule = """
approve:
  all:
    - {from: plant, at_least: 1}
    - {from: quality, at_least: 1}
    - {from: plant, position: reject, at_most: 0}
"""
    verdict = judge(rule, {"ana": "plant quality", "ben": "quality", "eva": "plant"}, "ana approve", "eva reject")
    assert verdict.sentence == "Needs Quality (Ben). Held by Eva."


def test_shared_seats_inside_an_all_leave_its_other_seats_alone():
    """An inner `all` with shared seats is met by itself; the outer one still gives each person one seat."""
    rule = """
approve:
  all:
    - one_seat: false
      all:
        - {n_of: 2, of: [{from: a, at_least: 1}, {from: b, at_least: 1}]}
    - {from: c, at_least: 1}
    - {from: d, at_least: 1}
"""
    people = {"ana": "a b", "ben": "c d", "eva": "d"}
    assert judge(rule, people, "ana approve", "ben approve").standing is Standing.PENDING
    assert judge(rule, people, "ana approve", "ben approve", "eva approve").outcome == "approved"


# -- deadlock and broken -----------------------------------------------------------------------------


def test_a_role_without_members_is_a_deadlock():
    """What nobody on the roster can give will not come by waiting."""
    verdict = judge("approve: {from: finance, at_least: 1}", FIVE)
    assert verdict.standing is Standing.DEADLOCK
    assert verdict.findings["approved"].because == "Nobody who may sign is Finance."
    assert verdict.sentence == (
        "Deadlock: nobody left on the roster can give 1 more of Finance. Give somebody the role, or hand the item over."
    )


def test_a_share_of_a_role_without_members_is_a_deadlock():
    """All of nobody is not an approval."""
    assert judge("approve: {from: finance, at_least: all}", FIVE).standing is Standing.DEADLOCK


def test_separation_of_duties_may_leave_nobody():
    """Where the author is the only one of the role, it is a deadlock, and says whom it set aside."""
    verdict = judge("approve: {from: finance, at_least: 1}", {"eva": "finance"}, "eva approve", author="eva")
    assert verdict.standing is Standing.DEADLOCK
    assert "Set aside: Eva (author)." in verdict.sentence


def test_more_seats_than_people_is_a_deadlock():
    """Two seats that only one and the same person could fill will stay half empty."""
    assert judge(SEATS, {"ana": "plant quality"}, "ana approve").standing is Standing.DEADLOCK


def test_another_way_keeps_it_open():
    """Where one way is closed and another open, it waits."""
    rule = "approve: {any: [{from: finance, at_least: 1}, {from: engineering, at_least: 2}]}"
    verdict = judge(rule, FIVE)
    assert verdict.standing is Standing.PENDING
    assert verdict.sentence == "Needs 2 more of Engineering (Ana, Ben, Eva, Kim or Tom)."


def test_a_refusal_still_in_reach_does_not_make_it_pending():
    """That it could be rejected is no way forward."""
    policy = "reject: {from: engineering, position: reject, at_least: 1}\napprove: {from: finance, at_least: 1}"
    assert judge(policy, FIVE).standing is Standing.DEADLOCK
    assert judge(policy, FIVE, "ana reject").outcome == "rejected"


def test_a_field_nobody_has_filled_in_is_not_a_deadlock():
    """Where an empty field decides whether an unstaffed role is asked, it waits for the field."""
    rule = "approve: {all: [{from: engineering, at_least: 1}, {from: finance, at_least: 1, when: item.urgent}]}"
    assert judge(rule, FIVE).standing is Standing.PENDING
    assert judge(rule, FIVE, fields={"urgent": True}).standing is Standing.DEADLOCK


AGREED = "{from: engineering, at_least: 1}"
BROKEN = "item.cost / item.pieces > 1"
NOTHING = {"fields": {"cost": Decimal(1), "pieces": 0}}


@pytest.mark.parametrize(
    "policy",
    [
        f"approve: {{all: [{AGREED}, {{from: finance, at_least: 1, when: {BROKEN}}}]}}",
        f"approve: {{any: [{AGREED}, {{from: finance, at_least: 1, when: {BROKEN}}}]}}",
        f"none_required: none\napprove: {{from: finance, at_least: 1, when: {BROKEN}}}",
        "reject: {from: engineering, position: approve, at_least: 1}\n"
        f"approve: {{from: finance, at_least: 1, when: {BROKEN}}}",
    ],
    ids=["in an all", "in an any", "alone", "after an outcome that is met"],
)
def test_what_is_broken_is_never_decided(policy):
    """A rule that cannot be worked out stops the whole policy: a deadlock, with the error as its reason."""
    verdict = judge(policy, FIVE, "ana approve", "ben approve", **NOTHING)
    assert (verdict.standing, verdict.outcome, verdict.who_can_unblock) == (Standing.DEADLOCK, None, ())
    assert verdict.findings["approved"].status is Status.BROKEN
    assert verdict.sentence.startswith("Deadlock: a rule cannot be worked out.")
    assert BROKEN in verdict.sentence


# -- who can unblock ---------------------------------------------------------------------------------


def test_who_could_decide_it_alone_is_named():
    """With one seat left, each person who could fill it is named, and who could stop it."""
    policy = "reject: {from: lead, position: reject, at_least: 1}\n" + TWO_OF
    verdict = judge(policy, {**FIVE, "mei": "lead"}, "ana approve")
    assert {(u.person, u.position, u.outcome) for u in verdict.who_can_unblock} == {
        *((person, "approve", "approved") for person in ("ben", "eva", "kim", "tom")),
        ("mei", "reject", "rejected"),
    }


def test_where_two_are_missing_nobody_can_decide_it_alone():
    """Nobody is named who could only bring it nearer."""
    assert judge(TWO_OF, FIVE).who_can_unblock == ()


def test_who_signed_an_older_revision_can_sign_again():
    """Somebody whose approval fell is among those who can decide it."""
    verdict = judge(TWO_OF, FIVE, "ana approve r1", "ben approve r2", revision=2, changed={2: frozenset({"cost"})})
    assert ("ana", "approve", "approved") in {(u.person, u.position, u.outcome) for u in verdict.who_can_unblock}


def test_a_decided_verdict_leaves_nothing_to_unblock():
    """What is decided names nobody, and nothing is missing."""
    verdict = judge(TWO_OF, FIVE, "ana approve", "ben approve")
    assert (verdict.who_can_unblock, verdict.missing) == ((), ())


def test_what_is_missing_is_counted_per_rule():
    """Each rule that lacks people says how many, for which position, and who could."""
    rule = "approve: {all: [{from: finance, at_least: 1}, {from: engineering, at_least: 2}]}"
    verdict = judge(rule, {**FIVE, "liu": "finance"}, "ana approve")
    assert [(m.count, m.rule, m.label, m.position, m.candidates) for m in verdict.missing] == [
        (1, "approved.all[0]", "Finance", "approve", ("liu",)),
        (1, "approved.all[1]", "Engineering", "approve", ("ben", "eva", "kim", "tom")),
    ]
    assert verdict.sentence == "Needs Finance (Liu) and 1 more of Engineering (Ben, Eva, Kim or Tom)."


def test_many_names_are_cut_short():
    """A sentence names five people at most, and counts the others."""
    crowd = {f"p{n}": "engineering" for n in range(9)}
    assert judge(TWO_OF, crowd).sentence == "Needs 2 more of Engineering (P0, P1, P2, P3, P4 or 4 others)."


def test_the_quick_verdict_is_the_same_but_for_the_what_if():
    """`decide` answers as `evaluate` does, without trying who could change it."""
    facts = Facts(item(), roster(FIVE), NOW, said("ana approve"))
    quick, whole = decide(example(TWO_OF), facts), judge(TWO_OF, FIVE, "ana approve")
    assert (quick.sentence, quick.missing, quick.findings) == (whole.sentence, whole.missing, whole.findings)
    assert (quick.who_can_unblock, len(whole.who_can_unblock)) == ((), 4)
