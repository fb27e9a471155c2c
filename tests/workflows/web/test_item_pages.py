"""Items, inbox, forms and sessions, asked directly."""

from __future__ import annotations

import re

import pytest
from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import IMPACT, PUMP, SECRET, World


@pytest.mark.parametrize("path", ["/inbox", "/items", "/items/ECR-0001", "/items/new/escalation", "/processes"])
def test_pages_need_a_signed_in_person(client: TestClient, path: str) -> None:
    """Default is no right (P11-05)."""
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?back={path}")


OPEN = {"/sign-in", "/sign-out", "/health", "/static", "/scim/v2", "/api", "/"}
"""What strangers may see: ways in and out, a probe, the style sheet, and the door, which leads to the sign-in. A
directory and a program show their token at each address below their own: see test_scim and test_api."""


def test_every_page_needs_somebody_unless_it_is_a_way_in(client: TestClient, small_world: World) -> None:
    """P11-05, A11-03: every address there is, walked without a session; a mailed link is a live request of its own."""
    key = small_world.change_in_round()
    given = {
        "key": key,
        "process": "escalation",
        "name": "escalation",
        "act": "submit",
        "id": "1",
        "token": "a" * 52,
        "state": "x",
        "number": "1",
        "person": "mei",
        "chain": key,
        "site": "Lyon",
    }
    seen = set()
    for route in client.app.routes:  # type: ignore[attr-defined]
        if route.path in OPEN:
            continue
        answer = client.get(re.sub(r"{(\w+)}", lambda match: given[match[1]], route.path))
        assert key not in answer.text, route.path
        assert answer.status_code in (303, 404, 405, 422), route.path
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/sign-in"), route.path
            seen.add(route.path)
    assert seen >= {"/inbox", "/items", "/items/{key}", "/items/{key}/edit", "/items/{key}/certificate", "/processes"}
    assert client.get("/").headers["location"].startswith("/")


def test_a_wrong_password_does_not_sign_in(client: TestClient) -> None:
    """The answer never says which part was wrong; nothing is kept in the browser."""
    page = client.get("/sign-in").text
    form = {"forgery": forgery(page), "address": "ana@example.com", "secret": "wrong", "back": "/"}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 422
    assert "do not go together" in answer.text
    assert "tollgate_session" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(client: TestClient, back: str) -> None:
    """No open redirect."""
    page = client.get("/sign-in").text
    form = {"forgery": forgery(page), "address": "ana@example.com", "secret": SECRET, "back": back}
    assert client.post("/sign-in", data=form).headers["location"] == "/inbox"


def test_signing_out_ends_the_session(client: TestClient) -> None:
    """At once, at the server (A11-13)."""
    sign_in(client, "ana")
    page = client.get("/inbox").text
    held = client.cookies["tollgate_session"]
    client.post("/sign-out", data={"forgery": forgery(page)})
    client.cookies.set("tollgate_session", held)
    assert client.get("/inbox").status_code == 303


def test_the_inbox_shows_what_waits(client: TestClient, small_world: World) -> None:
    """With its own link; empty it says so."""
    sign_in(client, "ana")
    assert "Nothing waits for you" in client.get("/inbox").text
    key = small_world.change_in_round()
    page = client.get("/inbox").text
    assert f"/s/{small_world.token('ana', key)}" in page


def test_an_item_is_made_submitted_and_edited_by_forms(client: TestClient, small_world: World) -> None:
    """A wrong value loses nothing of what was typed; then it is made, completed and submitted."""
    sign_in(client, "cid")
    page = client.get("/items/new/engineering-change").text
    form = {f"field.{name}": value for name, value in PUMP.items()}
    form |= {
        "forgery": forgery(page),
        "title": "By form",
        "site": "Lyon",
        "once": "o1",
        "field.cost": "a lot",
    }
    wrong = client.post("/items/new/engineering-change", data=form)
    assert wrong.status_code == 422
    assert "&#39;a lot&#39; is not an amount in EUR" in wrong.text
    assert "The old seal swells." in wrong.text
    made = client.post("/items/new/engineering-change", data={**form, "field.cost": "100"})
    again = client.post("/items/new/engineering-change", data={**form, "field.cost": "100"})
    assert made.headers["location"] == again.headers["location"] == "/items/ECR-0001"
    page = client.get("/items/ECR-0001/edit").text
    shown = re.search(r'name="shown" value="(\w+)"', page)
    assert shown is not None
    edit = {
        "forgery": forgery(page),
        "shown": shown[1],
        "title": "By form",
        "met.impact": "yes",
        "evidence.impact": "https://e.example",
    }
    assert client.post("/items/ECR-0001/edit", data=edit).status_code == 303
    assert client.post("/items/ECR-0001/edit", data={**edit, "title": "Late"}).status_code == 409
    confirm = client.get("/items/ECR-0001/acts/submit").text
    assert small_world.state("ECR-0001") == "draft"
    client.post("/items/ECR-0001/acts/submit", data={"forgery": forgery(confirm)})
    assert small_world.state("ECR-0001") == "screening"


