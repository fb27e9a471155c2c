"""The register's door for what follows a decision: conditions, and reviews after the fact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from gates.items import Actor
from gates.service import conditions, followview, reviews
from gates.service.deciding import Refusing
from gates.service.followview import ConditionLine
from gates.service.recorddoor import RecordDoor
from gates.store import Unit


class FollowDoor(RecordDoor):
    """See the module docstring."""

    def conditions(
        self,
        *,
        item: str | None = None,
        owner: str | None = None,
        until: datetime | None = None,
        open_only: bool = False,
        person: str | None = None,
    ) -> list[ConditionLine]:
        """Conditions, the soonest due first; `person` is whoever looks. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return followview.conditions(
                self._desk,
                connection,
                self._desk.clock.now(),
                item=item,
                owner=owner,
                until=until,
                open_only=open_only,
                person=person,
            )

    def condition_inbox(self, person: str) -> list[ConditionLine]:
        """The conditions that wait for a person: to be met, or to be confirmed."""
        with self._desk.store.reading() as connection:
            return followview.inbox(self._desk, connection, self._desk.clock.now(), person)

    def call_condition_met(self, key: str, number: int, by: Actor, evidence: str) -> str:
        """Call a condition met. Returns a sentence. Raises NotFound, BadInput, Refused."""
        return self._condition(lambda unit: conditions.call_met(self._desk, unit, key, number, by, evidence))

    def confirm_condition(self, key: str, number: int, by: Actor) -> str:
        """Confirm that a condition is met. Returns a sentence. Raises NotFound, Refused."""
        return self._condition(lambda unit: conditions.confirm(self._desk, unit, key, number, by))

    def send_condition_back(self, key: str, number: int, by: Actor, reason: str) -> str:
        """Do not confirm a condition. Returns a sentence. Raises NotFound, BadInput, Refused."""
        return self._condition(lambda unit: conditions.send_back(self._desk, unit, key, number, by, reason))

    def waive_condition(self, key: str, number: int, by: Actor, reason: str) -> str:
        """Waive a condition. Returns a sentence. Raises NotFound, BadInput, Refused."""
        return self._condition(lambda unit: conditions.waive(self._desk, unit, key, number, by, reason))

    def extend_condition(self, key: str, number: int, by: Actor, due: date, reason: str) -> str:
        """Give a condition until the end of `due`. Returns a sentence. Raises NotFound, BadInput, Refused."""
        return self._condition(lambda unit: conditions.extend(self._desk, unit, key, number, by, due, reason))

    def _condition(self, act: Callable[[Unit], str | Refusing]) -> str:
        answer = self._desk.work(act)
        if isinstance(answer, Refusing):
            raise answer.error
        return answer

    def open_reviews(self, key: str) -> list[str]:
        """Make the reviews that the item's states asked for. Returns their keys. Raises NotFound."""
        with self._desk.store.reading() as connection:
            if not reviews.are_owed(self._desk, connection, key):
                return []
        return self._desk.work(lambda unit: reviews.open_reviews(self._desk, unit, key))
