"""The register's door for tokens by which programs act for people."""

from __future__ import annotations

from collections.abc import Sequence

from gates.errors import TokenProblem
from gates.items import Actor
from gates.proofviews import TokenLine
from gates.service import tokens
from gates.service.rosterdoor import RosterDoor
from gates.service.tokens import Barred, Holder


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
        """Who acts by a token. Raises TokenProblem, with the refused use on the record."""
        now = self._desk.clock.now()
        with self._desk.store.reading() as connection:
            found = tokens.find(connection, token, now)
            is_known = isinstance(found, Holder) and tokens.is_use_known(connection, found.token, now)
            if isinstance(found, Barred) and tokens.is_too_many(connection, found.token, now):
                raise tokens.too_many()
        if isinstance(found, Barred):
            raise self._refused(found, Actor(None, "api", origin))
        if not is_known:
            self._desk.work(lambda unit: tokens.note_use(unit, found.token))
        return found

    def refuse_token(self, holder: Holder, problem: TokenProblem, by: Actor) -> TokenProblem:
        """Enter that a token was used for what it does not open. Returns the error to raise."""
        return self._refused(Barred(holder.token, holder.person, problem), by)

    def _refused(self, barred: Barred, by: Actor) -> TokenProblem:
        return self._desk.work(lambda unit: tokens.refuse(unit, barred, by))
