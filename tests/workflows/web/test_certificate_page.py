"""The certificate over the web: for signed-in people, and what it says where it cannot be made."""

from __future__ import annotations

import pytest
from papers import attached, text
from site_forms import sign_in
from starlette.testclient import TestClient
from world import World

from gates.ledger.document import record_document
from gates.service.searching.find import Question


def test_a_signed_in_person_gets_the_pdf(client: TestClient, small_world: World) -> None:
    """From a link on the item's page. That it left is an entry of the desk, so that taking it changes nothing on it."""
    key = small_world.change_in_round()
    small_world.sign("ana", key)
    before = small_world.kinds(key)
    sign_in(client, "cid")
    assert f'href="/items/{key}/certificate"' in client.get(f"/items/{key}").text
    answer = client.get(f"/items/{key}/certificate")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    assert "Ana Ruiz" in text(answer.content)
    assert attached(answer.content) == {"record.json": record_document(small_world.register.read_record(key))}
    assert client.get(f"/items/{key}/certificate").content == answer.content
    assert [kind for kind in small_world.kinds(key) if kind != "item:viewed"] == before
    client.head(f"/items/{key}/certificate")
    left = small_world.register.search(Question(kind="record:exported", who="cid")).found
    assert [one.sentence for one in left] == [f"Record exported: certificate, item {key}."] * 2


def test_nobody_else_gets_it(client: TestClient, small_world: World) -> None:
    """P11-05: without a session there is a sign-in page and no record."""
    key = small_world.change()
    answer = client.get(f"/items/{key}/certificate")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_an_unknown_item_is_a_page_that_says_so(client: TestClient) -> None:
    """No trace of what there is."""
    sign_in(client, "cid")
    assert client.get("/items/ECR-9999/certificate").status_code == 404


def test_without_typst_the_page_names_the_remedy(
    client: TestClient, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I8: a missing extra is a sentence, not a fault."""
    key = small_world.change()
    sign_in(client, "cid")
    monkeypatch.setattr("notifications.press.find_spec", lambda name: None)
    answer = client.get(f"/items/{key}/certificate")
    assert answer.status_code == 503
    assert "tollgate[pdf]" in answer.text
