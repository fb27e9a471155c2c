"""Leaves on file, stand-ins and roles that end: what they block, one story each."""

from __future__ import annotations

from datetime import date

import pytest
from roster_examples import people, remarks

from policies.staffing import Level, StaffRemark

LEAD = "approve: {from: quality-lead, at: item.site, at_least: 1}"
OPEN = f"exclude: []\n{LEAD}"
CREW = people(mei="quality-lead@Lyon", ana="quality-lead@Lyon", tom="quality-lead@Linz", eva="engineering")


def said(found: list[StaffRemark], code: str) -> list[str]:
    return [one.message for one in found if one.code == code]


def absences(*lines: str) -> str:
    return "absences:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


MEI_OFF = "person: mei, from: 2026-12-24, until: 2027-01-06"
ANA_OFF = "person: ana, from: 2026-12-21, until: 2026-12-30"


def test_a_leave_that_blocks_is_said_with_the_person_and_the_days():
    """The plant, the days (both included), the one who is away; nothing of the other plant."""
    found = remarks(OPEN, people(mei="quality-lead@Lyon", tom="quality-lead@Linz") + absences(MEI_OFF))
    (one,) = [remark for remark in found if remark.code == "TG205"]
    assert one.message == (
        "`release` cannot come to Approved at Lyon from 24 Dec 2026 to 6 Jan 2027: only Mei is Quality lead, and is away."
    )
    assert (one.level, one.people, one.sites, one.outcome) == (Level.ERROR, ("mei",), ("Lyon",), "approved")
    assert (one.first, one.last) == (date(2026, 12, 24), date(2027, 1, 6))
    assert one.path == ("policies", "release", "approve")


def test_leaves_that_overlap_are_looked_at_together():
    """Neither blocks alone; both do on the days they share."""
    assert said(remarks(OPEN, CREW + absences(MEI_OFF)), "TG205") == []
    assert said(remarks(OPEN, CREW + absences(ANA_OFF)), "TG205") == []
    assert said(remarks(OPEN, CREW + absences(MEI_OFF, ANA_OFF)), "TG205") == [
        "`release` cannot come to Approved at Lyon from 24 Dec 2026 to 30 Dec 2026: "
        "only Mei and Ana are Quality lead, and are away."
    ]


def test_leaves_that_do_not_matter_are_not_named():
    """Of three away at once, the two that block it."""
    eva = "person: eva, from: 2026-12-20, until: 2027-01-20"
    (one,) = said(remarks(OPEN, CREW + absences(eva, MEI_OFF, ANA_OFF)), "TG205")
    assert "Eva" not in one


def test_a_leave_and_an_author_that_block_together_are_both_named():
    """While Mei is away, Ana may not write it; neither alone would block."""
    found = said(remarks(LEAD, CREW + absences(MEI_OFF)), "TG205")
    assert found == [
        "`release` cannot come to Approved at Lyon from 24 Dec 2026 to 6 Jan 2027 when Ana writes or edits it: "
        "Quality lead takes 1 and nobody else is left; Mei is away."
    ]


@pytest.mark.parametrize(
    ("scope", "is_blocked"),
    [
        ("", False),
        ("roles: [quality-lead]", False),
        ("roles: [engineering]", True),
        ("sites: [Lyon]", False),
        ("sites: [Linz]", True),
        ("processes: [example]", False),
        ("processes: [another]", True),
    ],
)
def test_a_stand_in_helps_only_where_they_sit(scope: str, is_blocked: bool):
    """For the roles, sites and processes named."""
    line = f"{MEI_OFF}, stand_in: eva{', ' if scope else ''}{scope}"
    one = people(mei="quality-lead@Lyon", tom="quality-lead@Linz", eva="engineering")
    assert bool(said(remarks(OPEN, one + absences(line)), "TG205")) is is_blocked


def test_a_stand_in_who_writes_it_is_kept_apart():
    """And named with the one they sit for."""
    found = said(remarks(LEAD, CREW + absences(f"{MEI_OFF}, stand_in: eva", ANA_OFF)), "TG205")
    assert (
        "`release` cannot come to Approved at Lyon from 24 Dec 2026 to 30 Dec 2026 when Eva writes or edits it: "
        "only Mei (Eva sits in) and Ana are Quality lead, and are away."
    ) in found


