"""Sealing: every entry gets one position, whoever commits when; and nobody changes what was entered."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError
from world import KEY, LOG_KEY, SECRET, URL, SetClock, World

from gates.errors import LogKeyMissing, NotFound, Refused, StoreError
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.ledger.proof.merkle import leaf_hash, root_of_all
from gates.ledger.proof.notes import read_checkpoint
from gates.ledger.proof.tags import tag_of
from gates.ledger.signer import FileSigner, KeyRing
from gates.service import Register
from gates.service.exporting import Choice
from gates.store import engine, open_store
from gates.store import log_tables as g
from gates.store import tables as t
from gates.store.log_tables import INSERT_ONLY
from workflows.steps import seal_step

RING = KeyRing([LOG_KEY])


def positions(world: World) -> list[tuple[str, int]]:
    with world.store.reading() as connection:
        rows = connection.execute(select(g.leaves.c.chain, g.leaves.c.seq).order_by(g.leaves.c.position)).all()
    return [(row.chain, row.seq) for row in rows]


def entered(world: World) -> set[tuple[str, int]]:
    with world.store.reading() as connection:
        return {(row.chain, row.seq) for row in connection.execute(select(t.entries.c.chain, t.entries.c.seq))}


def test_every_entry_gets_one_position_in_its_own_order(world: World) -> None:
    """And the checkpoint's root is that of the leaves, as anybody can work out."""
    key = world.change_in_round()
    world.sign("mei", key)
    first = seal_step(world.services)
    world.sign("ana", key)
    second = seal_step(world.services)
    assert len(first) == len(second) == 1
    found = positions(world)
    assert len(found) == len(set(found)) == second[0].size
    assert set(found) == entered(world)
    for chain in {chain for chain, _ in found}:
        assert [seq for one, seq in found if one == chain] == sorted(seq for one, seq in found if one == chain)
    with world.store.reading() as connection:
        leaves = connection.execute(select(g.leaves).order_by(g.leaves.c.position)).all()
        tags = {row.chain: row for row in connection.execute(select(g.tags))}
    hashes = [leaf_hash(bytes(tags[row.chain].tag) + bytes.fromhex(row.digest)) for row in leaves]
    assert read_checkpoint(second[0].note).root == root_of_all(hashes)
    assert all(bytes(row.tag) == tag_of(bytes(row.salt), chain) for chain, row in tags.items())


def test_sealing_twice_seals_once(world: World) -> None:
    """Each step may run twice."""
    world.change()
    assert seal_step(world.services)
    assert seal_step(world.services) == []
    assert world.register.log().pending == 0


@pytest.mark.slow
@pytest.mark.postgres
def test_a_late_commit_gets_a_later_position(postgres_url: str) -> None:
    """An entry that was written first and committed last is waited for by nobody, and lost by nobody. (On SQLite there
    is one writer at a time.)"""
    world = World(postgres_url)
    slow, fast = world.change(), world.change()
    seal_step(world.services)
    written, go_on = threading.Event(), threading.Event()

    def enter_slowly() -> None:
        def work(unit: Any) -> None:
            unit.enter(slow, Kind.ITEM_ACTED, world.by("cid"), {"act": "x", "state": "draft", "reason": ""})
            written.set()
            assert go_on.wait(30)

        world.register._desk.work(work)

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(enter_slowly)
        assert written.wait(30)
        world.register.edit_item(fast, world.by("cid"), fields={"cost": "99"})
        assert seal_step(world.services)[0].entries == 1
        go_on.set()
        waiting.result()
    assert seal_step(world.services)[0].entries == 1
    assert [chain for chain, _ in positions(world)[-2:]] == [fast, slow]
    world.close()


def test_many_at_once_lose_nothing_and_double_nothing(world: World) -> None:
    """Four write while three seal; sealing waits for nobody who signs and nobody waits for it (I5)."""
    keys = [world.change() for _ in range(4)]

    def write(key: str) -> None:
        for n in range(12):
            world.register.edit_item(key, world.by("cid"), fields={"cost": str(100 + n)})

    def seal() -> None:
        for _ in range(12):
            world.register.seal(RING, "x/log")

    with ThreadPoolExecutor(7) as pool:
        running = [*(pool.submit(write, key) for key in keys), *(pool.submit(seal) for _ in range(3))]
        for one in running:
            one.result()
    world.register.seal(RING, "x/log")
    found = positions(world)
    assert len(found) == len(set(found))
    assert set(found) == entered(world)
    assert world.register.unaccounted() == 0


