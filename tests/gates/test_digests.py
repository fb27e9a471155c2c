"""Entries changed behind the program's back are named wherever they are read: the register's own chains too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text
from world import World

from gates.errors import NotFound, RecordBroken
from gates.ledger.proof.records import digest_of
from gates.ledger.verify import STEPS
from gates.service.desk import ACCESS, ROSTER, RULEBOOK
from workflows.steps import seal_step

LIE = "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), :was, :is) AS BLOB) WHERE chain = :chain"


@pytest.fixture
def reviewed(small_world: World) -> World:
    """A register in which access was reviewed, somebody proved who they are, an item went its way; all sealed."""
    small_world.register.review_access(small_world.by("eve"), "Two rights too many.")
    small_world.change()
    seal_step(small_world.services)
    return small_world


def tamper(world: World, statement: str, **values: Any) -> None:
    world.is_tampered = True
    with world.store.writing() as connection:
        for table in ("entries", "leaves"):
            for what in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{what}"))
        connection.execute(text(statement), values)


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "waiting"])
def test_a_changed_review_of_access_is_named_by_every_check(small_world: World, sealed: bool) -> None:
    """P11-02, A11-13, I6: by `record verify @roster`, doctor, the rebuilding and access itself."""
    world = small_world
    world.register.review_access(world.by("eve"), "Two rights too many.")
    if sealed:
        seal_step(world.services)
    assert world.register.changed_house() == []
    steps = world.register.verify_record(ROSTER)
    assert (len(steps), all(step.ok for step in steps)) == (len(STEPS), True)
    assert steps[3].said == "all equal, in the log too"
    tamper(world, LIE, chain=ROSTER, was="Two rights too many.", **{"is": "All well."})
    assert world.register.verify_record(ROSTER)[-1].number == 4
    (said,) = world.register.changed_house()
    assert said.startswith("entries @roster 2: expected ")
    assert said in world.register.check_rebuilt().differences
    for ask in (world.register.access, lambda: world.register.review_access(world.by("eve"), "Again.")):
        with pytest.raises(RecordBroken, match="Entries @roster 2: expected .* verify @roster"):
            ask()


def test_the_digest_changed_with_the_body_is_held_against_the_log(reviewed: World) -> None:
    """Joined again and with its own digest on file, an entry is another than the one that was sealed; so it is when its
    leaf has the new digest too, for the leaf's hash has not."""
    with reviewed.store.reading() as connection:
        query = text("SELECT body FROM entries WHERE chain = :chain AND seq = 2")
        body = bytes(connection.execute(query, {"chain": ROSTER}).scalar_one())
    lie = body.replace(b"Two rights too many.", b"All well.")
    now = {"body": lie, "digest": digest_of("entry", lie), "chain": ROSTER}
    tamper(reviewed, "UPDATE entries SET body = :body, digest = :digest WHERE chain = :chain AND seq = 2", **now)
    tamper(reviewed, "UPDATE chains SET head = :digest WHERE chain = :chain", **now)
    assert "as in the log" in reviewed.register.verify_record(ROSTER)[3].said
    assert "as it was entered in the log" in reviewed.register.changed_house()[0]
    tamper(reviewed, "UPDATE leaves SET digest = :digest WHERE chain = :chain AND seq = 2", **now)
    assert "in the log or waiting" in reviewed.register.verify_record(ROSTER)[3].said
    assert "neither in the log nor waiting" in reviewed.register.changed_house()[0]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE entries SET kind = 'x' WHERE chain = '@roster' AND seq = 2", "kind: expected roster:access:reviewed"),
        ("UPDATE entries SET at = '2020-01-01T00:00:00.000000Z' WHERE chain = '@roster' AND seq = 2", "at: expected"),
        ("UPDATE entries SET digest = 'x' WHERE chain = '@roster' AND seq = 2", "digest: expected"),
        ("UPDATE entries SET seq = 7 WHERE chain = '@roster' AND seq = 2", "neither in the log nor waiting"),
        ("UPDATE entries SET body = 'none' WHERE chain = '@rulebook' AND seq = 1", "@rulebook 1: expected"),
        ("DELETE FROM entries WHERE chain = '@roster' AND seq = 2", "@roster 2: it is in the log, and not among"),
    ],
)
def test_what_else_may_be_done_to_the_table_of_entries_is_named(reviewed: World, statement: str, said: str) -> None:
    """The columns by which entries are looked up, bytes that are no entry, an end that was cut off."""
    tamper(reviewed, statement)
    assert any(said in one for one in reviewed.register.changed_house())
    assert any(said in one for one in reviewed.register.check_rebuilt().differences)


def test_an_item_is_held_against_the_log_too(reviewed: World) -> None:
    """And is named by the rebuilding where only its words changed."""
    key = "ECR-0001"
    assert reviewed.is_whole(key)
    tamper(reviewed, LIE, chain=key, was='"via":"web"', **{"is": '"via":"wab"'})
    assert reviewed.register.verify_record(key)[-1].number in (3, 4)
    assert any(one.startswith(f"entries {key} 1: ") for one in reviewed.register.check_rebuilt().differences)


def test_every_chain_of_the_house_can_be_verified(reviewed: World) -> None:
    """All that there are; one that is not there is answered with those that are."""
    with reviewed.store.reading() as connection:
        chains = connection.execute(text("SELECT DISTINCT chain FROM entries WHERE chain LIKE '@%'")).scalars().all()
    assert {ROSTER, RULEBOOK, ACCESS} <= set(chains)
    for chain in chains:
        assert all(step.ok for step in reviewed.register.verify_record(chain)), chain
        assert json.loads(reviewed.register.read_record(chain).bodies[0])["chain"] == chain
    with pytest.raises(NotFound, match="There is no chain @rooster. Did you mean @roster"):
        reviewed.register.read_record("@rooster")
