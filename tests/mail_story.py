"""One letter of each message, from a story that people live through: for what mails say, and for how they look."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from proofs import appoint, one_time_link
from world import World

from gates.letters import LetterFacts
from gates.preferences import Preferences
from notifications.letter import build
from workflows.steps import plan_step, unmet_step


def letters_of_a_story(folder: Path) -> dict[str, LetterFacts]:
    """The first letter of each message, as it was handed to be written."""
    world = World(f"sqlite:///{folder / 'tollgate.db'}")
    kept: dict[str, LetterFacts] = {}

    def keeping(letter: LetterFacts, *more: Any) -> EmailMessage:
        kept.setdefault(letter.message, letter)
        return build(letter, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("notifications.outbox.build", keeping)
        _live(world)
    world.close()
    return kept


def _live(world: World) -> None:
    key = world.change_in_round()
    token = world.token("ana", key)
    world.sign("mei", key)
    world.pass_time(hours=40)
    world.register.edit_item(key, world.by("dan"), fields={"cost": "14000"})
    world.carry()
    world.pass_time(days=60)
    world.register.request_fresh_link(token)
    world.carry()
    fresh = world.link_in(world.mails("ana@example.com", "Fresh link")[0])
    world.sign("ana", key, token=fresh)
    world.register.withdraw(key, world.by("dan"))
    second = world.change_in_round()
    for person in ("mei", "ana", "ben"):
        world.sign(person, second)
    appoint(world, "eve", "otto")
    one_time_link(world, "ana", "totp")
    world.register.make_token("ana", "board in hall 3", ["items:read"], 30, world.by("ana"))
    unmet_step(world.services)
    world.carry()
    world.register.set_preferences("dan", Preferences("daily"), world.by("dan"))
    for _ in range(2):
        world.register.submit(third := world.change("dan"), world.by("dan"))
        world.register.act(third, "accept-fast", world.by("cid"))
    world.carry()
    world.register.withdraw(third, world.by("dan"))
    world.pass_time(days=1)
    a_gate_review(world)


def a_gate_review(world: World) -> None:
    """Held, with something to be done afterwards; the one after it is not held."""
    plan_step(world.services)
    first, second = (line.key for line in world.register.meetings()[:2])
    world.carry()
    world.clock.at = world.register.meeting(first).line.starts_at
    world.register.attend_meeting(first, ["cid", "mei"], world.by("cid"))
    world.register.set_action(first, "Book the rig", "ana", world.clock.now().date(), world.by("cid"))
    plan_step(world.services)
    world.register.cancel_meeting(second, world.by("cid"), "Nothing to decide.")
    world.carry()