def test_without_the_key_nothing_is_sealed_and_nothing_is_lost(small_world: World) -> None:
    """Entries wait; the message says which key is wanted and how to give it."""
    small_world.change()
    with pytest.raises(LogKeyMissing, match="tollgate log make-key"):
        small_world.register.seal(KeyRing(), "x/log")
    seal_step(small_world.services)
    small_world.change()
    with pytest.raises(LogKeyMissing) as raised:
        small_world.register.seal(KeyRing([FileSigner("other", b"\2" * 32)]), "x/log")
    assert raised.value.key == str(LOG_KEY.key)
    assert small_world.register.log().pending > 0


def test_a_record_is_exported_only_once_it_is_sealed(small_world: World) -> None:
    """Refused with the remedy, before the first seal and for a single entry that waits."""
    key = small_world.change()
    with pytest.raises(Refused, match="Nothing is sealed yet"):
        small_world.register.export(Choice((key,)), site="X")
    seal_step(small_world.services)
    small_world.register.edit_item(key, small_world.by("cid"), fields={"cost": "7"})
    with pytest.raises(Refused, match="Not sealed yet"):
        small_world.register.export(Choice((key,)), site="X")
    with pytest.raises(Refused, match="Not sealed yet"):
        small_world.register.log_proof(key, 2)
    with pytest.raises(NotFound, match="has no entry 99"):
        small_world.register.log_proof(key, 99)
    with pytest.raises(NotFound, match="No item fits"):
        small_world.register.export(Choice(program="Nowhere"), site="X")


def test_the_key_is_handed_over_on_the_record(small_world: World) -> None:
    """Not before there is a log, and not to a key that signs it already."""
    fresh = FileSigner("x/log", b"\2" * 32)
    with pytest.raises(Refused, match="not open yet"):
        small_world.register.rotate_log_key(RING, fresh, Actor(None), "why")
    seal_step(small_world.services)
    with pytest.raises(Refused, match="already"):
        small_world.register.rotate_log_key(RING, LOG_KEY, Actor(None), "why")
    small_world.change()
    handed = small_world.register.rotate_log_key(RING, fresh, Actor(None), "Yearly.")
    assert {name for name, _, _ in read_checkpoint(handed.note).signatures} == {LOG_KEY.name, "x/log"}
    assert positions(small_world)[-1][0] == "@log"
    assert small_world.register.log().keys == (str(LOG_KEY.key), str(fresh.key))


COLUMNS = {
    "entries": "kind",
    "revisions": "reason",
    "tags": "salt",
    "leaves": "hash",
    "nodes": "hash",
    "checkpoints": "note",
}
CHANGES = ("UPDATE {table} SET {column} = {column}", "DELETE FROM {table}")


@pytest.mark.parametrize("table", INSERT_ONLY)
def test_the_store_refuses_to_change_what_was_entered(world: World, table: str) -> None:
    """Updates, deletes and replacements are refused by the database itself (P11-07, A11-08)."""
    world.change()
    seal_step(world.services)
    statements = [one.format(table=table, column=COLUMNS[table]) for one in CHANGES]
    if world.store.is_sqlite:
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    else:
        statements.append(f"TRUNCATE {table} CASCADE")
    if table == "nodes":
        with world.store.writing() as connection:
            connection.execute(text("INSERT INTO nodes VALUES (8, 9999, :hash)"), {"hash": b"x"})
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), world.store.writing() as connection:
            connection.execute(text(statement))


def test_an_entry_taken_out_of_the_waiting_set_is_noticed(world: World) -> None:
    """Nobody can keep an entry out of the log in silence."""
    world.change()
    with world.store.writing() as connection:
        connection.execute(text("DELETE FROM unsealed WHERE id = (SELECT max(id) FROM unsealed)"))
    assert world.register.unaccounted() == 1
    world.is_tampered = True


