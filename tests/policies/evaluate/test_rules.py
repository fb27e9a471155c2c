"""What policies decide: one small scene each."""

from __future__ import annotations

from decimal import Decimal

import pytest
from scenes import judge

from policies.verdict import Standing, Status

TEAM = {
    "ana": "engineering",
    "ben": "engineering",
    "eva": "finance",
    "mei": "quality-lead@Lyon",
    "olu": "quality-lead@Linz",
}
RELEASE = """
reject: {from: quality-lead, at: item.site, position: reject, at_least: 1}
approve:
  all:
    - {from: quality-lead, at: item.site, at_least: 1}
    - {from: engineering, at_least: 2}
    - {from: finance, at_least: 1, when: item.cost > 50000}
"""
CHEAP = {"fields": {"cost": Decimal(100)}}
DEAR = {"fields": {"cost": Decimal(60000)}}


def test_everybody_asked_has_to_agree():
    """An `all` is met once each of its parts is."""
    before = judge(RELEASE, TEAM, "mei approve", "ana approve", **CHEAP)
    after = judge(RELEASE, TEAM, "mei approve", "ana approve", "ben approve", **CHEAP)
    assert (before.standing, after.outcome) == (Standing.PENDING, "approved")
    assert before.sentence == "Needs Engineering (Ben)."
    assert after.sentence == "Approved: 2 of 2 parts are met."


def test_where_all_who_are_left_have_to_sign_they_are_joined_by_and():
    """`Ana or Ben` would promise that one of the two is enough."""
    assert judge(RELEASE, TEAM, "mei approve", **CHEAP).sentence == "Needs 2 more of Engineering (Ana and Ben)."


def test_a_veto_wins_over_any_number_of_approvals():
    """A rejection by somebody who may stop it is judged before the approvals."""
    verdict = judge(RELEASE, TEAM, "ana approve", "ben approve", "mei reject", **CHEAP)
    assert verdict.outcome == "rejected"
    assert verdict.sentence == "Rejected: 1 of 1 rejection from Quality lead, Lyon."


def test_a_rejection_by_somebody_without_a_veto_stops_nothing():
    """Who is asked for an approval alone can withhold it, and no more."""
    verdict = judge(RELEASE, TEAM, "ana reject", **CHEAP)
    assert verdict.standing is Standing.PENDING


def test_the_role_is_asked_at_the_site_of_the_item():
    """Quality in Linz has no say about an item in Lyon."""
    verdict = judge(RELEASE, TEAM, "olu reject", **CHEAP)
    assert verdict.standing is Standing.PENDING
    assert [(a.decision.person, a.reason) for a in verdict.set_aside] == [("olu", "in none of the groups asked")]


def test_a_role_held_everywhere_counts_at_every_site():
    """Somebody who holds a role for all sites is asked for each of them."""
    people = {"kim": "quality-lead"}
    verdict = judge("approve: {from: quality-lead, at: item.site, at_least: 1}", people, "kim approve")
    assert verdict.outcome == "approved"


@pytest.mark.parametrize(("site", "expected"), [("Lyon", "pending"), ("Linz", "approved"), (None, "pending")])
def test_a_rule_may_name_one_site(site, expected):
    """A rule that names a site asks the people there, wherever the item belongs."""
    verdict = judge("approve: {from: quality-lead, at: Linz, at_least: 1}", TEAM, "olu approve", site=site)
    assert verdict.outcome == "approved"
    other = judge("approve: {from: quality-lead, at: item.site, at_least: 1}", TEAM, "olu approve", site=site)
    assert (other.outcome or other.standing.value) == ("deadlock" if site is None else expected)


# -- who may not sign --------------------------------------------------------------------------------

TWO_OF = "approve: {from: engineering, at_least: 2}"
FIVE = dict.fromkeys(("ana", "ben", "eva", "kim", "tom"), "engineering")


