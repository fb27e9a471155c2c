"""The site of an item: asked for where people are asked at it, and kept once they were."""

from __future__ import annotations

import re

import pytest
from world import IMPACT, PUMP, ROSTER, World

from gates.errors import BadInput, Refused


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
