"""Which tests are slow: those that took more than a tenth of a second of a processor when they were last timed.

`make timings` runs everything and writes `tests/slow.txt`; `make quick` leaves out what is named there, beside what
is marked `slow` by hand. Seconds of the processor, for the clock on the wall says how busy the machine was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIST = HERE / "slow.txt"
MOST_S = 0.1
RAW = "TIMINGS_FOLDER"
"""Where each process of a timed run writes down what its tests took."""


def name_of(node: str) -> str:
    """A test without its parameters: one name for all of them."""
    return node.partition("[")[0]


def slow_names() -> frozenset[str]:
    """The names in the list."""
    return frozenset(LIST.read_text(encoding="utf-8").split())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Write down what one test took, in a timed run; what is marked as slow by hand needs no list."""
    began = time.process_time()
    result = yield
    folder = os.environ.get(RAW)
    if folder is not None and item.get_closest_marker("slow") is None:
        with (Path(folder) / f"{os.getpid()}.txt").open("a", encoding="utf-8") as raw:
            raw.write(f"{time.process_time() - began:.3f} {name_of(item.nodeid)}\n")
    return result


def write_list(folder: Path) -> int:
    """Write the list from what a timed run left; how many are in it."""
    lines = [line.split(" ", 1) for raw in folder.glob("*.txt") for line in raw.read_text("utf-8").splitlines()]
    names = sorted({name for taken, name in lines if float(taken) > MOST_S})
    LIST.write_text("\n".join([*names, ""]), encoding="utf-8")
    return len(names)


if __name__ == "__main__":
    print(f"{write_list(Path(os.environ[RAW]))} slow tests are named in {LIST.name}")
