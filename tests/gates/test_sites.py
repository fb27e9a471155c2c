"""The site of an item: asked for where people are asked at it, and kept once they were."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import select
from world import IMPACT, PUMP, ROSTER, World

from gates.errors import BadInput, Refused
from gates.sitesfile import SitesFile
from gates.store.work_tables import timers
from policies.load import build, read_document


def without_a_site(world: World, process: str = "engineering-change", author: str = "dan") -> str:
    return world.register.create_item(process, "New seal", world.by(author), fields={**PUMP}, criteria=IMPACT)


def test_submitting_without_a_site_says_who_is_asked_there_and_which_sites_there_are(world: World) -> None:
    """Where a policy asks roles at the item's site, an item without one is refused as one without a needed field is."""
    key = without_a_site(world)
    with pytest.raises(Refused, match=r"Not complete yet: Site is empty, and Quality lead .*Linz, Lyon\)") as caught:
        world.register.submit(key, world.by("dan"))
    assert "Fill it in" in caught.value.remedy
    offer = next(one for one in world.register.item(key, "dan").acts if one.name == "submit")
    assert "Site is empty" in offer.refusal
    world.register.edit_item(key, world.by("dan"), site="Lyon")
    world.register.submit(key, world.by("dan"))
    assert world.register.item(key).line.site == "Lyon"
    edited = next(line for line in world.register.item(key).timeline if line.kind == "item:edited")
    assert edited.details == ("site: empty → Lyon",)


def test_a_site_is_not_asked_for_where_it_would_change_nothing(world: World) -> None:
    """A roster whose quality leads hold their role everywhere knows no site that matters."""
    world.import_roster(
        "roles: {quality-lead: {title: Quality lead}}\n"
        "people:\n  dan: {name: Dan Dorn, email: dan@example.com, roles: [engineering]}\n"
        "  mei: {name: Mei Chen, email: mei@example.com, roles: [quality-lead]}\n"
    )
    key = without_a_site(world)
    assert "Site" not in str([one.refusal for one in world.register.item(key, "dan").acts])
    world.register.submit(key, world.by("dan"))


def test_a_site_that_is_unknown_is_refused_with_the_choices(world: World) -> None:
    """An edit names the sites there are."""
    key = without_a_site(world)
    with pytest.raises(BadInput, match="There is no site 'Lyons'. Did you mean Lyon?"):
        world.register.edit_item(key, world.by("dan"), site="Lyons")


def test_a_site_goes_only_where_nobody_was_asked_at_it(world: World) -> None:
    """In its start an item may change its site; during a round its people were asked, so it stays."""
    key = world.change("dan")
    world.register.edit_item(key, world.by("dan"), site="Linz")
    world.register.edit_item(key, world.by("dan"), site="")
    world.register.edit_item(key, world.by("dan"), site="Lyon")
    world.register.submit(key, world.by("dan"))
    world.register.act(key, "accept-fast", world.by("cid"))
    world.carry()
    for other in ("", "Linz"):
        with pytest.raises(BadInput, match="It stays Lyon: people are asked.*in Draft only"):
            world.register.edit_item(key, world.by("dan"), site=other)
    assert {ask.person for ask in world.register.item(key).round.asks} == {"ana", "ben", "mei"}


def test_a_round_that_nobody_can_decide_for_want_of_a_site_is_freed_by_it(world: World) -> None:
    """A round opened before sites were asked for: filling the site in asks its people."""
    world.import_roster(re.sub(r"{role: ([a-z-]+), at: \w+}", r"\1", ROSTER))
    key = without_a_site(world)
    world.register.submit(key, world.by("dan"))
    world.register.act(key, "accept-fast", world.by("cid"))
    world.carry()
    world.import_roster(ROSTER)
    world.pass_time(minutes=5)
    assert "item:round:deadlocked" in world.kinds(key)
    assert "Site is empty" in world.register.item(key).waiting_for
    world.register.edit_item(key, world.by("dan"), site="Lyon")
    world.carry()
    assert "item:round:freed" in world.kinds(key)
    assert "mei" in {ask.person for ask in world.register.item(key).round.asks}


EVERYWHERE = ROSTER + "  lea: {name: Lea Voss, email: lea@example.com, roles: [quality-lead]}\n"


def test_an_item_of_the_whole_company_goes_to_who_holds_the_role_everywhere(world: World) -> None:
    """One quality lead at Lyon, one at Linz and one everywhere: without a site the last is asked."""
    world.import_roster(EVERYWHERE)
    key = without_a_site(world)
    assert world.register.item(key, "dan").missing_site == ""
    world.register.submit(key, world.by("dan"))
    world.register.act(key, "accept-fast", world.by("cid"))
    world.carry()
    asked = {ask.person: ask.capacity for ask in world.register.item(key).round.asks}
    assert {person for person, capacity in asked.items() if "Quality lead" in capacity} == {"lea"}


def test_the_round_an_act_leads_to_is_looked_at_and_no_other(world: World) -> None:
    """Plant managers are asked at the site by the implementation board, which the fast track never comes to."""
    world.import_roster(EVERYWHERE)
    fast = without_a_site(world)
    fields = {**PUMP, "track": "full", "stock-disposition": "use-up"}
    full = world.register.create_item("engineering-change", "Seal", world.by("dan"), fields=fields, criteria=IMPACT)
    for key in (fast, full):
        assert world.register.submit(key, world.by("dan")) == "screening"
    assert world.register.act(full, "accept-full", world.by("cid")) == "review-board"


