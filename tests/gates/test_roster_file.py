"""The roster file: leaves, stand-ins and attributes, as written and as facts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gates.roster import RosterFile, book_from_file
from gates.roster.file import known_locale
from gates.staffing import roster_at, staff_of
from policies.errors import ProcessError
from policies.load import build, read_document

PEOPLE = """\
sites:
  Lyon: {zone: Europe/Paris, country: FR}
people:
  mei: {name: Mei, email: mei@example.com, zone: Europe/Paris, roles: [{role: lead, at: Lyon, until: 2026-12-31}],
        attributes: {shares: 40, company: Acme}}
  tom: {name: Tom, email: tom@example.com, zone: Asia/Shanghai, roles: [board]}
"""
LEAVE = "person: mei, from: 2026-12-24, until: 2027-01-06"


def roster(*absences: str) -> RosterFile:
    lines = "".join(f"  - {{{line}}}\n" for line in absences)
    return build(RosterFile, read_document(PEOPLE + (f"absences:\n{lines}" if absences else ""), "roster.yaml"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("person: zoe, from: 2026-12-24, until: 2026-12-25", "there is no person 'zoe'; there is mei, tom"),
        (f"{LEAVE}, stand_in: zoe", "there is no person 'zoe'"),
        (f"{LEAVE}, stand_in: mei", "mei cannot sit for themselves"),
        ("person: mei, from: 2027-01-07, until: 2027-01-06", "from 2027-01-07 until 2027-01-06, which is earlier"),
        ("person: mei, from: 2026-02-30, until: 2026-03-01", "out of range"),
        ("person: mei, from: 2026-12-24", "the key `until` is missing"),
        (f"{LEAVE}, standin: tom", "Did you mean `stand_in`?"),
    ],
)
def test_leaves_that_make_no_sense_are_refused(line: str, said: str) -> None:
    """With the line and the choices."""
    with pytest.raises(ProcessError, match=r"^roster.yaml:\d+:\d+: TG00") as refused:
        roster(line)
    assert said in str(refused.value)


@pytest.mark.parametrize("value", ["true", "[1]", '""\n    x: y'])
def test_attributes_are_texts_or_whole_numbers(value: str) -> None:
    """Nothing else."""
    with pytest.raises(ProcessError):
        build(RosterFile, read_document(PEOPLE.replace("shares: 40", f"shares: {value}"), "roster.yaml"))


def test_a_file_becomes_a_roster_as_of_a_day() -> None:
    """Attributes, roles of that day, stand-ins with their days in the zone of who is away."""
    book = book_from_file(roster(f"{LEAVE}, stand_in: tom, roles: [lead], sites: [Lyon], chain: true"))
    now = roster_at(book, date(2026, 12, 1))
    assert now.people["mei"].attributes == {"shares": 40, "company": "Acme"}
    assert {one.person for one in now.holdings} == {"mei", "tom"}
    (sits,) = now.stand_ins
    assert (sits.absent, sits.person, sits.chain) == ("mei", "tom", True)
    assert (sits.roles, sits.sites, sits.processes) == (frozenset({"lead"}), frozenset({"Lyon"}), None)
    assert sits.since == datetime(2026, 12, 23, 23, tzinfo=UTC)
    assert sits.until == datetime(2027, 1, 6, 23, tzinfo=UTC)
    assert {one.person for one in roster_at(book, date(2027, 1, 1)).holdings} == {"tom"}


def test_a_leave_without_a_stand_in_is_a_leave_and_no_fact() -> None:
    """Nobody sits there; the checks still see who is away."""
    book = book_from_file(roster(LEAVE))
    assert roster_at(book, date(2026, 12, 25)).stand_ins == ()
    (away,) = staff_of(book, date(2026, 12, 1)).away
    assert (away.person, away.sits, away.first, away.last) == ("mei", None, date(2026, 12, 24), date(2027, 1, 6))


def test_the_days_of_a_leave_are_those_of_who_is_away() -> None:
    """Also far east of Greenwich."""
    book = book_from_file(roster("person: tom, from: 2026-12-24, until: 2026-12-24"))
    (away,) = staff_of(book, date(2026, 12, 1)).away
    assert (away.first, away.last) == (date(2026, 12, 24), date(2026, 12, 24))
    assert away.since == datetime(2026, 12, 23, 16, tzinfo=UTC)


def test_every_change_of_roles_is_looked_at() -> None:
    """The roster of the first day, and one of the day a role ends."""
    staff = staff_of(book_from_file(roster()), date(2026, 12, 1), 60)
    assert [moment for moment, _ in staff.rosters] == [
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, tzinfo=UTC),
    ]
    assert len(staff.at(datetime(2027, 1, 2, tzinfo=UTC)).holdings) == 1
    assert staff.calendar("Lyon").zone == "Europe/Paris"
    assert len(staff_of(book_from_file(roster()), date(2026, 12, 1), 20).rosters) == 1


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("de_AT", "Did you mean de-AT"),
        ("xx", "en, de, de-AT"),
        ("deutsch", "no locale that is known"),
        ("de-at", "de-AT"),
    ],
)
def test_a_locale_that_is_not_known_is_refused_with_what_to_write(locale: str, said: str) -> None:
    """One without a language of ours is fine: they are written to in English."""
    assert known_locale("it-IT") == "it-IT"
    with pytest.raises(ValueError, match=said):
        known_locale(locale)
