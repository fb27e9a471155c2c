"""A directory keeps the roster by SCIM: the requests Entra ID and Okta send, against a running server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from one_policy import publish
from starlette.testclient import TestClient
from world import World

from gates.errors import LinkProblem

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTRA_USER = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Zoe.Falk@example.com",
    "active": True,
    "displayName": "Zoe Falk",
    "emails": [{"primary": True, "type": "work", "value": "zoe.falk@example.com"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Zoe Falk", "familyName": "Falk", "givenName": "Zoe"},
    "title": "Controller",
    ENTERPRISE: {"department": "Finance"},
}
OKTA_USER = {
    "schemas": [USER],
    "userName": "ravi.nair@example.com",
    "name": {"givenName": "Ravi", "familyName": "Nair"},
    "emails": [{"primary": True, "value": "ravi.nair@example.com", "type": "work"}],
    "displayName": "Ravi Nair",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}
BOTH = "approve: {all: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}"


@pytest.fixture
def scim(small_world: World, site: str) -> Iterator[httpx.Client]:
    """A client with a token."""
    token = small_world.register.admit_directory("entra", small_world.by("cid"))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}
    with httpx.Client(base_url=f"{site}/scim/v2", headers=headers, timeout=60) as client:
        yield client


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def test_entra_creates_finds_changes_and_offboards(small_world: World, scim: httpx.Client) -> None:
    """Looked up first, then made; texts for booleans and verbs with a capital are taken; each is on the record."""
    world = small_world
    found = scim.get("/Users", params={"filter": 'userName eq "zoe.falk@example.com"'}).json()
    assert (found["totalResults"], found["Resources"]) == (0, [])
    made = scim.post("/Users", json=ENTRA_USER)
    assert made.status_code == 201
    assert made.headers["content-type"].startswith("application/scim+json")
    user = made.json()
    assert made.headers["location"] == user["meta"]["location"] == "http://127.0.0.1:8123/scim/v2/Users/zoe-falk"
    assert (user["id"], user["externalId"]) == ("zoe-falk", ENTRA_USER["externalId"])
    again = scim.get("/Users", params={"filter": 'userName eq "ZOE.falk@EXAMPLE.com"'}).json()
    assert [one["id"] for one in again["Resources"]] == ["zoe-falk"]
    renamed = scim.patch(
        "/Users/zoe-falk",
        json=patch(
            {"op": "Replace", "path": "displayName", "value": "Zoe Falk-Berg"},
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "zoe.berg@example.com"},
            {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Control"},
        ),
    )
    assert (renamed.status_code, renamed.json()["displayName"]) == (200, "Zoe Falk-Berg")
    assert world.register.person("zoe-falk").email == "zoe.berg@example.com"
    off = scim.patch("/Users/zoe-falk", json=patch({"op": "Replace", "path": "active", "value": "False"}))
    assert off.json()["active"] is False
    assert not world.register.person("zoe-falk").active
    kinds = [entry["kind"] for entry in roster_entries(world)]
    assert kinds[-3:] == ["roster:person:added", "roster:person:changed", "roster:person:deactivated"]
    last = roster_entries(world)[-1]["actor"]
    assert (last["person"], last["via"], last["origin"].split(",")[0]) == (None, "scim", "entra")


def roster_entries(world: World) -> list[dict[str, Any]]:
    import json

    from sqlalchemy import select

    from gates.store import tables as t

    with world.store.reading() as connection:
        query = select(t.entries.c.body).where(t.entries.c.chain == "@roster").order_by(t.entries.c.seq)
        return [json.loads(body) for body in connection.execute(query).scalars()]


def test_okta_creates_and_suspends(small_world: World, scim: httpx.Client) -> None:
    """Okta sends the whole resource, then a replace without a path; a password is never kept."""
    user = scim.post("/Users", json=OKTA_USER).json()
    assert "password" not in user
    off = scim.patch(f"/Users/{user['id']}", json=patch({"op": "replace", "value": {"active": False}}))
    assert off.json()["active"] is False
    on = scim.put(f"/Users/{user['id']}", json={**OKTA_USER, "id": user["id"], "active": True})
    assert on.json()["active"] is True
    assert "1mz050nq" not in str(roster_entries(small_world))


def test_groups_give_roles_and_take_them(small_world: World, scim: httpx.Client) -> None:
    """`role@site` by its name; who joins holds the role from now on and is asked; who leaves does not (SOX-1)."""
    world = small_world
    zoe = scim.post("/Users", json=ENTRA_USER).json()["id"]
    body = {"schemas": [GROUP], "displayName": "quality-lead@Lyon", "externalId": "g-1", "members": []}
    made = scim.post("/Groups", json=body)
    assert made.status_code == 201
    group = f"/Groups/{made.json()['id']}"
    joined = scim.patch(group, json=patch({"op": "Add", "path": "members", "value": [{"value": zoe}]}))
    assert [member["value"] for member in joined.json()["members"]] == [zoe]
    assert world.register.person(zoe).roles == ("Quality lead, Lyon",)
    assert scim.get(f"/Users/{zoe}").json()["groups"][0]["display"] == "quality-lead@Lyon"
    key = publish(world, BOTH)
    assert [ask.item.key for ask in world.register.inbox(zoe)] == [key]
    left = scim.patch(group, json=patch({"op": "Remove", "path": f'members[value eq "{zoe}"]'}))
    assert left.json()["members"] == []
    assert world.register.person(zoe).roles == ()
    without = scim.get(group, params={"excludedAttributes": "members"}).json()
    assert "members" not in without
    scim.put(group, json={**body, "members": [{"value": zoe}]})
    assert scim.delete(group).status_code == 204
    assert world.register.person(zoe).roles == ()
    assert scim.get(group).status_code == 404


def test_a_group_without_a_role_is_kept_and_gives_nothing(small_world: World, scim: httpx.Client) -> None:
    """Until somebody says what it stands for."""
    zoe = scim.post("/Users", json=ENTRA_USER).json()["id"]
    body = {"displayName": "All of Finance", "members": [{"value": zoe}]}
    assert scim.post("/Groups", json=body).status_code == 201
    assert small_world.register.person(zoe).roles == ()
    nowhere = scim.post("/Groups", json={"displayName": "finance@Rome"})
    assert (nowhere.status_code, nowhere.json()["scimType"]) == (400, "invalidValue")
    assert "There is no site 'Rome'" in nowhere.json()["detail"]
    stranger = scim.post("/Groups", json={"displayName": "finance", "members": [{"value": "ana"}]})
    assert stranger.status_code == 400


def test_offboarded_at_14_03_the_click_at_14_04_fails(small_world: World, scim: httpx.Client, site: str) -> None:
    """The page is open; the form sent a minute later says why; nothing is recorded; the record says who did it."""
    world = small_world
    key = publish(world, BOTH)
    mei = scim.post("/Users", json={"userName": "mei@example.com", "displayName": "Mei Chen"}).json()
    assert mei["id"] == "mei"
    assert world.register.person("mei").roles == ("Quality lead, Lyon", "Engineering")
    token = world.token("mei", key)
    with httpx.Client(base_url=site) as browser:
        shown = browser.get(f"/s/{token}").text
        fields = dict(hidden(shown))
        world.clock.at = world.clock.at.replace(hour=14, minute=3)
        assert scim.delete("/Users/mei").status_code == 204
        world.clock.move_on(minutes=1)
        sent = browser.post(f"/s/{token}", data={**fields, "position": "approve"}, headers={"origin": site})
    assert "You are no longer on the roster." in sent.text
    assert sent.status_code in (403, 404, 409, 410)
    with pytest.raises(LinkProblem):
        world.sign("mei", key, token=token)
    lines = [line.sentence for line in world.register.item(key).timeline]
    assert "Mei Chen is asked no more: Mei Chen is no longer on the roster." in lines
    assert scim.get("/Users/mei").status_code == 404
    back = scim.post("/Users", json={"userName": "mei@example.com", "displayName": "Mei Chen"})
    assert (back.status_code, back.json()["id"]) == (201, "mei")
    world.carry()
    assert len(world.mails("mei@example.com", key)) == 2


def hidden(html: str) -> list[tuple[str, str]]:
    import re

    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)


def test_what_was_read_must_still_be_there(scim: httpx.Client) -> None:
    """Entity tags: not modified, and refused where somebody else was faster."""
    user = scim.post("/Users", json=ENTRA_USER).json()
    read = scim.get("/Users/zoe-falk")
    assert read.headers["etag"] == user["meta"]["version"]
    assert scim.get("/Users/zoe-falk", headers={"if-none-match": read.headers["etag"]}).status_code == 304
    change = patch({"op": "replace", "path": "displayName", "value": "Zoe B"})
    assert scim.patch("/Users/zoe-falk", json=change, headers={"if-match": read.headers["etag"]}).status_code == 200
    late = scim.patch("/Users/zoe-falk", json=change, headers={"if-match": read.headers["etag"]})
    assert (late.status_code, late.json()["status"]) == (412, "412")


def test_lists_come_in_pages(scim: httpx.Client) -> None:
    """From 1; a count of nothing tells how many there are."""
    for number in range(5):
        scim.post("/Users", json={"userName": f"p{number}@example.com"})
    page = scim.get("/Users", params={"startIndex": "2", "count": "2"}).json()
    assert [one["id"] for one in page["Resources"]] == ["p1", "p2"]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert scim.get("/Users", params={"count": "0"}).json()["Resources"] == []


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "kind"),
    [
        ("POST", "/Users", {"displayName": "nobody"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "no mailbox"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "a@example.com", "USERNAME": "b@example.com"}, 400, "invalidSyntax"),
        ("POST", "/Users", {"userName": "x@example.com", "timezone": "Mars/Olympus"}, 400, "invalidValue"),
        ("POST", "/Users", [], 400, "invalidValue"),
        ("GET", '/Users?filter=title co "x"', None, 400, "invalidFilter"),
        ("GET", "/Users?startIndex=one", None, 400, "invalidValue"),
        ("GET", "/Users/nobody", None, 404, None),
        ("GET", "/Users/%00", None, 404, None),
        ("PATCH", "/Users/zoe-falk", {"Operations": []}, 400, "invalidSyntax"),
        ("PATCH", "/Users/zoe-falk", patch({"op": "smash", "path": "active"}), 400, "invalidSyntax"),
        ("PATCH", "/Users/zoe-falk", patch({"op": "remove"}), 400, "noTarget"),
        ("PATCH", "/Users/zoe-falk", patch({"op": "remove", "path": "userName"}), 400, "mutability"),
        ("PATCH", "/Users/zoe-falk", patch({"op": "replace", "path": "shoeSize", "value": 44}), 400, "invalidPath"),
        ("PATCH", "/Users/zoe-falk", patch({"op": "replace", "path": "active", "value": "maybe"}), 400, "invalidValue"),
        ("POST", "/Users", ENTRA_USER, 409, "uniqueness"),
        ("POST", "/Users", {"userName": "other", "emails": ENTRA_USER["emails"]}, 409, "uniqueness"),
        ("POST", "/ServiceProviderConfig", {}, 405, None),
        ("GET", "/Bulk", None, 404, None),
    ],
)
def test_errors_have_scims_shape(
    scim: httpx.Client, verb: str, path: str, body: Any, status: int, kind: str | None
) -> None:
    """Status as a text, a type where there is one, a sentence."""
    scim.post("/Users", json=ENTRA_USER)
    answer = scim.request(verb, path, json=body) if body is not None else scim.request(verb, path)
    said = answer.json()
    assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (answer.status_code, said["status"], said.get("scimType")) == (status, str(status), kind)
    assert said["detail"]


def test_only_a_token_opens_it(small_world: World, scim: httpx.Client) -> None:
    """None, a wrong one, a cookie, or one that was revoked: 401, and nothing is told."""
    for headers in ({"authorization": ""}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eDp5"}):
        answer = scim.get("/Users", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    small_world.register.revoke_directory("entra", small_world.by("cid"))
    assert scim.get("/ServiceProviderConfig").status_code == 401


def test_what_it_says_of_itself(scim: httpx.Client) -> None:
    """Configuration, resource types and schemas, each to be fetched alone too."""
    config = scim.get("/ServiceProviderConfig").json()
    assert (config["patch"], config["bulk"]["supported"], config["etag"]) == (
        {"supported": True},
        False,
        {"supported": True},
    )
    for what, count in (("ResourceTypes", 2), ("Schemas", 2)):
        listed = scim.get(f"/{what}").json()
        assert listed["totalResults"] == count
        for one in listed["Resources"]:
            assert scim.get(f"/{what}/{one['id']}").json() == one
    assert scim.get("/Schemas/urn:nothing").status_code == 404


WORDS = st.sampled_from(
    ["userName", "active", "emails", "name", "displayName", "members", "externalId", "schemas", "Operations", "op",
     "path", "value", "replace", "add", "remove", "zoe-falk", "x@example.com", "True", "", "\0", "\ud800", "members[value eq",
     'members[value eq "zoe-falk"]', 'emails[type eq "work"].value', "name.givenName", "timezone", "finance@Lyon"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
OPERATIONS = st.fixed_dictionaries(
    {"Operations": st.lists(st.fixed_dictionaries({"op": WORDS, "path": WORDS, "value": JSON}), max_size=3)}
)
PLACES = ("/Users", "/Groups", "/Users/zoe-falk", "/Groups/none", "/Users/%00", "/Schemas")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["POST", "PUT", "PATCH"]), st.sampled_from(PLACES), JSON | OPERATIONS, st.text(max_size=12))
def test_nothing_a_client_sends_is_a_failure_of_ours(
    client: TestClient, small_world: World, verb: str, place: str, body: Any, asked: str
) -> None:
    """Whatever is sent gets an answer in SCIM's shape, and never a 500."""
    import json

    if not hasattr(client, "scim_token"):
        client.scim_token = small_world.register.admit_directory("fuzz", small_world.by("cid"))  # type: ignore[attr-defined]
        client.raise_server_exceptions = False  # type: ignore[attr-defined]
    headers = {"authorization": f"Bearer {client.scim_token}"}  # type: ignore[attr-defined]
    client.post("/scim/v2/Users", json=ENTRA_USER, headers=headers)
    answer = client.request(verb, f"/scim/v2{place}", content=json.dumps(body).encode(), headers=headers)
    assert answer.status_code < 500, answer.text
    listed = client.get("/scim/v2/Users", params={"filter": asked, "startIndex": asked}, headers=headers)
    assert listed.status_code < 500, listed.text
