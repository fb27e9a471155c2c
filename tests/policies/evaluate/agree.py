"""Holds the evaluator against trying everything, over as many cases as asked for.

python tests/policies/evaluate/agree.py --cases 1000000 --seed 1

Each case is known by its seed and number, so a long run can be shared out: `--first 500001 --cases 500000`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import fields
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "kit"))

from agreement import differences, shrunk
from oracle import Case
from small_policies import whole_case


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="the number of the first case")
    parser.add_argument("--stop", type=int, default=5, help="disagreements to show before giving up")
    asked = parser.parse_args()
    began, found = time.monotonic(), Counter[str]()
    agreed = shown = looked = 0
    for looked, number in enumerate(range(asked.first, asked.first + asked.cases), start=1):
        case = whole_case(Random(f"{asked.seed}/{number}"))
        said, verdict = differences(case)
        found[verdict.standing.value] += 1
        agreed += not said
        if said:
            small = shrunk(case)
            print(f"case {number}: {said}\n  shrunk: {differences(small)[0]}\n  {in_words(small)}", flush=True)
            shown += 1
            if shown == asked.stop:
                break
        if looked % 10_000 == 0:
            print(f"{looked:,} cases, {time.monotonic() - began:,.0f} s, {dict(found)}", file=sys.stderr, flush=True)
    print(f"{looked:,} cases, {agreed:,} agree, {time.monotonic() - began:,.0f} s, {dict(found)}")
    return 0 if agreed == asked.cases else 1


def in_words(case: Case) -> str:
    """What of a case is not as by default."""
    plain = Case((), {}, ())
    said = {one.name: getattr(case, one.name) for one in fields(Case)}
    return ", ".join(f"{name}={value!r}" for name, value in said.items() if value != getattr(plain, name))


if __name__ == "__main__":
    sys.exit(main())
