"""Every night what is published is held against the roster; those who keep the processes hear of it once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from one_policy import publish
from sqlalchemy import select
from world import World

from gates.items import Actor
from gates.service.absences import Absence
from gates.service.unmet import Unmet
from gates.store.tables import entries
from workflows.steps import unmet_step

ALONE = "exclude: []\napprove: {from: finance, at_least: 1}"
FROM, UNTIL = datetime(2026, 8, 24, 6, 0, tzinfo=UTC), datetime(2026, 9, 7, 6, 0, tzinfo=UTC)
SAID = "`rule` cannot come to Approved from 24 Aug 2026 to 7 Sep 2026: "


def look(world: World) -> list[Unmet]:
    found = [one for one in unmet_step(world.services) if one.process == "example"]
    world.carry()
    return found


def told(world: World, person: str) -> list[str]:
    mails = [one.get_body(("plain",)).get_content() for one in world.mails(f"{person}@example.com")]  # type: ignore[union-attr]
    return [" ".join(text.split()) for text in mails if SAID in " ".join(text.split())]


def test_what_the_roster_cannot_meet_any_more_is_told_once(small_world: World) -> None:
    """By name, days and remedy, to the PMO and to who published it; again only when it was mended in between."""
    world = small_world
    publish(world, ALONE)
    assert look(world) == []
    absence = world.register.set_absence(Absence("eve", FROM, UNTIL), world.by("eve")).absence
    (found,) = look(world)
    assert found.told == ("cid",)
    assert found.new[0].startswith(SAID)
    (mail,) = told(world, "cid")
    assert "only Eve Moro is Finance, and is away" in mail
    assert "Name a stand-in" in mail
    assert "http://127.0.0.1:8123/processes/example" in mail
    assert "Why this mail: You hold the role PMO lead." in mail
    assert look(world) == []
    world.register.end_absence(absence, world.by("eve"))
    (mended,) = look(world)
    assert (mended.new, mended.mended, mended.told) == ((), found.new, ())
    world.register.set_absence(Absence("eve", FROM, UNTIL), world.by("eve"))
    assert [one.new for one in look(world)] == [found.new]
    assert len(told(world, "cid")) == 2
    assert told(world, "eve") == []


def test_it_is_on_the_record(small_world: World) -> None:
    """The entry in the rule book says what stands, what is mended, and who was told."""
    world = small_world
    publish(world, ALONE)
    world.register.set_absence(Absence("eve", FROM, UNTIL), world.by("eve"))
    look(world)
    with world.store.reading() as connection:
        query = select(entries.c.body).where(entries.c.kind == "process:unmet")
        found = [json.loads(body)["data"] for body in connection.execute(query).scalars()]
    (data,) = [one for one in found if one["process"] == "example"]
    assert {one["code"] for one in data["found"]} == {"TG205"}
    assert (data["mended"], data["told"]) == ([], ["cid"])


def test_who_published_it_is_told_too(small_world: World) -> None:
    """Whatever roles they hold."""
    world = small_world
    publish(world, ALONE, by=Actor("dan", "cli"))
    world.register.set_absence(Absence("eve", FROM, UNTIL), world.by("eve"))
    (found,) = look(world)
    assert found.told == ("cid", "dan")
    (mail,) = told(world, "dan")
    assert "Why this mail: You published it." in mail
