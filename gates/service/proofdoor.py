"""The register's door for proofs: setting them up, losing them, and reports on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from gates.errors import NotFound, ProofFailed, Refused
from gates.items import Actor, PersonView
from gates.ledger.entries import Kind
from gates.levels import KIND_TITLES
from gates.proofviews import Enrolment, HeldProof, PersonProofs, ProofRequest
from gates.service import codes, enrolling, losing, passkeys, proofs, readiness, secrets, sessions
from gates.service.desk import ACCESS
from gates.service.enrolling import SetUp
from gates.service.lines import person_view
from gates.service.meetingdoor import MeetingDoor
from gates.service.passkeys import BadPasskey
from gates.service.readiness import Lacking
from gates.signoff import derived
from gates.store import Unit

Answer = TypeVar("Answer")


class ProofDoor(MeetingDoor):
    """See the module docstring."""

    # -- two officers --------------------------------------------------------------------------------

    def request_proof(self, person: str, kind: str, how_checked: str, by: Actor) -> str:
        """An officer asks that a person may set up a proof. Returns the request's id.

        Raises NotFound, BadInput, Refused (which is entered).
        """
        return self._entering(
            by, person, lambda unit: enrolling.request(self._desk, unit, person, kind, how_checked, by)
        )

    def confirm_proof(self, request: str, by: Actor) -> str:
        """Another officer confirms it. Returns a sentence. Raises NotFound, Refused (which is entered)."""
        return self._entering(by, request, lambda unit: enrolling.confirm(self._desk, unit, request, by))

    def report_lost(self, person: str, which: str, by: Actor, reason: str = "") -> str:
        """De-authorise a proof at once (its id, or `all`). Returns a sentence. Raises NotFound, Refused (entered)."""
        return self._entering(by, person, lambda unit: losing.report_lost(self._desk, unit, person, which, by, reason))

    def release_lock(self, person: str, by: Actor, reason: str = "") -> str:
        """Let a locked person try again. Returns a sentence. Raises NotFound, Refused (which is entered)."""
        return self._entering(by, person, lambda unit: losing.release(self._desk, unit, person, by, reason))

    def _entering(self, by: Actor, about: str, act: Callable[[Unit], Answer]) -> Answer:
        """Do an act; a refusal leaves nothing of it behind but an entry of its own."""
        try:
            return self._desk.work(act)
        except Refused as error:
            data = {"about": about[:80], "code": error.code, "why": error.sentence}
            self._desk.work(lambda unit: unit.enter(ACCESS, Kind.PROOF_REFUSED, by, data))
            raise

    def set_secret(self, person: str, secret: str, by: Actor, *, is_told: bool = True) -> None:
        """The operator sets a person's password, as a bootstrap: while fewer than two officers can act.

        The owner is told by mail. Raises NotFound, BadInput, Refused (which is entered).
        """
        hashed = secrets.hash_secret(secret)

        def act(unit: Unit) -> None:
            enrolling.check_bootstrap(self._desk, unit)
            secrets.set_secret(self._desk, unit, person, hashed, by)
            if is_told:
                enrolling.tell_bootstrap(unit, person)

        self._entering(by, person, act)

    # -- the person ----------------------------------------------------------------------------------

    def enrolment(self, token: str, site_name: str) -> Enrolment:
        """What a one-time link sets up. Changes nothing. Raises LinkProblem."""
        desk = self._desk
        with desk.store.reading() as connection:
            row = enrolling.find_enrolment(connection, token, desk.clock.now())
            person = person_view(desk, connection, row.person)
            assert person is not None
            people = desk.book(connection).people
            known = enrolling.passkeys_of(desk, connection, row.person)
        seed = otpauth = options = ""
        if row.kind == "totp":
            seed, otpauth = codes.seed(desk, row.id), codes.address(desk, row.id, person.email, site_name)
        if row.kind == "passkey":
            challenge = derived("enrol-challenge", row.id, desk.link_key)
            options = passkeys.register_options(desk, challenge, person.id, person.name, person.email, known, site_name)
        return Enrolment(
            request=row.id,
            person=person,
            kind=row.kind,
            title=KIND_TITLES[row.kind],
            expires_at=row.expires_at,
            officers=(people[row.requested_by].name, people[row.confirmed_by].name),
            seed=seed,
            otpauth=otpauth,
            options=options,
        )

    def enrol_password(self, token: str, secret: str, origin: str = "") -> str:
        """Set the password of a one-time link's holder. Returns a sentence. Raises LinkProblem, BadInput, Refused."""
        self._kind_of(token, "password")
        done = SetUp(hashed=secrets.hash_secret(secret))
        return self._desk.work(lambda unit: enrolling.complete(self._desk, unit, token, done, origin))

    def enrol_code(self, token: str, code: str, origin: str = "") -> str:
        """Take a first code as the sign that the app has the seed. Returns a sentence.

        Raises LinkProblem, ProofFailed, Refused.
        """
        seed = codes.seed(self._desk, self._kind_of(token, "totp"))
        step = codes.step_of(code, seed, self._desk.clock.now())
        if step is None:
            raise ProofFailed(
                "That is not the code the app shows now. Check the clock of your phone and type the next."
            )
        return self._desk.work(lambda unit: enrolling.complete(self._desk, unit, token, SetUp(step=step), origin))

    def enrol_passkey(self, token: str, answer: str, origin: str = "") -> str:
        """Register a passkey. Returns a sentence. Raises LinkProblem, ProofFailed, Refused (taken)."""
        request = self._kind_of(token, "passkey")
        try:
            made = passkeys.check_registered(
                self._desk, derived("enrol-challenge", request, self._desk.link_key), answer
            )
        except BadPasskey as error:
            self._refuse_enrolment(request, origin, error.code, str(error))
        return self._desk.work(lambda unit: enrolling.complete(self._desk, unit, token, SetUp(passkey=made), origin))

    def _kind_of(self, token: str, kind: str) -> str:
        """The request of a one-time link for this kind of proof. Raises LinkProblem, Refused."""
        with self._desk.store.reading() as connection:
            row = enrolling.find_enrolment(connection, token, self._desk.clock.now())
        if row.kind != kind:
            raise Refused(f"This link sets up: {KIND_TITLES[row.kind]}.", code="other-proof")
        return str(row.id)

    def _refuse_enrolment(self, request: str, origin: str, code: str, why: str) -> NoReturn:
        data = {"about": request, "code": code, "why": why}
        by = Actor(None, "link", origin)
        self._desk.work(lambda unit: unit.enter(ACCESS, Kind.PROOF_REFUSED, by, data))
        raise ProofFailed(f"The passkey was not taken: {why} Try once more.")

    # -- signing in, and officers at the command line ------------------------------------------------

    def check_sign_in(self, address: str, secret: str, origin: str) -> PersonView:
        """The person behind a mailbox and password. Raises ProofFailed, ProofLocked; never says which was wrong."""
        known = self.person_by_email(address)
        if self._is_person(known.id if known else "", secret, "", origin) and known is not None:
            return known
        raise ProofFailed("That address and password do not go together.")

    def check_person(self, person: str, secret: str, code: str, origin: str) -> None:
        """Somebody is who they say, by password or one-time code; guesses count. Raises ProofFailed, ProofLocked."""
        if not self._is_person(person, secret, code, origin):
            raise ProofFailed(f"That is not {person}'s password or code.")

    def _is_person(self, person: str, secret: str, code: str, origin: str) -> bool:
        desk = self._desk
        attempt = desk.work(lambda unit: secrets.try_at_sign_in(unit, person))
        is_right = self._take_code(person, code) if code else secrets.is_right(secret, attempt.hash)
        if is_right:
            desk.work(lambda unit: secrets.clear_sign_ins(unit, person))
            return True

        def refuse(unit: Unit) -> None:
            sessions.refuse_sign_in(unit, ACCESS, person, origin)
            if attempt.locks is not None:
                losing.enter_locked(desk, unit, person, "sign-in", attempt.locks)

        desk.work(refuse)
        return False

    def _take_code(self, person: str, code: str) -> bool:
        with self._desk.store.reading() as connection:
            matched = codes.match(self._desk, connection, person, code, self._desk.clock.now())
        return matched is not None and self._desk.work(lambda unit: codes.take(unit, matched[0], matched[1]))

    # -- reports -------------------------------------------------------------------------------------

    def proof_requests(self) -> list[ProofRequest]:
        """What officers asked for lately, the latest first."""
        with self._desk.store.reading() as connection:
            return enrolling.requests(self._desk, connection, self._desk.clock.now())

    def proofs(self) -> list[PersonProofs]:
        """Everybody's proofs, their age and last use (P11-26)."""
        with self._desk.store.reading() as connection:
            return proofs.report(self._desk, connection, self._desk.clock.now())

    def proofs_of(self, person: str) -> tuple[HeldProof, ...]:
        """One person's proofs. Raises NotFound."""
        self.person(person)
        with self._desk.store.reading() as connection:
            return proofs.held(self._desk, connection, person)

    def is_officer(self, person: str) -> bool:
        """Whether a person is a proof officer now."""
        with self._desk.store.reading() as connection:
            return proofs.is_officer(self._desk, connection, person, self._desk.clock.now())

    def officers(self) -> list[PersonView]:
        """The proof officers of now."""
        with self._desk.store.reading() as connection:
            found = proofs.officers(self._desk, connection, self._desk.clock.now())
            views = [person_view(self._desk, connection, one) for one in found]
            return [one for one in views if one is not None]

    def lacking(self, process: str | None = None) -> list[Lacking]:
        """Who may be asked for a signature and has no proof that meets its policy. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return readiness.lacking(self._desk, connection, self._desk.clock.now(), process)

    def may_offer(self, kind: str) -> bool:
        """Whether this installation can have proofs of a kind at all."""
        if kind == "passkey":
            return bool(proofs.rp_id(self._desk))
        if kind not in KIND_TITLES:
            raise NotFound(f"There is no proof {kind!r}; there is: {', '.join(KIND_TITLES)}.")
        return kind != "sso" or bool(self._desk.issuer)