def test_two_of_five_are_enough():
    """Any two of the people asked will do."""
    assert judge(TWO_OF, FIVE, "kim approve").sentence == "Needs 1 more of Engineering (Ana, Ben, Eva or Tom)."
    assert judge(TWO_OF, FIVE, "kim approve", "eva approve").outcome == "approved"


def test_the_author_does_not_count():
    """Who wrote the item may say what they like; it is set aside, with the reason."""
    verdict = judge(TWO_OF, FIVE, "ana approve", "ben approve", author="ana")
    assert verdict.standing is Standing.PENDING
    assert [(a.decision.person, a.reason) for a in verdict.set_aside] == [("ana", "author")]
    assert "ana" not in (verdict.eligible or {})


def test_editors_do_not_count():
    """Who changed the content may not approve it."""
    verdict = judge(TWO_OF, FIVE, "ana approve", "ben approve", editors=("ben", "tom"))
    assert [(a.decision.person, a.reason) for a in verdict.set_aside] == [("ben", "edited the item")]
    assert verdict.sentence == "Needs 1 more of Engineering (Eva or Kim)."


def test_a_policy_may_let_the_author_count():
    """`exclude: []` asks the author like anybody else."""
    verdict = judge(f"exclude: []\n{TWO_OF}", FIVE, "ana approve", "ben approve", author="ana", editors=("ben",))
    assert verdict.outcome == "approved"


def test_a_policy_may_exclude_a_role():
    """Nobody of an excluded role counts, whichever other roles they hold."""
    people = {**FIVE, "ana": "engineering vendor"}
    verdict = judge(f"exclude: [vendor]\n{TWO_OF}", people, "ana approve", "ben approve")
    assert verdict.sentence == "Needs 1 more of Engineering (Eva, Kim or Tom)."


def test_a_leaf_may_exclude_a_role_that_nothing_else_names():
    """Separation of duties said at one rule binds there, in place of the policy's."""
    people = {**FIVE, "ana": "engineering vendor"}
    rule = "approve: {from: engineering, exclude: [vendor], at_least: 2}"
    verdict = judge(rule, people, "ana approve", "ben approve", author="ben")
    assert verdict.sentence == "Needs 1 more of Engineering (Eva, Kim or Tom)."


def test_people_of_a_role_may_be_left_out():
    """`except` leaves people out of the body that is asked, and out of what a share is a share of."""
    people = {**FIVE, "ana": "engineering lead", "ben": "engineering lead"}
    rule = "approve: {from: engineering, except: [lead], at_least: all}"
    verdict = judge(rule, people, "eva approve", "kim approve", "tom approve", "ana reject")
    assert verdict.outcome == "approved"


def test_an_approver_may_be_named_by_what_they_did():
    """Relations to the item stand where a role may."""
    rule = "exclude: []\napprove: {from: [owner, last_editor], at_least: 2}"
    verdict = judge(rule, FIVE, "tom approve", "eva approve", owner="tom", editors=("ben", "eva"))
    assert verdict.outcome == "approved"
    assert verdict.eligible == {"tom": ("owner",), "eva": ("last_editor",)}


# -- when --------------------------------------------------------------------------------------------


def test_a_rule_whose_condition_holds_is_asked():
    """Above the limit finance signs too."""
    verdict = judge(RELEASE, TEAM, "mei approve", "ana approve", "ben approve", **DEAR)
    assert verdict.sentence == "Needs Finance (Eva)."


def test_a_rule_whose_condition_is_false_does_not_apply():
    """Below the limit finance is not asked, not written to, and shown as not applicable."""
    verdict = judge(RELEASE, TEAM, "mei approve", "ana approve", **CHEAP)
    finding = verdict.findings["approved"].parts[2]
    assert (finding.status, finding.because) == (
        Status.SKIPPED,
        "Not asked: item.cost > 50000 (cost is 100).",
    )
    assert "eva" not in (verdict.eligible or {})


