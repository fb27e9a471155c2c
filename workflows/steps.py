"""The steps that flows are lists of. Each calls the register, holds no rule, and may run twice.

Nothing here imports Prefect: with the server away, a worker takes the very same steps without a recorded run.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from gates.items import Owed
from gates.service.sealing import MOST_SEALED, Sealed
from gates.service.unmet import Unmet
from notifications.hooks import tell_hooks
from notifications.outbox import DeliveryReport, deliver
from policies.errors import POISON, TollgateError
from workflows.keys import key_ring
from workflows.wiring import Services

log = logging.getLogger(__name__)


@dataclass
class CarryReport:
    """What carrying one item did. `error` is set when it could not be carried."""

    key: str
    moved: list[str] = field(default_factory=list)
    state: str = ""
    asked: int = 0
    error: str = ""

    def __str__(self) -> str:
        said = self.error or " ".join(self.moved) or (f"{self.asked} asked" if self.asked else "nothing to do")
        return f"{self.key}: {said}"


@dataclass
class SweepReport:
    """What a sweep found."""

    fired: list[str] = field(default_factory=list)
    carried: list[CarryReport] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Timers that could not be fired, and why; each is tried again by the next sweep."""
    lapsed: int = 0

    def __str__(self) -> str:
        counts = (
            (len(self.fired), "timer"),
            (len(self.failed), "failed timer"),
            (len(self.carried), "stuck item"),
            (self.lapsed, "lapsed lease"),
        )
        said = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n]
        return ", ".join(said) or "nothing"


def carry_step(services: Services, key: str) -> CarryReport:
    """Review, sign-off, notify for one item: advance it, open its round (which asks people and owes their
    mails), and advance again."""
    report = CarryReport(key)
    register, faults = services.register, services.faults
    try:
        report.moved += register.advance(key)
        faults.reach("carry:advanced")
        register.open_round(key)
        faults.reach("carry:opened")
        register.open_reviews(key)
        raised = register.raise_owed(key)
        report.moved += [f"{key}: {raised}."] if raised else []
        report.moved += register.advance(key)
        line = register.item(key)
        report.state = line.line.state_title
        report.asked = line.round.asked if line.round and line.round.closed_at is None else 0
    except POISON as error:
        report.error = fault_of(key, error)
    return report


def fault_of(what: str, error: BaseException) -> str:
    """What went wrong with one thing, for its report; what nobody foresaw is in the log with where it happened."""
    if isinstance(error, TollgateError):
        return str(error)
    log.error("%s: a fault nobody foresaw", what, exc_info=error)
    return f"{type(error).__name__}: {error}"


def deliver_step(services: Services, mails: Sequence[Owed], run: str | None = None) -> DeliveryReport:
    """Send the claimed mails."""
    services.faults.reach("deliver:claimed")
    report = deliver(
        services.register,
        services.transport,
        mails,
        sender=services.settings.mail_from,
        site_name=services.settings.site_name,
        now=services.clock.now(),
        run=run,
        ceiling=services.settings.mail_ceiling,
        bundle_s=services.settings.bundle_s,
        reply_to=services.settings.mail_reply_to or services.register.office(services.settings.roster_role_names),
        templates=services.settings.templates,
    )
    services.faults.reach("deliver:sent")
    return report


def hook_step(services: Services, owed: Sequence[Owed]) -> DeliveryReport:
    """Tell web hooks and chat rooms what they are owed."""
    settings = services.settings
    return tell_hooks(
        services.register,
        owed,
        now=services.clock.now(),
        rooms=settings.chat_rooms,
        may_be_private=settings.hooks_may_be_private,
    )


def seal_step(services: Services) -> list[Sealed]:
    """Seal what waits, commit by commit, until nothing does."""
    found, settings = [], services.settings
    while (sealed := services.register.seal(key_ring(settings), settings.origin)) is not None:
        services.faults.reach("seal:sealed")
        found.append(sealed)
        if sealed.entries < MOST_SEALED:
            break
    return found


def plan_step(services: Services) -> list[str]:
    """Plan the meetings to come, and tell those whom a change concerns. Returns what was done."""
    said = services.register.plan_meetings()
    services.faults.reach("plan:planned")
    return said


def unmet_step(services: Services) -> list[Unmet]:
    """Hold what is published against the roster, and tell those who keep the processes what changed."""
    return services.register.look_for_unmet(services.settings.roster_role_names)


def sweep_step(services: Services, stuck: Sequence[str] | None = None) -> SweepReport:
    """Fire the timers that are due, carry what is `stuck` (None: look at every open item), clear lapsed leases. A
    timer that cannot be fired holds up no other."""
    report = SweepReport()
    register = services.register
    report.lapsed = register.reclaim_lapsed()
    for timer in register.due_timers():
        try:
            said = register.fire_timer(timer.id)
        except POISON as error:
            name = f"{timer.item} {timer.name}"
            report.failed.append(f"{name}: {fault_of(name, error)}")
            continue
        services.faults.reach("sweep:fired")
        if said is not None:
            report.fired.append(f"{timer.item} {timer.name}: {said}")
    for key in _all_stuck(services) if stuck is None else stuck:
        report.carried.append(carry_step(services, key))
    return report


def _all_stuck(services: Services) -> list[str]:
    look = services.register.stuck()
    found = look.stuck
    while look.until:
        look = services.register.stuck(look.until)
        found = [*found, *look.stuck]
    return found
