"""What the evaluator once said otherwise than trying everything: one small scene each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scenes import NOW, example, item, judge, roster, said

from policies.evaluate import evaluate
from policies.facts import Edit, Facts, Overriding, StandIn
from policies.verdict import Standing

COUNCIL = "approve: {check: yes('council') > no('council')}"
PAIR = {"ana": "council", "ben": "council"}


def test_whom_a_check_counts_is_asked():
    """People whose votes a check counts are asked, may say what it counts, and their votes stand."""
    waiting = judge(COUNCIL, PAIR)
    assert set(waiting.eligible or {}) == {"ana", "ben"}
    assert {one.person for one in waiting.who_can_unblock} == {"ana", "ben"}
    assert judge(COUNCIL, PAIR, "ana approve").outcome == "approved"
    assert judge(COUNCIL, PAIR, "ana approve", "ben reject").standing is Standing.PENDING
    stale = judge(COUNCIL, PAIR, "ana approve r1", revision=2, changed={2: frozenset({"cost"})})
    assert stale.standing is Standing.PENDING


def test_an_empty_list_asks_nobody():
    """`for_each` over an empty list does not apply, as over nothing at all it is unknown."""
    each = "{for_each: functions, rule: {from: '{each}', at_least: 1}}"
    policy = f"approve: {{all: [{{from: council, at_least: 1}}, {each}]}}"
    assert judge(policy, PAIR, "ana approve", fields={"functions": ()}).outcome == "approved"
    assert judge(policy, PAIR, "ana approve").standing is Standing.PENDING


def test_what_is_broken_cannot_be_overridden():
    """A rule that cannot be worked out stops the policy, whoever decides over the heads of all."""
    policy = example("override: {by: boss}\napprove: {from: council, at_least: 1, when: 1 / item.pieces > 0}")
    about = item(fields={"pieces": 0})
    over = Overriding("o", "eva", "approved", "late", NOW)
    found = evaluate(policy, Facts(about, roster({**PAIR, "eva": "boss"}), NOW, overrides=(over,)))
    assert (found.standing, found.outcome) == (Standing.DEADLOCK, None)


def away(hours: int, **people: str) -> Facts:
    """Ana is away from the first hour to the fourth, and Ben stands in; it is now so many hours later."""
    sits = StandIn("ana", "ben", NOW + timedelta(hours=1), NOW + timedelta(hours=4))
    known = replace(roster({"ana": "lead", "ben": "other", **people}), stand_ins=(sits,))
    return Facts(item(), known, NOW + timedelta(hours=hours), opened_at=NOW)


LEAD = "reject: {from: lead, position: reject, at_least: 1}\napprove: {from: lead, at_least: 1}"


def test_a_stand_in_counts_for_what_they_signed_while_they_sat_there():
    """What was said before the absence began is no signature for the absent one."""
    early, late = (replace(said("ben approve")[0], at=NOW + timedelta(hours=hour)) for hour in (0, 2))
    policy, facts = example(LEAD), away(3)
    assert evaluate(policy, replace(facts, decisions=(early,))).standing is Standing.PENDING
    assert evaluate(policy, replace(facts, decisions=(late,))).outcome == "approved"


def test_a_later_signature_of_a_stand_in_holds_over_an_earlier_word():
    """Back again, the absent one sits once more when they speak; until then the last signature for them holds."""
    lines = said("ana approve", "ben reject")
    acts = tuple(replace(one, at=NOW + timedelta(hours=hour)) for one, hour in zip(lines, (0, 2), strict=True))
    facts = replace(away(6), decisions=acts)
    assert evaluate(example(LEAD), facts).outcome == "rejected"
    again = replace(acts[0], id="d9", at=NOW + timedelta(hours=5))
    assert evaluate(example(LEAD), replace(facts, decisions=(*acts, again))).outcome == "approved"


def test_an_absence_that_ends_is_no_deadlock():
    """Where the only one is away and their stand-in has left, it waits for them."""
    facts = away(2)
    gone = replace(facts.roster, people={"ana": facts.roster.people["ana"]})
    assert evaluate(example(LEAD), replace(facts, roster=gone)).standing is Standing.PENDING


def test_a_step_that_an_edit_closed_is_closed_whatever_was_on_the_screen():
    """A signature for a later step counts only if the steps before it stood at that moment."""
    policy = example("approve: {in_order: [{from: a, at_least: 1}, {from: b, stale_on: never, at_least: 1}]}")
    lines = said("ana approve r1", "ben approve r1")
    acts = tuple(replace(one, at=NOW + timedelta(hours=hour)) for one, hour in zip(lines, (1, 3), strict=True))
    about = item(revision=2, changed={2: frozenset({"cost"})}, edits={2: Edit("zoe", NOW + timedelta(hours=2))})
    people = roster({"ana": "a", "ben": "b"})
    found = evaluate(policy, Facts(about, people, NOW + timedelta(hours=4), acts, opened_at=NOW))
    assert {one.decision.person: one.reason for one in found.set_aside}["ben"] == "step not open yet"


def test_a_word_that_moves_a_seat_is_worth_saying_again():
    """Who signed in the place of somebody who is back gives the seat up by speaking again, even the same word; so
    does who is back take it."""
    policy = example("reject: {from: lead, position: reject, at_least: 1}\napprove: {from: lead, at_most: 0}")
    signed = replace(said("ben approve")[0], at=NOW + timedelta(hours=2))
    found = evaluate(policy, replace(away(6), decisions=(signed,)))
    assert found.outcome is None
    assert ("ben", "approve", "approved") in {(o.person, o.position, o.outcome) for o in found.who_can_unblock}


def test_a_wait_that_begins_too_late_for_the_deadline_is_a_deadlock():
    """A step opens now at the earliest; where its waiting time then ends after the deadline, nothing can be met."""
    rules = "{in_order: [{from: lead, at_least: 1}, {after: 12h, since: step_opened}]}"
    policy = example(
        f"deadline: {{in: 14h, then: reject}}\nreject: {{from: boss, position: reject, at_least: 1}}\napprove: {rules}"
    )
    people = roster({"ana": "lead", "eva": "boss"})
    found = [
        evaluate(policy, Facts(item(), people, NOW + timedelta(hours=hour), opened_at=NOW)).standing for hour in (1, 3)
    ]
    assert found == [Standing.PENDING, Standing.DEADLOCK]


def test_who_saw_the_newer_revision_at_the_instant_of_its_edit_came_after_it():
    """Their signature is one of that revision: at that moment what was signed before had fallen already."""
    policy = example("approve: {in_order: [{from: a, at_least: 1}, {from: b, at_least: 1}]}")
    about = item(revision=2, changed={2: frozenset({"cost"})}, edits={2: Edit("zoe", NOW + timedelta(hours=2))})
    first, old, new = said("ana approve r1", "ben approve r1", "ben approve r2")
    first, old, new = (replace(one, at=NOW + timedelta(hours=h)) for one, h in ((first, 1), (old, 2), (new, 2)))
    facts = Facts(about, roster({"ana": "a", "ben": "b"}), NOW + timedelta(hours=3), (first,), opened_at=NOW)
    reasons = [
        {one.decision.person: one.reason for one in evaluate(policy, replace(facts, decisions=(first, one))).set_aside}
        for one in (old, new)
    ]
    assert [one["ben"] for one in reasons] == ["given for revision 1; cost changed since", "step not open yet"]


def test_what_is_unknown_opens_no_step():
    """Even where nothing stands below it: whether it applies is not known."""
    rules = "{in_order: [{all: [{for_each: functions, rule: {from: '{each}', at_least: 1}}], when: item.urgent}, {from: b, at_least: 1}]}"
    found = evaluate(
        example(f"approve: {rules}"),
        Facts(item(fields={"functions": ()}), roster({"ben": "b"}), NOW, said("ben approve"), opened_at=NOW),
    )
    assert {one.decision.person: one.reason for one in found.set_aside}["ben"] == "step not open yet"


def test_a_field_that_may_yet_spare_everybody_keeps_it_open():
    """Where the policy says that nobody need be asked, an empty field may still say so."""
    parts = "{from: a, at_least: 1, when: item.urgent}, {from: a, at_least: 1, when: item.pieces > 5}"
    rule = f"{{n_of: 2, of: [{parts}]}}"
    policy = example(f"none_required: small\napprove: {rule}")
    assert evaluate(policy, Facts(item(fields={"pieces": 2}), roster({"ana": "a"}), NOW)).standing is Standing.PENDING


def test_who_is_asked_in_a_step_that_never_opens_is_never_heard():
    """A round that closes once everybody has spoken does not close by a word that is always too early."""
    rules = "{any: [{in_order: [{from: c, at_least: 2}, {from: b, at_least: 1}]}, {from: a, at_least: 1}]}"
    policy = f"settle: at_close\napprove: {rules}"
    assert judge(policy, {"ana": "b", "ben": "a"}).standing is Standing.DEADLOCK
    assert judge(policy, {"ana": "b", "ben": "a", "cid": "c", "dan": "c"}).standing is Standing.PENDING