THREE = """
process: three-ways
title: Three ways
kind: change_request
numbering: "THR-{n:04}"
fields: {cost: {type: integer, title: Cost, required: false}}
start: draft
states:
  draft:
    acts:
      note:  {to: noted, needs: [fields], by: author}
      ask:   {to: asked, needs: [fields], by: author}
      shut:  {to: shut, by: author}
  noted: {acts: {again: {to: draft, by: author}}}
  shut:
    edits: none
    acts: {go-on: {to: asked, by: author}}
  asked: {round: release, when: {approved: done, rejected: draft}, no_deadline: a test}
  done:  {title: Done, end: done}
policies:
  release:
    signature: {meaning: Agreed, proof: secret}
    reject: {from: finance, position: reject, at_least: 1}
    approve: {from: quality-lead, at: item.site, at_least: 1}
"""


def three_ways(world: World, approve: str | None = None) -> str:
    rule = "{from: quality-lead, at: item.site, at_least: 1}"
    world.register.publish_process(THREE.replace(rule, approve or rule), "three.yaml", world.by("cid"))
    return world.register.create_item("three-ways", "One", world.by("dan"), fields={"cost": 1})


def refused(world: World, key: str) -> set[str]:
    return {one.name for one in world.register.item(key, "dan").acts if "Site is empty" in (one.refusal or "")}


def test_an_act_that_leads_to_no_round_needs_no_site(world: World) -> None:
    """That an act has to have the fields filled in is no sign of a round."""
    key = three_ways(world)
    assert refused(world, key) == {"ask", "shut"}
    world.register.act(key, "note", world.by("dan"))


def test_an_item_that_cannot_be_edited_is_not_held_up_for_want_of_a_site(world: World) -> None:
    """Nothing could be filled in there: it goes on, and its round says what is missing."""
    world.import_roster(EVERYWHERE)
    key = three_ways(world)
    world.register.act(key, "shut", world.by("dan"))
    world.import_roster(ROSTER)
    world.register.act(key, "go-on", world.by("dan"))
    world.carry()
    assert "Site is empty" in world.register.item(key).waiting_for


@pytest.mark.parametrize(
    ("rule", "needs"),
    [
        ("{any: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}", False),
        ("{all: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}", True),
        ("{from: [quality-lead, finance], at: item.site, at_least: 1}", False),
        ("{all: [{from: finance, at_least: 1}, {from: quality-lead, at: item.site, at_least: 1, when: item.cost > 5}]}", False),
        ("{from: author, at: item.site, at_least: 1}", False),
        ("{from: ot-head, at: item.site, at_least: 1}", False),
    ],
)  # fmt: skip
def test_a_site_is_needed_where_the_rule_asks_nobody_without(world: World, rule: str, *, needs: bool) -> None:
    """Another way of meeting it, somebody who is asked anyway, a condition that is false, nobody at any site."""
    assert ("ask" in refused(world, three_ways(world, rule))) is needs


DAYS = """
sites:
  Lyon: {zone: Europe/Paris, country: FR, closed: [{from: 2026-08-18, until: 2026-08-28, why: Summer}]}
  Linz: {zone: Europe/Vienna, country: AT}
"""
WITH_TIMES = THREE.replace(
    "  draft:\n",
    "  draft:\n    due: {within: 3wd, remind: [50%]}\n    inactive: {after: 4wd, to: done}\n"
    "    ladder: [{after: 5wd, notify: {role: pmo-lead}}]\n",
)


def times(world: World, key: str) -> dict[str, datetime]:
    with world.store.reading() as connection:
        rows = connection.execute(
            select(timers).where(timers.c.item == key, timers.c.cancelled_at.is_(None), timers.c.fired_at.is_(None))
        )
        return {row.name: row.due_at for row in rows}


def test_where_the_site_changes_what_runs_is_counted_by_its_calendar(world: World) -> None:
    """Linz works while Lyon is shut: an item that came back to its start and goes to Linz has the times of one that was
    there from the beginning, and the record says why they moved."""
    world.register.publish_calendar(build(SitesFile, read_document(DAYS, "sites.yaml")), World.by("import"))
    world.register.publish_process(WITH_TIMES, "three.yaml", world.by("cid"))
    moved, whole, bare = (
        world.register.create_item("three-ways", "One", world.by("dan"), fields={"cost": 1}, site=site)
        for site in ("Lyon", "Linz", None)
    )
    for key in (moved, whole, bare):
        world.register.act(key, "note", world.by("dan"))
        world.register.act(key, "again", world.by("dan"))
    assert times(world, moved) != times(world, whole)
    for key in (moved, bare):
        world.register.edit_item(key, world.by("dan"), site="Linz")
    assert times(world, moved) == times(world, bare) == times(world, whole)
    assert world.register.item(moved).line.due_at == world.register.item(whole).line.due_at
    assert any("its site was Lyon and is Linz now" in line.sentence for line in world.register.item(moved).timeline)
    assert world.register.drifted() == []
    world.check_record()


def test_what_was_due_by_the_calendar_of_the_first_site_is_due_again_at_the_other(world: World) -> None:
    """It was told once; at the site that was shut it is not overdue, and is told again in its time."""
    world.register.publish_calendar(build(SitesFile, read_document(DAYS, "sites.yaml")), World.by("import"))
    world.register.publish_process(WITH_TIMES.replace("4wd", "30wd"), "three.yaml", world.by("cid"))
    key = world.register.create_item("three-ways", "One", world.by("dan"), fields={"cost": 1}, site="Linz")
    world.pass_time(days=4)
    assert "due" not in times(world, key)
    world.register.edit_item(key, world.by("dan"), site="Lyon")
    due = world.register.item(key).line.due_at
    assert due is not None
    assert due > world.clock.now()
    assert times(world, key)["due"] == due
