"""The register's door to meetings: what is planned, the agenda, the roll-call, the minutes, what is to be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from gates.items import Actor
from gates.service.meetings import acts, looking, minutes, planning, rollcall
from gates.service.meetings.views import ActionLine, MeetingLine, MeetingView
from gates.service.timedoor import TimeDoor


class MeetingDoor(TimeDoor):
    """See the module docstring. `Register` is one."""

    def plan_meetings(self) -> list[str]:
        """Bring the meetings to come up to date with processes, calendars and roster. Safe to run twice. Returns a
        sentence for each thing done."""
        return planning.keep(self._desk)

    def meetings(self, person: str | None = None, *, is_all: bool = False) -> list[MeetingLine]:
        """Those to come, and of the last 90 days (`is_all`: of all time) those that were."""
        with self._desk.store.reading() as connection:
            return looking.meeting_lines(self._desk, connection, person, self._desk.clock.now(), is_all=is_all)

    def meeting(self, key: str, person: str | None = None) -> MeetingView:
        """One meeting, as `person` sees it. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return looking.meeting_view(self._desk, connection, key, person, self._desk.clock.now())

    def chaired_by(self, person: str) -> list[tuple[str, str, str]]:
        """The kinds of meeting that somebody chairs today: process, name, title."""
        with self._desk.store.reading() as connection:
            return looking.chaired_by(self._desk, connection, person, self._desk.clock.now())

    def meeting_for(self, key: str) -> MeetingLine | None:
        """The next meeting that has an item on its agenda."""
        with self._desk.store.reading() as connection:
            return looking.for_item(self._desk, connection, key, self._desk.clock.now())

    def actions_of(self, person: str) -> list[ActionLine]:
        """What meetings agreed that somebody is to do, and they have not."""
        with self._desk.store.reading() as connection:
            return looking.actions_of(self._desk, connection, person, self._desk.clock.now())

    def add_meeting(self, process: str, name: str, when: datetime, by: Actor, reason: str) -> str:
        """One more of a kind, at a time by its site's clock. Returns its key. Raises NotFound, BadInput, Refused."""
        return self._desk.work(lambda unit: acts.add(self._desk, unit, process, name, when, by, reason).key)

    def move_meeting(self, key: str, when: datetime, by: Actor, reason: str) -> None:
        """Hold it at another time, by its site's clock. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: acts.move(self._desk, unit, key, when, by, reason))

    def cancel_meeting(self, key: str, by: Actor, reason: str) -> None:
        """It is not held. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: acts.cancel(self._desk, unit, key, by, reason))

    def ask_for_item(self, key: str, item: str, by: Actor, reason: str) -> None:
        """Ask that an item be dealt with there. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: acts.ask_for(self._desk, unit, key, item, by, reason))

    def take_in_item(self, key: str, item: str, by: Actor, reason: str) -> None:
        """Deal with an item although it is late or not ready. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: acts.take_in(self._desk, unit, key, item, by, reason))

    def put_off_item(self, key: str, item: str, by: Actor, reason: str) -> None:
        """Leave an item to the next meeting. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: acts.put_off(self._desk, unit, key, item, by, reason))

    def order_agenda(self, key: str, items: Sequence[str], by: Actor) -> None:
        """Deal with `items` first, in this order. Raises NotFound, Refused."""
        self._desk.work(lambda unit: acts.order(self._desk, unit, key, items, by))

    def attend_meeting(self, key: str, present: Iterable[str], by: Actor) -> list[str]:
        """Record who is there now, here and in the rounds that count it; the first time opens the meeting. Returns
        what it did to items. Raises NotFound, Refused."""
        here = tuple(present)
        return self._desk.work(lambda unit: rollcall.attend(self._desk, unit, key, here, by))

    def note_meeting(self, key: str, item: str | None, text: str, by: Actor) -> None:
        """Write about an item, or (None) the meeting. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: minutes.note(self._desk, unit, key, item, text, by))

    def set_action(self, key: str, text: str, owner: str, due_on: date, by: Actor, item: str | None = None) -> int:
        """Agree that somebody does something. Returns its number. Raises NotFound, BadInput, Refused."""
        return self._desk.work(lambda unit: minutes.set_action(self._desk, unit, key, text, owner, due_on, item, by))

    def do_action(self, key: str, number: int, note: str, by: Actor) -> None:
        """Say that it is done. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: minutes.do_action(self._desk, unit, key, number, note, by))

    def close_minutes(self, key: str, by: Actor) -> str:
        """Close the minutes. Returns their digest. Raises NotFound, Refused."""
        return self._desk.work(lambda unit: minutes.close(self._desk, unit, key, by))

    def correct_minutes(self, key: str, text: str, reason: str, by: Actor) -> None:
        """Put right what closed minutes say, by a further entry. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: minutes.correct(self._desk, unit, key, text, reason, by))
