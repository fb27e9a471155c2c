"""A board of five that decides by a majority of those present, once a week; for tests of meetings."""

from __future__ import annotations

from typing import Any

from world import World

from gates.items import Actor
from workflows.steps import plan_step

ROSTER = """
sites:
  Lyon: {zone: Europe/Paris, country: FR}
roles:
  change-manager: {title: Change manager}
  board: {title: Change board}
  engineering: {title: Engineering}
people:
  cid: {name: Cid Cole, email: cid@example.com, zone: Europe/Paris, site: Lyon, roles: [change-manager]}
  ana: {name: Ana Ruiz, email: ana@example.com, zone: Europe/Paris, roles: [board]}
  ben: {name: Ben Roth, email: ben@example.com, zone: Europe/Paris, roles: [board]}
  mei: {name: Mei Chen, email: mei@example.com, zone: Europe/Paris, roles: [board]}
  otto: {name: Otto Lang, email: otto@example.com, zone: Europe/Vienna, roles: [board]}
  eve: {name: Eve Moro, email: eve@example.com, zone: Europe/Paris, roles: [board]}
  dan: {name: Dan Dorn, email: dan@example.com, zone: Europe/Paris, roles: [engineering]}
"""
BOARD = """
process: board-change
title: Board change
kind: change_request
numbering: "CHG-{n:03}"
fields:
  what: {type: text, title: What is changed}
criteria:
  tested: {text: Tested on the rig, evidence: link}
start: draft
states:
  draft:
    title: Draft
    acts:
      submit: {to: board, by: author, needs: [fields, criteria]}
      drop: {to: dropped, by: author}
  board:
    title: At the board
    round: board
    when: {approved: approved, rejected: draft}
    no_deadline: The board meets every week.
  approved: {title: Approved, end: done}
  dropped: {title: Dropped, end: withdrawn}
meetings:
  cab:
    title: Change advisory board
    every: week on tuesday 10:00
    at: Lyon
    lasts: 60m
    chair: {role: change-manager}
    invite: [{role: board}]
    items: [board]
    cut_off: 2wd
    holiday: next
    place: Room 3
policies:
  board:
    title: The board
    question: May it go ahead?
    chair: change-manager
    signature: {meaning: Authorised, proof: secret}
    reject: {from: board, position: reject, at_least: 3}
    approve: {from: board, more_than: 1/2, of: present, quorum: 2}
"""
PEOPLE = ("cid", "ana", "ben", "mei", "otto", "eve", "dan")


def board_world(url: str, **more: Any) -> World:
    """A world with that board. Its clock begins on Monday 17 August 2026."""
    world = World(url, stocked=False, **more)
    world.register.publish_process(BOARD, "board-change.yaml", Actor(None, "import"))
    world.import_roster(ROSTER)
    for person in PEOPLE:
        world.set_secret(person)
    return world


def change(world: World, title: str, *, tested: bool = True, submit: bool = True) -> str:
    """A change of Dan's; at the board where it is submitted."""
    criteria = {"tested": {"met": tested, "evidence": "https://docs.example/rig" if tested else ""}}
    by = world.by("dan")
    key = world.register.create_item(
        "board-change", title, by, fields={"what": "A setting."}, criteria=criteria, site="Lyon"
    )
    if submit:
        world.register.submit(key, by)
        world.carry()
    return key


def plan(world: World) -> list[str]:
    """What the worker does each minute: plan, then carry and mail."""
    said = plan_step(world.services)
    world.carry()
    return said
