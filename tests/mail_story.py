"""One letter of each message, from a story that people live through: for what mails say, and for how they look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from proofs import appoint, one_time_link
from world import World

from gates.letters import LetterFacts


def letters_of_a_story(folder: Path) -> dict[str, LetterFacts]:
    """The first letter of each message, as the register gathered it."""
    world = World(f"sqlite:///{folder / 'tollgate.db'}")
    kept: dict[str, LetterFacts] = {}
    letter = world.register.letter

    def keeping(owed: Any) -> LetterFacts | str:
        facts = letter(owed)
        if not isinstance(facts, str):
            kept.setdefault(facts.message, facts)
        return facts

    world.register.letter = keeping  # type: ignore[method-assign]
    try:
        _live(world)
    finally:
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
    world.carry()
