"""The register's door for workers: the outbox, the clocks, and what workers say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from gates.items import Actor, OutboxCount, Owed
from gates.ledger.bundle import write_bundle
from gates.ledger.signer import KeyRing, Signer
from gates.letters import LetterFacts, Sorted
from gates.service import (
    clocks,
    correspondence,
    digests,
    exporting,
    outbox,
    posting,
    rebuilding,
    returned,
    sealing,
    timeline,
    unreached,
    workers,
)
from gates.service.desk import Desk
from gates.service.searching import asof, find, index
from gates.service.versions import note_versions
from gates.service.viewing import note_export, note_search, note_view
from gates.service.workers import WorkerLine
from gates.store import Unit, log_tables


class WorkDoor:
    """What owed work needs of the register. `Register` is one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def claim(self, kind: str, worker: str, limit: int = 200, lease_s: float = 60, together_s: float = 0) -> list[Owed]:
        """Lease due work of one kind; of mails also what their readers are owed within `together_s`. Empty when
        nothing waits."""
        if not self._anything_owed(kind):
            return []
        return self._desk.work(lambda unit: outbox.claim(unit, kind, worker, limit, lease_s, together_s))

    def _anything_owed(self, kind: str) -> bool:
        """A cheap look, so that an idle worker takes no write lock."""
        with self._desk.store.reading() as connection:
            return outbox.is_owed(connection, kind, self._desk.clock.now())

    def done(self, owed_id: int, *, receipt: Mapping[str, Any], run: str | None = None) -> bool:
        """Mark one row done. False when it was done already."""
        return self._desk.work(lambda unit: outbox.done(unit, owed_id, receipt, run))

    def done_together(self, owed: Sequence[Owed], *, receipt: Mapping[str, Any], run: str | None = None) -> bool:
        """Mark what went in one mail done, all of it or nothing. False when it was done already."""

        def act(unit: Unit) -> bool:
            # By item: two workers that enter into the same records take their locks in one order.
            found = [outbox.done(unit, one.id, receipt, run) for one in sorted(owed, key=_place)]
            return any(found)

        return self._desk.work(act)

    def failed(self, owed_id: int, error: str, retry_at: datetime | None) -> None:
        """Put one row back for later, or (None) give it up on the record."""
        tell = partial(unreached.tell_unreached, self._desk)
        self._desk.work(lambda unit: outbox.failed(unit, owed_id, error, retry_at, tell))

    def note_returned(self, message_id: str, said: str) -> str:
        """Note, as a hint, that a mail came back after it had been taken. Returns what was done, as a sentence."""
        return self._desk.work(lambda unit: returned.note_returned(self._desk, unit, message_id, said))

    def failed_together(self, owed: Sequence[Owed], error: str, retry_at: datetime | None) -> None:
        """Put back, or give up, what was to go in one mail."""
        tell = partial(unreached.tell_unreached, self._desk)

        def act(unit: Unit) -> None:
            for one in sorted(owed, key=_place):
                outbox.failed(unit, one.id, error, retry_at, tell)

        self._desk.work(act)

    def sort_mails(self, owed: Sequence[Owed], bundle_s: float) -> Sorted:
        """Which of the claimed mails go now, and together; the others are put back, by what their readers prefer."""
        return self._desk.work(lambda unit: posting.sort_mails(self._desk, unit, owed, bundle_s))

    def put_back(self, owed_ids: Sequence[int], due_at: datetime | None = None) -> None:
        """Give leased rows back untried, for others to take, now or from `due_at` on."""
        self._desk.work(lambda unit: outbox.put_back(unit, owed_ids, due_at))

    def put_off_until(self, owed: Owed, ceiling: int) -> datetime | None:
        """Until when a mail waits because its reader had so many today; None when it may go."""
        with self._desk.store.reading() as connection:
            return unreached.put_off_until(self._desk, connection, owed, ceiling, self._desk.clock.now())

    def release(self, worker: str) -> int:
        """Give back every lease of a worker that stops in good order."""
        return self._desk.work(lambda unit: outbox.release(unit, worker))

    def reclaim_lapsed(self) -> int:
        """Clear leases that ran out. Returns how many."""
        return self._desk.work(outbox.reclaim_lapsed)

    def outbox_count(self) -> OutboxCount:
        """How much is owed now, later, and given up."""
        with self._desk.store.reading() as connection:
            return outbox.counted(connection, self._desk.clock.now())

    def letter(self, owed: Owed) -> LetterFacts | str:
        """The facts of one mail owed, or the reason to skip it."""
        with self._desk.store.reading() as connection:
            return correspondence.letter(self._desk, connection, owed, self._desk.clock.now())

    def due_timers(self, limit: int = 500) -> list[clocks.TimerDue]:
        """Timers that are due, oldest first."""
        with self._desk.store.reading() as connection:
            return clocks.due_timers(connection, self._desk.clock.now(), limit)

    def fire_timer(self, timer_id: int) -> str | None:
        """Fire one timer, once. Returns what happened, or None when it had fired already."""
        return self._desk.work(lambda unit: clocks.fire(self._desk, unit, timer_id))

    def next_timer(self) -> datetime | None:
        """When the next timer is due; None when none is set."""
        with self._desk.store.reading() as connection:
            return clocks.next_timer(connection)

    def by_clock_since(self, moment: datetime) -> list[timeline.ClockLine]:
        """What came by time alone since `moment`, oldest first."""
        with self._desk.store.reading() as connection:
            return timeline.by_clock_since(self._desk, connection, moment)

    def stuck(self, after: str = "", limit: int = clocks.A_PAGE) -> clocks.Look:
        """Items that could go on and that nothing is about to carry, among the `limit` open ones behind the key
        `after`. Who asks keeps how far it came: the next look goes on behind `until`, or anew where that is ''."""
        with self._desk.store.reading() as connection:
            return clocks.stuck_items(self._desk, connection, self._desk.clock.now(), limit, after)

    def page_of_open(self, share: float, limit: int = clocks.A_PAGE) -> str:
        """The key to look behind first, for the page that lies at `share` of the open items; '' for the first."""
        with self._desk.store.reading() as connection:
            return clocks.page_of_open(connection, limit, share)

    def seal(self, ring: KeyRing, origin: str) -> sealing.Sealed | None:
        """Give waiting entries their positions in the log. None when none wait. Raises LogKeyMissing."""
        with self._desk.store.reading() as connection:
            if not sealing.is_pending(connection):
                return None
        return self._desk.work(lambda unit: sealing.seal(unit, ring, origin))

    def log(self) -> sealing.LogView:
        """The log as it stands: its name, size, what waits, the latest checkpoint, its keys."""
        with self._desk.store.reading() as connection:
            return sealing.log_view(connection)

    def rotate_log_key(self, ring: KeyRing, fresh: Signer, by: Actor, reason: str) -> sealing.Sealed:
        """Hand the log over to a fresh key. Returns the checkpoint both signed. Raises LogKeyMissing, Refused."""
        return self._desk.work(lambda unit: sealing.rotate(unit, ring, fresh, by, reason))

    def unaccounted(self) -> int:
        """How many entries are neither in the log nor waiting for it; anything but 0 is somebody's doing."""
        with self._desk.store.reading() as connection:
            return sealing.unaccounted(connection)

    def changed_house(self) -> list[str]:
        """What of the register's own chains (`@roster` …) is not as it was entered; empty when all is."""
        with self._desk.store.snapshot() as connection:
            cut = digests.without_entry(connection, log_tables.leaves.c.chain.startswith("@"))
            lost = [f"entries {row.chain} {row.seq}: it is in the log, and not among the entries" for row in cut]
            return [*digests.changed_entries(connection, digests.HOUSE), *lost]

    def export(
        self, choice: exporting.Choice, *, site: str, complete: bool = False, pins: Iterable[int] = ()
    ) -> tuple[list[str], bytes]:
        """The chosen items' records as a bundle: their keys, and the zip. Raises NotFound, Refused."""
        with self._desk.store.snapshot() as connection:
            keys = exporting.chosen(connection, choice)
            parts = exporting.export(
                connection, keys, site=site, now=self._desk.clock.now(), complete=complete, pins=pins
            )
        return keys, write_bundle(parts)

    def check_rebuilt(self, progress: rebuilding.Progress = lambda _done, _all: None) -> rebuilding.Rebuilt:
        """Work every state table out from the entries alone and compare. `progress` is told items done and all."""
        with self._desk.store.snapshot() as connection:
            return rebuilding.check(connection, progress)

    def log_proof(self, key: str, seq: int) -> str:
        """One entry's place in the log as a C2SP tlog-proof. Raises NotFound, Refused."""
        with self._desk.store.snapshot() as connection:
            return exporting.proof_of(connection, key, seq)

    def note_versions(self, versions: Mapping[str, str]) -> bool:
        """Enter the versions that read times and calendars, when they have changed. True when entered."""
        return self._desk.work(lambda unit: note_versions(unit, versions))

    def index(self) -> int:
        """Bring the index of the record up to date, commit by commit. Returns how many entries were new to it."""
        fresh = 0
        while True:
            with self._desk.store.reading() as connection:
                if not index.is_behind(connection):
                    return fresh
            fresh += self._desk.work(lambda unit: index.index_entries(self._desk, unit))

    def search(self, question: find.Question) -> find.Answer:
        """Ask the record; it is brought up to date first, so that an answer misses nothing. Raises BadInput."""
        self.index()
        with self._desk.store.snapshot() as connection:
            return find.find(self._desk, connection, question)

    def as_of(self, key: str, moment: datetime) -> asof.AsOf:
        """An item as it was at `moment`, from its entries alone. Raises NotFound."""
        with self._desk.store.snapshot() as connection:
            return asof.as_of(self._desk, connection, key, moment)

    def note_export(self, by: Actor, what: str, data: Mapping[str, Any]) -> None:
        """Enter that a bundle or a list left the register: what was asked, and how much it was."""
        self._desk.work(lambda unit: note_export(unit, by, what, data))

    def note_search(self, by: Actor, asked: Mapping[str, str], found: int) -> None:
        """Enter that somebody asked the record `asked`, and how many entries fitted."""
        self._desk.work(lambda unit: note_search(unit, by, asked, found))

    def note_view(self, key: str, by: Actor) -> bool:
        """Enter that a signed-in person saw an item, once for each revision and day. Raises NotFound."""
        return self._desk.work(lambda unit: note_view(unit, key, by))

    def report_worker(self, worker: str, state: str, sentence: str) -> None:
        """A worker says how it is: starting, ready, unreachable, stopped."""
        self._desk.work(lambda unit: workers.report(unit, worker, state, sentence))

    def workers(self) -> list[WorkerLine]:
        """What the workers last said, the latest first."""
        with self._desk.store.reading() as connection:
            return workers.lines(connection)


def _place(one: Owed) -> tuple[str, int]:
    return one.item_key, one.id