def test_what_was_entered_before_there_was_a_log_is_sealed_first(store_url: str) -> None:
    """A database of the version before: its entries wait, chain by chain, in their order."""
    from gates.store.migrate import upgrade

    store = engine.open_for_upgrade(store_url)
    upgrade(store, "0003")
    entry = "INSERT INTO entries (chain, seq, kind, at, digest, body) VALUES (:c, :s, 'x', :at, :d, :b)"
    with store.writing() as connection:
        for n, (chain, seq) in enumerate([("B-1", 1), ("A-1", 1), ("B-1", 2)]):
            row = {"c": chain, "s": seq, "at": "2026-08-17 09:00:00", "d": f"{n:064x}", "b": b"{}"}
            connection.execute(text(entry), row)
    store.upgrade()
    register = Register(store, SetClock(), KEY, URL)
    sealed = register.seal(RING, "x/log")
    with store.reading() as connection:
        found = connection.execute(select(g.leaves.c.chain, g.leaves.c.seq).order_by(g.leaves.c.position)).all()
    store.close()
    assert sealed is not None
    assert [tuple(row) for row in found] == [("A-1", 1), ("B-1", 1), ("B-1", 2), ("@log", 1)]


@pytest.mark.slow
@pytest.mark.postgres
def test_the_program_s_role_adds_to_the_record_and_changes_nothing(postgres_url: str) -> None:
    """Servers and workers need INSERT and SELECT; everything else is refused, triggers or not (P11-07)."""
    owner = World(postgres_url)
    role = f"app_{postgres_url.rsplit('/', 1)[1].split('?')[0][-12:]}".replace("-", "_")
    plain = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
    try:
        owner.store.grant(role)
        store = open_store(_as_role(postgres_url, role), create=False)
        mine = World.__new__(World)
        mine.__dict__ |= owner.__dict__
        mine.store, mine.register = store, Register(store, owner.clock, KEY, URL, owner.faults)
        mine.services = type(owner.services)(
            owner.services.settings, store, owner.clock, mine.register, owner.post, owner.faults
        )
        key = mine.change_in_round()
        for person in ("mei", "ana", "ben"):
            mine.sign(person, key)
        seal_step(mine.services)
        assert mine.state(key) == "implementation"
        _refused(store)
        store.close()
        owner.close()
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}")
            connection.execute(f"DROP ROLE {role}")


def _as_role(url: str, role: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).set(username=role).render_as_string(hide_password=False)


def _refused(store: Any) -> None:
    for table in INSERT_ONLY:
        for statement in (
            f"UPDATE {table} SET {COLUMNS[table]} = {COLUMNS[table]}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TABLE {table}",
        ):
            with pytest.raises(DBAPIError) as raised, store.writing() as connection:
                connection.execute(text(statement))
            assert isinstance(raised.value.orig, errors.InsufficientPrivilege), statement
    with pytest.raises(DBAPIError) as raised, store.writing() as connection:
        connection.execute(text("SET session_replication_role = replica"))
    assert isinstance(raised.value.orig, errors.InsufficientPrivilege)


@pytest.mark.slow
@pytest.mark.postgres
def test_even_a_superuser_s_replica_role_does_not_pass_the_triggers(postgres_url: str) -> None:
    """ENABLE ALWAYS: `session_replication_role` switches other triggers off, not these."""
    world = World(postgres_url)
    world.change()
    seal_step(world.services)
    superuser = create_engine(postgres_url)
    for table in INSERT_ONLY:
        for statement in (f"DELETE FROM tollgate.{table}", f"TRUNCATE tollgate.{table} CASCADE"):
            if table == "nodes" and statement.startswith("DELETE"):
                continue  # no node is full yet, so no row fires a row trigger
            with superuser.connect() as connection:
                connection.execute(text("SET session_replication_role = replica"))
                with pytest.raises(DBAPIError, match="append-only"):
                    connection.execute(text(statement))
    superuser.dispose()
    world.close()


def test_sqlite_knows_no_roles(small_world: World) -> None:
    """Said plainly; and a role that is not there grants nothing."""
    with pytest.raises(StoreError, match="SQLite knows no roles"):
        small_world.store.grant("app")


def test_versions_that_read_the_clock_are_entered_when_they_change(small_world: World) -> None:
    """Calendars and time zones decide deadlines, so a new release of them is on the record."""
    register = small_world.register
    assert register.note_versions({"holidays": "0.109", "tzdata": "2026a"})
    assert not register.note_versions({"holidays": "0.109", "tzdata": "2026a"})
    assert register.note_versions({"holidays": "0.110", "tzdata": "2026a"})
    assert SECRET not in repr(register.log())