def test_a_rule_whose_condition_is_unknown_holds_it_up():
    """While nobody has said what it costs, nobody can say whether finance is needed; that is not a yes."""
    verdict = judge(RELEASE, TEAM, "mei approve", "ana approve", "ben approve")
    assert verdict.standing is Standing.PENDING
    assert verdict.findings["approved"].parts[2].status is Status.UNKNOWN
    assert verdict.sentence == "It depends on item.cost > 50000 (cost is not filled in)."


def test_what_lies_below_a_false_condition_asks_nobody():
    """People below a part that does not apply are not asked, even where their own rule has no condition."""
    rule = """
approve:
  all:
    - {from: engineering, at_least: 1}
    - {when: item.cost > 50000, all: [{from: finance, at_least: 1}, {from: quality-lead, at_least: 1}]}
"""
    verdict = judge(rule, TEAM, **CHEAP)
    assert set(verdict.eligible or {}) == {"ana", "ben"}


def test_a_part_of_which_nothing_applies_does_not_hold_up_the_rest():
    """In an `all`, an `any` whose every part is not applicable is not applicable; the rest decides."""
    rule = """
approve:
  all:
    - {any: [{from: finance, at_least: 1, when: item.cost > 50000}]}
    - {from: engineering, at_least: 1}
    - {from: quality-lead, at_least: 1}
"""
    verdict = judge(rule, TEAM, "ana approve", **CHEAP)
    assert verdict.standing is Standing.PENDING
    assert judge(rule, TEAM, "ana approve", "mei approve", **CHEAP).outcome == "approved"
    both_roles = {"kim": "engineering quality-lead", "mei": "quality-lead"}
    assert judge(rule, both_roles, "kim approve", **CHEAP).standing is Standing.PENDING


def test_where_nothing_applies_nobody_has_approved():
    """A policy of which no part applies is no approval."""
    verdict = judge("approve: {from: finance, at_least: 1, when: item.cost > 50000}", TEAM, **CHEAP)
    assert (verdict.standing, verdict.outcome) == (Standing.DEADLOCK, None)


def test_where_nothing_applies_a_policy_may_say_why_nobody_is_needed():
    """`none_required` approves what asks nobody, and gives its reason."""
    policy = """
none_required: Changes below the limit need no finance
approve: {from: finance, at_least: 1, when: item.cost > 50000}
"""
    verdict = judge(policy, TEAM, **CHEAP)
    assert verdict.outcome == "approved"
    assert verdict.sentence == "Approved: nobody had to be asked: Changes below the limit need no finance."
    assert judge(policy, TEAM, **DEAR).standing is Standing.PENDING


# -- how many ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "people", "enough"),
    [
        ("at_least: 1/2", 4, 2),
        ("at_least: 1/2", 5, 3),
        ("more_than: 1/2", 4, 3),
        ("at_least: 2/3", 4, 3),
        ("at_least: 2/3", 3, 2),
        ("at_least: 60%", 5, 3),
        ("at_least: majority", 4, 3),
        ("at_least: majority", 5, 3),
        ("at_least: all", 4, 4),
        ("at_least: 1%", 5, 1),
        ("more_than: 3", 5, 4),
    ],
)
def test_a_share_means_an_exact_number_of_people(bound, people, enough):
    """A fraction of the people asked is exact, rounded the way that its word says."""
    team = dict(list(FIVE.items())[:people])
    said = [f"{person} approve" for person in team]
    rule = f"approve: {{from: engineering, {bound}}}"
    assert judge(rule, team, *said[: enough - 1]).standing is Standing.PENDING
    assert judge(rule, team, *said[:enough]).outcome == "approved"


def test_the_number_a_share_means_is_printed():
    """Two thirds of four people is three, and the page says so."""
    team = dict(list(FIVE.items())[:4])
    verdict = judge("approve: {from: engineering, at_least: 2/3}", team, "ana approve")
    because = verdict.findings["approved"].because
    assert because == "1 of 3 approvals from Engineering (2/3 of 4 is 3)."
    more = judge("approve: {from: engineering, more_than: 1/2}", team).findings["approved"].because
    assert more == "0 of 3 approvals from Engineering (more than 1/2 of 4 is 3)."