def test_the_item_page_tells_the_whole_story(client: TestClient, small_world: World) -> None:
    """The state lit, the verdict in sentences, who was asked, the evidence, the record."""
    key = small_world.change_in_round()
    small_world.sign("mei", key)
    sign_in(client, "dan")
    page = client.get(f"/items/{key}").text
    for words in (
        'class="state now"',
        'aria-current="step"',
        "Needs 2 more of Engineering",
        "Mei Chen",
        "https://docs.example/impact",
        "Approve by Mei Chen as Quality lead, Lyon",
        "tollgate record verify ECR-0001",
    ):
        assert words in page, words


def test_an_unknown_item_gets_a_near_miss(client: TestClient, small_world: World) -> None:
    """404 with what there is."""
    small_world.change()
    sign_in(client, "ana")
    answer = client.get("/items/ECR-0010")
    assert answer.status_code == 404
    assert "Did you mean ECR-0001?" in answer.text


def test_somebody_else_s_act_is_refused(client: TestClient, small_world: World) -> None:
    """The page offers it to nobody else, and a forged POST is refused by the register (P11-05, P11-09)."""
    key = small_world.change()
    sign_in(client, "ana")
    assert client.get(f"/items/{key}/acts/submit").status_code == 409
    page = client.get("/inbox").text
    assert client.post(f"/items/{key}/acts/submit", data={"forgery": forgery(page)}).status_code == 403
    assert small_world.state(key) == "draft"


def test_the_demo_s_pages_exist_in_the_demo_only(client: TestClient) -> None:
    """No mailbox, no acting as somebody, no time machine elsewhere."""
    assert client.get("/mailbox").status_code == 404
    for path in ("/act-as", "/time"):
        assert client.post(path, data={}).status_code == 404


def test_health_says_who_works_and_what_is_owed(client: TestClient, small_world: World) -> None:
    """For a probe."""
    small_world.change_in_round()
    health = client.get("/health").json()
    assert (health["status"], health["runner"]["state"], health["outbox"]["waiting"]) == ("ok", "off", 0)


def test_processes_are_shown_in_words(client: TestClient) -> None:
    """What a policy asks, as sentences."""
    sign_in(client, "ana")
    assert "Engineering change" in client.get("/processes").text
    page = client.get("/processes/engineering-change").text
    assert "1 approval from Quality lead" in page
    assert "when item.cost &gt; 50000" in page


def test_editing_is_refused_before_anything_is_typed(client: TestClient, small_world: World) -> None:
    """Who may not edit gets the refusal, not the form; what was typed before the right was lost is kept."""
    key = small_world.change()
    sign_in(client, "ana")
    answer = client.get(f"/items/{key}/edit")
    assert answer.status_code == 409
    assert "Editing is for the author or the owner" in answer.text
    assert "<textarea" not in answer.text
    sign_in(client, "cid")
    form = client.get(f"/items/{key}/edit").text
    small_world.register.withdraw(key, small_world.by("cid"))
    late = {"forgery": forgery(form), "title": "Typed at length", "reason": "because"}
    answer = client.post(f"/items/{key}/edit", data=late)
    assert answer.status_code == 422
    assert "has ended" in answer.text
    assert "Typed at length" in answer.text


def test_signing_in_leads_back_with_the_query(client: TestClient) -> None:
    """Where they wanted to go, filter included; a session that ran out is said."""
    answer = client.get("/items?open=no&site=Lyon")
    assert answer.headers["location"] == "/sign-in?back=/items%3Fopen%3Dno%26site%3DLyon"
    page = client.get(answer.headers["location"]).text
    assert 'name="back" value="/items?open=no&amp;site=Lyon"' in page
    assert "You were signed out" not in page
    client.cookies.set("tollgate_session", "over")
    assert "You were signed out" in client.get("/sign-in").text


def test_every_id_on_a_form_is_its_own(client: TestClient, small_world: World) -> None:
    """A process may name a field `reason`, as the form names its own box; labels and faults find theirs."""
    key = small_world.change_in_round()
    sign_in(client, "dan")
    page = client.get(f"/items/{key}/edit").text
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r' for="([^"]+)"', page)) <= set(ids)
    for words in ("asks again", 'for="x-reason">Why it is needed', 'for="f-reason">Why the change', "Cancel"):
        assert words in page, words
    form = {"forgery": forgery(page), "title": "x", "field.cost": "a lot"}
    assert 'href="#x-cost"' in client.post(f"/items/{key}/edit", data=form).text


def test_an_act_that_is_refused_is_not_offered(client: TestClient, small_world: World) -> None:
    """What is missing is said, with the way to mend it, and no button that would fail."""
    key = small_world.register.create_item("engineering-change", "Bare", small_world.by("cid"))
    sign_in(client, "cid")
    page = client.get(f"/items/{key}/acts/submit").text
    assert "Why it is needed is empty" in page
    assert f'href="/items/{key}/edit"' in page
    assert "<form" not in page


