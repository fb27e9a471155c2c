"""The guided strip: what to do next, read from the register each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from gates.errors import NotFound
from gates.items import ItemView
from workflows.clock import OffsetClock
from workflows.steps import carry_step, deliver_step, sweep_step
from workflows.web.state import GuideStep
from workflows.wiring import Services

CHANGE, FALLS, GATE = "ECR-0002", "ECR-0003", "G3-LYON"


def guide(services: Services) -> list[GuideStep]:
    """The steps, each done or not by what stands in the register."""
    try:
        change, falls, gate = (services.register.item(key) for key in (CHANGE, FALLS, GATE))
    except NotFound:
        return []
    return [
        GuideStep(
            "Open Ana's mail and sign",
            f"{CHANGE} waits for Ana Ruiz. Her mail has one button; opening it signs nothing.",
            _mails("ana.ruiz@demo.example"),
            _has_signed(change, "ana"),
        ),
        GuideStep(
            "Let Ravi sign, and watch it move",
            "The second engineer's signature decides: the change moves in the same moment.",
            _mails("ravi.patel@demo.example"),
            change.line.state != "sign-off",
        ),
        GuideStep(
            "Open a gate and release its money",
            f"{GATE} needs quality, plant and one more gatekeeper. €120,000 hang on it.",
            f"/items/{GATE}",
            gate.line.state != "gate",
        ),
        GuideStep(
            "Change something, see a signature fall",
            f"Act as Tom and edit the cost of {FALLS}: Mei's signature falls, and she is asked again.",
            f"/items/{FALLS}",
            falls.line.revision > 1,
        ),
        GuideStep(
            "Check the record",
            f"Every entry holds the one before. In a terminal: tollgate record verify {CHANGE}",
            f"/items/{CHANGE}#record",
            False,
        ),
    ]


def _mails(address: str) -> str:
    return f"/mailbox?to={quote(address)}"


def _has_signed(view: ItemView, person: str) -> bool:
    return view.round is not None and any(a.person == person and a.position for a in view.round.asks)


@dataclass(frozen=True)
class DemoTime:
    """Puts the demo's clock forward and lets at once what a worker would do in the next moments."""

    services: Services
    clock: OffsetClock

    @property
    def offset(self) -> timedelta:
        """How far the clock is ahead."""
        return self.clock.offset

    def advance(self, by: timedelta) -> list[str]:
        """Put the clock forward. Returns what happened, one sentence each."""
        before = self.clock.now()
        self.clock.advance(by)
        sweep_step(self.services)
        register = self.services.register
        for owed in register.claim("carry", "time-machine"):
            carry_step(self.services, owed.item_key)
            register.done(owed.id, receipt={"did": "carried by the time machine"})
        deliver_step(self.services, register.claim("mail", "time-machine"))
        return register.fired_since(before)
