"""Who may do what: read from the roster's entries, of any moment, and reviewed on the record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from world import ROSTER, START, World

from gates.errors import BadInput, NotFound, StaleRevision
from gates.preferences import Preferences
from gates.roster import PersonLine
from gates.service.compliance.access import AccessReport
from policies.library import library_text


def rights(report: AccessReport, person: str, *, held: bool = True) -> list[tuple[str, str | None, str]]:
    rows = report.held if held else report.rows
    return [(row.role, row.site, row.state) for row in rows if row.person == person]


def change(world: World, person: str, **more: object) -> None:
    known = world.register.person_line(person).model_dump(mode="json", by_alias=True)
    line = PersonLine.model_validate_json(json.dumps({**known, **more}))
    world.register.put_person(person, line, f"{person}@example.com", world.by("cid"), "New duties.")


def test_each_account_and_role_is_listed_with_what_granted_it(world: World) -> None:
    """A11-13: accounts and roles in force, where, when granted, by whom and by which entry; what asks each role."""
    report = world.register.access()
    assert rights(report, "mei") == [
        ("", None, "held"),
        ("engineering", None, "held"),
        ("quality-lead", "Lyon", "held"),
    ]
    row = next(one for one in report.held if (one.person, one.role) == ("mei", "quality-lead"))
    assert (row.name, row.title, row.kind) == ("Mei Chen", "Quality lead", "employee")
    assert (row.granted_at, row.granted_by, row.granted, row.ended) == (START, "import", 1, None)
    assert row.processes == ("engineering-change", "mes-site-rollout")
    acting = next(one for one in report.held if one.role == "change-analyst")
    assert "engineering-change" in acting.processes, "whoever may act there, too"
    assert (report.entries, len(report.held)) == (1, len(report.rows))
    assert sum(row.role == "" for row in report.held) == 8


def test_what_ended_is_kept_with_when_and_by_whom(world: World) -> None:
    """A11-13, ALC-2: a role taken, a role moved, somebody who leaves; and any moment before can be had again."""
    world.clock.move_on(days=1)
    change(world, "mei", roles=[{"role": "quality-lead", "at": "Linz"}])
    world.clock.move_on(days=1)
    world.register.deactivate("ben", world.by("cid"), "Left the plant.")
    world.clock.move_on(days=1)
    report = world.register.access()
    assert rights(report, "mei") == [("", None, "held"), ("quality-lead", "Linz", "held")]
    assert rights(report, "mei", held=False)[1:] == [
        ("engineering", None, "ended"),
        ("quality-lead", "Linz", "held"),
        ("quality-lead", "Lyon", "ended"),
    ]
    gone = next(one for one in report.rows if (one.person, one.role) == ("ben", "engineering"))
    assert (gone.granted, gone.ended, gone.ended_by) == (1, 3, "Cid Cole")
    assert gone.ended_at == START + timedelta(days=2)
    assert rights(report, "ben") == []
    assert report.held == tuple(row for row in report.rows if row.state == "held")
    before = world.register.access(START + timedelta(hours=1))
    assert rights(before, "ben") == [("", None, "held"), ("engineering", None, "held")]
    assert (before.entries, report.entries) == (1, 3)
    nobody = world.register.access(START - timedelta(days=1))
    assert (nobody.rows, nobody.entries, nobody.head) == ((), 0, "")


def test_who_comes_back_is_granted_anew(world: World) -> None:
    """Two rows, each with its own time."""
    world.register.deactivate("ben", world.by("cid"))
    world.clock.move_on(days=1)
    world.register.reactivate("ben", world.by("sam"))
    found = [row for row in world.register.access().rows if (row.person, row.role) == ("ben", "engineering")]
    assert [(row.granted, row.ended, row.granted_by) for row in found] == [(1, 2, "import"), (3, None, "Sam Okoye")]


def test_days_of_a_role_are_judged_at_the_moment_asked(world: World) -> None:
    """A role given from Saturday until Monday is not yet held, held, and over, without another entry."""
    change(world, "otto", roles=[{"role": "finance", "from": "2026-08-22", "until": "2026-08-24"}])
    states = [
        rights(world.register.access(START + timedelta(days=days)), "otto", held=False)[1][2] for days in (1, 6, 9)
    ]
    assert states == ["not yet", "held", "over"]


def test_an_import_that_leaves_somebody_out_ends_what_they_held(world: World) -> None:
    """As an import changes everybody at once, so does the report."""
    world.import_roster("\n".join(line for line in ROSTER.splitlines() if not line.startswith("  eve:")) + "\n")
    report = world.register.access()
    assert rights(report, "eve") == []
    assert {row.ended for row in report.rows if row.person == "eve"} == {2}
    assert {row.ended for row in report.rows if row.person != "eve"} == {None}


def test_what_the_report_calls_held_is_what_the_register_goes_by(world: World) -> None:
    """ALC-5: the same people and roles as the roster in force, after changes of every kind."""
    change(world, "mei", roles=["finance", {"role": "quality-lead", "at": "Linz", "until": "2026-08-18"}])
    world.register.deactivate("ben", world.by("cid"))
    world.clock.move_on(days=3)
    world.import_roster(ROSTER.replace("roles: [finance]", "roles: [finance, sponsor]"))
    now = world.register.roster_book().at(world.register.now())
    report = world.register.access()
    assert {(row.person, row.role, row.site) for row in report.held if row.role} == {
        (one.person, one.role, one.site) for one in now.holdings
    }
    assert {row.person for row in report.held if not row.role} == set(now.people)


def test_a_review_of_access_is_on_the_record_and_counts_what_came_after(world: World) -> None:
    """A11-13: who looked, up to which entry, what was found; what changed since is counted, looking is not a change."""
    assert world.register.access().reviews == ()
    done = world.register.review_access(world.by("sam"), " Ben has left; his roles are to end. ")
    held = len(world.register.access().held)
    assert done.receipt == f"Access is reviewed up to entry 1 of @roster, on the record: {held} rights held."
    assert world.register.access().reviews == (done,)
    world.clock.move_on(days=1)
    world.register.deactivate("ben", world.by("cid"))
    (review,) = world.register.access().reviews
    assert (review.by, review.entries, review.held, review.since) == ("sam", 1, held, 1)
    assert review.finding == "Ben has left; his roles are to end."
    assert review.sentence == (
        "Access was reviewed by Sam Okoye on 2026-08-17 09:00 UTC, up to entry 1 of @roster; 1 change of rights since."
    )
    assert world.register.access(START - timedelta(hours=1)).reviews == ()
    world.check_record()


def test_a_review_without_a_finding_or_by_nobody_is_refused(world: World) -> None:
    """I8: nothing is entered."""
    with pytest.raises(BadInput, match="Say what was found"):
        world.register.review_access(world.by("sam"), " ")
    with pytest.raises(NotFound, match="nobody on the roster"):
        world.register.review_access(world.by("zoe"), "Fine.")
    assert world.register.access().entries == 1


def test_who_somebody_is_is_said_as_it_is_at_the_moment_of_the_report(world: World) -> None:
    """A11-13: somebody renamed who becomes a vendor is one person in every row, and under that name where they granted."""
    world.clock.move_on(days=1)
    change(world, "ben", name="Ben Newname", kind="vendor", company="Acme", roles=["finance"])
    world.clock.move_on(days=1)
    change(world, "cid", name="Cid Newname")
    report = world.register.access()
    rows = [row for row in report.rows if row.person == "ben"]
    assert {(row.role, row.state) for row in rows} == {("", "held"), ("engineering", "ended"), ("finance", "held")}
    assert {(row.name, row.kind, row.company) for row in rows} == {("Ben Newname", "vendor", "Acme")}
    assert {row.title for row in rows if not row.role} == {"Signs by mail link"}
    assert {row.granted_by for row in rows if row.role == "finance"} == {"Cid Newname"}
    before = world.register.access(START + timedelta(hours=1))
    assert {(row.name, row.kind) for row in before.rows if row.person == "ben"} == {("Ben Roth", "employee")}


def test_every_power_a_process_or_the_settings_give_is_said(world: World) -> None:
    """A11-13: more time, conditions and escalations, too; the desk, absences and proofs; and people named themselves."""
    text = library_text("mes-site-rollout").replace("waived_by: {role: sponsor}", "waived_by: {person: eve}")
    world.register.publish_process(text, "rollout", world.by("cid"))
    change(world, "eve", roles=["finance", "auditor", "proof-officer", "pmo-lead"])
    told = {(row.person, row.role): row for row in world.register.access().held}
    assert told["cid", "pmo-lead"].processes == ("engineering-change", "escalation", "mes-site-rollout")
    assert told["mei", "quality-lead"].processes == ("engineering-change", "mes-site-rollout")
    assert told["eve", ""].processes == ("mes-site-rollout",), "waives conditions"
    assert told["eve", "auditor"].powers == ("compliance desk",)
    assert told["eve", "pmo-lead"].powers == ("everybody's absences and preferences",)
    assert told["eve", "proof-officer"].powers == ("proofs of other people",)
    assert told["eve", "finance"].powers == ()


def test_a_review_is_of_what_was_shown(world: World) -> None:
    """A11-13: it names the entry that was looked at, and is refused once rights changed after it."""
    shown = world.register.access().head
    world.register.set_preferences("ana", Preferences(notices="daily"), world.by("ana"))
    assert world.register.access().entries == 2
    review = world.register.review_access(world.by("sam"), "Fine.", shown)
    assert (review.seq, review.entries) == (3, 1), "what people prefer is no right"
    assert world.register.last_access_review() == replace(review, since=None)
    world.register.deactivate("ben", world.by("cid"))
    for stale in (shown, shown[:12], "", "0" * 64, shown[:3]):
        with pytest.raises(StaleRevision, match="Rights changed after this list was shown"):
            world.register.review_access(world.by("sam"), "Fine.", stale)
    assert len(world.register.access().reviews) == 1
    assert world.register.review_access(world.by("sam"), "Fine.", world.register.access().head[:12]).entries == 4
    world.check_record()


def test_a_review_counts_what_is_held_as_the_report_does(world: World) -> None:
    """ALC-5: with a role given twice, one that is over, and somebody who left."""
    assert world.register.last_access_review() is None
    change(world, "mei", roles=["finance", "finance", {"role": "quality-lead", "at": "Linz", "until": "2026-08-18"}])
    world.register.deactivate("ben", world.by("cid"))
    world.clock.move_on(days=3)
    report = world.register.access()
    review = world.register.review_access(world.by("sam"), "Fine.")
    assert (review.held, review.entries) == (len(report.held), report.entries)