def test_overdue_rows_say_so(client: TestClient, small_world: World) -> None:
    """With the year where it is another one."""
    key = small_world.change_in_round()
    sign_in(client, "dan")
    assert "Thu 20 Aug 09:00" in client.get("/items").text
    small_world.clock.move_on(days=150)
    client.cookies.clear()
    client.cookies.set("tollgate_session", small_world.register.open_session("dan"))
    assert "overdue since Thu 20 Aug 2026 09:00" in client.get("/items").text
    assert "overdue since" in client.get(f"/items/{key}").text


def test_criteria_are_asked_when_an_item_is_made(client: TestClient, small_world: World) -> None:
    """With what is needed marked."""
    sign_in(client, "cid")
    page = client.get("/items/new/engineering-change").text
    form = {f"field.{name}": value for name, value in PUMP.items()}
    form |= {"forgery": forgery(page), "title": "Whole", "site": "Lyon", "once": "o2", "met.impact": "yes"}
    wrong = client.post("/items/new/engineering-change", data={**form, "evidence.impact": ""})
    assert 'href="#c-impact"' in wrong.text
    client.post("/items/new/engineering-change", data={**form, "evidence.impact": "https://e.example"})
    assert small_world.register.submit("ECR-0001", small_world.by("cid")) == "screening"


def test_a_missing_site_is_marked_refused_and_filled_in_by_the_form(client: TestClient, small_world: World) -> None:
    """The form says the site is needed; submitting without one says who is asked there, and Edit has the box."""
    sign_in(client, "dan")
    page = client.get("/items/new/engineering-change").text
    assert "Site <small>needed</small>" in page
    key = small_world.register.create_item(
        "engineering-change", "No site", small_world.by("dan"), fields={**PUMP}, criteria=IMPACT
    )
    said = client.get(f"/items/{key}/acts/submit").text
    assert "Site is empty, and Quality lead is asked there (there is: Linz, Lyon)" in said
    page = client.get(f"/items/{key}/edit").text
    shown = re.search(r'name="shown" value="(\w+)"', page)
    assert shown is not None
    form = {"forgery": forgery(page), "shown": shown[1], "title": "No site"}
    wrong = client.post(f"/items/{key}/edit", data={**form, "site": "Lyons"})
    assert (wrong.status_code, 'id="fault-site"' in wrong.text) == (422, True)
    client.post(f"/items/{key}/edit", data={**form, "site": "Lyon"})
    assert small_world.register.item(key).line.site == "Lyon"


@pytest.mark.parametrize(("stale_on", "falls"), [("any_edit", True), ("[site]", True), ("[cost]", False)])
def test_the_form_says_whether_filling_in_the_site_asks_again(
    client: TestClient, small_world: World, stale_on: str, *, falls: bool
) -> None:
    """As for any other box; and what it says comes true."""
    small_world.register.publish_process(SITED.replace("any_edit", stale_on), "sited.yaml", small_world.by("cid"))
    key = small_world.register.create_item("sited", "One", small_world.by("dan"), fields={"cost": 1})
    small_world.register.act(key, "submit", small_world.by("dan"))
    small_world.carry()
    small_world.sign("ana", key)
    sign_in(client, "dan")
    page = client.get(f"/items/{key}/edit").text
    assert ('Site <small class="again">asks again</small>' in page) is falls
    small_world.register.edit_item(key, small_world.by("dan"), site="Lyon")
    again = {ask.person: ask.again_since is not None for ask in small_world.register.item(key).round.asks}
    assert again["ana"] is falls


SITED = """
process: sited
title: Sited
kind: change_request
numbering: "SIT-{n:04}"
fields: {cost: {type: integer, title: Cost}}
start: draft
states:
  draft: {acts: {submit: {to: asked, by: author}}}
  asked: {round: release, when: {approved: done, rejected: draft}, no_deadline: a test}
  done:  {title: Done, end: done}
policies:
  release:
    signature: {meaning: Agreed, proof: secret}
    stale_on: any_edit
    reject: {from: engineering, position: reject, at_least: 2}
    approve: {from: engineering, at_least: 2}
"""


def test_whose_signature_fell_is_shown_as_asked_again(client: TestClient, small_world: World) -> None:
    """After an edit the page and the view say since when they are asked anew; once they sign it is over."""
    key = small_world.change_in_round()
    small_world.sign("ana", key)
    small_world.clock.move_on(hours=3)
    small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "14000"})
    fell_at = small_world.clock.now()
    small_world.clock.move_on(hours=1)
    small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "15000"})
    sign_in(client, "dan")
    asked = {ask.person: ask.again_since for ask in small_world.register.item(key).round.asks}
    assert asked == {"ana": fell_at, "ben": None, "mei": None}
    page = client.get(f"/items/{key}").text
    assert page.count("Asked again since") == 1
    small_world.sign("ana", key)
    assert "Asked again" not in client.get(f"/items/{key}").text
