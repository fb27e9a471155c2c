"""Every check of a process against a roster: a policy and people that it finds something in, and what mends it.

The tests hold the checks to it, and the pages of the reference are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from textwrap import dedent, indent

from gates.roster import RosterFile, book_from_file
from gates.staffing import staff_of
from policies.load import LoadedProcess, build, load_process, read_document
from policies.staffing import Staff, StaffRemark, check_staffing

START = date(2026, 12, 1)

HEAD = """\
process: example
title: Example
kind: issue
numbering: "EX-{n}"
fields:
  cost: {type: money, currency: EUR}
  risk: {type: choice, of: [low, high]}
  functions: {type: list, of: [quality, finance]}
start: sign-off
states:
  sign-off:
    round: release
    when: {approved: closed}
    due: {within: 5wd}
  closed: {end: done}
policies:
  release:
"""
SITES = """\
sites:
  Lyon: {zone: Europe/Paris}
  Linz: {zone: Europe/Vienna}
"""


def process(policy: str) -> LoadedProcess:
    """A process around the one policy `release`."""
    return load_process(HEAD + indent(dedent(policy).strip(), "    ") + "\n", "process.yaml")


def staff(people: str, days: int = 90) -> Staff:
    """The people of Lyon and Linz, in YAML from `people:` on, from 1 December 2026."""
    return staff_of(
        book_from_file(build(RosterFile, read_document(SITES + dedent(people), "roster.yaml"))), START, days
    )


def remarks(policy: str, people: str, days: int = 90) -> list[StaffRemark]:
    """Everything the checks find."""
    return check_staffing(process(policy), staff(people, days))


def people(**roles: str) -> str:
    """`ana="quality-lead@Lyon"`: Ana, who is quality lead in Lyon."""
    lines = []
    for name, words in roles.items():
        held = ", ".join(_held(*word.split("@")) for word in words.split())
        lines.append(f"  {name}: {{name: {name.capitalize()}, email: {name}@example.com, roles: [{held}]}}")
    return "\n".join(["people:", *lines]) + "\n"


def _held(role: str, site: str | None = None) -> str:
    return role if site is None else f"{{role: {role}, at: {site}}}"


@dataclass(frozen=True)
class RosterExample:
    """What is found in, and the same mended; what does not change is said once."""

    policy: str
    people: str
    mended_policy: str = ""
    mended_people: str = ""

    def found(self) -> list[StaffRemark]:
        return remarks(self.policy, self.people)

    def found_when_mended(self) -> list[StaffRemark]:
        return remarks(self.mended_policy or self.policy, self.mended_people or self.people)


LEAD = "approve: {from: quality-lead, at: item.site, at_least: 1}"
NO_DUTIES = f"exclude: []\n{LEAD}"
ONE = people(mei="quality-lead@Lyon")
TWO = people(mei="quality-lead@Lyon", ana="quality-lead@Lyon")
THREE = people(mei="quality-lead@Lyon", ana="quality-lead@Lyon", ben="quality-lead@Lyon")
SOME = people(mei="quality-lead@Lyon", tom="engineering", ana="engineering")
OFF = "absences:\n  - {person: mei, from: 2026-12-24, until: 2027-01-06"
BACK = "\n  - {person: tom, from: 2026-12-28, until: 2027-01-10"
BOTH = (
    "approve:\n  all:\n    - {from: quality-lead, at: item.site, at_least: 1}\n    - {from: engineering, at_least: 1}"
)
SHARES = """\
people:
  ana: {name: Ana, email: ana@example.com, roles: [owners], attributes: {shares: 40}}
  ben: {name: Ben, email: ben@example.com, roles: [owners]}
"""

ROSTER_EXAMPLES: dict[str, RosterExample] = {
    "TG201": RosterExample(BOTH, TWO, mended_people=TWO + people(tom="engineering", eva="engineering")[8:]),
    "TG202": RosterExample(LEAD, THREE + people(zoe="cook")[8:], mended_people=THREE),
    "TG203": RosterExample(LEAD, ONE, mended_people=TWO),
    "TG204": RosterExample(LEAD, TWO, mended_people=THREE),
    "TG205": RosterExample(NO_DUTIES, SOME + OFF + "}\n", mended_people=SOME + OFF + ", stand_in: tom}\n"),
    "TG206": RosterExample(NO_DUTIES, ONE, mended_people=TWO),
    "TG207": RosterExample(NO_DUTIES, TWO, mended_policy=NO_DUTIES.replace("at_least: 1", "at_least: 2")),
    "TG208": RosterExample(
        NO_DUTIES,
        SOME + OFF + ", stand_in: tom}" + BACK + ", stand_in: mei}\n",
        mended_people=SOME + OFF + ", stand_in: ana}" + BACK + ", stand_in: mei}\n",
    ),
    "TG209": RosterExample(
        f"exclude: [vendor]\n{LEAD}",
        people(mei="quality-lead@Lyon", tom="vendor", ana="engineering") + OFF + ", stand_in: tom}\n",
        mended_people=people(mei="quality-lead@Lyon", tom="vendor", ana="engineering") + OFF + ", stand_in: ana}\n",
    ),
    "TG210": RosterExample(
        "approve: {from: owners, more_than: 1/2, weight: shares}",
        SHARES,
        mended_people=SHARES.replace("roles: [owners]}", "roles: [owners], attributes: {shares: 60}}"),
    ),
    "TG211": RosterExample(
        "approve: {from: quality-lead, at: item.site, at_least: 2/3}",
        THREE,
        mended_policy="approve: {from: quality-lead, at: item.site, at_least: 2}",
    ),
}
