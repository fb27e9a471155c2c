"""What the runner chip says, from what the workers last said of themselves."""

from __future__ import annotations

from datetime import timedelta

from policies.phrases import phrase
from workflows.clock import OffsetClock
from workflows.web.state import RunnerStatus
from workflows.wiring import Services

FRESH = timedelta(seconds=20)
_TITLES = {
    "ready": phrase("runner: ready"),
    "starting": phrase("runner: starting"),
    "unreachable": phrase("runner: Prefect away"),
    "plain": phrase("runner: without Prefect"),
    "off": phrase("runner: off"),
}


def runner_status(services: Services) -> RunnerStatus:
    """The best state any worker reported lately."""
    now = services.clock.now()
    lines = [
        line
        for line in services.register.workers()
        # The demo's clock jumps; a report from before a jump is old by the clock and fresh in truth.
        if line.state != "stopped" and (isinstance(services.clock, OffsetClock) or now - line.seen_at < FRESH)
    ]
    for state in ("ready", "starting", "plain", "unreachable"):
        for line in lines:
            if line.state == state:
                return RunnerStatus(state, line.sentence)
    return RunnerStatus("off", "No worker runs. Start one with `tollgate worker`; signing works meanwhile.")


def chip_title(state: str) -> str:
    """The chip's words."""
    return _TITLES[state]
