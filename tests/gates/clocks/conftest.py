"""A plant on a store of each kind, rebuilt and judged again at the end of every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from permits import open_plant
from world import World


@pytest.fixture
def plant(store_url: str) -> Iterator[World]:
    world = open_plant(store_url)
    yield world
    world.check_record()
    world.close()
