"""Acts on a round by the pages: only for whoever may, with the reason, on the record."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_network

from one_policy import publish
from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import World

HOLD = """
positions: {hold: {lifted_by: [sponsor], title: Hold}}
override: {by: sponsor}
approve: {all: [{from: finance, at_least: 1}, {from: engineering, position: hold, at_most: 0}]}
"""
BALLOT = """
settle: at_close
chair: pmo-lead
deadline: {in: 10d, then: escalate}
approve: {from: engineering, more_than: 1/2, of: present}
"""


def offered(client: TestClient, key: str) -> list[str]:
    return re.findall(rf'href="/items/{key}/round/([a-z]+)"', client.get(f"/items/{key}").text)


def test_a_hold_is_lifted_on_its_page(client: TestClient, small_world: World) -> None:
    """Offered to the sponsor alone; nothing preselected; without a reason nothing is done and nothing lost."""
    key = publish(small_world, HOLD)
    small_world.sign("ana", key, "hold")
    small_world.sign("eve", key)
    sign_in(client, "ben")
    assert offered(client, key) == []
    assert client.get(f"/items/{key}/round/lift").status_code == 409
    sign_in(client, "sam")
    assert offered(client, key) == ["lift", "override"]
    path = f"/items/{key}/round/lift"
    shown = client.get(path).text
    assert "Hold of Ana Ruiz" in shown
    assert not re.search(r"<input[^>]* checked", shown)
    form = {"forgery": forgery(shown), "choice": "ana", "reason": ""}
    refused = client.post(path, data=form)
    assert (refused.status_code, "Say why it is lifted." in refused.text) == (422, True)
    assert 'value="ana" checked' in refused.text
    assert small_world.state(key) == "vote"
    again = {"forgery": forgery(refused.text), "choice": "ana", "reason": "Tested."}
    assert client.post(path, data=again).headers["location"] == f"/items/{key}"
    assert small_world.state(key) == "done"
    assert "Sam Okoye lifted “hold” of Ana Ruiz (Tested.)." in client.get(f"/items/{key}").text


def test_a_form_of_another_act_does_nothing(client: TestClient, small_world: World) -> None:
    """The anti-forgery value is bound to the one form."""
    key = publish(small_world, HOLD)
    sign_in(client, "sam")
    shown = client.get(f"/items/{key}/round/override").text
    form = {"forgery": forgery(client.get("/items/new/escalation").text), "choice": "approved", "reason": "now"}
    assert client.post(f"/items/{key}/round/override", data=form).status_code == 403
    assert small_world.state(key) == "vote"
    none = client.post(f"/items/{key}/round/override", data={"forgery": forgery(shown), "reason": "now"})
    assert (none.status_code, "Choose one." in none.text) == (422, True)


def test_a_chair_records_who_is_there_and_closes(client: TestClient, small_world: World) -> None:
    """The share is then one of those present."""
    key = publish(small_world, BALLOT)
    small_world.sign("ana", key)
    small_world.sign("ben", key)
    sign_in(client, "cid")
    assert offered(client, key) == ["present", "close"]
    for name, choice in (("present", ["ana", "ben", "mei"]), ("close", [])):
        shown = client.get(f"/items/{key}/round/{name}").text
        client.post(f"/items/{key}/round/{name}", data={"forgery": forgery(shown), "choice": choice})
    assert small_world.state(key) == "done"


def test_a_page_from_outside_the_networks_decides_nothing(client: TestClient, small_world: World) -> None:
    """P11-11: it says why, and what was typed is kept; who is present may be recorded."""
    key = publish(small_world, BALLOT)
    small_world.register._desk = replace(small_world.register._desk, networks=(ip_network("10.20.0.0/16"),))
    sign_in(client, "cid")
    for name, status in (("present", 303), ("close", 422)):
        shown = client.get(f"/items/{key}/round/{name}").text
        form = {"forgery": forgery(shown), "choice": ["ana"] if name == "present" else [], "reason": "Held."}
        answer = client.post(f"/items/{key}/round/{name}", data=form)
        assert answer.status_code == status
    assert "deciding is not open to the network you come from" in answer.text
    assert small_world.state(key) == "vote"
    assert small_world.kinds(key)[-1] == "item:act:refused"
