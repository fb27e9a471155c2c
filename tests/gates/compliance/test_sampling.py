"""Samples: drawn again by other means than the program's, complete, and on the record."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import LOG_KEY, START, World

from gates.errors import BadInput, NotFound, Refused
from gates.items import Actor
from gates.ledger.proof.notes import read_checkpoint
from gates.ledger.signer import KeyRing
from gates.service.compliance.sampling import MOST, Sample, SampleOrder, shares
from gates.service.exporting import Choice


def seal(world: World) -> None:
    world.register.seal(KeyRing([LOG_KEY]), LOG_KEY.name)


def many(world: World, count: int = 12) -> list[str]:
    keys = [world.change(author="dan") for _ in range(count)]
    keys += [world.register.raise_escalation(about, "escalation", world.by("ana"), title="Late") for about in keys[:2]]
    return keys


def drawn(world: World, **more: object) -> Sample:
    order = SampleOrder(**{"size": 5, "seed": "2026", **more})
    return world.register.sample(order, Actor(None, "cli", "command line"))


def by_hand(keys: list[str], seed: str, size: int) -> list[str]:
    """As the how-to says, with nothing of the program."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest())[:size]


def test_a_sample_can_be_drawn_again_by_hand(world: World) -> None:
    """SOX-3: population, count and order follow from the list and the seed alone."""
    keys = many(world)
    seal(world)
    found = drawn(world)
    assert [one.key for one in found.drawn] == by_hand(keys, "2026", 5)
    assert found.population == len(keys)
    assert [line.split()[0] for line in found.listing.splitlines()] == sorted(keys)
    assert hashlib.sha256(found.listing.encode()).hexdigest() == found.population_digest
    assert [one.key for one in drawn(world, seed="2027").drawn] == by_hand(keys, "2027", 5)


def test_the_population_is_that_of_the_log(world: World) -> None:
    """SOX-3: each line of the list is a sealed first entry, and a complete bundle of the same log has as many items."""
    many(world)
    seal(world)
    found = drawn(world)
    seal(world)
    keys, _ = world.register.export(Choice(), site="x", complete=True, pins=[found.log_size])
    firsts = {key: hashlib.sha256(b"tollgate/entry/v1\0" + world.register.read_record(key).bodies[0]) for key in keys}
    assert found.listing == "".join(sorted(f"{key} {digest.hexdigest()}\n" for key, digest in firsts.items()))
    assert len(keys) == found.population
    with world.store.reading() as connection:
        from sqlalchemy import select

        from gates.store import log_tables

        notes = connection.execute(select(log_tables.checkpoints.c.note)).scalars().all()
    roots = {note.size: b64encode(note.root).decode() for note in map(read_checkpoint, notes)}
    assert roots[found.log_size] == found.log_root


def test_a_sample_is_an_act_on_the_record(world: World) -> None:
    """A11-11: who drew, by which seed, from what; shown again as it was, whatever came after."""
    keys = many(world)
    seal(world)
    first = world.register.sample(SampleOrder(3, " 7 ", process="escalation"), world.by("eve"))
    assert first.by == "eve"
    assert first.order.seed == "7"
    world.change()
    seal(world)
    drawn(world, size=100)
    past = world.register.samples()
    assert [(one.seq, one.population) for one in past] == [(1, 2), (2, len(keys) + 1)]
    assert past[0].drawn == first.drawn
    assert past[0].population_digest == first.population_digest
    assert len(past[1].drawn) == len(keys) + 1


def test_strata_have_their_share(world: World) -> None:
    """At least one of each; within each the order is that of the hashes."""
    keys = many(world)
    world.register.withdraw(keys[3], world.by("dan"))
    seal(world)
    found = drawn(world, stratify="process")
    assert found.strata == {"engineering-change": (12, 4), "escalation": (2, 1)}
    changes = [one.key for one in found.drawn if one.stratum == "engineering-change"]
    assert changes == by_hand(keys[:12], "2026", 4)
    assert [one.place for one in found.drawn] == [1, 2, 3, 4, 1]
    assert set(drawn(world, stratify="site").strata) == {"Lyon"}
    assert drawn(world, stratify="outcome").strata["withdrawn"] == (1, 1)
    with pytest.raises(BadInput, match="at least 2"):
        drawn(world, size=1, stratify="process")


def test_filters_and_period_are_those_of_creation(small_world: World) -> None:
    """An item that was merely touched in the period is not in the population."""
    old = small_world.change()
    small_world.clock.move_on(days=2)
    new = small_world.change()
    small_world.register.edit_item(old, small_world.by("cid"), fields={"cost": "1"})
    seal(small_world)
    later = START + timedelta(days=1)
    assert [one.key for one in drawn(small_world, since=later).drawn] == [new]
    assert [one.key for one in drawn(small_world, until=later).drawn] == [old]
    for more in ({"site": "Linz"}, {"process": "escalation"}, {"until": START}):
        with pytest.raises(NotFound, match="nothing to draw from"):
            drawn(small_world, **more)


def test_what_is_not_sealed_cannot_be_counted(small_world: World) -> None:
    """Fail closed: an item without a position could still vanish from the log."""
    small_world.change()
    with pytest.raises(Refused, match="Not sealed yet"):
        drawn(small_world)
    seal(small_world)
    small_world.change()
    with pytest.raises(Refused, match="Not sealed yet"):
        drawn(small_world)
    assert small_world.register.samples() == []


def test_bad_orders_are_refused_with_every_fault(small_world: World) -> None:
    """Nothing is entered."""
    small_world.change()
    seal(small_world)
    with pytest.raises(BadInput) as caught:
        drawn(small_world, size=0, seed="", stratify="sight")
    assert set(caught.value.faults) == {"size", "seed", "stratify"}
    assert "Did you mean site" in caught.value.faults["stratify"]
    for more in ({"size": MOST + 1}, {"seed": "two\nlines"}):
        with pytest.raises(BadInput):
            drawn(small_world, **more)
    with pytest.raises(NotFound, match="nobody on the roster"):
        small_world.register.sample(SampleOrder(1, "x"), Actor("zoe"))
    assert small_world.register.samples() == []


def test_the_entry_holds_what_is_needed_to_draw_again(small_world: World) -> None:
    """No table is needed: seed, population's digest, log, strata and items."""
    many(small_world, 3)
    seal(small_world)
    drawn(small_world, size=2)
    with small_world.store.reading() as connection:
        from sqlalchemy import select

        from gates.store import tables

        body = connection.execute(select(tables.entries.c.body).where(tables.entries.c.chain == "@desk")).scalar_one()
    data = json.loads(body)["data"]
    assert set(data) == {
        "size", "seed", "since", "until", "process", "site", "stratify", "population", "population_digest",
        "log_size", "log_root", "strata", "drawn",
    }  # fmt: skip


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 500), min_size=1, max_size=6), st.integers(1, 600))
def test_shares_are_whole_fair_and_at_least_one(counts: dict[str, int], size: int) -> None:
    """Their sum is what was asked; none exceeds its stratum; a larger stratum never has less."""
    total = sum(counts.values())
    if min(size, total) < len(counts):
        with pytest.raises(BadInput):
            shares(counts, size)
        return
    found = shares(counts, size)
    assert sum(found.values()) == min(size, total)
    assert all(1 <= found[name] <= counts[name] for name in counts)
    for one in counts:
        for other in counts:
            if counts[one] > counts[other]:
                assert found[one] >= found[other]
