"""The checks of a process against a roster, one story each."""

from __future__ import annotations

import pytest
from roster_examples import HEAD, OFF, SITES, THREE, TWO, people, process, remarks, staff

from policies.staffing import Level, StaffRemark, check_staffing, setting
from policies.staffing.setting import Ask

LEAD = "approve: {from: quality-lead, at: item.site, at_least: 1}"
OPEN = f"exclude: []\n{LEAD}"
CREW = people(mei="quality-lead@Lyon", ana="quality-lead@Lyon", tom="quality-lead@Linz", eva="engineering")


def said(found: list[StaffRemark], code: str) -> list[str]:
    return [one.message for one in found if one.code == code]


def absences(*lines: str) -> str:
    return "absences:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


MEI_OFF = "person: mei, from: 2026-12-24, until: 2027-01-06"
ANA_OFF = "person: ana, from: 2026-12-21, until: 2026-12-30"


def test_the_only_one_of_a_role_may_not_write_it():
    """One line for both plants, with who at which."""
    found = remarks(LEAD, people(mei="quality-lead@Lyon", tom="quality-lead@Linz", ana="engineering"))
    assert said(found, "TG203") == [
        "`release` cannot come to Approved when Mei (Lyon) or Tom (Linz) writes or edits it: "
        "Quality lead takes 1 and nobody else is left."
    ]
    assert said(found, "TG204") == []


def test_pairs_of_editors_are_said_only_where_neither_blocks_alone():
    """Three leads: no pair. Two: the pair. One: the person alone."""
    assert said(remarks(LEAD, THREE), "TG204") == []
    assert said(remarks(LEAD, TWO), "TG203") == []
    (pair,) = said(remarks(LEAD, TWO), "TG204")
    assert "when Mei and Ana (Lyon) edit it, or one writes and one edits it" in pair


def test_editors_who_are_kept_apart_where_authors_are_not():
    """Said of editors alone."""
    found = remarks(f"exclude: [editors]\n{LEAD}", people(mei="quality-lead@Lyon"))
    assert said(found, "TG203") == []
    assert "when Mei (Lyon) edits it" in said(found, "TG204")[0]


def test_owners_who_sign_what_they_own():
    """An owner the policy keeps apart cannot be the one it asks."""
    found = remarks(f"exclude: [owner]\n{LEAD}", people(mei="quality-lead@Lyon"))
    assert "when Mei (Lyon) owns it" in said(found, "TG204")[0]
    assert said(remarks("exclude: [author]\napprove: {from: owner, at_least: 1}", TWO), "TG203") == []


def test_seats_that_one_person_cannot_fill_twice():
    """Each rule has somebody; together they have one person too few."""
    policy = "exclude: []\napprove: {all: [{from: plant, at_least: 1}, {from: quality, at_least: 1}]}"
    found = remarks(policy, people(ana="plant quality"))
    assert said(found, "TG203") == [
        "`release` cannot come to Approved: Plant and Quality together take 2 people, each in one seat, "
        "and only 1 is left."
    ]
    assert said(remarks(policy, people(ana="plant quality", ben="plant")), "TG203") == []


def test_guards_are_tried_at_their_boundaries():
    """Finance is asked above 50,000 alone, and the item is shown."""
    policy = (
        "exclude: []\napprove: {all: [{from: engineering, at_least: 1}, "
        "{from: finance, at_least: 1, when: item.cost > 50000}]}"
    )
    found = remarks(policy, people(ana="engineering"))
    assert said(found, "TG203") == [
        "`release` cannot come to Approved for an item with cost 50,000.01: nobody is Finance."
    ]
    assert said(found, "TG201") == ["nobody holds the role `finance`, which `release` asks."]


def test_guards_that_cannot_be_taken_apart_are_tried_at_what_they_name():
    """A product, and a field that may be empty."""
    for guard in ("item.cost * 2 > 100", "has(item.cost)"):
        policy = (
            "exclude: []\napprove: {all: [{from: engineering, at_least: 1}, "
            f"{{from: finance, at_least: 1, when: {guard}}}]}}"
        )
        (one,) = said(remarks(policy, people(ana="engineering")), "TG203")
        assert "nobody is Finance" in one


def test_very_many_guards_are_tried_in_part_and_that_is_said():
    """As information."""
    rules = ", ".join(f"{{from: r{n}, at_least: 1, when: item.cost > {n}000}}" for n in range(1, 5))
    criteria = ", ".join(f"{{from: c{n}, at_least: 1, when: 'item.criteria.k{n}.met'}}" for n in range(12))
    text = HEAD.replace(
        "start: sign-off", "criteria:\n" + "".join(f"  k{n}: {{text: K}}\n" for n in range(12)) + "start: sign-off"
    )
    from policies.load import load_process

    loaded = load_process(f"{text}    approve: {{all: [{{from: base, at_least: 1}}, {rules}, {criteria}]}}\n", "p")
    found = check_staffing(loaded, staff(people(ana="base")))
    assert "`release` has guards that may fall in very many ways; a part of them was tried." in said(found, "TG211")


def test_a_rule_for_each_entry_of_a_list_is_asked_for_each():
    """Of the values that the field may hold."""
    policy = 'exclude: []\napprove: {for_each: functions, rule: {from: "{each}", at_least: 1}}'
    found = remarks(policy, people(ana="quality"))
    assert [one for one in said(found, "TG203") if "nobody is Finance" in one] != []
    assert said(remarks(policy, people(ana="quality", ben="finance")), "TG203") == []


