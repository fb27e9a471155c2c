"""The guided strip: what to do next, read from the register each time."""

from __future__ import annotations

from urllib.parse import quote

from gates.errors import NotFound
from gates.items import ItemView
from workflows.web.state import GuideStep
from workflows.wiring import Services

CHANGE, FALLS, GATE = "ECR-0002", "ECR-0003", "G3-LYON"
KEEPERS = ("mei", "claire", "omar")


def guide(services: Services, command: str) -> list[GuideStep]:
    """The steps, each done or not by what stands in the register. `command` is `tollgate` as typed here."""
    try:
        change, falls, gate = (services.register.item(key) for key in (CHANGE, FALLS, GATE))
    except NotFound:
        return []
    return [
        _step(
            "Open Ana's mail and sign",
            f"{CHANGE} waits for Ana Ruiz. Her mail has one button; opening it signs nothing.",
            f"Ana Ruiz has signed {CHANGE}, with her own password.",
            _mails("ana.ruiz@demo.example"),
            _has_signed(change, "ana"),
        ),
        _step(
            "Let Ravi sign, and watch it move",
            "The second engineer's signature decides: the change moves in the same moment.",
            f"{CHANGE} is in {change.line.state_title}.",
            _mails("ravi.patel@demo.example"),
            change.line.state != "sign-off",
        ),
        _gate_step(services, gate),
        _step(
            "Change something, see a signature fall",
            f"Act as Tom and edit the cost of {FALLS}: Mei's signature falls, and she is asked again.",
            f"{FALLS} is at revision {falls.line.revision}; whoever had signed it was asked again.",
            f"/items/{FALLS}",
            falls.line.revision > 1,
        ),
        GuideStep(
            "Check the record",
            f"Every entry holds the one before. In a terminal: {command} record verify {CHANGE}",
            f"/items/{CHANGE}#record",
            False,
        ),
    ]


def _step(title: str, ahead: str, behind: str, href: str, done: bool) -> GuideStep:
    """A step that says what to do, and once it is done what came of it."""
    return GuideStep(title, behind if done else ahead, href, done)


def _gate_step(services: Services, gate: ItemView) -> GuideStep:
    """Quality, plant and one more gatekeeper; the step leads to the mail of the next of them."""
    open_ones = [one for one in KEEPERS if not _has_signed(gate, one)]
    people = [services.register.person(one) for one in open_ones or KEEPERS]
    return _step(
        "Open a gate and release its money",
        f"€120,000 hang on {GATE}. Sign it from the mails of {_names([p.name for p in people])}.",
        f"{GATE} is in {gate.line.state_title}.",
        _mails(people[0].email),
        gate.line.state != "gate",
    )


def _names(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _mails(address: str) -> str:
    return f"/mailbox?to={quote(address)}"


def _has_signed(view: ItemView, person: str) -> bool:
    return view.round is not None and any(a.person == person and a.position for a in view.round.asks)
