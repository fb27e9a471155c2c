"""The demo's time machine: puts the clock forward minute by due minute, and says what there is to see on the way."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from gates.errors import NotFound
from gates.items import ItemView
from policies.errors import TollgateError
from workflows.clock import OffsetClock
from workflows.demo.acts import ASKED, LONGER, STILL, Deed, deeds
from workflows.steps import carry_step, deliver_step, plan_step, sweep_step
from workflows.web.state import Sight
from workflows.wiring import Services

MOST_STOPS = 500
"""On one journey; beyond it what is left is due at the end, as after an outage."""

PATIENCE_S = 10.0


@dataclass(frozen=True)
class DemoTime:
    """Puts the demo's clock forward, from timer to timer, and does at each what a worker would do. In between a few
    people of the story act, where nobody has acted for them."""

    services: Services
    clock: OffsetClock

    @property
    def offset(self) -> timedelta:
        """How far the clock is ahead."""
        return self.clock.offset

    def advance(self, by: timedelta) -> datetime:
        """Put the clock forward; whatever is due on the way happens at its time. Returns the moment it was before."""
        before = self.clock.now()
        goal = before + by
        given_up: set[str] = set()
        for _ in range(MOST_STOPS):
            due = self.services.register.next_timer()
            deed = next((one for one in deeds(self.services) if one.name not in given_up), None)
            if deed is not None and deed.at < goal and (due is None or deed.at <= due):
                given_up.add(deed.name)  # once a journey, whatever comes of it
                self._go_to(deed.at, deed)
            elif due is not None and due < goal:
                self._go_to(due)
            else:
                break
        self._go_to(goal)
        return before

    def _go_to(self, moment: datetime, deed: Deed | None = None) -> None:
        ahead = ceil((moment - self.clock.now()).total_seconds())  # the demo's clock keeps whole seconds
        if ahead > 0:
            self.clock.advance(timedelta(seconds=ahead))
        if deed is not None:
            # Whoever plays with the demo may have made it impossible: a role taken away, a person on leave.
            with suppress(TollgateError):
                deed.do()
        sweep_step(self.services)
        plan_step(self.services)
        self._work()

    def _work(self) -> None:
        """Until nothing is owed. What the demo's worker has taken it finishes first: were the clock put forward
        meanwhile, its lease would be over, and somebody would get a mail twice."""
        register, patience = self.services.register, time.monotonic() + PATIENCE_S
        while time.monotonic() < patience:
            owed, mails = (register.claim(kind, "time-machine") for kind in ("carry", "mail"))
            for one in owed:
                carry_step(self.services, one.item_key)
                register.done(one.id, receipt={"did": "carried by the time machine"})
            if mails:
                deliver_step(self.services, mails)
            if not owed and not mails:
                if not register.outbox_count().waiting:
                    return
                time.sleep(0.02)


COVERED, GATE, CONDITIONAL, URGENT = "ECR-0004", "G3-LYON", "G3-LINZ", "CHG-0002"
PAUSED, HELD = "G2-SUZHOU", "G4-LINZ"
RED, TOLD = "ESC-0001", ("ESC-0001", STILL, ASKED)
"""The escalations that the story begins with; any other is raised on the way."""


def sights(services: Services) -> list[Sight]:
    """What the time machine shows, in the order in which it comes; each seen or not by what is on the record."""
    try:
        return [look(services) for look in LOOKS]
    except NotFound:  # a demo of an earlier version tells another story
        return []


def _reminded(services: Services) -> Sight:
    item = services.register.item(COVERED)
    seen = _has(item, "item:timer:fired", "reminder went")
    return Sight(
        "Reminders", f"Who has not signed {COVERED} hears of it again, at half and at four fifths.", item.line.key, seen
    )


def _covered(services: Services) -> Sight:
    item = services.register.item(COVERED)
    text = "Eva Moreau goes on leave in a few hours: Hans Moser is asked in her place, and signs for her."
    return Sight("A stand-in", text, COVERED, _has(item, "item:round:asked", "Hans"))


def _back(services: Services) -> Sight:
    item = services.register.item(COVERED)
    text = "Three days later Eva is back: what Hans did not sign is Eva's again, and both hear of it."
    return Sight("And back", text, COVERED, _has(item, "item:ask:withdrawn", "Hans"))


def _longer(services: Services) -> Sight:
    text = (
        f"Tom has asked for more time for {LONGER}, and said why; Pia Sommer grants it. Reminders and ladder move "
        "along, and the first date stays in sight."
    )
    seen = _has(services.register.item(LONGER), "item:extension:granted", "")
    return Sight("More time", text, LONGER, seen)


def _stood_still(services: Services) -> Sight:
    text = (
        f"The clocks of {PAUSED} stand still while {STILL} about it is open. Pia closes that within a day: the "
        "gate is due later by the working time it stood still."
    )
    seen = _has(services.register.item(PAUSED), "item:clock:resumed", "")
    return Sight("A clock that stands still", text, PAUSED, seen)


def _moved(services: Services) -> Sight:
    text = (
        f"{HELD} is on hold, and {ASKED} about it is with the sponsor. Sam Okoye decides as asked: once that is "
        "closed, the gate is taken up again."
    )
    seen = _has(services.register.item(HELD), "item:escalation:closed", "goes to")
    return Sight("An escalation moves a gate", text, HELD, seen)


def _climbed(services: Services) -> Sight:
    item = services.register.item(GATE)
    text = f"Nobody signs {GATE}: the PMO lead is told, then an escalation is raised."
    return Sight("The ladder", text, GATE, _has(item, "item:timer:fired", "ladder"))


def _lapsed(services: Services) -> Sight:
    item = services.register.item(CONDITIONAL)
    text = f"A condition of {CONDITIONAL} is due in four days. Nobody meets it: the gate goes on hold."
    return Sight("A condition lapses", text, CONDITIONAL, _has(item, "item:condition:lapsed", ""))


def _raised(services: Services) -> Sight:
    lines = services.register.items()
    new = [line.key for line in lines if line.process == "escalation" and line.key not in TOLD]
    text = "What a ladder raises has a level and an owner; nobody takes it on, and it goes up a level."
    return Sight("An escalation", text, min(new, default=RED), bool(new))


def _late_review(services: Services) -> Sight:
    item = services.register.item(URGENT)
    text = f"The review of the emergency {URGENT} is not held in time: that escalates, and the change stays open."
    return Sight("A review that is late", text, URGENT, _has(item, "item:timer:fired", "time of a review is over"))


LOOKS = (
    _reminded,
    _covered,
    _longer,
    _stood_still,
    _moved,
    _back,
    _climbed,
    _lapsed,
    _raised,
    _late_review,
)


def _has(item: ItemView, kind: str, words: str) -> bool:
    return any(line.kind == kind and words in line.sentence for line in item.timeline)
