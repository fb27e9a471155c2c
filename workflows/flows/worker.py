"""The worker: claims owed work under a lease and has it carried, by recorded Prefect runs where it can.

With the server away it says so, keeps knocking, and after a grace carries the work without a recorded run,
by the same steps (unless TOLLGATE_REQUIRE_PREFECT): approvals never stop because the orchestrator did. Any
number of workers may run on any number of machines; killing one loses nothing but its leases, which lapse.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import random
from secrets import token_hex
from typing import TypeVar

from gates.errors import LogKeyMissing
from gates.items import Owed
from gates.service.sealing import Sealed
from notifications.outbox import DeliveryReport
from policies.errors import POISON, TollgateError
from workflows.absence_feeds import follow_all
from workflows.flows.prefect_door import PrefectDoor
from workflows.keys import key_ring
from workflows.steps import (
    CarryReport,
    SweepReport,
    carry_step,
    deliver_step,
    hook_step,
    plan_step,
    seal_step,
    sweep_step,
    unmet_step,
)
from workflows.versions import installed_versions
from workflows.wiring import Services

log = logging.getLogger(__name__)
Did = TypeVar("Did")

LEASE_S = 60.0
MOST_CARRIED = 200
MOST_MAILED = 200
MOST_TOLD = 20
"""A batch whose every call runs into its time-out would outlive no lease but for the first of each hook."""
REPORT_S = 3.0
CARRY_TRIES = 20
PLAN_S = 60.0
LOOK_S = 24 * 3600.0
FIRST_LOOK_S = 900.0
"""A worker that was just started has other things to do first."""
STARTING_S = 180.0
"""A Prefect server that was never seen is called starting for so long, then unreachable."""


def worker_name() -> str:
    """`host-pid-mark`: two workers never share one."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{token_hex(3)}"


