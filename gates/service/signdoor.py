"""The register's door for signing: the proof is checked, then the decision and the move it causes are one commit."""

from __future__ import annotations

from typing import NoReturn

from gates.errors import LinkProblem, ProofFailed
from gates.items import Actor, Receipt
from gates.ledger.entries import Kind
from gates.service import deciding, enrolling, intending, intents, networks, proving, singlesign, takingback
from gates.service.deciding import Refusing, SignRequest
from gates.service.desk import ACCESS
from gates.service.enrolling import SetUp
from gates.service.proofdoor import ProofDoor
from gates.service.singlesign import BadSignOn, Begun, Pending, SignedOn
from gates.store import Unit


class SignDoor(ProofDoor):
    """See the module docstring."""

    def decide(self, request: SignRequest) -> Receipt:
        """Record a decision, and the move it causes, in one commit.

        Raises LinkProblem, StaleRevision, BadInput, AlreadyDecided, ProofFailed, ProofLocked, Refused.
        """
        networks.check_network(self._desk, request)
        proven = proving.prove(self._desk, request)
        answer = self._desk.work(lambda unit: deciding.decide(self._desk, unit, request, proven))
        if isinstance(answer, Refusing):
            raise answer.error
        return answer

    def withdraw_decision(
        self,
        token: str,
        *,
        secret: str = "",
        reason: str = "",
        via: str = "link",
        origin: str = "",
        session: str = "",
        way: str = "",
        code: str = "",
        assertion: str = "",
    ) -> str:
        """Take one's own standing decision back while the round is open. Returns a sentence.

        The same proof is asked as for deciding. Raises LinkProblem, ProofFailed, Refused.
        """
        asked = SignRequest(
            token, intents.TAKE_BACK, "", secret=secret, comment=reason, via=via, origin=origin, session=session,
            way=way, code=code, assertion=assertion,
        )  # fmt: skip
        return self._take_back(asked)

    def _take_back(self, asked: SignRequest) -> str:
        networks.check_network(self._desk, asked)
        proven = proving.prove_again(self._desk, asked)
        answer = self._desk.work(lambda unit: takingback.withdraw_decision(self._desk, unit, asked, proven))
        if isinstance(answer, Refusing):
            raise answer.error
        return answer

    # -- passkeys ------------------------------------------------------------------------------------

    def intend(self, request: SignRequest) -> str:
        """Keep what is about to be signed. Returns the options for the authenticator, as JSON.

        Raises what `decide` raises but for the proof.
        """
        answer = self._desk.work(lambda unit: intending.intend(self._desk, unit, request))
        if isinstance(answer, Refusing):
            raise answer.error
        return answer[1]

    def intend_take_back(self, token: str, reason: str) -> str:
        """The same for taking a decision back."""
        return self.intend(SignRequest(token, intents.TAKE_BACK, "", comment=reason))

    # -- single sign-on ------------------------------------------------------------------------------

    def begin_sign_on(self, request: SignRequest) -> Begun:
        """Keep what is about to be signed while its signer is at the provider. Raises what `decide` raises."""
        answer = self._desk.work(lambda unit: intending.begin_sign_on(self._desk, unit, request))
        if isinstance(answer, Refusing):
            raise answer.error
        return answer

    def begin_sign_on_to_take_back(self, token: str, reason: str, browser: str) -> Begun:
        """The same for taking a decision back."""
        return self.begin_sign_on(SignRequest(token, intents.TAKE_BACK, "", comment=reason, browser=browser))

    def begin_enrolment_sign_on(self, token: str, browser: str) -> Begun:
        """Sign on to have the account enrolled. Raises LinkProblem, Refused."""
        request = self._kind_of(token, "sso")

        def act(unit: Unit) -> Begun:
            row = enrolling.find_enrolment(unit.connection, token, unit.now)
            body = {"position": "", "comment": "", "shown": "", "once": ""}
            return singlesign.begin(self._desk, unit, "enrol", row.person, browser, body, request=request)

        return self._desk.work(act)

    def claim_sign_on(self, state: str, origin: str) -> Begun:
        """Take the one return a state has. Raises ProofFailed; a second return is entered."""
        try:
            self._desk.work(lambda unit: singlesign.claim_return(unit, state))
        except BadSignOn as error:
            self.refuse_sign_on(state, origin, error.code, str(error))
        return singlesign.begun(self._desk, state)

    def keep_sign_on(self, state: str, done: SignedOn, origin: str) -> None:
        """Keep what the provider vouched for. Raises ProofFailed (stale, or somebody else), which is entered."""
        try:
            self._desk.work(lambda unit: singlesign.keep_return(self._desk, unit, state, done))
        except BadSignOn as error:
            self.refuse_sign_on(state, origin, error.code, str(error))

    def refuse_sign_on(self, state: str, origin: str, code: str, why: str) -> NoReturn:
        """Put a return that does not hold on the record of what it was begun for. Raises ProofFailed.

        A state that was never given out is about nothing and is not entered: strangers would write our record.
        """
        with self._desk.store.reading() as connection:
            kept = singlesign.look_up(connection, state)

        def enter(unit: Unit) -> None:
            if kept is None:
                return
            if kept.link is None:
                data = {"about": kept.request or "", "code": code, "why": why}
                unit.enter(ACCESS, Kind.PROOF_REFUSED, Actor(None, "link", origin), data)
                return
            found = singlesign.link_of(unit.connection, kept.link)
            deciding.enter_refused(unit, found.item, found.round, found.person, "link", origin, code, why)

        self._desk.work(enter)
        raise ProofFailed(f"{why} Nothing was signed. Sign again from the start.")

    def pending_sign_on(self, state: str) -> tuple[Pending, str]:
        """What a sign-on is about, and the token of its link ('' for an enrolment). Raises ProofFailed, LinkProblem."""
        try:
            with self._desk.store.reading() as connection:
                kept = singlesign.pending(connection, state, self._desk.clock.now())
        except BadSignOn as error:
            raise ProofFailed(f"{error} Sign again from the start.") from error
        return kept, intending.token_of(self._desk, kept)

    def finish_sign_on(self, state: str, browser: str, origin: str) -> Receipt | str:
        """Do what a sign-on was begun for: a receipt, or a sentence.

        Raises ProofFailed and what `decide` raises.
        """
        kept, token = self.pending_sign_on(state)
        if kept.act == "enrol":
            return self._finish_enrolment(state, kept, browser, origin)
        request = intending.kept_request(kept, token, state, browser, origin)
        return self._take_back(request) if kept.act == "take-back" else self.decide(request)

    def _finish_enrolment(self, state: str, kept: Pending, browser: str, origin: str) -> str:
        try:
            done = singlesign.enrolled(self._desk, kept, browser)
        except BadSignOn as error:
            self.refuse_sign_on(state, origin, error.code, str(error))
        token = intending.token_of(self._desk, kept)

        def act(unit: Unit) -> str:
            if not singlesign.use(unit, singlesign.state_hash(state)):
                raise LinkProblem("used", "This single sign-on was used before.")
            return enrolling.complete(
                self._desk, unit, token, SetUp(issuer=done["issuer"], subject=done["subject"]), origin
            )

        return self._desk.work(act)
