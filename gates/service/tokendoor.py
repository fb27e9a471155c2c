"""The register's door for tokens by which programs act for people."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from gates.errors import TokenProblem
from gates.items import Actor
from gates.proofviews import TokenLine
from gates.service import tokens
from gates.service.rosterdoor import RosterDoor
from gates.service.tokens import Barred, Holder

log = logging.getLogger(__name__)


class TokenDoor(RosterDoor):
    """See the module docstring."""

    def make_token(self, person: str, name: str, scopes: Sequence[str], days: int, by: Actor) -> tuple[str, TokenLine]:
        """Make a token for `person`. Returns it, which is kept nowhere, and what is kept.

        Raises NotFound, BadInput, Refused.
        """
        return self._desk.work(lambda unit: tokens.make(self._desk, unit, person, name, scopes, days, by))

    def end_token(self, token: str, by: Actor, *, person: str | None = None) -> TokenLine:
        """End a token by its id; `person` is whose it has to be. Raises NotFound."""
        return self._desk.work(lambda unit: tokens.end(self._desk, unit, token, by, person=person))

    def tokens(self, person: str | None = None) -> list[TokenLine]:
        """The tokens there are and were, of `person` or of all, the newest first."""
        with self._desk.store.reading() as connection:
            return tokens.lines(self._desk, connection, self._desk.clock.now(), person)

    def token_holder(self, token: str, origin: str) -> Holder:
        """Who acts by a token: nothing is written for one that holds. Raises TokenProblem, with the refused use on the
        record."""
        now = self._desk.clock.now()
        with self._desk.store.reading() as connection:
            found = tokens.find(connection, token, now)
            if isinstance(found, Barred) and tokens.is_too_many(connection, found.token, now):
                raise tokens.too_many()
        if isinstance(found, Barred):
            raise self._refused(found, Actor(None, "api", origin))
        return found

    def note_token_use(self, holder: Holder) -> None:
        """Note that a token was used, once in a while. It is told to nobody but the log where the store cannot be
        written: what was asked for has been answered."""
        if tokens.is_use_known(holder, self._desk.clock.now()):
            return
        try:
            self._desk.work(lambda unit: tokens.note_use(unit, holder.token))
        except SQLAlchemyError as error:
            log.warning("the use of token %s was not noted: %s", holder.token, type(error).__name__)

    def refuse_token(self, holder: Holder, problem: TokenProblem, by: Actor) -> TokenProblem:
        """Enter that a token was used for what it does not open. Returns the error to raise."""
        return self._refused(Barred(holder.token, holder.person, problem), by)

    def _refused(self, barred: Barred, by: Actor) -> TokenProblem:
        return self._desk.work(lambda unit: tokens.refuse(unit, barred, by))
