"""Somebody leaves the roster, and comes back: links, sessions and asks end in the same commit."""

from __future__ import annotations

import pytest
from one_policy import publish
from world import ROSTER, World

from gates.errors import BadInput, LinkProblem, NotFound, Refused
from gates.roster import HoldingLine, PersonLine

TWO = "approve: {all: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}"


def kinds(world: World, key: str) -> list[str]:
    return [line.kind for line in world.register.item(key).timeline]


def test_a_link_that_is_open_ends_with_the_deactivation(world: World) -> None:
    """Mei has the page open; at 14:03 she is off the roster; her click at 14:04 says why it fails (A11-2)."""
    key = publish(world, TWO)
    token = world.token("mei", key)
    session = world.register.open_session("mei")
    shown = world.register.sign_view(token)
    assert shown.person.name == "Mei Chen"
    change = world.register.deactivate("mei", world.by("cid"), "left the company")
    assert (change.kind, change.items) == ("deactivated", (key,))
    with pytest.raises(LinkProblem, match=r"You are no longer on the roster\."):
        world.sign("mei", key, token=token)
    assert world.register.session_person(session) is None
    assert world.register.inbox("mei") == []
    lines = [line.sentence for line in world.register.item(key).timeline]
    assert "Mei Chen is asked no more: Mei Chen is no longer on the roster." in lines
    assert kinds(world, key)[-1] == "item:round:deadlocked"
    world.carry()
    assert "nobody can decide" in str(world.mails("dan@example.com")[-1].get_body(("plain",)))
    assert world.is_whole(key)


def test_reactivation_gives_a_fresh_ask(world: World) -> None:
    """The old link stays ended; a new mail has a new one, and the round is free again."""
    key = publish(world, TWO)
    token = world.token("mei", key)
    world.register.deactivate("mei", world.by("cid"))
    world.carry()
    assert world.register.reactivate("mei", world.by("cid"), "a mistake").items == (key,)
    world.carry()
    first, again = world.mails("mei@example.com", "EX-1")
    assert world.link_in(again) != world.link_in(first)
    with pytest.raises(LinkProblem):
        world.sign("mei", key, token=token)
    world.sign("mei", key, token=world.link_in(again))
    world.sign("eve", key)
    assert world.state(key) == "done"
    assert "item:round:freed" in kinds(world, key)


def test_what_was_signed_before_leaving_stays_signed_for_who_was_asked(small_world: World) -> None:
    """Otto's leaving touches no round he is not asked in."""
    world = small_world
    key = publish(world, TWO)
    assert world.register.deactivate("otto", world.by("cid")).items == ()
    world.sign("mei", key)
    world.sign("eve", key)
    assert world.state(key) == "done"


def test_a_file_that_leaves_somebody_out_does_the_same(small_world: World) -> None:
    """The asks of who is gone are withdrawn and the items named; a file that has them again asks again."""
    world = small_world
    key = publish(world, TWO)
    shorter = "\n".join(line for line in ROSTER.splitlines() if "mei:" not in line)
    assert world.import_roster(shorter).items == (key,)
    assert kinds(world, key)[-1] == "item:round:deadlocked"
    world.import_roster(ROSTER)
    world.carry()
    world.sign("mei", key)
    world.sign("eve", key)
    assert world.state(key) == "done"


def test_one_person_is_added_changed_and_never_twice(small_world: World) -> None:
    """Each is one entry with the whole line; the same again enters nothing; a mailbox belongs to one id."""
    world = small_world
    line = PersonLine(name="Zoe Falk", email="zoe@example.com", roles=("finance",))
    assert world.register.put_person("zoe", line, "zoe@example.com", world.by("cid")).kind == "added"
    assert world.register.put_person("zoe", line, "zoe@example.com", world.by("cid")).kind == "unchanged"
    more = line.model_copy(update={"roles": (HoldingLine(role="finance", at="Lyon", until="2026-08-31"),)})
    assert world.register.put_person("zoe", more, "zoe@example.com", world.by("cid")).kind == "changed"
    assert world.register.person_line("zoe").roles == more.roles
    assert world.register.person("zoe").roles == ("Finance, Lyon",)
    with pytest.raises(BadInput, match="is ana's mailbox"):
        world.register.put_person("zoe", more, "ana@example.com", world.by("cid"))
    nowhere = line.model_copy(update={"roles": (HoldingLine(role="finance", at="Rome"),)})
    with pytest.raises(BadInput, match="There is no site 'Rome'; there is Linz, Lyon|there is Lyon, Linz"):
        world.register.put_person("zoe", nowhere, "zoe@example.com", world.by("cid"))
    with pytest.raises(NotFound, match="'zo' is nobody on the roster"):
        world.register.deactivate("zo", world.by("cid"))
    world.register.deactivate("zoe", world.by("cid"))
    with pytest.raises(Refused, match="Zoe Falk is inactive already"):
        world.register.deactivate("zoe", world.by("cid"))


def test_a_role_is_held_for_a_program(small_world: World) -> None:
    """The lead of one program is not asked about an item of another."""
    world = small_world
    line = world.register.person_line("mei")
    held = (HoldingLine(role="quality-lead", at="Lyon", program="Atlas"),)
    world.register.put_person("mei", line.model_copy(update={"roles": held}), "mei@example.com", world.by("cid"))
    publish(world, TWO)
    elsewhere = world.register.create_item("example", "Of Boreas", world.by("dan"), site="Lyon", program="Boreas")
    here = world.register.create_item("example", "Of Atlas", world.by("dan"), site="Lyon", program="Atlas")
    for key in (elsewhere, here):
        world.register.submit(key, world.by("dan"))
    world.carry()
    assert [ask.item.key for ask in world.register.inbox("mei")] == [here]
    (ask,) = world.register.inbox("mei")
    assert ask.capacity == "Quality lead, Lyon, Atlas"


def test_a_vendors_engineer_signs_by_link_without_an_account(world: World) -> None:
    """No session, by link alone; capacity and company are printed; the role ends tomorrow, and so does the right."""
    line = PersonLine(
        name="Ida Krauss",
        email="ida@kraus.example",
        kind="vendor",
        company="Kraus GmbH",
        zone="Europe/Vienna",
        roles=(HoldingLine(role="commissioning", at="Lyon", until="2026-08-17"),),
    )
    world.register.put_person("ida", line, "ida@kraus.example", world.by("cid"))
    policy = "approve: {all: [{from: commissioning, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}"
    first, second = publish(world, policy), publish(world, policy)
    with pytest.raises(Refused, match="signs by mail link and has no account"):
        world.register.open_session("ida")
    (mail, other) = world.mails("ida@kraus.example")
    receipt = world.sign("ida", first, token=world.link_in(mail))
    assert receipt.capacity == "Commissioning, Lyon, of Kraus GmbH"
    world.pass_time(days=1)
    with pytest.raises(Refused, match="You hold none of the roles this policy asks"):
        world.sign("ida", second, token=world.link_in(other))
    assert kinds(world, second)[-1] == "item:decision:refused"
