"""`Register`: the acts and the reads, each handing one unit of work to the room that does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from gates.items import Actor, AskView, ItemLine, ItemView, PersonView, Receipt, SignView
from gates.ledger.verify import Step, StoredRecord, remarks, verify
from gates.moves import Refusal
from gates.ports import Clock, Faults, NoFaults
from gates.service import (
    acting,
    creating,
    itemview,
    links,
    rounds,
    sessions,
    signview,
)
from gates.service.advancing import advance_item, judge
from gates.service.desk import Desk, item_row
from gates.service.gather import open_round_of
from gates.service.hooks import owe_hooks
from gates.service.lines import person_view
from gates.service.receipts import receipt_of
from gates.service.record import read_record
from gates.service.signdoor import SignDoor
from gates.signoff import MIN_KEY_BYTES
from gates.store import Store, Unit
from policies.verdict import Verdict

Fields = Mapping[str, Any]
Criteria = Mapping[str, Mapping[str, Any]]


class Register(SignDoor):
    """See the package docstring. Safe to share between threads; holds nothing that matters."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        link_key: bytes,
        public_url: str,
        faults: Faults | None = None,
        *,
        officer_role: str = "proof-officer",
        issuer: str = "",
        networks: tuple[IPv4Network | IPv6Network, ...] = (),
        house: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        if len(link_key) < MIN_KEY_BYTES:
            raise ValueError(f"The link key has {len(link_key)} bytes; it needs at least {MIN_KEY_BYTES}.")
        plane = faults or NoFaults()
        address = public_url.rstrip("/")
        desk = Desk(store, clock, link_key, address, plane, officer_role, issuer, networks, owe_hooks, house or {})
        super().__init__(desk)

    @property
    def link_key(self) -> bytes:
        """The key sign-off links are derived under."""
        return self._desk.link_key

    # -- items ---------------------------------------------------------------------------------------

    def create_item(
        self,
        process: str,
        title: str,
        by: Actor,
        *,
        fields: Fields | None = None,
        criteria: Criteria | None = None,
        site: str | None = None,
        program: str | None = None,
        project: str | None = None,
        owner: str | None = None,
        depends_on: Iterable[str] = (),
        about: str | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """Create an item. Returns its key. Raises NotFound, BadInput (every fault), Refused."""
        return self._desk.work(
            lambda unit: creating.create(
                self._desk,
                unit,
                process,
                title,
                by,
                fields=fields or {},
                criteria=criteria or {},
                site=site,
                program=program,
                project=project,
                owner=owner,
                depends_on=tuple(depends_on),
                about=about,
                idempotency_key=idempotency_key,
            )
        )

    def edit_item(
        self,
        key: str,
        by: Actor,
        *,
        fields: Fields | None = None,
        criteria: Criteria | None = None,
        title: str | None = None,
        site: str | None = None,
        depends_on: Iterable[str] | None = None,
        reason: str = "",
        shown_digest: str | None = None,
    ) -> int:
        """Add a revision; `site` '' takes it away, None leaves it. Returns its number.

        Raises NotFound, Refused, BadInput, StaleRevision.
        """
        needs = None if depends_on is None else tuple(depends_on)
        return self._desk.work(
            lambda unit: creating.edit(
                self._desk,
                unit,
                key,
                by,
                fields=fields or {},
                criteria=criteria or {},
                title=title,
                site=site,
                depends_on=needs,
                reason=reason,
                shown_digest=shown_digest,
            )
        )

    def act(self, key: str, name: str, by: Actor, reason: str = "") -> str:
        """Do an act of the item's state. Returns the state afterwards. Raises NotFound, Refused."""
        outcome = self._desk.work(lambda unit: acting.act(self._desk, unit, key, name, by, reason))
        if isinstance(outcome, Refusal):
            raise acting.raise_refusal(outcome)
        return outcome

    def submit(self, key: str, by: Actor, reason: str = "") -> str:
        """The act `submit`."""
        return self.act(key, "submit", by, reason)

    def withdraw(self, key: str, by: Actor, reason: str = "") -> str:
        """The act `withdraw`."""
        return self.act(key, "withdraw", by, reason)

    def open_round(self, key: str) -> str | None:
        """Open the round the item's state asks for. Idempotent. Returns the open round's id or None."""
        return self._desk.work(lambda unit: rounds.open_round(self._desk, unit, key))

    def advance(self, key: str) -> list[str]:
        """Take every move that is due. Idempotent. Returns a sentence per move."""
        return self._desk.work(lambda unit: advance_item(self._desk, unit, key))

    # -- sign-off ------------------------------------------------------------------------------------

    def request_fresh_link(self, token: str) -> None:
        """Queue a fresh link to the mailbox on file if `token` was real and is over; never says which."""
        self._desk.work(lambda unit: links.fresh_link(self._desk, unit, token))

    # -- reads ---------------------------------------------------------------------------------------

    def item(self, key: str, person: str | None = None) -> ItemView:
        """Everything about one item, as `person` sees it. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return itemview.item_view(self._desk, connection, key, person, self._desk.clock.now())

    def items(
        self,
        *,
        process: str | None = None,
        state: str | None = None,
        site: str | None = None,
        open_only: bool = False,
        waiting: str | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int = 500,
    ) -> list[ItemLine]:
        """A list of items, latest change first; `waiting` for a person's decision, behind the one `after` names."""
        with self._desk.store.reading() as connection:
            return itemview.item_lines(
                self._desk,
                connection,
                process=process,
                state=state,
                site=site,
                open_only=open_only,
                waiting=waiting,
                after=after,
                limit=limit,
            )

    def inbox(self, person: str) -> list[AskView]:
        """What waits for a person, the soonest due first."""
        with self._desk.store.reading() as connection:
            return signview.inbox(self._desk, connection, person, self._desk.clock.now())

    def sign_view(self, token: str, session: str = "") -> SignView:
        """What the sign page shows to the holder of `session`. Changes nothing. Raises LinkProblem."""
        with self._desk.store.reading() as connection:
            return signview.sign_view(self._desk, connection, token, self._desk.clock.now(), session)

    def receipt(self, decision_id: str) -> Receipt:
        """The receipt of a decision. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return receipt_of(self._desk, connection, decision_id)

    def receipt_by_link(self, token: str) -> Receipt | None:
        """The receipt of what the link's holder decided last in its round, open or closed, standing or taken back."""
        with self._desk.store.reading() as connection:
            decision = links.latest_decision(connection, links.find_link(connection, token))
            return receipt_of(self._desk, connection, decision) if decision else None

    def verdict(self, key: str) -> Verdict | None:
        """What the policy of the item's open round says now; None when no round is open. Raises NotFound."""
        with self._desk.store.reading() as connection:
            row = item_row(connection, key)
            round_row = open_round_of(connection, key)
            if round_row is None:
                return None
            bound = self._desk.bound(connection, row.process_digest)
            unit = Unit(connection, self._desk.clock.now(), is_sqlite=self._desk.store.is_sqlite)
            return judge(self._desk, unit, row, bound, round_row)[0]

    def read_record(self, key: str) -> StoredRecord:
        """The record of an item, or of a chain of the house (`@roster`), as stored. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return read_record(connection, key)

    def verify_record(self, key: str) -> list[Step]:
        """The numbered steps of checking the item's record. Raises NotFound."""
        return verify(self.read_record(key))

    def record_remarks(self, key: str) -> list[str]:
        """What a reader of the record should know although it holds. Raises NotFound."""
        return remarks(self.read_record(key))

    # -- sessions ------------------------------------------------------------------------------------

    def open_session(self, person: str) -> str:
        """Open a session. Returns its token, for a cookie and nothing else."""
        return self._desk.work(lambda unit: sessions.open_session(unit, person))

    def session_person(self, token: str) -> PersonView | None:
        """The person behind a session token, or None."""
        with self._desk.store.reading() as connection:
            person = sessions.session_person(connection, token, self._desk.clock.now())
            return person_view(self._desk, connection, person) if person else None

    def end_session(self, token: str) -> None:
        """End a session."""
        self._desk.work(lambda unit: sessions.end_session(unit, token))
