"""People, gates and changes for stories of what follows a decision."""

from __future__ import annotations

from datetime import UTC, datetime

from world import World

DEFECTS = "Close both class-B defects [owner: ben, due: 2026-09-04]"
TRAINING = "Train the night shift [owner: eve]"
LINK = "https://docs.example/defects"


def conditional(world: World, *conditions: str) -> str:
    """A G3 of Lyon that Dan and Cid pass on conditions, Mei and Sam plainly."""
    key = world.gate()
    world.register.submit(key, world.by("ana"))
    world.carry()
    said = "\n".join(conditions)
    for person, position in (("mei", "go"), ("dan", "conditional_go"), ("sam", "go"), ("cid", "conditional_go")):
        world.sign(person, key, position, comment=said if position != "go" else "")
    world.carry()
    return key


SUNDAY_NIGHT = datetime(2026, 8, 23, 2, 0, tzinfo=UTC)

PEOPLE = """
sites:
  Lyon: {zone: Europe/Paris, country: FR}
roles:
  change-authority-on-call: {title: Change authority on call}
  change-board: {title: Change board}
people:
  ana: {name: Ana Ruiz, email: ana@example.com, roles: [change-board]}
  ben: {name: Ben Roth, email: ben@example.com, roles: [{role: change-authority-on-call, from: 2026-08-22, until: 2026-08-24}, change-board]}
  mei: {name: Mei Chen, email: mei@example.com, roles: [{role: quality-lead, at: Lyon}, {role: change-authority-on-call, from: 2026-08-22, until: 2026-08-24}]}
  otto: {name: Otto Lang, email: otto@example.com, roles: [{role: change-authority-on-call, from: 2026-08-25, until: 2026-08-31}]}
  cid: {name: Cid Cole, email: cid@example.com, roles: [change-analyst, pmo-lead]}
  eve: {name: Eve Moro, email: eve@example.com, roles: [change-board]}
  dan: {name: Dan Dorn, email: dan@example.com, roles: [engineering]}
  sam: {name: Sam Okoye, email: sam@example.com, roles: [system-owner, line-manager, sponsor]}
"""

EMERGENCY = {
    "type": "emergency",
    "system": "MES Lyon",
    "what": "Restart the order interface.",
    "plant": "yes",
    "risk": "medium",
    "back-out": "Stop it again.",
}
STANDARD = {**EMERGENCY, "type": "standard", "what": "Monthly patches.", "risk": "low"}


def emergency(world: World) -> str:
    """Dan's emergency at two in the night of Sunday, approved by the two on call and deployed."""
    world.clock.at = SUNDAY_NIGHT
    key = world.register.create_item(
        "it-ot-change", "Orders do not reach the line", world.by("dan"), fields=EMERGENCY, site="Lyon", owner="cid"
    )
    world.register.act(key, "declare", world.by("dan"))
    world.carry()
    assert sorted(one.person for one in world.register.item(key).round.asks) == ["ben", "mei"]
    world.sign("ben", key)
    assert world.state(key) == "emergency"
    world.clock.move_on(minutes=10)
    world.sign("mei", key)
    assert world.state(key) == "doing"
    world.register.act(key, "deployed", world.by("dan"))
    return key


def held(world: World, review: str) -> None:
    """The review is written by Cid and agreed by two of the board."""
    said = {"cause": "The interface hung.", "justified": "yes", "follow-up": "A watchdog, CHG to follow."}
    world.register.edit_item(review, world.by("cid"), fields=said)
    world.register.act(review, "submit", world.by("cid"))
    world.carry()
    world.sign("ana", review)
    world.sign("eve", review)
    assert world.state(review) == "held"


def model(world: World) -> str:
    """Cid's model of the monthly patches, approved by the system's owner, OT and the board."""
    key = world.register.create_item(
        "standard-change-model",
        "Monthly patches",
        world.by("cid"),
        fields={"scope": "Servers", "steps": "https://docs.example/w", "back-out": "Snapshot", "history": "12 of 12"},
        site="Lyon",
        owner="cid",
    )
    world.register.submit(key, world.by("cid"))
    world.carry()
    world.sign("sam", key)
    world.sign("ana", key)
    world.sign("eve", key)
    assert world.state(key) == "in-force"
    return key


def standard(world: World, **fields: str) -> str:
    return world.register.create_item(
        "it-ot-change", "Patches of the month", world.by("dan"), fields={**STANDARD, **fields}, site="Lyon"
    )
