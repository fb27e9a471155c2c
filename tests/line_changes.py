"""A process whose acts take times at a site, and the calendar they take them from."""

from __future__ import annotations

from world import World

from gates.sitesfile import SitesFile
from policies.load import build, read_document

SITES = """
sites:
  Lyon:
    zone: Europe/Paris
    country: FR
    windows:
      saturday: {kind: maintenance, every: "sat 06:00-18:00"}
      night: {kind: maintenance, line: L1, every: "sat 22:00-06:00", capacity: 2}
      year-end: {kind: freeze, from: 2026-12-18, until: 2027-01-03, why: Closing of the books}
      audit: {kind: blackout, line: L2, from: 2026-09-05T08:00, until: 2026-09-05T12:00, why: Audit of line 2}
  Linz: {zone: Europe/Vienna, country: AT}
"""

LINE_CHANGE = """
process: line-change
title: Line change
kind: change_request
numbering: "LC-{n:04}"
fields:
  line: {type: choice, of: [L1, L2], required: false}
  begins: {type: moment, title: Begins}
  ends: {type: moment, title: Ends}
start: planning
states:
  planning:
    acts:
      schedule: {to: scheduled, needs: [fields], window: {line: line, from: begins, until: ends, outside: exception}}
      squeeze-in: {to: scheduled, needs: [fields], window: {line: line, from: begins, until: ends}}
      withdraw: {to: withdrawn}
  exception:
    edits: none
    round: exception
    when: {approved: scheduled, rejected: planning}
    due: {within: 2wd}
  scheduled:
    edits: none
    acts:
      done: {to: closed}
      plan-anew: {to: planning}
      withdraw: {to: withdrawn}
  closed: {end: done}
  withdrawn: {end: withdrawn}
policies:
  exception:
    question: Go ahead outside of the windows?
    reject: {from: plant-manager, at: item.site, position: reject, at_least: 1}
    approve: {from: plant-manager, at: item.site, at_least: 1}
"""


def sites(text: str) -> SitesFile:
    """The file as the register takes it."""
    return build(SitesFile, read_document(text, "sites.yaml"))


def set_up(world: World) -> World:
    """Publish both into a world."""
    world.register.publish_calendar(sites(SITES), World.by("import"))
    world.register.publish_process(LINE_CHANGE, "line-change.yaml", World.by("cid"))
    return world


def line_change(world: World, begins: str, ends: str, line: str | None = "L1", author: str = "cid") -> str:
    """A change of Lyon that wants this time."""
    fields = {"begins": begins, "ends": ends, **({"line": line} if line else {})}
    return world.register.create_item(
        "line-change", "New firmware", World.by(author), fields=fields, criteria={}, site="Lyon"
    )
