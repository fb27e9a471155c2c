"""Hold the evaluator against trying everything, over as many generated cases as you like.

    python tests/policies/evaluate/agree.py --cases 1000000 --seed 1

The same seed tries the same cases. Stops at the first that differs, made as small as it can be.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kit"), str(HERE.parents[2])]

from test_agreement import agreeing  # noqa: E402  (found once the path is set)

CHUNK = 1000


def main() -> None:
    """See the module docstring."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cases", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    wanted = arguments.parse_args()
    begun, done = time.monotonic(), 0
    while done < wanted.cases:
        done += agreeing(min(CHUNK, wanted.cases - done), wanted.seed * 1_000_003 + done)
        rate = done / (time.monotonic() - begun)
        sys.stderr.write(f"\r{done:,} of {wanted.cases:,} cases, {rate:,.0f} a second ")
    sys.stderr.write("\n")
    print(f"{done:,} cases, {done:,} agree (seed {wanted.seed}).")


if __name__ == "__main__":
    main()