@dataclass
class Worker:
    """One worker. `run` until `stop` is set; `tick` once for tests and the tour."""

    services: Services
    name: str = field(default_factory=worker_name)
    stop: threading.Event = field(default_factory=threading.Event)
    chance: Callable[[], float] = random
    door: PrefectDoor = field(init=False)
    looked: int = 0
    """How many open items it has looked at for being stuck."""
    _looked_until: str | None = None
    """The key of the last of them; '' to go on with the first, None before the first look."""
    _reported_at: float = 0.0
    _reported: str = ""
    _swept_at: float = -1e9
    _stumbled: bool = False
    _sealed_at: float = -1e9
    _read_at: float = -1e9
    _planned_at: float = -1e9
    _looked_at: float = field(default_factory=lambda: time.monotonic() - LOOK_S + FIRST_LOOK_S)
    _started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.door = PrefectDoor(self.services.settings.prefect_api_url)

    def run(self) -> None:
        """Work until told to stop; then give the leases back and say so."""
        self.services.register.note_versions(installed_versions())
        while not self.stop.is_set():
            try:
                busy = self.tick()
            except Exception:
                # The database may be away for a while; whatever it is, the next tick starts from facts.
                log.exception("worker: a tick failed")
                busy = False
                self.stop.wait(1.0)
            if not busy:
                self.stop.wait(self.services.settings.poll_s)
        self.services.register.release(self.name)
        self.services.register.report_worker(self.name, "stopped", "Stopped in good order.")

    def tick(self) -> bool:
        """Look once. Returns whether there was anything to do."""
        has_prefect = self.door.knock()
        self._report(has_prefect)
        if not has_prefect and not self._may_go_without():
            return False
        lanes: tuple[Callable[[], bool], ...] = (
            partial(self._carry, has_prefect),
            partial(self._mail, has_prefect),
            self._calendars,
            self._unmet,
            self._hooks,
            self._meetings,
            partial(self._sweep, has_prefect),
            partial(self._seal, has_prefect),
        )
        found = [self._in_lane(lane) for lane in lanes]
        return any(found)

    def _in_lane(self, lane: Callable[[], bool]) -> bool:
        """One kind of work. What is wrong with it holds up none of the others; the next tick starts from facts."""
        try:
            return lane()
        except TollgateError as error:
            log.warning("worker: %s", error)
        except POISON:
            log.exception("worker: one kind of work failed")
            self.stop.wait(1.0)
        return False

    def _may_go_without(self) -> bool:
        settings = self.services.settings
        return not settings.require_prefect and self.door.closed_for() >= settings.carry_grace_s

    # -- the kinds of work ----------------------------------------------------------------------

    def _carry(self, has_prefect: bool) -> bool:
        owed = self.services.register.claim("carry", self.name, MOST_CARRIED, LEASE_S)
        if not owed:
            return False
        keys = list(dict.fromkeys(one.item_key for one in owed))
        run, reports = self._recorded(has_prefect, lambda: self._carry_run(keys), lambda: self._carry_plain(keys))
        by_key = {report.key: report for report in reports}
        for one in owed:
            self._settle(one, by_key[one.item_key], run)
        return True

    def _carry_run(self, keys: list[str]) -> tuple[str | None, list[CarryReport]]:
        from workflows.flows.runs import run_carry

        label, marks = self._label(keys)
        return run_carry(self.services, keys, label, marks)

    def _carry_plain(self, keys: list[str]) -> tuple[str | None, list[CarryReport]]:
        return None, [carry_step(self.services, key) for key in keys]

    def _label(self, keys: list[str]) -> tuple[str, list[str]]:
        """The run's name and tags, from what the items are."""
        if len(keys) > 1:
            return f"carry · {len(keys)} items", ["carry"]
        try:
            view = self.services.register.item(keys[0])
        except POISON:
            # Carrying it says what is wrong with it.
            return f"{keys[0]} · review", ["carry"]
        marks = ["carry", view.line.process, view.line.kind, *([view.program] if view.program else [])]
        return f"{keys[0]} · review → {view.line.state_title.lower()}", marks

    def _settle(self, owed: Owed, report: CarryReport, run: str | None) -> None:
        register = self.services.register
        if not report.error:
            register.done(owed.id, receipt={"did": str(report)}, run=run)
            return
        delay = min(2.0**owed.tries, 300.0)
        retry_at = None
        if owed.tries < CARRY_TRIES:
            retry_at = self.services.clock.now() + timedelta(seconds=delay)
        register.failed(owed.id, report.error, retry_at)

    def _mail(self, has_prefect: bool) -> bool:
        soon = self.services.settings.bundle_s
        mails = self.services.register.claim("mail", self.name, MOST_MAILED, LEASE_S, soon)
        if not mails:
            return False

        def recorded() -> DeliveryReport:
            from workflows.flows.runs import run_deliver

            label = f"deliver · {len(mails)} mail{'' if len(mails) == 1 else 's'}"
            return run_deliver(self.services, mails, label)

        self._recorded(has_prefect, recorded, lambda: deliver_step(self.services, mails))
        return True

    def _calendars(self) -> bool:
        """Every `absence_feeds_s`, where people's calendars are named. Reading one twice changes nothing."""
        settings, now = self.services.settings, time.monotonic()
        if settings.absence_feeds is None or now - self._read_at < settings.absence_feeds_s:
            return False
        self._read_at = now
        said = follow_all(self.services)
        for sentence in said:
            log.info("calendar of %s", sentence)
        return bool(said)

    def _meetings(self) -> bool:
        """Every minute: meetings are planned weeks ahead, and a change of the roster is heard of within minutes."""
        now = time.monotonic()
        if now - self._planned_at < PLAN_S:
            return False
        self._planned_at = now
        said = plan_step(self.services)
        for sentence in said:
            log.info("meetings: %s", sentence)
        return bool(said)

    def _unmet(self) -> bool:
        """Once a day. Looking twice changes nothing."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_S:
            return False
        self._looked_at = now
        said = unmet_step(self.services)
        for one in said:
            log.info("what the roster cannot meet: %s", one)
        return bool(said)

    def _hooks(self) -> bool:
        """Web hooks and chat rooms, each in a lane of its own: neither holds up mails."""
        owed = [self.services.register.claim(way, self.name, MOST_TOLD, LEASE_S) for way in ("webhook", "chat")]
        for lane in owed:
            if lane:
                hook_step(self.services, lane)
        return any(owed)

    def _sweep(self, has_prefect: bool) -> bool:
        """Every `sweep_s`, and when a timer is due; a sweep that finds nothing leaves no run behind."""
        settings, now = self.services.settings, time.monotonic()
        # A timer that cannot be fired stays due, and is no reason to sweep at every tick.
        waits = self._stumbled or not self.services.register.due_timers(1)
        if now - self._swept_at < settings.sweep_s and waits:
            return False
        self._swept_at = now
        timers, stuck = self.services.register.due_timers(), self._look()
        if not (timers or stuck):
            self._stumbled = False
            self.services.register.reclaim_lapsed()
            return False
        label = _sweep_label(len(timers), len(stuck))

        def recorded() -> SweepReport:
            from workflows.flows.runs import run_sweep

            return run_sweep(self.services, label, stuck)

        report = self._recorded(has_prefect, recorded, lambda: sweep_step(self.services, stuck))
        self._stumbled = bool(report.failed)
        for sentence in report.failed:
            log.warning("worker: %s", sentence)
        return bool(report.fired or report.carried)

    def _look(self) -> list[str]:
        """What is stuck among the next page of open items. A worker begins at a page by chance: one that is started
        anew and anew comes to the later ones too, and several look at different ones."""
        register = self.services.register
        if self._looked_until is None:
            self._looked_until = register.page_of_open(self.chance())
        look = register.stuck(self._looked_until)
        self._looked_until, self.looked = look.until, self.looked + look.looked
        log.debug("worker: looked at %d open items, up to %s", look.looked, look.until or "the last")
        return look.stuck

    def _seal(self, has_prefect: bool) -> bool:
        """Every `seal_s`, when entries wait. Without the log's key they go on waiting, and doctor says so."""
        now, register = time.monotonic(), self.services.register
        if now - self._sealed_at < self.services.settings.seal_s:
            return False
        self._sealed_at = now
        waiting = register.log().pending
        if not waiting or not key_ring(self.services.settings).names:
            return False
        label = f"seal · {waiting:,} {'entry' if waiting == 1 else 'entries'}"

        def recorded() -> list[Sealed]:
            from workflows.flows.runs import run_seal

            return run_seal(self.services, label)

        try:
            done = self._recorded(has_prefect, recorded, lambda: seal_step(self.services))
            register.index()
            return bool(done)
        except LogKeyMissing as missing:
            log.warning("worker: %s", missing)
            return False

    def _recorded(self, has_prefect: bool, recorded: Callable[[], Did], plain: Callable[[], Did]) -> Did:
        """By a recorded run, or plainly. A server lost in the middle of a run leaves steps that are safe to
        take again: at once where that is allowed, else the leases are given back for when it returns."""
        if not has_prefect:
            return plain()
        try:
            return recorded()
        except TollgateError:
            raise
        except Exception as error:
            log.warning("worker: a recorded run failed, %s: %s", type(error).__name__, error)
            self.door.shut(f"{type(error).__name__} during a run")
            if self.services.settings.require_prefect:
                self.services.register.release(self.name)
                raise
            return plain()

    # -- what the worker says of itself ---------------------------------------------------------------

    def _report(self, has_prefect: bool) -> None:
        state, sentence = self._state(has_prefect)
        now = time.monotonic()
        if state == self._reported and now - self._reported_at < REPORT_S:
            return
        self._reported, self._reported_at = state, now
        self.services.register.report_worker(self.name, state, sentence)

    def _state(self, has_prefect: bool) -> tuple[str, str]:
        if has_prefect:
            return "ready", "Ready: work is carried by recorded runs."
        waits = "waits for it" if not self._may_go_without() else "is carried without recorded runs"
        if not self.door.url:
            return "plain", f"No Prefect server is set up: work {waits}."
        if not self.door.was_open and time.monotonic() - self._started < STARTING_S:
            return "starting", f"The Prefect server is starting: work {waits}."
        return "unreachable", f"The Prefect server cannot be reached ({self.door.error}): work {waits}."


def _sweep_label(timers: int, stuck: int) -> str:
    parts = [(timers, "timer"), (stuck, "stuck item")]
    return "sweep · " + ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in parts if n)
