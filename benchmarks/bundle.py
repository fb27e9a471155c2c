"""One bundle of many items: exported, verified (with and without `cryptography`) and judged again, with times.

    python -m benchmarks.bundle --items 1000

`make bench` takes a hundred. Nothing is compared with; the rates beside a floor are in `benchmarks.ledger`.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.register import RING, register_at, run_through, stock
from gates.ledger.proof import curves
from gates.ledger.proof.records import digest_of
from gates.ledger.proof.steps import Asked, verify_bundle
from gates.rejudge.judge import Judge
from gates.service.exporting import Choice
from policies.load import process_from_canonical


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    asked, took = parser.parse_args(), {}
    with tempfile.TemporaryDirectory(prefix="tollgate-bench-") as folder:
        register = register_at(f"sqlite:///{Path(folder) / 'bundle.db'}")
        stock(register, count=3)
        run_through(register, asked.items, signers=3)
        began = perf_counter()
        while register.seal(RING, "bench/log"):
            pass
        took["sealed"] = perf_counter() - began
        began = perf_counter()
        _, data = register.export(Choice(), site="bench", complete=True)
        took["exported, all leaves"] = perf_counter() - began
    has_it = curves.HAS_CRYPTOGRAPHY
    for name, switch in (("verified", has_it), ("verified, standard library alone", False)):
        curves.HAS_CRYPTOGRAPHY = switch
        began = perf_counter()
        outcome = verify_bundle(io.BytesIO(data), Asked(complete=True))
        took[name] = perf_counter() - began
        assert outcome.ok, outcome.steps[-1]
    assert outcome.bundle is not None
    texts = {digest_of("process", body): process_from_canonical(body) for body in outcome.bundle.processes}
    judge = Judge(texts.__getitem__)
    began = perf_counter()
    for chain, entries in zip(outcome.bundle.chains, outcome.entries, strict=True):
        if not chain.name.startswith("@"):
            judge.judge(entries)
    took["judged again"] = perf_counter() - began
    assert judge.found.differences == []
    entries = sum(map(len, outcome.entries))
    told = f"{asked.items:,} items, {entries:,} entries, {len(data):,} bytes; {judge.found.verdicts:,} verdicts"
    if asked.json:
        print(json.dumps({"benchmark": "a bundle", "told": told, "seconds": took}))
        return
    print(f"A bundle: {told}")
    for name, seconds in took.items():
        print(f"{name:36}  {seconds:>8.2f} s  {entries / seconds:>10,.0f} entries a second")


if __name__ == "__main__":
    main()
