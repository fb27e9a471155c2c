"""What the year showed: the table of what was expected against what fired, and every fault found in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from year import oracle
from year.life import Life, keys

from gates.store import tables as t


@dataclass
class Report:
    """See the module docstring. A year without faults has empty lists."""

    expected: Counter[str] = field(default_factory=Counter)
    """How often each step of each clock had to fire: `engineering-change screening remind:0` -> 190."""
    fired: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    uncalled: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unable: list[str] = field(default_factory=list)
    """Mails that asked somebody who could not act when they left."""
    mails: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> list[str]:
        """Everything that should not have been."""
        return [*self.missing, *self.uncalled, *self.late, *self.twice, *self.unable]

    def lines(self) -> Iterator[str]:
        """The table and the counts, for people."""
        yield f"{'step':<52}{'expected':>9}{'fired':>7}"
        for name in sorted(self.expected | self.fired):
            yield f"{name:<52}{self.expected[name]:>9}{self.fired[name]:>7}"
        yield f"{'all':<52}{self.expected.total():>9}{self.fired.total():>7}"
        yield f"mails: {self.mails.total()} ({', '.join(f'{n} {word}' for word, n in self.mails.most_common())})"
        yield f"items: {', '.join(f'{n} {word}' for word, n in self.states.most_common())}"
        yield f"acts and signatures refused: {len(self.refused)}"
        yield from self.faults or [
            "no step missing, uncalled for or late; no mail twice, none to anybody who could not act"
        ]


def report_of(life: Life) -> Report:
    """Hold the year against the oracle."""
    found = Report(refused=life.refused)
    chains = {
        key: [json.loads(body) for body in life.world.register.read_record(key).bodies] for key in keys(life.world)
    }
    due = oracle.expected(chains, life.world.clock.at)
    done = oracle.fired(chains)
    seen = [tick for tick, _, _ in done]
    processes = {key: chain[0]["data"]["process"] for key, chain in chains.items()}
    found.expected = Counter(f"{processes[one.item]} {one.state} {one.name}" for one in due)
    found.fired = Counter(f"{processes[one.item]} {one.state} {one.name}" for one in seen)
    found.missing = [f"missing: {one}" for one in sorted(due - set(seen))]
    found.uncalled = [f"uncalled for: {one}" for one in sorted(set(seen) - due)]
    found.late = [f"at {at}: {one}" for one, at, _ in done if not one.due <= at < one.due + timedelta(minutes=1)]
    found.twice = [f"fired twice: {one}" for one in _repeated(seen)]
    # One mail may hold several asks; none of them is in it twice, and none is in two.
    found.twice += [f"mailed twice: {one}" for one in _repeated(f"{one.message_id} {one.item}" for one in life.sent)]
    found.unable = [
        f"{one.at:%F %H:%M} {one.message} about {one.item}: {one.objection}" for one in life.sent if one.objection
    ]
    found.mails = Counter(sent.message for sent in life.sent)
    with life.world.store.reading() as connection:
        rows = connection.execute(select(t.items.c.process, t.items.c.state))
        found.states = Counter(f"{row.process} {row.state}" for row in rows)
    return found


def _repeated(found: Iterable[object]) -> list[object]:
    return [one for one, count in Counter(found).items() if count > 1]
