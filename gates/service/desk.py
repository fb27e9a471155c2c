"""What every service function works at: the store, the clock, and what is compiled once per digest.

Holds caches only; anything that matters is in the store, and every cache is keyed by a digest or
checked against a sequence number inside the transaction that uses it.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from gates.errors import NotFound, choices
from gates.machine import Machine, compile_machine
from gates.ports import Clock, Faults
from gates.roster import RosterBook, read_book
from gates.sitesfile import with_calendars
from gates.store import Store, Unit
from gates.store import tables as t
from policies.evaluate import CompiledPolicy
from policies.facts import Roster
from policies.load import LoadedProcess, process_from_canonical

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

ROSTER = "@roster"
CALENDAR = "@calendar"
BOOK_CHAINS = (ROSTER, CALENDAR)
"""What the roster book is made from: who there is, and the calendars they work by."""
RULEBOOK = "@rulebook"
ACCESS = "@access"
AUDITS = "@desk"
"""What auditors did that is not about one item."""
MEETINGS = "@meetings"
"""Locked while the calendar of meetings is changed; it has no entries."""
MEETING = "@meeting:"
"""The chain of one meeting begins so."""
RETRIES = 8
RETRY_CODES = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock not available
KEPT_PROCESSES = 64


@dataclass(frozen=True, slots=True)
class Bound:
    """One process text, read and compiled."""

    loaded: LoadedProcess
    machine: Machine

    def policy(self, name: str) -> CompiledPolicy:
        """The compiled policy `name` of this process."""
        return self.loaded.policies[name]


@dataclass
class Desk:
    """See the module docstring."""

    store: Store
    clock: Clock
    link_key: bytes
    public_url: str
    faults: Faults
    officer_role: str = "proof-officer"
    """The role on the roster whose holders request and confirm proofs."""
    issuer: str = ""
    """The single sign-on that is trusted; '' where there is none."""
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Those that signatures may come from; none: any."""
    after: Callable[[Unit], None] = lambda _unit: None
    """Called at the end of a unit that entered something, before its commit."""
    house: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What the settings let roles do beside what the processes say, and which roles."""
    _bound: OrderedDict[str, Bound] = field(default_factory=OrderedDict)
    _book: tuple[tuple[tuple[str, int], ...], RosterBook] | None = None
    _books: WeakKeyDictionary[Connection, RosterBook] = field(default_factory=WeakKeyDictionary)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """One unit of work at one moment."""
        with self.store.writing() as connection:
            yield Unit(connection, self.clock.now(), is_sqlite=self.store.is_sqlite)

    def work(self, act: Callable[[Unit], Answer]) -> Answer:
        """Run `act` in a unit of work; again when the database asks for it (nothing was committed then)."""
        for attempt in range(RETRIES):
            try:
                with self.unit() as unit:
                    answer = act(unit)
                    if unit.entered:
                        self.after(unit)
                    return answer
            except DBAPIError as error:
                if attempt == RETRIES - 1 or not _worth_retrying(error):
                    raise
                log.info("unit of work is run again: %s", type(error.orig).__name__)
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def bound(self, connection: Connection, digest: str) -> Bound:
        """The process with this digest. Raises NotFound."""
        known = self._bound.get(digest)
        if known is not None:
            return known
        row = connection.execute(select(t.processes.c.canonical).where(t.processes.c.digest == digest)).first()
        if row is None:
            raise NotFound(f"There is no process with the digest {digest[:12]}….")
        loaded = process_from_canonical(row.canonical)
        bound = Bound(loaded, compile_machine(loaded.process))
        self._bound[digest] = bound
        while len(self._bound) > KEPT_PROCESSES:
            self._bound.popitem(last=False)
        return bound

    def book(self, connection: Connection) -> RosterBook:
        """The roster as this transaction sees it; looked up once in each, for a connection serves one."""
        known = self._books.get(connection)
        if known is not None:
            return known
        rows = connection.execute(select(t.chains.c.chain, t.chains.c.seq).where(t.chains.c.chain.in_(BOOK_CHAINS)))
        version = tuple(sorted((row.chain, row.seq) for row in rows))
        if self._book is None or self._book[0] != version:
            self._book = (version, self._fresh_book(connection))
        self._books[connection] = self._book[1]
        return self._book[1]

    @staticmethod
    def _fresh_book(connection: Connection) -> RosterBook:
        return with_calendars(read_book(connection), connection)

    def read_anew(self, connection: Connection) -> None:
        """This transaction changed the roster: what it reads from now on is the new one. Not kept beyond it, for it
        may yet be undone."""
        self._books[connection] = self._fresh_book(connection)

    def roster(self, connection: Connection, now: datetime) -> Roster:
        """The people and roles of this moment."""
        return self.book(connection).at(now)


def item_row(connection: Connection, key: str) -> Row[tuple[object, ...]]:
    """The item's row. Raises NotFound with a near miss."""
    row = connection.execute(select(t.items).where(t.items.c.key == key)).first()
    if row is None:
        known = list(connection.execute(select(t.items.c.key).limit(2000)).scalars())
        raise NotFound(f"There is no item {key}. {choices(key, known)}")
    return row


def _worth_retrying(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    return code in RETRY_CODES or "database is locked" in str(error.orig)