def test_a_share_of_those_who_spoke_leaves_out_the_silent():
    """`of: cast` counts those who have taken a position, whatever it is."""
    rule = "approve: {from: engineering, more_than: 1/2, of: cast}"
    assert judge(rule, FIVE, "ana approve").outcome == "approved"
    split = judge(rule, FIVE, "ana approve", "ben reject")
    assert split.standing is Standing.PENDING
    assert split.findings["approved"].because == (
        "1 of 2 approvals from Engineering (more than 1/2 of the 2 who have spoken is 2)."
    )
    assert judge(rule, FIVE, "ana approve", "ben reject", "eva approve").outcome == "approved"


def test_a_share_of_nobody_is_met_by_nothing():
    """While nobody has spoken, no share of those who spoke is reached."""
    verdict = judge("approve: {from: engineering, at_least: 1/2, of: cast}", FIVE)
    assert verdict.standing is Standing.PENDING
    assert verdict.findings["approved"].because == (
        "0 of 1 approval from Engineering (1/2 of those who speak; nobody has)."
    )


def test_a_seat_that_waits_for_a_share_of_those_who_spoke_takes_nobody_elses():
    """An alternative that nobody has taken up does not push people out of the seats they are needed in."""
    rule = """
approve:
  all:
    - any:
        - {from: board, at_least: 1/2, of: cast}
        - {from: engineering, at_least: 1}
    - {from: quality-lead, at_least: 1}
"""
    people = {"kim": "engineering quality-lead", "mei": "quality-lead", "ole": "board"}
    assert judge(rule, people, "kim approve", "mei approve").outcome == "approved"


def test_a_limit_holds_it_up_until_it_is_lifted():
    """With `at_most`, too many objections hold the approval; who holds it is said."""
    rule = """
approve:
  all:
    - {from: quality-lead, at_least: 1}
    - {from: engineering, position: reject, at_most: 0}
"""
    held = judge(rule, TEAM, "mei approve", "ana reject")
    assert (held.standing, [d.person for d in held.blocked_by]) == (Standing.PENDING, ["ana"])
    assert held.sentence == "Held by Ana."
    assert judge(rule, TEAM, "mei approve", "ana reject", "ana approve").outcome == "approved"


# -- combinators -------------------------------------------------------------------------------------


def test_any_one_way_is_enough():
    """An `any` is met by one of its parts, and keeps what the others came to."""
    rule = "approve: {any: [{from: finance, at_least: 1}, {from: engineering, at_least: 2}]}"
    verdict = judge(rule, TEAM, "ana approve", "ben approve")
    assert verdict.outcome == "approved"
    assert [part.status for part in verdict.findings["approved"].parts] == [Status.UNMET, Status.MET]


def test_the_nearest_way_is_what_is_missing():
    """Of several ways, the sentence names the one that lacks the fewest people."""
    rule = "approve: {any: [{from: engineering, at_least: 2}, {from: finance, at_least: 1}]}"
    assert judge(rule, TEAM).sentence == "Needs Finance (Eva)."


QUORUM = """
approve:
  n_of: 2
  of:
    - {from: quality-lead, at: item.site, at_least: 1}
    - {from: finance, at_least: 1}
    - {from: engineering, at_least: 1, when: item.cost > 50000}
"""


def test_n_of_the_parts_are_enough():
    """Two of three parts are met, whichever."""
    assert judge(QUORUM, TEAM, "mei approve", **DEAR).standing is Standing.PENDING
    assert judge(QUORUM, TEAM, "mei approve", "ana approve", **DEAR).outcome == "approved"


def test_n_of_counts_only_the_parts_that_apply():
    """A part that does not apply is no part that is met."""
    assert judge(QUORUM, TEAM, "mei approve", "ana approve", **CHEAP).standing is Standing.PENDING
    assert judge(QUORUM, TEAM, "mei approve", "eva approve", **CHEAP).outcome == "approved"


