"""Eight processes deciding at once: no lost update, no double decision, every chain whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from world import KEY, World

from gates.items import Actor
from gates.ports import SystemClock
from gates.store import tables as t

PROCESSES = 8
PEOPLE = 16

PROCESS = """
process: crowd
title: Crowd
kind: change_request
numbering: "C-{n}"
start: open
states:
  open:
    round: all-of-them
    when: {approved: done}
    no_deadline: a race
  done: {end: done}
policies:
  all-of-them:
    signature: {meaning: Approved, proof: link}
    approve: {from: racer, at_least: %d}
"""


@pytest.fixture
def crowd(store_url: str):
    """People who all may approve, and a process that needs each of them."""
    world = World(store_url, stocked=False)
    world.clock = SystemClock()  # type: ignore[assignment]  (other processes use the machine's clock too)
    world.register._desk.clock = world.clock
    lines = [f"  p{n}: {{name: Person {n}, email: p{n}@example.com, roles: [racer]}}" for n in range(PEOPLE)]
    world.import_roster("people:\n  boss: {name: Boss, email: boss@example.com}\n" + "\n".join(lines))
    world.register.publish_process(PROCESS % PEOPLE, "crowd.yaml", Actor(None))
    yield world
    world.close()


def start(world: World, url: str, pairs: list[tuple[str, str, str]], at: float) -> subprocess.Popen[str]:
    """One racing process, deciding with (token, digest, printed name)."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("racing.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    job = {
        "url": url,
        "key": KEY.hex(),
        "tokens": [(token, digest) for token, digest, _ in pairs],
        "names": {token: name for token, _, name in pairs},
        "start": at,
    }
    assert process.stdin is not None
    process.stdin.write(json.dumps(job))
    process.stdin.close()
    return process


def race(world: World, url: str, shares: list[list[tuple[str, str, str]]]) -> list[list[str]]:
    """Run one process a share, all starting together. Returns what each decision came to."""
    at = time.time() + 4
    running = [start(world, url, share, at) for share in shares]
    said: list[list[str]] = []
    for process in running:
        with process:
            assert process.stdout is not None
            said += json.loads(process.stdout.read())
        assert process.returncode == 0
    return said


def open_item(world: World) -> tuple[str, list[tuple[str, str, str]]]:
    """An item in its round, and (token, digest, name) of everybody asked."""
    key = world.register.create_item("crowd", "Everybody", Actor("boss"))
    world.register.open_round(key)
    pairs = []
    for n in range(PEOPLE):
        token = world.token(f"p{n}", key)
        pairs.append((token, world.register.sign_view(token).revision_digest, f"Person {n}"))
    return key, pairs


@pytest.mark.slow
def test_eight_processes_on_one_item(crowd: World, store_url: str) -> None:
    """Everybody's one decision is tried by all eight at once: sixteen are recorded, one of them decisive (I1, I2, PR-04, PR-05, P11-09)."""
    key, pairs = open_item(crowd)
    turned = [pairs[n:] + pairs[:n] for n in range(0, PEOPLE, PEOPLE // PROCESSES)]
    said = race(crowd, store_url, turned)
    outcomes = Counter(one[0] for one in said)
    assert outcomes["recorded"] == PEOPLE, outcomes
    assert set(outcomes) <= {"recorded", "AlreadyDecided", "LinkProblem"}
    assert [one[2] for one in said].count("Done") == 1
    assert crowd.state(key) == "done"
    assert crowd.is_whole(key)
    assert_counts(crowd, PEOPLE)


@pytest.mark.slow
def test_eight_processes_on_many_items(crowd: World, store_url: str) -> None:
    """Spread over many items: every acknowledged decision is stored once and every item is decided (I1, I5)."""
    items = [open_item(crowd) for _ in range(8)]
    every = [pair for _, pairs in items for pair in pairs]
    shares = [every[n::PROCESSES] for n in range(PROCESSES)]
    said = race(crowd, store_url, shares)
    assert Counter(one[0] for one in said) == {"recorded": len(every)}
    assert {crowd.state(key) for key, _ in items} == {"done"}
    assert all(crowd.is_whole(key) for key, _ in items)
    assert_counts(crowd, len(every))


def assert_counts(world: World, decisions: int) -> None:
    """As many rows as entries as decisions; one move an item."""
    with world.store.reading() as connection:
        rows = connection.execute(select(func.count()).select_from(t.decisions)).scalar_one()
        entries = connection.execute(
            select(func.count()).select_from(t.entries).where(t.entries.c.kind == "item:decision:recorded")
        ).scalar_one()
    assert (rows, entries) == (decisions, decisions)
