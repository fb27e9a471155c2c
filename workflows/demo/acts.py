"""What people of the story do while the time machine travels: each act at an hour that follows from the record, and
only where whoever travels has not acted before.

The worker never does any of this: it is the demo's people who act here, not the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gates.errors import NotFound
from gates.items import Actor, ItemView
from gates.service import Register, SignRequest
from workflows.demo.seed import PASSWORD
from workflows.wiring import Services

LONGER, STILL, ASKED = "ECR-0005", "ESC-0002", "ESC-0003"
"""The change that more time is asked for; the escalation that a clock waits for; the one that the sponsor decides."""

PIA, SAM = "pia", "sam"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act to come. `name` tells it from every other."""

    name: str
    at: datetime
    do: Callable[[], object]


def deeds(services: Services) -> list[Deed]:
    """What is to be done still, the next first."""
    register = services.register
    try:
        found = [deed for look in (_granted, _taken_back, _decided) if (deed := look(register)) is not None]
    except NotFound:  # a demo of an earlier version tells another story
        return []
    return sorted(found, key=lambda one: one.at)


def _granted(register: Register) -> Deed | None:
    """Pia grants the time that Tom asks for."""
    if register.clocks(LONGER).waiting is None:
        return None
    asked = _last(register.item(LONGER), "item:extension:asked")
    return Deed(f"{LONGER} granted", asked + timedelta(hours=17), lambda: register.grant_time(LONGER, _by(PIA)))


def _taken_back(register: Register) -> Deed | None:
    """Pia resolves what she owns, and closes it; the gate's clocks run again."""
    why = "The plant in Suzhou owns the interface."
    return _step(register, STILL, "owned", 17, lambda: register.act(STILL, "resolve", _by(PIA), why)) or _closed(
        register, STILL
    )


def _decided(register: Register) -> Deed | None:
    """Sam decides as asked, and Pia closes it; the gate is taken up again."""
    return _step(register, ASKED, "decision", 17, lambda: _sign(register, SAM, ASKED, "approve")) or _closed(
        register, ASKED
    )


def _closed(register: Register, key: str) -> Deed | None:
    return _step(register, key, "resolved", 1, lambda: register.act(key, "close", _by(PIA)))


def _step(register: Register, key: str, state: str, hours: int, do: Callable[[], object]) -> Deed | None:
    """`do`, so many hours after the item came to the state; None where it is elsewhere."""
    item = register.item(key)
    if item.line.state != state:
        return None
    return Deed(f"{key} in {state}", _last(item, "item:moved") + timedelta(hours=hours), do)


def _sign(register: Register, person: str, key: str, position: str) -> None:
    """Through the person's own link, as with a mail; nothing where they are not asked any more."""
    ask = next((one for one in register.inbox(person) if one.item.key == key), None)
    if ask is None:
        return
    view = register.sign_view(ask.token)
    name = view.person.name
    register.decide(SignRequest(ask.token, position, view.revision_digest, secret=PASSWORD, typed_name=name))


def _last(item: ItemView, kind: str) -> datetime:
    return max(line.at for line in item.timeline if line.kind == kind)


def _by(person: str) -> Actor:
    return Actor(person, "web")
