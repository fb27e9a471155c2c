"""Lives one year of a program through the product, moment by moment, under a clock that is set.

Nothing sleeps: the clock goes from one thing that happens to the next (somebody acts, a timer is due, a mail is
due), always to a whole minute, as a worker would that sweeps each minute.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from world import IMPACT, SECRET, SetClock, World, secret_hash
from year import yaml_roster
from year.plant import Plan, Program

from gates.errors import RegisterError
from gates.service import secrets as register_secrets
from gates.sitesfile import SitesFile
from gates.store import tables as t
from gates.store import work_tables as w
from policies.library import library_text
from policies.load import build, read_document
from workflows.steps import carry_step, deliver_step, sweep_step

MINUTE = timedelta(minutes=1)
END = timedelta(days=45)
"""How long after the last item the year is watched."""

NEXT: dict[tuple[str, str], tuple[str, str, float]] = {
    ("engineering-change", "draft"): ("submit", "author", 0.5),
    ("engineering-change", "implementation"): ("implemented", "change-analyst", 6),
    ("engineering-change", "verification"): ("verified", "data-user", 2),
    ("escalation", "raised"): ("own", "line-manager", 0.2),
    ("escalation", "owned"): ("resolve", "line-manager", 2),
    ("escalation", "resolved"): ("close", "pmo-lead", 1),
}
"""What people do next to an item in a state: the act, who does it, and after how many days about."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail that left, and whether the one it went to could act then, by the engine and by plain sight."""

    at: datetime
    message: str
    person: str
    item: str
    round: str | None
    message_id: str
    objection: str