def test_n_of_more_than_apply_is_a_deadlock():
    """Where fewer parts apply than are needed, nothing anybody says will do."""
    rule = """
approve:
  n_of: 2
  of:
    - {from: finance, at_least: 1}
    - {from: engineering, at_least: 1, when: item.cost > 50000}
"""
    verdict = judge(rule, TEAM, "eva approve", **CHEAP)
    assert verdict.standing is Standing.DEADLOCK
    assert verdict.findings["approved"].because == "1 of the 2 needed are met. Only 1 apply."


def test_a_rule_may_be_used_by_its_name():
    """A rule under `rules` is written once; each use may add a condition of its own."""
    rules = "board: {from: engineering, at_least: 1, when: item.risk == 'high'}"
    policy = "approve: {all: [{from: finance, at_least: 1}, {rule: board, when: item.cost > 50000}]}"

    def asked(cost: int, risk: str) -> set[str]:
        verdict = judge(policy, TEAM, rules=rules, fields={"cost": Decimal(cost), "risk": risk})
        return set(verdict.eligible or {})

    assert asked(60000, "high") == {"eva", "ana", "ben"}
    assert asked(60000, "low") == asked(100, "high") == asked(100, "low") == {"eva"}


def test_every_condition_on_the_way_to_a_named_rule_counts():
    """Where a name stands for a name, the conditions of both uses and of the rule itself hold together."""
    rules = """
inner: {from: engineering, at_least: 1, when: item.risk == 'high'}
outer: {rule: inner, when: item.cost > 50000}
"""
    policy = "approve: {all: [{from: finance, at_least: 1}, {rule: outer, when: item.urgent}]}"
    for cost, risk, urgent in ((60000, "high", False), (100, "high", True), (60000, "low", True)):
        fields = {"cost": Decimal(cost), "risk": risk, "urgent": urgent}
        assert judge(policy, TEAM, "eva approve", rules=rules, fields=fields).outcome == "approved"
    fields = {"cost": Decimal(60000), "risk": "high", "urgent": True}
    assert judge(policy, TEAM, "eva approve", rules=rules, fields=fields).standing is Standing.PENDING


# -- outcomes ----------------------------------------------------------------------------------------

GATE = """
outcomes:
  hold: {rule: {from: keepers, position: hold, at_least: 2}}
  go: {rule: quorum}
  conditional_go: {rule: quorum, counts: [go, conditional_go], cap: 30%}
"""
GATE_RULES = "quorum: {from: keepers, position: go, at_least: 3}"
KEEPERS = dict.fromkeys(("ana", "ben", "eva", "kim"), "keepers")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["ana go", "ben go", "eva go"], "go"),
        (["ana go", "ben go", "eva conditional_go"], "conditional_go"),
        (["ana conditional_go", "ben conditional_go", "eva conditional_go"], "conditional_go"),
        (["ana go", "ben go", "eva conditional_go", "kim go"], "go"),
        (["ana go", "ben go", "eva hold", "kim hold"], "hold"),
        (["ana go", "ben go", "eva hold"], None),
    ],
)
def test_the_first_outcome_met_is_the_verdict(lines, expected):
    """Outcomes are judged in their order, and a plain go also supports a conditional one."""
    assert judge(GATE, KEEPERS, *lines, rules=GATE_RULES).outcome == expected


def test_a_gate_that_waits_says_who_could_decide_it():
    """Each person whose next word would decide is named with the word and what it would come to."""
    verdict = judge(GATE, KEEPERS, "ana go", "ben go", "eva hold", rules=GATE_RULES)
    assert {(u.person, u.position, u.outcome) for u in verdict.who_can_unblock} == {
        ("ana", "hold", "hold"),
        ("ben", "hold", "hold"),
        ("kim", "hold", "hold"),
        ("eva", "go", "go"),
        ("kim", "go", "go"),
        ("eva", "conditional_go", "conditional_go"),
        ("kim", "conditional_go", "conditional_go"),
    }
