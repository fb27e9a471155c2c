"""The rule book, the roster and the conduct of rounds: another wing of the register's door."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy import select

from gates.errors import NotFound, Refused, choices
from gates.items import Actor, PersonView, RoundOffer
from gates.roster import RosterBook, RosterFile
from gates.service import conducting, hindsight, migrating, proposing, rulebook, staffing, unmet, whatif
from gates.service.desk import RULEBOOK, item_row
from gates.service.gather import open_round_of, round_facts
from gates.service.lines import person_view
from gates.service.staffing import RosterChange
from gates.service.windowdoor import WindowDoor
from gates.sitesneeded import may_need_site
from gates.store import Unit
from gates.store import tables as t
from policies.describe import ladder_in_words
from policies.diff.words import capital
from policies.following import raised_processes
from policies.load import LoadedProcess, load_process
from policies.model.walk import counts_present
from policies.phrases import both
from policies.silence import silence_in_words


class RuleDoor(WindowDoor):
    """See the module docstring."""

    # -- rule book and roster ------------------------------------------------------------------------

    def publish_process(self, text: str, source: str, by: Actor) -> str:
        """Check `text` and make it the current text of its process. Returns its digest. Raises ProcessError, Refused
        (another process makes the same keys)."""
        loaded = load_process(text, source)

        def do(unit: Unit) -> str:
            unit.lock(RULEBOOK)
            rulebook.check_numbering(unit.connection, loaded.process)
            return rulebook.publish(unit, loaded, text, by)

        return self._desk.work(do)

    def is_gated(self) -> bool:
        """Whether a change of a process has to pass a policy change."""
        with self._desk.store.reading() as connection:
            return rulebook.is_gated(connection)

    def propose_process(
        self, text: str, source: str, by: Actor, *, difference: str, consequences: str, reason: str = ""
    ) -> str:
        """Put `text` before those who sign policy changes. Returns the key of the policy change.

        Raises ProcessError, NotFound (no such person, or no policy-change process), Refused (nothing changes, or
        another process makes the same keys).
        """
        loaded = load_process(text, source)

        def do(unit: Unit) -> str:
            rulebook.check_numbering(unit.connection, loaded.process)
            return proposing.propose(
                self._desk, unit, loaded, text, by, difference=difference, consequences=consequences, reason=reason
            )

        return self._desk.work(do)

    def migrate_item(self, key: str, by: Actor, reason: str = "") -> str:
        """Let an open item go on under the current text of its process. Returns a sentence.

        Raises NotFound, Refused.
        """
        return self._desk.work(lambda unit: migrating.migrate(self._desk, unit, key, by, reason))

    def past_rounds(self, process: str) -> list[hindsight.PastRound]:
        """Every round of a process that was decided, oldest first, with the facts of its end."""
        with self._desk.store.reading() as connection:
            return list(hindsight.past_rounds(self._desk, connection, process))

    def open_rounds(self, process: str) -> list[whatif.OpenRound]:
        """Every open round of a process, with the facts its policy sees."""
        with self._desk.store.reading() as connection:
            return whatif.open_rounds(self._desk, connection, process, self._desk.clock.now())

    def processes(self) -> list[rulebook.ProcessLine]:
        """The newest version of every process."""
        with self._desk.store.reading() as connection:
            return rulebook.current_processes(connection)

    def process(self, name: str) -> LoadedProcess:
        """The current text of a process, read and compiled. Raises NotFound."""
        with self._desk.store.reading() as connection:
            line = rulebook.current_process(connection, name)
            return self._desk.bound(connection, line.digest).loaded

    def process_text(self, name: str, version: str | None = None) -> rulebook.ProcessText | None:
        """The text of a process as it was published: the one in force, or of a version or digest; None without."""
        with self._desk.store.reading() as connection:
            return rulebook.process_text(connection, name, version)

    def process_by_digest(self, digest: str) -> LoadedProcess:
        """The process with this digest. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return self._desk.bound(connection, digest).loaded

    def look_for_unmet(self, roles: Collection[str]) -> list[unmet.Unmet]:
        """Hold what is published against the roster; what newly cannot be met is entered, and told once to the holders
        of `roles` and to who published it."""
        return unmet.look_for_unmet(self._desk, roles)

    def import_roster(self, roster: RosterFile, addresses: dict[str, str], by: Actor) -> RosterChange:
        """Make `roster` the roster. `addresses` are the mailboxes in normal form, by person. Raises BadInput."""
        return self._desk.work(lambda unit: staffing.import_roster(self._desk, unit, roster, addresses, by))

    def people(self, *, active_only: bool = True) -> list[PersonView]:
        """Everybody on the roster, by name."""
        with self._desk.store.reading() as connection:
            ids = [p.id for p in self._desk.book(connection).people.values() if p.active or not active_only]
            views = [person_view(self._desk, connection, person) for person in ids]
            return sorted((v for v in views if v is not None), key=lambda v: v.name)

    def person(self, person: str) -> PersonView:
        """One person. Raises NotFound with a near miss."""
        with self._desk.store.reading() as connection:
            view = person_view(self._desk, connection, person)
            if view is None:
                known = list(self._desk.book(connection).people)
                raise NotFound(f"{person!r} is nobody on the roster. {choices(person, known)}")
            return view

    def person_by_email(self, address: str) -> PersonView | None:
        """The active person with this mailbox (normal form), or None."""
        with self._desk.store.reading() as connection:
            found = connection.execute(
                select(t.people.c.id).where(t.people.c.email == address, t.people.c.active)
            ).scalar()
            return person_view(self._desk, connection, found) if found else None

    def titles(self) -> dict[str, str]:
        """Role -> its title on the roster."""
        with self._desk.store.reading() as connection:
            return self._desk.book(connection).all_titles()

    def holds_any(self, person: str, roles: Collection[str]) -> bool:
        """Whether an active person holds one of `roles` now, anywhere."""
        with self._desk.store.reading() as connection:
            roster = self._desk.roster(connection, self._desk.clock.now())
            return person in roster.people and any(h.person == person and h.role in roles for h in roster.holdings)

    def holds_only(self, person: str, role: str) -> bool:
        """Whether `role` is all that an active person holds now."""
        with self._desk.store.reading() as connection:
            held = {
                h.role for h in self._desk.roster(connection, self._desk.clock.now()).holdings if h.person == person
            }
            return held == {role}

    def sites(self) -> list[str]:
        """The sites of the roster."""
        with self._desk.store.reading() as connection:
            return sorted(self._desk.book(connection).sites)

    def needs_site(self, loaded: LoadedProcess) -> bool:
        """Whether an item of the process may have to say its site, as somebody is asked there."""
        with self._desk.store.reading() as connection:
            roster = self._desk.roster(connection, self._desk.clock.now())
            return bool(self._desk.book(connection).sites and may_need_site(loaded, roster))

    def unfilled_roles(self) -> list[tuple[str, str]]:
        """Roles that processes ask, or that chair meetings, and nobody holds now; with the process that asks."""
        with self._desk.store.reading() as connection:
            held = {h.role for h in self._desk.roster(connection, self._desk.clock.now()).holdings}
            found: dict[str, str] = {}
            for line in rulebook.current_processes(connection):
                loaded = self._desk.bound(connection, line.digest).loaded
                chairs = {one.chair.role for one in loaded.process.meetings.values() if one.chair.role}
                asked = chairs.union(*(policy.asks for policy in loaded.policies.values()))
                for role in sorted(asked - held):
                    found.setdefault(role, line.name)
            return sorted(found.items())

    def unknown_escalations(self, only: str | None = None) -> list[tuple[str, str, str]]:
        """Processes that escalations are to be raised in and that are not published: the name, what names it, and what
        may be meant. Of all processes, or of one."""
        with self._desk.store.reading() as connection:
            lines = rulebook.current_processes(connection)
            known = [line.name for line in lines]
            bound = [(one.name, self._desk.bound(connection, one.digest)) for one in lines if only in (None, one.name)]
            return [
                (raised, f"{name} ({where})", choices(raised, known))
                for name, one in bound
                for raised, where in raised_processes(one.loaded.process).items()
                if raised not in known
            ]

    def unknown_sites(self) -> list[tuple[str, str]]:
        """Sites that processes name and the roster has not, with the process that names them."""
        with self._desk.store.reading() as connection:
            known = set(self._desk.book(connection).sites)
            lines = rulebook.current_processes(connection)
            bound = [(line.name, self._desk.bound(connection, line.digest)) for line in lines]
            return [(s, name) for name, one in bound for s in rulebook.unknown_sites(one.loaded.process, known)]

    def now(self) -> datetime:
        """The register's time."""
        return self._desk.clock.now()

    def roster_book(self) -> RosterBook:
        """The roster as stored, with its dates."""
        with self._desk.store.reading() as connection:
            return self._desk.book(connection)

    # -- conduct of a round --------------------------------------------------------------------------

    def if_silent(self, key: str) -> list[str]:
        """What comes of the item's open round if nobody says anything: a sentence for each moment at which the
        clock alone changes it. Empty when no round is open. Raises NotFound."""
        with self._desk.store.reading() as connection:
            row = item_row(connection, key)
            round_row = open_round_of(connection, key)
            if round_row is None:
                return []
            bound = self._desk.bound(connection, row.process_digest)
            facts = round_facts(self._desk, connection, row, bound, round_row, self._desk.clock.now())
            policy, state = bound.policy(round_row.policy), bound.loaded.process.states[row.state]
            return [*silence_in_words(policy, facts), *ladder_in_words(bound.loaded.process, state)]

    def roll_call_by(self, key: str) -> str | None:
        """Who has to say who is present, where the open round's policy counts that and nobody said it yet; else None.
        Raises NotFound."""
        with self._desk.store.reading() as connection:
            row = item_row(connection, key)
            round_row = open_round_of(connection, key)
            if round_row is None:
                return None
            bound, now = self._desk.bound(connection, row.process_digest), self._desk.clock.now()
            facts = round_facts(self._desk, connection, row, bound, round_row, now)
            if facts.present is not None or not counts_present(bound.loaded.process, round_row.policy):
                return None
            chair = bound.policy(round_row.policy).policy.chair
            holders = both(sorted({facts.roster.name(h.person) for h in facts.roster.holdings if h.role == chair}))
            title = capital(facts.roster.title(chair)) if chair else "the chair"
            return f"{title} ({holders})" if holders else title

    def round_offers(self, key: str, person: str) -> tuple[RoundOffer, ...]:
        """What `person` may do to the item's open round. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return conducting.offers(self._desk, connection, key, person, self._desk.clock.now())

    def lift(self, key: str, holder: str, by: Actor, reason: str) -> str:
        """Lift somebody's hold. Returns a sentence. Raises NotFound, Refused, BadInput."""
        return self._conduct(key, "lift", by, lambda unit: conducting.lift(self._desk, unit, key, holder, by, reason))

    def record_attendance(self, key: str, present: Iterable[str], by: Actor) -> str:
        """Record who is present in the open round. Returns a sentence. Raises NotFound, Refused."""
        people = tuple(present)
        return self._conduct(key, "present", by, lambda unit: conducting.attend(self._desk, unit, key, people, by))

    def close_round(self, key: str, by: Actor, reason: str = "") -> str:
        """Close a round that is judged when it closes. Returns a sentence. Raises NotFound, Refused."""
        return self._conduct(key, "close", by, lambda unit: conducting.close(self._desk, unit, key, by, reason))

    def override(self, key: str, outcome: str, by: Actor, reason: str) -> str:
        """Decide over the heads of all, on the record. Returns a sentence. Raises NotFound, Refused, BadInput."""
        return self._conduct(
            key, "override", by, lambda unit: conducting.override(self._desk, unit, key, outcome, by, reason)
        )

    def _conduct(self, key: str, name: str, by: Actor, act: Callable[[Unit], str]) -> str:
        """Do an act on the round; one refused for want of right is entered, in a commit of its own."""
        try:
            return self._desk.work(act)
        except Refused as error:
            if error.code in conducting.NO_RIGHT:
                refused = error
                self._desk.work(lambda unit: conducting.enter_refused(unit, key, name, by, refused))
            raise