@dataclass
class Life:
    """See the module docstring. `live()` runs the year; `sent` and the register's record say what happened."""

    world: World
    program: Program
    chance: Random
    progress: Callable[[date, int], None] = lambda _day, _items: None
    sent: list[Sent] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    _queue: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0
    _seen: int = 0
    _planned: set[tuple[str, str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, url: str, program: Program) -> Life:
        """A life on a store of its own, with processes, roster and passwords in place."""
        first = datetime.combine(date(program.plans[0].at.year, 1, 1), time(), UTC)
        world = World(url, SetClock(first), stocked=False)
        by = World.by("import")
        for name in ("engineering-change", "escalation"):
            world.register.publish_process(library_text(name), f"{name}.yaml", by)
        world.import_roster(yaml_roster.written(program))
        calendars = build(SitesFile, read_document(yaml_roster.calendars(), "sites.yaml"))
        world.register.publish_calendar(calendars, by)
        desk = world.register._desk
        for person in program.people:
            desk.work(lambda unit, who=person: register_secrets.set_secret(desk, unit, who, secret_hash(), by))
        return cls(world, program, Random(f"life/{program.seed}"))

    # -- the clock -----------------------------------------------------------------------------------

    def live(self) -> None:
        """From the first plan until some weeks after the last."""
        for plan in self.program.plans:
            self._at(plan.at, lambda plan=plan: self._make(plan))
        last = self.program.plans[-1].at + END
        while (moment := self._next()) is not None and moment <= last:
            if moment.date() != self.world.clock.at.date():
                self.progress(moment.date(), self._count)
            self.world.clock.at = moment
            while self._queue and self._queue[0][0] <= moment:
                heapq.heappop(self._queue)[2]()
            self._work()

    def _next(self) -> datetime | None:
        pending = select(func.min(w.timers.c.due_at)).where(
            w.timers.c.fired_at.is_(None), w.timers.c.cancelled_at.is_(None)
        )
        owed = select(func.min(w.outbox.c.due_at)).where(w.outbox.c.done_at.is_(None), w.outbox.c.dead_at.is_(None))
        with self.world.store.reading() as connection:
            moments = [connection.execute(one).scalar() for one in (pending, owed)]
        moments += [self._queue[0][0]] if self._queue else []
        found = [_whole_minute(one) for one in moments if one is not None]
        return max(min(found), self.world.clock.at) if found else None

    def _at(self, moment: datetime, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (_whole_minute(moment), self._count, act))

    # -- what a worker does --------------------------------------------------------------------------

    def _work(self) -> None:
        register, services = self.world.register, self.world.services
        if register.due_timers(1):
            sweep_step(services)
        while owed := register.claim("carry", "year"):
            for one in owed:
                carry_step(services, one.item_key)
                register.done(one.id, receipt={"did": "carried"})
        while owed := register.claim("mail", "year"):
            objections = {one.id: self._objection(one.item_key, one.payload) for one in owed}
            deliver_step(services, owed)
            self._note_sent({one.id: (one, objections[one.id]) for one in owed})
        self._look_around()

    def _note_sent(self, owed: dict[int, tuple[Any, str]]) -> None:
        with self.world.store.reading() as connection:
            rows = connection.execute(select(w.outbox.c.id, w.outbox.c.receipt).where(w.outbox.c.id.in_(owed))).all()
        for row in rows:
            receipt = json.loads(row.receipt or "{}")
            if "message_id" not in receipt:
                continue
            one, objection = owed[row.id]
            mail = one.payload
            sent = Sent(
                self.world.clock.at,
                mail["message"],
                mail["person"],
                one.item_key,
                mail.get("round"),
                receipt["message_id"],
                objection,
            )
            self.sent.append(sent)
            if sent.message in ("ask", "reminder", "changed"):
                self._may_sign(sent)

    def _objection(self, key: str, payload: dict[str, Any]) -> str:
        """Why the one a mail asks could not act on it now; '' when they can, or the mail asks for nothing."""
        person = payload["person"]
        if payload["message"] not in ("ask", "reminder", "changed"):
            return ""
        with self.world.store.reading() as connection:
            said = connection.execute(
                select(t.decisions.c.id).where(
                    t.decisions.c.round == payload["round"],
                    t.decisions.c.person == person,
                    t.decisions.c.withdrawn_at.is_(None),
                )
            ).first()
            closed = connection.execute(select(t.rounds.c.closed_at).where(t.rounds.c.id == payload["round"])).scalar()
        verdict = self.world.register.verdict(key)
        if closed is not None or verdict is None or said is not None:
            return ""  # the letter is skipped; that one was sent is what `already` looks for
        if self.program.is_away(person, self.world.clock.at):
            return f"{person} is away"
        if person not in (verdict.eligible or {}):
            return f"{person} may not decide here"
        return ""

    # -- what people do ------------------------------------------------------------------------------

    def _make(self, plan: Plan) -> None:
        key = self.world.register.create_item(
            plan.process,
            f"{plan.process} {plan.number}",
            World.by(plan.author),
            fields=plan.fields,
            criteria=IMPACT | _VALID if plan.process == "engineering-change" else {},
            site=plan.site,
        )
        if plan.is_ignored:
            self.ignored.add(key)

    def _look_around(self) -> None:
        """Whoever has to act on an item next does so after a while, once for each stay in a state."""
        with self.world.store.reading() as connection:
            rows = connection.execute(
                select(
                    t.items.c.key,
                    t.items.c.process,
                    t.items.c.state,
                    t.items.c.author,
                    t.items.c.site,
                    func.count(t.moves.c.seq),
                )
                .outerjoin(t.moves, t.moves.c.item == t.items.c.key)
                .where(t.items.c.ended.is_(None))
                .group_by(t.items.c.key, t.items.c.process, t.items.c.state, t.items.c.author, t.items.c.site)
            ).all()
        for key, process, state, author, site, stay in rows:
            if (key, state, stay) in self._planned:
                continue
            self._planned.add((key, state, stay))
            step = self._step(key, process, state)
            if step is not None:
                name, role, days = step
                people = [author] if role == "author" else self.program.holders(role, site)
                self._soon(
                    people, days, lambda key=key, name=name, state=state, who=people: self._act(key, name, state, who)
                )

    def _step(self, key: str, process: str, state: str) -> tuple[str, str, float] | None:
        if (process, state) == ("engineering-change", "screening"):
            track = {line.name: line.text for line in self.world.register.item(key).fields}.get("track", "fast")
            return (f"accept-{track}", "change-analyst", 1)
        return NEXT.get((process, state))

    def _act(self, key: str, name: str, state: str, people: list[str]) -> None:
        row = self.world.register.item(key).line
        present = [one for one in people if not self.program.is_away(one, self.world.clock.at)]
        if row.state != state or not present:
            return
        try:
            self.world.register.act(key, name, World.by(present[0]), "as planned")
        except RegisterError as error:
            self.refused.append(f"{self.world.clock.at:%F %H:%M} {key} {name} by {present[0]}: {error}")

    def _may_sign(self, sent: Sent) -> None:
        if sent.item in self.ignored or self.chance.random() < 0.25:
            return  # this mail is passed over; a reminder may do better
        self._soon([sent.person], 1.2, lambda: self._sign(sent))

    def _sign(self, sent: Sent) -> None:
        asks = [ask for ask in self.world.register.inbox(sent.person) if ask.item.key == sent.item and ask.token]
        if not asks or self.program.is_away(sent.person, self.world.clock.at):
            return
        position = "approve" if self.chance.random() < 0.93 else "reject"
        try:
            self.world.sign(sent.person, sent.item, position, secret=SECRET, token=asks[0].token)
        except RegisterError as error:
            self.refused.append(f"{self.world.clock.at:%F %H:%M} {sent.item} signed by {sent.person}: {error}")

    def _soon(self, people: list[str], days: float, act: Callable[[], None]) -> None:
        """At a time of day somebody works, `days` days from now about, and when one of `people` is there."""
        if not people:
            return
        moment = self.world.clock.at + timedelta(days=days) * self.chance.expovariate(1.0)
        zone = ZoneInfo(str(self.program.people[people[0]]["zone"]))
        local = moment.astimezone(zone)
        if not 7 <= local.hour < 18:
            day = local.date() + timedelta(days=local.hour >= 18)
            moment = datetime.combine(
                day, time(self.chance.randint(7, 17), self.chance.randint(0, 59)), zone
            ).astimezone(UTC)
        for _ in range(40):
            if any(not self.program.is_away(one, moment) for one in people):
                break
            moment += timedelta(days=1)
        self._at(max(moment, self.world.clock.at + MINUTE), act)


_VALID = {"validation": {"met": True, "evidence": "DOC-7"}}


def _whole_minute(moment: datetime) -> datetime:
    return moment if moment.second == moment.microsecond == 0 else moment.replace(second=0, microsecond=0) + MINUTE


def keys(world: World) -> Iterator[str]:
    """The keys of all items."""
    with world.store.reading() as connection:
        yield from connection.execute(select(t.items.c.key).order_by(t.items.c.created_at)).scalars()