def test_people_away_stay_in_the_whole_of_a_share():
    """2/3 of 7 is 5, also while three of them are away."""
    seven = people(**{f"p{n}": "gatekeepers" for n in range(7)})
    off = [f"person: p{n}, from: 2026-12-24, until: 2026-12-26" for n in range(3)]
    policy = "exclude: []\napprove: {from: gatekeepers, at_least: 2/3}"
    assert said(remarks(policy, seven + absences(*off[:2])), "TG205") == []
    (one,) = said(remarks(policy, seven + absences(*off)), "TG205")
    assert "Gatekeepers takes 5 and only P3, P4, P5 and P6 are left; P0, P1 and P2 are away" in one
    assert said(remarks(policy, seven), "TG211") == ["`release`: 2/3 of 7 is 5 (Gatekeepers)."]


def test_people_away_stay_in_a_quorum_by_weight():
    """Shares, and who has to take part, are those of everybody."""
    lines = [
        f"  {name}: {{name: {name.capitalize()}, email: {name}@example.com, roles: [owners], "
        f"attributes: {{shares: {shares}}}}}\n"
        for name, shares in {"ana": 60, "ben": 30, "cid": 10}.items()
    ]
    policy = "exclude: []\napprove: {from: owners, more_than: 1/2, of: cast, quorum: 1/2, weight: shares}"
    found = remarks(policy, "people:\n" + "".join(lines))
    assert said(found, "TG211") == ["`release`: quorum 1/2 of 100 shares is 50 (Owners)."]
    (one,) = said(found, "TG206")
    assert one == "`release` cannot come to Approved when Ana is away: Owners takes 50 shares and 40 are left."


def test_leaves_past_the_days_looked_at_are_not_said():
    """Within so many days from the first."""
    off = people(mei="quality-lead@Lyon", tom="quality-lead@Linz") + absences(MEI_OFF)
    assert said(remarks(OPEN, off, days=20), "TG205") == []
    assert len(said(remarks(OPEN, off, days=24), "TG205")) == 1


def test_a_role_that_ends_is_found_with_the_day_from_which_nobody_has_it():
    """The last day is held; from the next nobody is left."""
    text = people(tom="quality-lead@Linz") + (
        "  mei: {name: Mei, email: mei@example.com, zone: UTC, "
        "roles: [{role: quality-lead, at: Lyon, until: 2026-12-31}, {role: engineering, at: Lyon}]}\n"
    )
    policy = "exclude: []\napprove: {all: [{from: quality-lead, at: item.site, at_least: 1}]}"
    found = [one for one in remarks(policy, text) if one.code == "TG203"]
    assert found == []  # Lyon is no site of the policy once nobody holds its role there
    both = text + people(ana="engineering@Lyon")[8:]
    policy = (
        "exclude: []\none_seat: false\napprove: {all: [{from: quality-lead, at: item.site, at_least: 1}, "
        "{from: engineering, at_least: 1}]}"
    )
    assert said(remarks(policy, both), "TG203") == [
        "`release` cannot come to Approved at Lyon from 1 Jan 2027 on: nobody is Quality lead."
    ]


def test_circles_of_stand_ins_are_found_only_where_they_overlap():
    """Mei for Ana in one week and Ana for Mei in another is no circle."""
    apart = absences(
        "person: mei, from: 2026-12-07, until: 2026-12-11, stand_in: ana",
        "person: ana, from: 2026-12-14, until: 2026-12-18, stand_in: mei",
    )
    assert said(remarks(OPEN, CREW + apart), "TG208") == []
    meet = absences(
        "person: mei, from: 2026-12-07, until: 2026-12-14, stand_in: ana",
        "person: ana, from: 2026-12-14, until: 2026-12-18, stand_in: mei",
    )
    assert said(remarks(OPEN, CREW + meet), "TG208") == [
        "stand-ins go round in a circle from 14 Dec 2026 to 14 Dec 2026: Ana for Mei and Mei for Ana; nobody sits there."
    ]


def test_a_stand_in_who_is_away_too():
    """On the days they share; who sits for them is another matter."""
    lines = (f"{MEI_OFF}, stand_in: ana", ANA_OFF)
    found = remarks(OPEN, CREW + absences(*lines))
    assert said(found, "TG209") == ["Ana, who sits for Mei, is away too from 24 Dec 2026 to 30 Dec 2026."]
    assert any("at Lyon from 24 Dec 2026 to 30 Dec 2026" in one for one in said(found, "TG205"))


def test_chains_of_stand_ins_count_where_they_are_meant():
    """A stand-in of a stand-in sits where the second says `chain`."""
    one = people(mei="quality-lead@Lyon", ana="engineering", eva="engineering")
    first = f"{MEI_OFF}, stand_in: ana"
    second = "person: ana, from: 2026-12-21, until: 2027-01-10, stand_in: eva"
    assert len(said(remarks(OPEN, one + absences(first, second)), "TG205")) == 1
    assert said(remarks(OPEN, one + absences(first, f"{second}, chain: true")), "TG205") == []
