"""Networks that may sign: elsewhere is refused, on the record, whatever else is right about the request."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from proofs import entries
from world import SECRET, World

from gates.errors import Refused
from gates.service import SignRequest
from gates.service.networks import is_within
from workflows.errors import SettingsError
from workflows.settings import load_settings

PLANT = (ip_network("10.20.0.0/16"), ip_network("2001:db8::/32"))


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
