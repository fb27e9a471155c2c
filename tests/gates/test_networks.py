"""Networks that may sign: elsewhere is refused, on the record, whatever else is right about the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

import pytest
from one_policy import publish
from proofs import entries
from world import SECRET, World

from gates.errors import LinkProblem, Refused
from gates.items import Actor
from gates.service import SignRequest
from gates.service.networks import is_within
from workflows.errors import SettingsError
from workflows.settings import load_settings

PLANT = (ip_network("10.20.0.0/16"), ip_network("2001:db8::/32"))

ELSEWHERE = "203.0.113.9 Firefox"
HOLD = """
positions: {hold: {lifted_by: [sponsor]}}
approve: {all: [{from: finance, at_least: 1}, {from: engineering, position: hold, at_most: 0}]}
override: {by: sponsor, reason: required}
"""
BALLOT = """
settle: at_close
chair: pmo-lead
deadline: {in: 10d, then: escalate}
approve: {from: engineering, more_than: 1/2, of: present, quorum: 2}
reject: {from: engineering, position: reject, at_least: 1}
"""


@pytest.fixture
def plant(world: World) -> World:
    """A world where signing is open to the plant's networks alone."""
    world.register._desk = replace(world.register._desk, networks=PLANT)
    return world


def asked(world: World, key: str, origin: str, secret: str = SECRET) -> SignRequest:
    token = world.token("mei", key)
    shown = world.register.sign_view(token)
    return SignRequest(token, "approve", shown.revision_digest, secret=secret, typed_name="Mei Chen", origin=origin)


def test_a_signature_from_elsewhere_is_refused_on_the_record_and_one_from_inside_counts(plant: World) -> None:
    """P11-11: no proof is looked at and no guess counted; the link stays good for the right network."""
    key = plant.change_in_round()
    for origin in ("203.0.113.9 Firefox", "10.21.0.1 Firefox", "unknown", "", "command line, user root"):
        with pytest.raises(Refused, match="not open to the network you come from") as caught:
            plant.register.decide(asked(plant, key, origin, secret="a guess"))
        assert caught.value.code == "other-network"
    found = entries(plant, key, "item:decision:refused")
    assert [one["data"]["code"] for one in found] == ["other-network"] * 5
    assert found[0]["actor"] == {"origin": "203.0.113.9 Firefox", "person": "mei", "via": "link"}
    plant.register.decide(asked(plant, key, "10.20.3.4 Firefox"))
    (signed,) = entries(plant, key, "item:decision:recorded")
    assert signed["actor"]["origin"] == "10.20.3.4 Firefox"
    plant.check_record()


def test_taking_back_is_bound_to_the_same_networks(plant: World) -> None:
    """P11-11: it is signed for as well."""
    key = plant.change_in_round()
    token = plant.token("mei", key)
    plant.register.decide(asked(plant, key, "2001:db8::7 Firefox"))
    with pytest.raises(Refused, match="not open to the network"):
        plant.register.withdraw_decision(token, secret=SECRET, reason="Wrong file.", origin="203.0.113.9 Firefox")
    plant.register.withdraw_decision(token, secret=SECRET, reason="Wrong file.", origin="10.20.0.1 Firefox")


@pytest.mark.parametrize(
    ("origin", "inside"),
    [
        ("10.20.255.255 x", True),
        ("::ffff:10.20.0.1 x", True),
        ("2001:db8:1::1", True),
        ("2001:db9::1", False),
        ("10.20.0.1.example.com x", False),
        ("10.20.0.1:443 x", False),
        ("x 10.20.0.1", False),
    ],
)
def test_addresses_are_read_strictly(origin: str, inside: bool) -> None:
    """P11-11: what is no address lies nowhere."""
    assert is_within(origin, PLANT) is inside


