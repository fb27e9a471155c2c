"""The register's door for time under control: more time, escalations, and how an item's clocks stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from gates.items import Actor
from gates.service import escalating, extending
from gates.service.clockview import ClockView, clock_view
from gates.service.deciding import Refusing
from gates.service.desk import item_row
from gates.service.followdoor import FollowDoor
from gates.service.pausing import long_pauses
from gates.store import Unit


class TimeDoor(FollowDoor):
    """See the module docstring."""

    def ask_for_time(self, key: str, by: Actor, until: date, reason: str = "") -> str:
        """Ask for time until the end of `until`. Returns a sentence. Raises NotFound, BadInput, Refused."""
        return self._extension(lambda unit: extending.ask(self._desk, unit, key, by, until, reason))

    def grant_time(self, key: str, by: Actor) -> str:
        """Grant the time that was asked for. Returns a sentence. Raises NotFound, Refused."""
        return self._extension(lambda unit: extending.grant(self._desk, unit, key, by))

    def refuse_time(self, key: str, by: Actor, reason: str) -> str:
        """Refuse the time that was asked for. Returns a sentence. Raises NotFound, BadInput, Refused."""
        return self._extension(lambda unit: extending.refuse(self._desk, unit, key, by, reason))

    def _extension(self, act: Callable[[Unit], str | Refusing]) -> str:
        answer = self._desk.work(act)
        if isinstance(answer, Refusing):
            raise answer.error
        return answer

    def raise_escalation(
        self,
        about: str,
        process: str | None,
        by: Actor,
        *,
        title: str,
        fields: Mapping[str, Any] | None = None,
        once: str | None = None,
    ) -> str:
        """Raise an escalation about an item; `process` None is the one its own names, or the only one.

        Returns its key. The same request of the same person with the same `once` again returns the first one's.

        Raises NotFound, BadInput, Refused.
        """
        return self._desk.work(
            lambda unit: escalating.raise_by_person(
                self._desk, unit, about, process, by, title=title, fields=fields or {}, once=once
            )
        )

    def raise_owed(self, key: str) -> str | None:
        """Raise the escalation that a deadlock of the item asks for, once. Returns what was done. Raises NotFound."""
        with self._desk.store.reading() as connection:
            row = item_row(connection, key)
            process = escalating.process_of(self._desk.bound(connection, row.process_digest))
            if not escalating.is_owed(connection, row, process):
                return None
        return self._desk.work(lambda unit: escalating.raise_owed(self._desk, unit, key))

    def long_pauses(self) -> list[tuple[str, str, datetime]]:
        """The items whose clocks an escalation has stopped for more than ten days: (item, escalation, since when)."""
        with self._desk.store.reading() as connection:
            return long_pauses(connection, self._desk.clock.now())

    def clocks(self, key: str, person: str | None = None) -> ClockView:
        """When the item is due, was due first, and why; what `person` may do about it. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return clock_view(self._desk, connection, key, person, self._desk.clock.now())
