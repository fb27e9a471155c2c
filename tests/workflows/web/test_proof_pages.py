"""The pages of proofs without a browser: one's account, the officers' page, one-time links, and the sign page's ways."""

from __future__ import annotations

import re

import pytest
from proofs import appoint, asking, code_at, enrol_codes, entries, one_time_link, seed_of
from starlette.testclient import TestClient
from world import SECRET, World


def hidden(html: str, action: str) -> dict[str, str]:
    """The hidden boxes of the first form that goes there."""
    form = html[html.index(f'action="{action}"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[: form.index("</form>")]))


def sign_in(client: TestClient, person: str) -> None:
    page = client.get("/sign-in").text
    data = {**hidden(page, "/sign-in"), "address": f"{person}@example.com", "secret": SECRET}
    assert client.post("/sign-in", data=data).status_code == 303


@pytest.fixture
def office(small_world: World) -> World:
    appoint(small_world, "eve", "otto", "sam")
    return small_world


def ask(client: TestClient, person: str, proof: str, checked: str = "passport") -> str:
    data = {
        **hidden(client.get("/officer").text, "/officer/request"),
        "person": person,
        "proof": proof,
        "checked": checked,
    }
    return client.post("/officer/request", data=data).text


def test_two_officers_on_their_page(client: TestClient, office: World) -> None:
    """One asks; the same one finds no button; another confirms; the link goes out (P11-23)."""
    sign_in(client, "eve")
    assert "Asked, on the record" in ask(client, "ana", "totp")
    own = client.get("/officer").text
    assert "another officer confirms it" in own
    assert 'action="/officer/confirm"' not in own
    (request,) = office.register.proof_requests()
    forged = {**hidden(own, "/officer/request"), "request": request.id}
    answer = client.post("/officer/confirm", data=forged)
    assert answer.status_code == 422
    assert "You asked for this yourself" in answer.text
    client.cookies.clear()
    sign_in(client, "otto")
    data = hidden(client.get("/officer").text, "/officer/confirm")
    assert "gets a link by mail" in client.post("/officer/confirm", data=data).text
    office.carry()
    assert office.mails("ana@example.com", "one-time link")


def test_the_officers_page_is_theirs(client: TestClient, office: World) -> None:
    """Others see where their own proofs are; what they send is refused and entered."""
    assert client.get("/officer").headers["location"].startswith("/sign-in")
    sign_in(client, "ana")
    assert client.get("/officer").status_code == 403
    page = client.get("/account").text
    assert "Eve Moro" in page
    data = {**hidden(page, "/account/lost"), "person": "ben", "proof": "password", "checked": "passport"}
    assert client.post("/officer/request", data=data).status_code == 403
    assert client.post("/officer/nonsense", data=data).status_code == 403


def test_what_was_typed_stays_where_something_was_missing(client: TestClient, office: World) -> None:
    """The fault is said, with the person still chosen."""
    sign_in(client, "eve")
    page = ask(client, "mei", "password", " ")
    assert "Say how you checked who they are" in page
    assert '<option value="mei" selected>' in page


def test_a_lock_is_released_on_the_officers_page(client: TestClient, office: World) -> None:
    """Ten wrong passwords at sign-in; an officer lets the person try again (P11-28)."""
    for _ in range(10):
        page = client.get("/sign-in").text
        data = {**hidden(page, "/sign-in"), "address": "ana@example.com", "secret": "wrong"}
        client.post("/sign-in", data=data)
    sign_in(client, "eve")
    page = client.get("/officer").text
    assert "locked until" in page
    assert "may try again" in client.post("/officer/release", data=hidden(page, "/officer/release")).text
    client.cookies.clear()
    sign_in(client, "ana")


def test_a_loss_reported_by_its_owner_ends_the_session(client: TestClient, office: World) -> None:
    """From the account; the next page asks to sign in (P11-27)."""
    sign_in(client, "ana")
    page = client.get("/account").text
    assert "Password" in page
    assert "Reported lost" in client.post("/account/lost", data=hidden(page, "/account/lost")).text
    assert client.get("/account").status_code == 303
    assert entries(office, "@access", "person:proof:lost")[-1]["actor"]["person"] == "ana"


def test_a_one_time_link_shows_and_only_a_post_sets_up(client: TestClient, office: World) -> None:
    """Looked at by GET and HEAD twenty times; then a password by POST; then it is over."""
    link = f"/enrol/{one_time_link(office, 'ana', 'password')}"
    for _ in range(20):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    page = client.get(link).text
    assert 'autocomplete="new-password"' in page
    assert client.post(link, data={"secret": "another horse"}).status_code == 403
    short = client.post(link, data={**hidden(page, link), "secret": "short"})
    assert short.status_code == 422
    assert "8 to 200 characters" in short.text
    assert "You can sign with it" in client.post(link, data={**hidden(page, link), "secret": "another horse"}).text
    assert client.get(link).status_code == 410
    assert client.get(f"/enrol/{'a' * 52}").status_code == 404


def test_codes_are_set_up_with_a_picture_and_a_key(client: TestClient, office: World) -> None:
    """As SVG in the page and as text; the first code is the sign that the app has it."""
    token = one_time_link(office, "ana", "totp")
    link, seed = f"/enrol/{token}", seed_of(office, token)
    page = client.get(link).text
    assert "<svg" in page
    assert " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)) in page
    assert 'inputmode="numeric" autocomplete="one-time-code"' in page
    assert client.post(link, data={**hidden(page, link), "code": "000000"}).status_code == 422
    code = code_at(seed, office.clock.now())
    assert "Set up" in client.post(link, data={**hidden(page, link), "code": f"{code[:3]} {code[3:]}"}).text


def test_the_sign_page_takes_a_code_or_the_password(client: TestClient, office: World) -> None:
    """Both boxes where both are set up; a wrong code says so at its box; no script on this page (P11-20)."""
    seed = enrol_codes(office, "ana")
    link = f"/s/{office.token('ana', asking(office, 'secret'))}"
    page = client.get(link)
    assert "Your password" in page.text
    assert "Or the code from your app" in page.text
    assert "<script" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    data = {**hidden(page.text, link), "position": "approve", "comment": "", "meaning": "yes"}
    wrong = client.post(link, data={**data, "code": "000000"})
    assert wrong.status_code == 422
    assert 'id="code-fault"' in wrong.text
    answer = client.post(link, data={**data, "code": code_at(seed, office.clock.now())})
    assert answer.status_code == 303
    receipt = client.get(f"{link}/receipt").text
    for words in ("L1, one-time code", "Ana Ruiz", "UTC", "(Europe/Paris)", "Agreed"):
        assert words in receipt


def test_who_cannot_sign_is_told_what_to_do(client: TestClient, office: World) -> None:
    """No form, a remedy, and no weaker way."""
    link = f"/s/{office.token('ana', asking(office, 'passkey'))}"
    page = client.get(link).text
    assert "You cannot sign this yet" in page
    assert "needs a passkey (L3)" in page
    assert '<form method="post" action="/s/' not in page
    assert client.get(f"{link}?way=secret").text.count("Your password") == 0


def test_a_question_for_a_passkey_decides_nothing(client: TestClient, office: World) -> None:
    """It carries the form's anti-forgery value, and whoever has no passkey gets none."""
    key = asking(office, "secret")
    link = f"/s/{office.token('ana', key)}"
    page = client.get(link).text
    data = {**hidden(page, link), "position": "approve", "meaning": "yes"}
    assert client.post(f"{link}/intent", data={**data, "forgery": "0" * 64}).status_code == 403
    answer = client.post(f"{link}/intent", data=data)
    assert answer.status_code == 403
    assert "No passkey is set up for you here" in answer.json()["said"]
    assert "item:decision:recorded" not in office.kinds(key)


def test_the_item_page_shows_what_a_signature_must(client: TestClient, office: World) -> None:
    """Name, UTC and local time, meaning and level of each (P11-15, P11-16)."""
    key = asking(office, "secret", "approve: {from: engineering, at_least: 2}")
    office.sign("ana", key)
    sign_in(client, "otto")
    page = client.get(f"/items/{key}").text
    for words in ("Ana Ruiz", "Meaning: Agreed", "Proof: L1", "11:00 CEST, Europe/Paris", "9:00 UTC"):
        assert words in page, words
