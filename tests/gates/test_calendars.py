"""Calendars of sites: versions on the record, and deadlines counted where the one who must act works."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from world import ROSTER, SetClock, World

from gates.errors import BadInput, Refused
from gates.sitesfile import SitesFile
from policies.errors import ProcessError
from policies.load import build, read_document

SITES = """
sites:
  Lyon: {zone: Europe/Paris, country: FR}
  Linz: {zone: Europe/Vienna, country: AT}
  Suzhou: {zone: Asia/Shanghai, country: CN}
"""
SHUT = SITES.replace("country: FR", "country: FR, closed: [{from: 2026-08-18, until: 2026-08-28, why: Summer}]")


def sites(text: str) -> SitesFile:
    return build(SitesFile, read_document(text, "sites.yaml"))


def test_who_works_in_suzhou_is_given_the_days_of_suzhou(sqlite_url: str) -> None:
    """Asked on 30 September 2026, three working days: Lyon works on, Suzhou has its national holidays until 8 October.
    Each reads their own due time, each is reminded at shares of it, and the round waits for the later one."""
    world = World(sqlite_url, SetClock(datetime(2026, 9, 30, 7, tzinfo=UTC)))
    world.register.publish_calendar(sites(SITES), World.by("import"))
    world.import_roster(
        ROSTER.replace("  Linz: {", "  Suzhou: {zone: Asia/Shanghai, country: CN}\n  Linz: {").replace(
            "ben@example.com, ", "ben@example.com, site: Suzhou, "
        )
    )
    key = world.change_in_round()
    due = {ask.person: ask.due_at for ask in world.register.item(key).round.asks}
    assert due["mei"] == datetime(2026, 10, 5, 7, tzinfo=UTC)
    assert due["ben"] > datetime(2026, 10, 8, tzinfo=UTC)
    assert world.register.item(key).line.due_at == due["ben"]
    assert [ask.due_at for ask in world.register.inbox("ben")] == [due["ben"]]
    assert [ask.due_at for ask in world.register.inbox("mei")] == [due["mei"]]
    for _ in range(5):
        world.pass_time(days=1)
    assert len(world.mails("mei@", "Still open")) == 2
    assert not world.mails("ben@", "Still open"), "half of Ben's time is not over"
    world.pass_time(days=2)
    assert len(world.mails("ben@", "Still open")) == 1
    assert not world.mails("cid@", "Needs attention"), "the ladder waits for the days of Suzhou"
    world.check_record()
    world.close()


def test_a_calendar_published_later_moves_nothing_by_itself(world: World) -> None:
    """A shut-down made known while a round is open: the deadline stays, is listed as drifted, and is moved by a
    person with a reason, both dates on the record."""
    world.register.publish_calendar(sites(SITES), World.by("import"))
    key = world.change_in_round()
    before = world.register.item(key).line.due_at
    assert world.register.drifted() == []
    assert world.register.publish_calendar(sites(SHUT), World.by("import")) == 2
    assert world.register.item(key).line.due_at == before
    drifted = world.register.drifted()
    assert {one.item for one in drifted} == {key}
    assert {one.counted_with for one in drifted} == {1}
    assert "mei" in {one.person for one in drifted}
    with pytest.raises(BadInput, match="reason"):
        world.register.recount(key, World.by("cid"), " ")
    world.register.recount(key, World.by("cid"), "Summer shut-down of Lyon")
    assert world.register.drifted() == []
    after = world.register.item(key).line.due_at
    assert after is not None
    assert before is not None
    assert after > before
    assert any("Summer shut-down" in line.sentence for line in world.register.item(key).timeline)
    with pytest.raises(Refused, match="No deadline"):
        world.register.recount(key, World.by("cid"), "again")
    world.pass_time(days=3)
    assert not world.mails("mei@", "Still open"), "half of the new time is not over"


def test_the_same_calendars_again_are_no_new_version(world: World) -> None:
    """Each version is one entry; a file that says the same adds none."""
    assert world.register.publish_calendar(sites(SITES), World.by("import")) == 1
    assert world.register.publish_calendar(sites(SITES), World.by("import")) == 1
    assert [one.version for one in world.register.calendar_versions()] == [1]


def test_a_site_cannot_lose_its_calendar_by_being_left_out(world: World) -> None:
    """The sites of the roster keep their calendars: a file that forgets one is refused, naming it."""
    world.register.publish_calendar(sites(SITES), World.by("import"))
    with pytest.raises(BadInput, match="Linz"):
        world.register.publish_calendar(
            sites("sites:\n  Lyon: {zone: Europe/Paris}\n  Suzhou: {zone: Asia/Shanghai}\n"), World.by("import")
        )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Lyon: {zone: Europe/Lyon}", "no IANA time zone"),
        ("Lyon: {zone: Europe/Paris, country: XX}", "no public holidays are known for XX"),
        ("Lyon: {zone: Europe/Berlin, country: DE, region: Bayern}", "no region Bayern"),
        ("Lyon: {zone: Europe/Paris, closed: [{from: 2027-08-20, until: 2027-08-02, why: x}]}", "which is earlier"),
        ('Lyon: {zone: Europe/Paris, shifts: {mon-fri: ["06:00-24:00"]}}', "midnight is 00:00"),
        ("Lyon: {zone: Europe/Paris, open: [{on: 2027-02-30, why: x}]}", "day is out of range"),
        ("Lyon: {zone: Europe/Paris, holidays: none}", "holidays"),
        ("Lyon: {zone: Europe/Paris}\n  Lyon: {zone: UTC}", "Lyon"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(line: str, said: str) -> None:
    """Unknown, impossible or doubled: nothing is taken (promise 9)."""
    with pytest.raises(ProcessError, match=said):
        sites(f"sites:\n  {line}\n")
