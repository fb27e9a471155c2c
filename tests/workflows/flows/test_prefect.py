"""Real flow runs against a real Prefect server; and what happens when it is away."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import select
from world import KEY, World, test_settings

from gates.ports import SystemClock
from gates.store.work_tables import outbox
from workflows.flows.prefect_door import PrefectDoor
from workflows.flows.worker import Worker
from workflows.runtime.children import QUIET_PREFECT, Children, free_port

pytestmark = [pytest.mark.slow, pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


def owed_change(world: World) -> str:
    key = world.change(author="dan")
    world.register.submit(key, world.by("dan"))
    world.register.act(key, "accept-fast", world.by("cid"))
    return key


def until(seen: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.mark.filterwarnings("ignore")
def test_work_is_carried_by_runs_an_operator_can_read(prefect_server, world: World) -> None:
    """Run names, tags and artifacts say which item, what happened, the verdict and the diagram; all completed."""
    key = owed_change(world)
    worker = Worker(world.services)
    assert worker.door.knock()
    while worker.tick():
        pass
    for person in ("mei", "ana", "ben"):
        world.sign(person, key)
    while worker.tick():
        pass
    assert world.state(key) == "implementation"
    runs = {str(run["name"]): run for run in prefect_server.runs()}
    carried = runs[f"{key} · review → fast-track sign-off"]
    assert carried["state_type"] == "COMPLETED"
    assert {"carry", "engineering-change", "change_request"} <= set(carried["tags"])
    assert any(name.startswith("deliver · ") for name in runs)
    shown = "\n".join(str(one["data"]) for one in prefect_server.artifacts())
    for words in (f"[{key}](http", "Quality lead, Lyon", "stateDiagram-v2", "sent.", "ask to mei about"):
        assert words in shown, words
    assert worker._reported == "ready"
    assert world.is_whole(key)


@pytest.mark.filterwarnings("ignore")
def test_a_list_is_carried_by_one_run(prefect_server, small_world: World) -> None:
    """Under load a run carries a list; its cost does not grow with it."""
    keys = [owed_change(small_world) for _ in range(6)]
    worker = Worker(small_world.services)
    while worker.tick():
        pass
    assert all(small_world.register.item(key).round for key in keys)
    assert "carry · 6 items" in {run["name"] for run in prefect_server.runs()}


def test_signing_goes_on_without_prefect_and_work_waits_where_it_must(small_world: World) -> None:
    """TOLLGATE_REQUIRE_PREFECT: with the server away people still sign; what is owed waits in the outbox, whole."""
    key = small_world.change_in_round()
    settings = test_settings(require_prefect=True)
    worker = Worker(replace(small_world.services, settings=settings))
    worker.door = PrefectDoor(f"http://127.0.0.1:{free_port()}/api")
    for person in ("mei", "ana", "ben"):
        small_world.sign(person, key)
    assert small_world.state(key) == "implementation"
    assert worker.tick() is False
    waiting = small_world.register.outbox_count().by_kind
    assert waiting["mail"] >= 4
    assert small_world.register.workers()[0].state == "starting"


@pytest.mark.filterwarnings("ignore")
def test_what_waited_is_carried_when_prefect_returns(prefect_server, small_world: World) -> None:
    """Nothing is lost: the work waits while the server is away and goes through recorded runs once it is back."""
    settings = test_settings(require_prefect=True)
    worker = Worker(replace(small_world.services, settings=settings))
    worker.door = PrefectDoor(f"http://127.0.0.1:{free_port()}/api")
    key = owed_change(small_world)
    assert worker.tick() is False
    assert small_world.register.item(key).round is None
    worker.door = PrefectDoor(prefect_server.api)
    while worker.tick():
        pass
    assert small_world.register.item(key).round is not None
    assert len(small_world.mails("", "Sign by")) == 3


def test_without_prefect_the_same_steps_are_taken_after_a_grace(small_world: World) -> None:
    """Approvals never stop because the orchestrator did: after the grace the work is carried without a run."""
    key = owed_change(small_world)
    worker = Worker(replace(small_world.services, settings=test_settings(carry_grace_s=0.6)))
    worker.door = PrefectDoor(f"http://127.0.0.1:{free_port()}/api")
    assert worker.tick() is False
    time.sleep(0.7)
    while worker.tick():
        pass
    assert small_world.register.item(key).round is not None
    assert len(small_world.mails("", "Sign by")) == 3


@pytest.mark.filterwarnings("ignore")
def test_a_server_lost_in_the_middle_of_a_run_loses_no_work(tmp_path: Path, small_world: World, prefect_server) -> None:
    """The door is open and the server gone: the run fails, the steps are taken plainly at once."""
    key = owed_change(small_world)
    worker = Worker(replace(small_world.services, settings=test_settings(carry_grace_s=0)))

    def lost(*_: object) -> tuple[str, list[object]]:
        raise ConnectionError("the server went away")

    worker._carry_run = lost  # type: ignore[method-assign,assignment]
    assert worker.tick()
    assert small_world.register.item(key).round is not None
    assert not worker.door.is_open


@pytest.fixture
def fleet(postgres_url: str, prefect_server, tmp_path: Path) -> Iterator[tuple[World, Children, dict[str, str]]]:
    """A world on PostgreSQL and what worker processes need to join it: configuration alone."""
    world = World(postgres_url, clock=SystemClock())  # type: ignore[arg-type]
    children = Children(tmp_path / "logs")
    env = {
        **QUIET_PREFECT,
        "PREFECT_API_URL": prefect_server.api,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "TOLLGATE_DATABASE_URL": postgres_url,
        "TOLLGATE_LINK_KEY": KEY.hex(),
        "TOLLGATE_HOME": str(tmp_path),
        "TOLLGATE_MAIL_DIR": str(tmp_path / "mail"),
        "TOLLGATE_REQUIRE_PREFECT": "true",
    }
    yield world, children, env
    children.stop()
    world.close()


@pytest.mark.postgres
def test_two_workers_and_a_separate_server_carry_everything_once(
    fleet: tuple[World, Children, dict[str, str]], tmp_path: Path
) -> None:
    """PostgreSQL, a separate Prefect server, two worker processes: one is killed with -9 and nothing is lost or doubled."""
    world, children, env = fleet
    first = children.start("worker-1", ["worker"], env)
    children.start("worker-2", ["worker"], env)
    until(lambda: sum(1 for w in world.register.workers() if w.state == "ready") == 2)
    keys = [owed_change(world) for _ in range(10)]
    until(lambda: any(world.register.item(key).round for key in keys))
    os.kill(first.pid, signal.SIGKILL)
    keys += [owed_change(world) for _ in range(10)]
    until(lambda: not world.register.outbox_count().waiting and all_carried(world, keys), 150)
    mails = [message_from_bytes(path.read_bytes())["Message-ID"] for path in (tmp_path / "mail").glob("*.eml")]
    assert sorted(mails) == sorted(receipts(world)), "asks to one person that come together are one mail"
    assert all(world.kinds(key).count("item:round:opened") == 1 for key in keys)
    assert all(world.is_whole(key) for key in keys)


def receipts(world: World) -> set[str]:
    """The numbers of the mails that went out, by the outbox."""
    with world.store.reading() as connection:
        query = select(outbox.c.receipt).where(outbox.c.kind == "mail", outbox.c.done_at.is_not(None))
        return {json.loads(receipt)["message_id"] for receipt in connection.execute(query).scalars()}


def all_carried(world: World, keys: list[str]) -> bool:
    """Every item has its round, and every mail its receipt."""
    return all(world.register.item(key).round and world.kinds(key).count("item:notice:sent") == 3 for key in keys)
