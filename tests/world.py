"""A whole small world for a test: a real store, a clock that is set, people, and mail kept in memory."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from argon2 import PasswordHasher
from sqlalchemy import make_url, select

from gates.items import Actor, Receipt
from gates.ledger.signer import FileSigner
from gates.rejudge.judge import Judge
from gates.roster import RosterFile
from gates.service import Register, SignRequest
from gates.service import secrets as register_secrets
from gates.store import open_store, tables
from notifications.transports import MemoryTransport
from policies.library import library_text
from policies.load import build, read_document
from workflows.settings import Settings, load_settings
from workflows.steps import CarryReport, carry_step, deliver_step, sweep_step
from workflows.wiring import Services

KEY = bytes(range(32))
LOG_KEY = FileSigner("tollgate.example/log", bytes(range(32)))
SECRET = "correct horse"
START = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)  # a Monday
URL = "http://127.0.0.1:8123"

ROSTER = """
sites:
  Lyon: {zone: Europe/Paris, country: FR}
  Linz: {zone: Europe/Vienna, country: AT}
roles:
  engineering: {title: Engineering}
  quality-lead: {title: Quality lead}
  finance: {title: Finance}
  plant-manager: {title: Plant manager}
people:
  ana: {name: Ana Ruiz, email: ana@example.com, zone: Europe/Paris, roles: [engineering]}
  ben: {name: Ben Roth, email: ben@example.com, roles: [engineering]}
  mei: {name: Mei Chen, email: mei@example.com, zone: Europe/Paris, roles: [{role: quality-lead, at: Lyon}, engineering]}
  otto: {name: Otto Lang, email: otto@example.com, roles: [{role: quality-lead, at: Linz}]}
  cid: {name: Cid Cole, email: cid@example.com, roles: [change-analyst, pmo-lead, line-manager]}
  eve: {name: Eve Moro, email: eve@example.com, roles: [finance]}
  dan: {name: Dan Dorn, email: dan@example.com, roles: [engineering, {role: plant-manager, at: Lyon}]}
  sam: {name: Sam Okoye, email: sam@example.com, roles: [sponsor, it-lead, ot-lead]}
"""

PUMP: Mapping[str, str] = {
    "reason": "The old seal swells.",
    "cost": "12500",
    "risk": "low",
    "track": "fast",
    "drawing": "D-4711",
}
IMPACT = {"impact": {"met": True, "evidence": "https://docs.example/impact"}}


class SetClock:
    """A clock the test sets."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move_on(self, **by: float) -> None:
        self.at += timedelta(**by)


class KillAt(Exception):
    """Stands for a process that dies at a named point."""


class Faults:
    """Dies at one named point, once."""

    def __init__(self) -> None:
        self.at: str | None = None
        self.reached: list[str] = []

    def reach(self, point: str) -> None:
        self.reached.append(point)
        if point == self.at:
            self.at = None
            raise KillAt(point)


