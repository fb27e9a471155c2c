"""An escalation that nobody takes on goes up: its level and its owner change, and each level hears of it."""

from __future__ import annotations

from datetime import UTC, datetime

from permits import permit, text_of
from world import World


def raised(world: World, colour: str) -> str:
    key = permit(world)
    return world.register.raise_escalation(
        key, None, world.by("ada"), title="Two plants disagree", fields={"colour": colour}
    )


def told(world: World, escalation: str) -> tuple[str, str | None]:
    view = world.register.item(escalation)
    return next((line.text for line in view.fields if line.name == "level"), ""), view.owner


def test_a_red_one_climbs_from_the_line_manager_to_the_sponsor(plant: World) -> None:
    """Four hours, one working day, three: L2, L3, L4, with an owner each; the record says by which step."""
    escalation = raised(plant, "red")
    assert plant.register.clocks(escalation).due_at == datetime(2026, 8, 17, 13, 0, tzinfo=UTC)
    plant.pass_time(hours=4)
    assert told(plant, escalation) == ("L2", "lea")
    assert text_of(plant.mails("lea@", "Needs attention")[0])
    plant.pass_time(hours=20)
    assert told(plant, escalation) == ("L3", "pia")
    plant.pass_time(days=2)
    assert told(plant, escalation) == ("L4", "sam")
    edits = [line for line in plant.register.item(escalation).timeline if line.kind == "item:edited"]
    assert [line.sentence for line in edits] == [
        "Edited: revision 2 (step 1 of the ladder).",
        "Edited: revision 3 (step 2 of the ladder).",
        "Edited: revision 4 (step 4 of the ladder).",
    ]
    assert "owner: lea → pia" in edits[1].details
    plant.register.act(escalation, "own", plant.by("sam"))
    plant.pass_time(days=1)
    assert told(plant, escalation) == ("L4", "sam")


def test_an_amber_one_has_a_day_and_skips_the_steps_of_a_red_one(plant: World) -> None:
    escalation = raised(plant, "amber")
    assert plant.register.clocks(escalation).due_at == datetime(2026, 8, 18, 9, 0, tzinfo=UTC)
    plant.pass_time(hours=5)
    assert told(plant, escalation) == ("", None)
    plant.pass_time(hours=20)
    assert told(plant, escalation) == ("L2", "lea")
    said = [line.sentence for line in plant.register.item(escalation).timeline if line.kind == "item:timer:fired"]
    assert "Step 1 of the ladder: its condition does not hold." in said