@pytest.mark.parametrize("text", ["10.20.0.1/16", "10.20.0.0/16,", "plant", "10.20.0.0/33"])
def test_a_setting_that_names_no_network_is_refused(text: str) -> None:
    """I8: it would let everybody in, or nobody."""
    with pytest.raises(SettingsError, match="(?i)sign_networks"):
        load_settings(sign_networks=text)


def test_networks_are_those_of_the_setting() -> None:
    """Empty is any."""
    assert load_settings(sign_networks="10.20.0.0/16, 2001:db8::/32").networks == PLANT
    assert load_settings().networks == ()


# -- what the link is, how much is entered, and what decides over signatures ---------------------------


def test_a_link_that_is_over_is_told_so_and_enters_nothing(plant: World) -> None:
    """P11-11: whoever holds an old link cannot write an item's record."""
    key = plant.change_in_round()
    request = asked(plant, key, ELSEWHERE)
    plant.clock.move_on(days=400)
    with pytest.raises(LinkProblem) as caught:
        plant.register.decide(request)
    assert caught.value.state == "expired"
    with pytest.raises(LinkProblem):
        plant.register.withdraw_decision(request.token, secret=SECRET, origin=ELSEWHERE)
    assert entries(plant, key, "item:decision:refused") == []


def test_of_many_refusals_for_the_network_some_are_entered(plant: World) -> None:
    """P11-11: all are refused alike; ten a day and person are on the record, and the next day's are again."""
    key = plant.change_in_round()
    for _ in range(14):
        with pytest.raises(Refused, match="not open to the network"):
            plant.register.decide(asked(plant, key, ELSEWHERE))
    assert len(entries(plant, key, "item:decision:refused")) == 10
    plant.clock.move_on(days=1, minutes=1)
    with pytest.raises(Refused, match="not open to the network"):
        plant.register.decide(asked(plant, key, ELSEWHERE))
    assert len(entries(plant, key, "item:decision:refused")) == 11


@pytest.mark.parametrize("by", [Actor("sam", "web", ELSEWHERE), Actor("sam", "cli", "command line, user root")])
def test_what_decides_over_signatures_is_bound_to_the_same_networks(plant: World, by: Actor) -> None:
    """P11-11: a hold is lifted and a round overridden from inside alone; what is tried from elsewhere is on the record."""
    key = publish(plant, HOLD)
    plant.sign("ana", key, "hold", origin="10.20.3.4 Firefox")
    acts: list[tuple[str, Callable[[Actor], str]]] = [
        ("lift", lambda who: plant.register.lift(key, "ana", who, "Tested.")),
        ("override", lambda who: plant.register.override(key, "approved", who, "Plant is down.")),
    ]
    for _, act in acts:
        with pytest.raises(Refused, match="deciding is not open to the network") as caught:
            act(by)
        assert caught.value.code == "other-network"
    found = entries(plant, key, "item:act:refused")
    assert [(one["data"]["act"], one["data"]["code"]) for one in found] == [(name, "other-network") for name, _ in acts]
    assert {one["actor"]["origin"] for one in found} == {by.origin}
    assert plant.state(key) == "vote"
    assert [row.kind for row in plant.register.exceptions().rows] == ["refused", "refused"]
    for _ in range(14):
        with pytest.raises(Refused, match="deciding is not open to the network"):
            acts[1][1](by)
    assert len(entries(plant, key, "item:act:refused")) == 10
    acts[1][1](Actor("sam", "web", "10.20.3.4 Firefox"))
    assert plant.state(key) == "done"


def test_a_round_is_closed_from_the_same_networks(plant: World) -> None:
    """P11-11: closing is what has it judged."""
    key = publish(plant, BALLOT, when="approved: done, rejected: refused")
    with pytest.raises(Refused, match="deciding is not open to the network"):
        plant.register.close_round(key, Actor("cid", "web", ELSEWHERE))
    plant.register.close_round(key, Actor("cid", "web", "10.20.3.4 Firefox"))
    assert [one["data"]["act"] for one in entries(plant, key, "item:act:refused")] == ["close"]
