"""A year of one program under a clock that is set: every step of every clock at its minute, every mail to somebody
who can act.

`python tests/year/test_year.py --items 200 --seed 1` prints the table of what was expected against what fired.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from year.life import Life
from year.plant import program
from year.report import Report, report_of


def lived(url: str, seed: int, items: int, *, is_told: bool = False) -> tuple[Life, Report]:
    """One year lived, and what it showed."""
    life = Life.of(url, program(seed, items))
    if is_told:
        life.progress = lambda day, _count: print(f"\r{day}", end="", file=sys.stderr, flush=True)
    life.live()
    return life, report_of(life)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_year_of_two_hundred_items_goes_by_the_calendar(tmp_path: Path) -> None:
    """30 people, their absences, five plants in four countries: what fired is what an oracle that shares no code
    with the product expects, to the minute; no mail asks anybody who cannot act, none goes out twice; the state
    follows from the record (I5, I7)."""
    life, report = lived(f"sqlite:///{tmp_path / 'year.db'}", 1, 200)
    assert report.faults == []
    assert report.expected.total() > 500
    assert len(report.expected) >= 15, "a year in which too few kinds of step came up shows little"
    life.world.check_record()
    life.world.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        life, report = lived(f"sqlite:///{folder}/year.db", asked.seed, asked.items, is_told=True)
        life.world.check_record()
        life.world.close()
    print("\n".join(["", *report.lines()]))
    return 1 if report.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
