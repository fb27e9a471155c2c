"""The verdict on one round: a policy of twelve leaves, thirty people, ten decisions, not yet decided.

The floor counts by hand, for this one policy, how many members of each body have said the word its leaf wants:
no seats, no exclusions, no conditions, no reasons, no missing people. It is no evaluator; it is what the
counting in one costs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from benchmarks.rounds import Contender, arguments, interleaved, show
from policies.evaluate import CompiledPolicy, decide, evaluate
from policies.facts import Decision, Facts, Holding, ItemFacts, Person, Roster
from policies.load import load_process

PROCESS = """
process: bench
title: Bench
kind: change_request
numbering: "B-{n}"
fields:
  cost: {type: money, currency: EUR}
  risk: {type: choice, of: [low, high]}
start: sign-off
states:
  sign-off: {round: release, when: {approved: closed, rejected: closed}, no_deadline: bench}
  closed: {end: done}
policies:
  release:
    reject:
      any:
        - {from: quality, position: reject, at_least: 1}
        - {from: safety, position: reject, at_least: 1}
    approve:
      all:
        - {from: engineering, at_least: 2}
        - {from: quality, at: item.site, at_least: 1}
        - {from: finance, at_least: 1, when: item.cost > 50000}
        - {from: safety, at_least: 1, when: item.risk == "high"}
        - {from: supply, at_least: majority}
        - {from: plant, at: item.site, at_least: 1}
        - any:
            - {from: board, at_least: 2/3}
            - {from: sponsor, at_least: 1}
        - n_of: 1
          of:
            - {from: it, at_least: 1}
            - {from: data, at_least: 1}
"""
ROLES = ("engineering", "quality", "finance", "safety", "supply", "plant", "board", "sponsor", "it", "data")
PEOPLE = tuple(f"person-{number:02}" for number in range(30))
NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
FLOOR = "counting by hand (floor)"
OURS = "decide"
MUST_US, AIM_US = 300, 100
LEAVES = 12


def policy() -> CompiledPolicy:
    """The one policy of PROCESS."""
    found = load_process(PROCESS, "bench.yaml").policies["release"]
    assert len(found.leaves) == LEAVES
    return found


def facts() -> Facts:
    """Three people in each role, every third of them in a second one; ten have spoken, and it is not enough."""
    holdings = [Holding(person, ROLES[n % 10], "Lyon" if n % 2 else None) for n, person in enumerate(PEOPLE)]
    holdings += [Holding(person, ROLES[(n + 1) % 10]) for n, person in enumerate(PEOPLE) if n % 3 == 0]
    item = ItemFacts(
        key="B-1",
        process="bench",
        kind="change_request",
        revision=2,
        author="zoe",
        site="Lyon",
        editors=(PEOPLE[29],),
        fields={"cost": Decimal(60_000), "risk": "high"},
        changed={2: frozenset({"cost"})},
    )
    spoken = tuple(
        Decision(f"d{n}", person, "approve", NOW + timedelta(minutes=n), revision=2)
        for n, person in enumerate(PEOPLE[:10])
    )
    roster = Roster({person: Person(person, person.title()) for person in PEOPLE}, tuple(holdings))
    return Facts(item, roster, NOW + timedelta(hours=1), spoken)


def by_hand(compiled: CompiledPolicy, about: Facts) -> Contender:
    """Count, for each leaf, the members of its body who have said its word."""
    leaves = [(frozenset(leaf.bodies), leaf.positions) for leaf in compiled.leaves]

    def call() -> list[int]:
        standing = {decision.person: decision.position for decision in about.decisions}
        counts = []
        for roles, positions in leaves:
            body = {held.person for held in about.roster.holdings if held.role in roles}
            counts.append(sum(1 for person, said in standing.items() if said in positions and person in body))
        return counts

    return call


def main() -> None:
    """Measure and print."""
    options = arguments("a policy of 12 leaves, 30 people, 10 decisions")
    compiled, about = policy(), facts()
    verdict = decide(compiled, about)
    assert not verdict.is_decided, verdict.sentence
    figures = interleaved(
        {
            FLOOR: by_hand(compiled, about),
            OURS: lambda: decide(compiled, about),
            "evaluate (who could unblock it, too)": lambda: evaluate(compiled, about),
        },
        FLOOR,
        rounds=options.rounds,
        round_s=options.seconds,
    )
    took_us = next(figure.us for figure in figures if figure.name == OURS)
    show(
        "evaluation: 12 leaves, 30 people, 10 decisions",
        figures,
        FLOOR,
        f"{OURS} within {MUST_US} µs (aim: {AIM_US})",
        took_us <= MUST_US,
        as_json=options.json,
    )


if __name__ == "__main__":
    main()
