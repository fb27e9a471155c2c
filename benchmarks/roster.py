"""How long the checks of a process against a roster take: twelve states, six policies, forty people, thirty leaves.

`python benchmarks/roster.py` says it in a line. Nothing is compared with; the aim is two seconds on one core.
"""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from time import perf_counter

from gates.roster import RosterFile, book_from_file
from gates.staffing import staff_of
from policies.load import build, load_process, read_document
from policies.staffing import check_staffing

START = date(2026, 12, 1)
SITES = ("Lyon", "Linz", "Monterrey", "Suzhou")
LOCAL = ("quality-lead", "plant-manager", "maintenance")
WIDE = ("engineering", "finance", "it-lead", "ot-lead", "pmo-lead", "board", "safety")
POLICIES = """\
policies:
  release:
    approve:
      all:
        - {from: quality-lead, at: item.site, at_least: 1}
        - {from: engineering, at_least: 2}
        - {from: finance, at_least: 1, when: item.cost > 50000}
        - {from: safety, at_least: 1, when: item.risk == "high"}
  plan:
    reject: {from: quality-lead, at: item.site, position: reject, at_least: 1}
    approve:
      all:
        - {from: [quality-lead, plant-manager], at: item.site, at_least: 1}
        - any:
            - {from: board, at_least: majority}
            - {from: pmo-lead, at_least: 1}
        - n_of: 2
          of:
            - {from: it-lead, at_least: 1}
            - {from: ot-lead, at_least: 1}
            - {from: finance, at_least: 1}
  gate:
    outcomes:
      kill: {rule: {from: board, position: kill, at_least: 2}}
      go:
        rule:
          all:
            - {from: board, position: go, at_least: 2/3}
            - {from: plant-manager, at: item.site, position: go, at_least: 1}
  budget:
    approve: {from: board, more_than: 1/2, weight: shares, quorum: 1/2}
  works:
    approve:
      in_order:
        - {from: maintenance, at: item.site, at_least: 1}
        - {from: plant-manager, at: item.site, at_least: 1}
        - {from: safety, at_least: 1, when: item.risk != "low"}
  safety:
    approve: {from: [safety, it-lead, ot-lead], at_least: 2, distinct: group}
"""  # fmt: skip
STATES = ("release", "plan", "gate", "budget", "works", "safety")


def process_text() -> str:
    """Twelve states: a round and a rest for each of five policies, one round more, and the end."""
    lines = [
        "process: big",
        "title: Big",
        "kind: change_request",
        'numbering: "BIG-{n}"',
        "fields:",
        "  cost: {type: money, currency: EUR}",
        "  risk: {type: choice, of: [low, mid, high]}",
        "start: at-release",
        "states:",
    ]
    for number, name in enumerate(STATES):
        following = f"after-{name}" if number < len(STATES) - 1 else "closed"
        outcomes = {"gate": "kill: closed, go: " + following, "plan": "rejected: closed, approved: " + following}
        when = outcomes.get(name, f"approved: {following}")
        lines.append(f"  at-{name}: {{round: {name}, when: {{{when}}}, due: {{within: 5wd}}}}")
        if following != "closed":
            lines.append(f"  after-{name}: {{acts: {{next: {{to: at-{STATES[number + 1]}}}}}}}")
    return "\n".join([*lines, "  closed: {end: done}", POLICIES])


def roster_file(people: int, leaves: int, seed: int = 7) -> RosterFile:
    """Two of each local role at each site where people suffice, the rest in roles for all sites."""
    dice = random.Random(seed)
    seats = [(role, site) for site in SITES for role in LOCAL] * 2 + [(role, None) for role in WIDE] * 6
    found: dict[str, dict[str, object]] = {}
    for number in range(people):
        role, site = seats[number % len(seats)]
        held: list[object] = [role if site is None else {"role": role, "at": site}]
        if dice.random() < 0.3:
            held.append(dice.choice(WIDE))
        found[f"p{number}"] = {
            "name": f"Person {number}",
            "email": f"p{number}@example.com",
            "zone": "Europe/Paris",
            "roles": held,
            "attributes": {"shares": 10},
        }
    away = []
    for _ in range(leaves):
        first = START + timedelta(days=dice.randrange(80))
        one, other = dice.sample(sorted(found), 2)
        line = {"person": one, "from": str(first), "until": str(first + timedelta(days=dice.randrange(3, 15)))}
        away.append({**line, "stand_in": other} if dice.random() < 0.4 else line)
    sites = {site: {"zone": "Europe/Paris"} for site in SITES}
    text = json.dumps({"sites": sites, "people": found, "absences": away})
    return build(RosterFile, read_document(text, "roster"))


def main() -> None:
    """Measure, three times, and say the quickest."""
    loaded = load_process(process_text(), "big.yaml")
    staff = staff_of(book_from_file(roster_file(40, 30)), START)
    took, found = [], []
    for _ in range(3):
        begun = perf_counter()
        found = check_staffing(loaded, staff)
        took.append(perf_counter() - begun)
    size = f"{len(loaded.process.states)} states, {len(loaded.policies)} policies, {len(SITES)} sites"
    print(f"{size}, 40 people, 30 leaves: {min(took):.2f} s, {len(found)} remarks")


if __name__ == "__main__":
    main()