@lru_cache(maxsize=1)
def secret_hash() -> str:
    """A hash that is quick to check: a hash says itself how it was made. Those the product makes have tests of their own."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(SECRET)


def test_settings(**more: Any) -> Settings:
    own: dict[str, Any] = {"public_url": URL, "site_name": "Tollgate", "mail_from": "tollgate@example.com"}
    own |= {"log_key": LOG_KEY.written(), "bundle_s": 0}
    return load_settings(**{**own, **more})


test_settings.__test__ = False  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _stock_file() -> Path:
    """A stocked world at rest, made once in a process: every test that starts from one starts from a copy."""
    folder = tempfile.TemporaryDirectory(prefix="tollgate-stock-")
    _kept.append(folder)
    path = Path(folder.name) / "stock.db"
    world = World(f"sqlite:///{path}", SetClock())
    world.close()
    return path


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""


STOCK = "stock"
"""The database on a PostgreSQL server that those of its tests are copied from."""


def _copy_stock(url: str) -> bool:
    """Lay a stocked database where there is none yet; False where only the program itself can make one."""
    if url.startswith("postgresql"):
        return _copy_stock_on_a_server(url)
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or path.exists():
        return False
    shutil.copyfile(_stock_file(), path)
    return True


def _copy_stock_on_a_server(url: str) -> bool:
    address = make_url(url)
    server = address.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    there = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(there) as connection:
        if connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone():
            return False
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [STOCK]).fetchone():
            connection.execute(f"CREATE DATABASE {STOCK}")
            World(address.set(database=STOCK).render_as_string(hide_password=False), SetClock()).close()
        connection.execute(f"DROP DATABASE {address.database}")
        connection.execute(f"CREATE DATABASE {address.database} TEMPLATE {STOCK}")
    return True


class World:
    """See the module docstring. `by(person)` is an actor; `carry()` does what a worker would."""

    def __init__(
        self,
        url: str,
        clock: SetClock | None = None,
        *,
        stocked: bool = True,
        address: str = URL,
        issuer: str = "",
    ) -> None:
        is_copied = stocked and clock is None and _copy_stock(url)
        self.clock = clock or SetClock()
        self.faults = Faults()
        self.is_tampered = False
        self.store = open_store(url)
        house = test_settings().house
        self.register = Register(self.store, self.clock, KEY, address, self.faults, issuer=issuer, house=house)
        self.post = MemoryTransport()
        self.services = Services(
            test_settings(public_url=address), self.store, self.clock, self.register, self.post, self.faults
        )
        if stocked and not is_copied:
            self.stock()

    def close(self) -> None:
        self.store.close()

    def check_record(self) -> None:
        """Whatever a test did: the tables are what the entries say, every verdict and move follows from its rules, and
        every entry is in the log or waits for it (I5, ALC-2). Not where a test changed the database behind the program.
        """
        if self.is_tampered:
            return
        assert self.register.check_rebuilt().differences == []
        assert self.register.unaccounted() == 0
        judge = Judge(self.register.process_by_digest)
        with self.store.reading() as connection:
            keys = connection.execute(select(tables.items.c.key)).scalars().all()
        for key in keys:
            judge.judge([json.loads(body) for body in self.register.read_record(key).bodies])
        assert judge.found.differences == []

    def stock(self) -> None:
        for name in ("engineering-change", "mes-site-rollout", "escalation"):
            self.register.publish_process(library_text(name), f"{name}.yaml", Actor(None, "import"))
        self.import_roster(ROSTER)
        for person in ("ana", "ben", "mei", "otto", "cid", "eve", "dan", "sam"):
            self.set_secret(person)

    def set_secret(self, person: str) -> None:
        desk = self.register._desk
        desk.work(lambda unit: register_secrets.set_secret(desk, unit, person, secret_hash(), Actor(None)))

    def import_roster(self, text: str) -> Any:
        roster = build(RosterFile, read_document(text, "roster.yaml"))
        addresses = {person: line.email for person, line in roster.people.items()}
        return self.register.import_roster(roster, addresses, Actor(None, "import"))

    @staticmethod
    def by(person: str) -> Actor:
        return Actor(person, "web", "test")

    def change(self, author: str = "cid", **fields: str) -> str:
        return self.register.create_item(
            "engineering-change",
            "New seal for pump P-17",
            self.by(author),
            fields={**PUMP, **fields},
            criteria=IMPACT,
            site="Lyon",
        )

    def change_in_round(self, author: str = "dan", **fields: str) -> str:
        """A change in its fast-track round; Ana, Ben and Mei are asked (and Eve above 50,000)."""
        key = self.change(author, **fields)
        self.register.submit(key, self.by(author))
        self.register.act(key, "accept-fast", self.by("cid"))
        self.carry()
        return key

    def gate(self, gate: str = "G3", needs: tuple[str, ...] = (), owner: str = "cid") -> str:
        evidence = {"met": True, "evidence": "https://docs.example/x"}
        names = {"G3": ("fat-report", "cyber"), "G2": ("fds", "interfaces")}[gate]
        return self.register.create_item(
            "mes-site-rollout",
            f"Gate {gate}",
            self.by("ana"),
            fields={"gate": gate, "tranche": "120000", "summary": "All well."},
            criteria=dict.fromkeys(names, evidence),
            site="Lyon",
            owner=owner,
            depends_on=needs,
        )

    def carry(self) -> list[CarryReport]:
        """What a worker does in one look: carry, mail."""
        reports = []
        for owed in self.register.claim("carry", "world"):
            reports.append(carry_step(self.services, owed.item_key))
            self.register.done(owed.id, receipt={"did": "carried"})
        deliver_step(self.services, self.register.claim("mail", "world"))
        return reports

    def pass_time(self, **by: float) -> None:
        """Let time pass, then sweep, carry and mail."""
        self.clock.move_on(**by)
        sweep_step(self.services)
        self.carry()

    def token(self, person: str, key: str) -> str:
        return next(ask.token for ask in self.register.inbox(person) if ask.item.key == key)

    def sign(self, person: str, key: str, position: str = "approve", **more: Any) -> Receipt:
        token = more.pop("token", None) or self.token(person, key)
        view = self.register.sign_view(token)
        request = {
            "shown_digest": view.revision_digest,
            "secret": SECRET,
            "typed_name": view.person.name,
            "comment": "because" if position != "approve" else "",
            **more,
        }
        return self.register.decide(SignRequest(token, position, **request))

    def state(self, key: str) -> str:
        return self.register.item(key).line.state

    def kinds(self, key: str) -> list[str]:
        return [line.kind for line in self.register.item(key).timeline]

    def mails(self, to: str, words: str = "") -> list[EmailMessage]:
        return [m for m in self.post.sent if to in str(m["To"]) and words in str(m["Subject"])]

    def link_in(self, mail: EmailMessage) -> str:
        body = mail.get_body(preferencelist=("plain",))
        assert body is not None
        found = re.search(r"/s/([a-z2-7]{52})", body.get_content())
        assert found is not None
        return found[1]

    def is_whole(self, key: str) -> bool:
        steps = self.register.verify_record(key)
        return len(steps) == 9 and all(step.ok for step in steps)
