"""A small plant for the stories of time: a process with every word of its clocks, its people, its escalation."""

from __future__ import annotations

from email.message import EmailMessage

from world import World

from gates.items import Actor
from policies.library import library_text

PERMIT = """
process: permit
title: Permit to open a line
kind: change_request
numbering: "PRM-{n:03}"
fields:
  reason: {type: text}
start: draft
states:
  draft:
    acts:
      submit: {to: sign-off, by: author}
  sign-off:
    round: release
    when: {approved: work, rejected: draft}
    acts:
      cancel: {to: cancelled, by: {role: pmo-lead}}
    due:
      within: 5wd
      remind: [50%, 80%]
      extend: {by: [author, owner], approve: {role: pmo-lead}, at_most: 2, longest: 10wd}
    ladder:
      - {after: 5wd, notify: {stand_in: true}}
      - {after: 6wd, hand_to: stand_in}
      - {after: 7wd, notify: {line_manager: true}}
      - {after: 8wd, raise: {process: escalation, fields: {colour: red}}}
  work:
    acts:
      finish: {to: closed, by: author}
    due: {within: 3d, extend: {by: author, at_most: 1, longest: 5d, reason: optional}}
    ladder:
      - {after: 4d, notify: {role: pmo-lead}}
      - {after: 6d, to: cancelled}
  closed:    {end: done}
  cancelled: {end: cancelled}
policies:
  release:
    signature: {meaning: Released, proof: link}
    approve: {all: [{from: quality, at_least: 1}, {from: safety, at_least: 1}]}
    reject: {from: safety, position: reject, at_least: 1}
escalations: {process: escalation, clock: pause, act: {approved: cancel}}
"""

PEOPLE = """
sites:
  Lyon: {zone: Europe/Paris, country: FR}
people:
  ada: {name: Ada Amsel, email: ada@example.com, roles: [operator]}
  ben: {name: Ben Roth, email: ben@example.com, manager: lea, stand_in: kim, roles: [quality]}
  kim: {name: Kim Lund, email: kim@example.com, roles: [quality-deputy]}
  sol: {name: Sol Vega, email: sol@example.com, manager: lea, roles: [safety]}
  lea: {name: Lea Ott, email: lea@example.com, roles: [line-manager]}
  pia: {name: Pia Moor, email: pia@example.com, roles: [pmo-lead]}
  sam: {name: Sam Okoye, email: sam@example.com, roles: [sponsor]}
"""


def open_plant(url: str, text: str = PERMIT, people: str = PEOPLE) -> World:
    """A world with the process `text`, the escalation of the library, and these people."""
    world = World(url, stocked=False)
    world.register.publish_process(library_text("escalation"), "escalation.yaml", Actor(None, "import"))
    world.register.publish_process(text, "permit.yaml", Actor(None, "import"))
    world.import_roster(people)
    return world


def permit(world: World, *, owner: str | None = None) -> str:
    """A permit in its round: Ben and Sol are asked."""
    key = world.register.create_item(
        "permit", "Open line 4", world.by("ada"), fields={"reason": "Leak at the valve."}, site="Lyon", owner=owner
    )
    world.register.submit(key, world.by("ada"))
    world.carry()
    return key


def told(world: World, key: str) -> list[str]:
    """What the record says, a sentence an entry, less what was only sent."""
    return [line.sentence for line in world.register.item(key).timeline if not line.sentence.startswith("Mail ")]


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail, on one line."""
    body = mail.get_body(preferencelist=("plain",))
    assert body is not None
    return " ".join(body.get_content().split())