def test_what_the_item_itself_rules_out_is_no_matter_of_people():
    """A check that does not hold blocks whoever there is."""
    policy = "exclude: []\napprove: {all: [{from: engineering, at_least: 1}, {check: item.cost < 10}]}"
    assert said(remarks(policy, people(ana="engineering", ben="engineering")), "TG203") == []


def test_an_outcome_that_silence_brings_about_is_never_blocked():
    """By the deadline; nor does anybody bring it about alone."""
    policy = f"deadline: {{in: 5wd, then: approve, silence: agreed}}\n{LEAD}"
    found = remarks(policy, people(mei="quality-lead@Lyon"))
    assert {one.code for one in found} == set()


def test_a_weight_that_is_text_stops_the_policy_and_is_said():
    """With the person and the value."""
    text = people(ana="owners") + (
        "  ben: {name: Ben, email: ben@example.com, roles: [owners], attributes: {shares: many}}\n"
    )
    found = remarks("exclude: []\napprove: {from: owners, at_least: 1, weight: shares}", text)
    assert said(found, "TG210") == ["`release` counts by `shares`, and Ana and Ben have none that is a whole number."]
    (one,) = said(found, "TG203")
    assert one.endswith("the shares of Ben is 'many', not a whole number.")


def test_distinct_values_that_people_lack():
    """Two companies are asked; one person has none."""
    text = people(ben="vendors") + (
        "  ana: {name: Ana, email: ana@example.com, roles: [vendors], attributes: {company: Acme}}\n"
    )
    found = remarks("exclude: []\napprove: {from: vendors, at_least: 2, distinct: company}", text)
    assert said(found, "TG210") == ["`release` counts by `company`, and Ben has none that is filled in."]
    assert "Vendors takes 2 of different company and 1 is left" in said(found, "TG203")[0]


def test_who_meets_an_outcome_alone():
    """One of any three does; of two seats nobody does."""
    assert said(remarks(OPEN, THREE), "TG207") == [
        "Mei (Lyon), Ana (Lyon) or Ben (Lyon) alone can bring `release` to Approved."
    ]
    two = "exclude: []\napprove: {from: quality-lead, at: item.site, at_least: 2}"
    assert said(remarks(two, THREE), "TG207") == []


def test_a_person_without_whom_it_stops():
    """Two of two: each; two of three: nobody."""
    two = "exclude: []\napprove: {from: quality-lead, at: item.site, at_least: 2}"
    assert "when Mei (Lyon) or Ana (Lyon) is away" in said(remarks(two, TWO), "TG206")[0]
    assert said(remarks(two, THREE), "TG206") == []


def test_findings_come_with_the_most_serious_first():
    """Errors, warnings, information."""
    order = [Level.ERROR, Level.WARNING, Level.INFORMATION]
    found = remarks(
        "approve: {from: gatekeepers, at_least: 2/3}", people(ana="gatekeepers", ben="gatekeepers", zoe="cook")
    )
    levels = [order.index(one.level) for one in found]
    assert levels == sorted(levels)
    assert set(levels) == {0, 1, 2}


def test_an_act_that_asks_a_role_nobody_holds():
    """Roles of acts count as those of rules do."""
    text = HEAD.replace("start: sign-off", "administrative: {drop: {to: closed, by: {role: pmo}}}\nstart: sign-off")
    from policies.load import load_process

    loaded = load_process(f"{text}    {LEAD}\n", "p")
    found = check_staffing(loaded, staff(THREE))
    assert said(found, "TG201") == ["nobody holds the role `pmo`, which `drop` asks."]
    assert said(found, "TG202") == []


def test_people_alike_are_asked_about_once(monkeypatch: pytest.MonkeyPatch):
    """Forty engineers cost no more evaluations than six."""
    counted: list[int] = []
    for many in (6, 40):
        asked = 0
        whole = setting.coming

        def counting(scene, whole=whole):
            nonlocal asked
            asked += 1
            return whole(scene)

        with monkeypatch.context() as patch:
            patch.setattr(setting, "coming", counting)
            remarks(
                "approve: {from: engineering, at_least: 3}", people(**{f"p{n}": "engineering" for n in range(many)})
            )
        counted.append(asked)
    assert counted[0] == counted[1] < 10


def test_a_roster_without_sites_and_a_policy_without_sites():
    """No site is named where none matters."""
    found = remarks("approve: {from: engineering, at_least: 1}", people(ana="engineering"))
    assert said(found, "TG203") == [
        "`release` cannot come to Approved when Ana writes or edits it: Engineering takes 1 and nobody else is left."
    ]
    assert Ask.of(process(LEAD), process(LEAD).policies["release"]).looks_at_site
    assert SITES.startswith("sites:")
    assert OFF.startswith("absences:")


def test_meetings_conditions_and_contacts_name_roles_too():
    """TG201: the chair of a meeting and whoever confirms a condition are as much waited for as whoever signs."""
    from policies.library import library_text
    from policies.load import load_process

    text = library_text("mes-site-rollout").replace("waived_by: {role: sponsor}", "waived_by: {role: waiver}")
    text = text.replace("confirmed_by: [{role: pmo-lead}", "confirmed_by: [{role: confirmer}")
    board = "board: {title: B, every: workday 08:30, chair: {role: convener}, invite: {role: guest}, items: [gate]}"
    text = text.replace("meetings:\n", f"meetings:\n  {board}\n") + "contact: {role: office}\n"
    found = said(check_staffing(load_process(text, "p"), staff(THREE)), "TG201")
    for role, where in {
        "confirmer": "the state `conditional`",
        "waiver": "the state `conditional`",
        "convener": "the meeting `board`",
        "guest": "the meeting `board`",
        "office": "`contact`",
    }.items():
        assert f"nobody holds the role `{role}`, which {where} asks." in found
