"""The API: what a program reads and raises by a person's token, what is refused, and what of it is on the record."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from axe import look, signed_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from site_forms import forgery, sign_in
from sqlalchemy import select, update
from starlette.testclient import TestClient
from world import ROSTER, World

from gates.ledger.document import read_document
from gates.ledger.verify import verify
from gates.store import tables as t
from gates.store.token_tables import api_tokens

BOTH = ("items:read", "escalations:raise")
BODY: dict[str, Any] = {
    "title": "Line 4 stands",
    "fields": {
        "colour": "red",
        "impact": "12,000 EUR an hour",
        "decision-needed": "Run on the old seal?",
        "latest-date": "2026-08-19",
        "options": "Run on; or stop.",
    },
}


def bearer(world: World, person: str = "ana", scopes: tuple[str, ...] = BOTH, days: int = 30) -> dict[str, str]:
    token, _ = world.register.make_token(person, f"{person}'s {len(scopes)}", scopes, days, world.by(person))
    return {"authorization": f"Bearer {token}"}


def entries(world: World, chain: str = "@access", kind: str = "person:token") -> list[dict[str, Any]]:
    with world.store.reading() as connection:
        query = select(t.entries.c.body).where(t.entries.c.chain == chain).order_by(t.entries.c.seq)
        found = [json.loads(body) for body in connection.execute(query).scalars()]
    return [one for one in found if one["kind"].startswith(kind)]


def refusals(world: World) -> list[str]:
    return [one["data"]["code"] for one in entries(world, kind="person:token:refused")]


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which has the shape of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert {**said, "status": status, "code": code} == said, said
    assert {"type", "title", "status", "detail", "code", "remedy", "errors"} == set(said)
    return said


# -- reading -------------------------------------------------------------------------------------------


def test_a_list_is_narrowed_and_comes_in_pages(client: TestClient, small_world: World) -> None:
    """By state, process, site and whom it waits for; the pages together are the list, each item once."""
    world, head = small_world, bearer(small_world)
    rounds = [world.change_in_round() for _ in range(3)]
    draft, gate = world.change(), world.gate()
    for n in range(3):
        world.clock.move_on(minutes=n)

    def keys(**asked: Any) -> list[str]:
        return [one["key"] for one in client.get("/api/v1/items", params=asked, headers=head).json()["items"]]

    assert set(keys()) == {*rounds, draft, gate}
    assert keys(state="draft", process="engineering-change") == [draft]
    assert keys(process="mes-site-rollout") == [gate]
    assert keys(site="Linz") == []
    assert set(keys(waiting="me")) == set(keys(waiting="mei")) == set(rounds)
    assert keys(waiting="otto") == []
    world.sign("mei", rounds[0])
    assert set(keys(waiting="mei")) == set(rounds[1:])
    assert {ask.item.key for ask in world.register.inbox("mei")} == set(rounds[1:])
    address, seen = "/api/v1/items?limit=2&site=Lyon", []
    while address:
        page = client.get(address, headers=head).json()
        assert len(page["items"]) <= 2
        seen += [one["key"] for one in page["items"]]
        address = page["next"]
    assert seen == keys()
    assert len(set(seen)) == 5


def test_one_item_says_who_is_missing_by_when_and_the_verdict(client: TestClient, small_world: World) -> None:
    """What the page says, for programs; the record goes along byte for byte and can be checked elsewhere."""
    world, head = small_world, bearer(small_world)
    key = world.change_in_round()
    world.sign("mei", key)
    item = client.get(f"/api/v1/items/{key}", headers=head).json()
    view = world.register.item(key)
    assert (item["state"], item["round"]["number"], item["fields"]["cost"]) == ("sign-off", 1, "12500.00")
    assert [one["person"] for one in item["round"]["missing"]] == ["ana", "ben"]
    assert [(one["person"], one["position"]) for one in item["round"]["given"]] == [("mei", "approve")]
    assert view.round is not None
    assert view.round.verdict is not None
    assert item["round"]["verdict"] == view.round.verdict.sentence
    assert view.round.due_at is not None
    assert item["due"]["current"] == view.round.due_at.isoformat().replace("+00:00", "Z")
    assert item["due"]["first"] is None
    assert item["links"]["page"] == f"http://127.0.0.1:8123/items/{key}"
    taken = client.get(f"/api/v1/items/{key}/record", headers=head)
    assert all(step.ok for step in verify(read_document(taken.content)))
    (left,) = entries(world, "@desk", "record:exported")
    assert (left["data"]["what"], left["data"]["asked"], left["actor"]["via"]) == ("record", {"item": key}, "api")


def test_a_list_asked_for_what_there_is_not_names_what_there_is(client: TestClient, small_world: World) -> None:
    """Every fault at once, with place, value and choices."""
    head = bearer(small_world)
    asked = {"state": "drafd", "process": "engineering", "site": "Rome", "waiting": "nobody", "after": "x", "sort": "a"}
    said = problem(client.get("/api/v1/items", params=asked, headers=head), 422, "unfit")
    found = {one["place"]: one for one in said["errors"]}
    assert set(found) == {f"query.{name}" for name in asked}
    assert found["query.site"]["value"] == "Rome"
    assert found["query.site"]["choices"] == ["Linz", "Lyon"]
    assert "Did you mean draft?" in found["query.state"]["detail"]
    limit = problem(client.get("/api/v1/items?limit=0", headers=head), 422, "unfit")
    assert (limit["errors"][0]["place"], limit["errors"][0]["value"]) == ("query.limit", "0")
    for state in ("%00", "%ED%A0%80", "x" * 81):
        problem(client.get(f"/api/v1/items?state={state}", headers=head), 422, "unfit")


# -- raising -------------------------------------------------------------------------------------------


def test_an_escalation_is_raised_as_the_token_s_owner_and_once(client: TestClient, small_world: World) -> None:
    """The act of the page, with its entries; the same request again is the same answer, another one with its key not."""
    world, head = small_world, {**bearer(small_world), "idempotency-key": "line-4"}
    key = world.change_in_round()
    where = f"/api/v1/items/{key}/escalations"
    made = client.post(where, json=BODY, headers=head)
    assert (made.status_code, made.json()["about"]) == (201, key)
    assert made.headers["location"] == "http://127.0.0.1:8123/api/v1/items/ESC-0001"
    again = client.post(where, json=BODY, headers=head)
    assert (again.status_code, again.json()) == (201, made.json())
    raised = entries(world, key, "item:escalation:raised")
    assert len(raised) == 1
    actor = raised[0]["actor"]
    assert (actor["person"], actor["via"], actor["origin"].split(",")[0]) == (
        "ana",
        "api",
        f"token {world.register.tokens('ana')[0].id}",
    )
    other = problem(client.post(where, json={**BODY, "title": "Other"}, headers=head), 422, "key-reused")
    assert "ESC-0001" in other["detail"]
    plain = problem(client.post(where, json=BODY, headers=bearer(world, "ben")), 409, "escalated-already")
    assert plain["remedy"] == "Add to /items/ESC-0001."
    item = client.get(f"/api/v1/items/{key}", headers=head).json()
    assert [one["key"] for one in item["escalations"]] == ["ESC-0001"]
    escalation = client.get("/api/v1/items/ESC-0001", headers=head).json()
    assert escalation["about"]["key"] == key
    assert escalation["fields"] == BODY["fields"]
    world.check_record()


def test_what_does_not_fit_is_named_and_nothing_is_recorded(client: TestClient, small_world: World) -> None:
    """Place, value, choices; the same key serves for the corrected request."""
    world, head = small_world, {**bearer(small_world), "idempotency-key": "k"}
    key = world.change_in_round()
    where = f"/api/v1/items/{key}/escalations"
    wrong = {"title": " ", "fields": {"colour": "purple", "latest-date": "soon", "color": "red"}}
    said = problem(client.post(where, json=wrong, headers=head), 422, "unfit")
    found = {one["place"]: one for one in said["errors"]}
    assert set(found) == {"title", "fields.colour", "fields.latest-date", "fields.color"}
    assert (found["fields.colour"]["value"], found["fields.colour"]["choices"]) == ("purple", ["red", "amber"])
    assert "Did you mean colour?" in found["fields.color"]["detail"]
    unknown = problem(client.post(where, json={**BODY, "process": "escalations"}, headers=head), 422, "unfit")
    assert (unknown["errors"][0]["place"], "escalation" in unknown["errors"][0]["choices"]) == ("process", True)
    odd = problem(client.post(where, json=BODY, headers={**head, "idempotency-key": "two words"}), 422, "unfit")
    assert odd["errors"][0]["place"] == "header.Idempotency-Key"
    assert world.register.items(process="escalation") == []
    assert client.post(where, json=BODY, headers=head).status_code == 201


def test_whoever_may_raise_escalations_makes_no_other_items_by_it(client: TestClient, small_world: World) -> None:
    """A scope for escalations is no scope for gates, in a program and in the terminal alike."""
    key, head = small_world.change_in_round(), bearer(small_world)
    fields = {"gate": "G3", "tranche": "120000", "summary": "All well."}
    body = {"title": "A gate", "fields": fields, "process": "mes-site-rollout"}
    answer = problem(client.post(f"/api/v1/items/{key}/escalations", json=body, headers=head), 409, "no-escalation")
    assert "Items of mes-site-rollout are no escalations." in answer["detail"]
    assert small_world.register.items(process="mes-site-rollout") == []
    assert client.post(
        f"/api/v1/items/{key}/escalations", json={**BODY, "process": "escalation"}, headers=head
    ).is_success


def test_nothing_is_escalated_about_what_is_not_there_or_has_ended(client: TestClient, small_world: World) -> None:
    """404 and 409; by other ways in too."""
    world, head = small_world, bearer(small_world)
    for key in ("ECR-9999", "a%00b", "@roster", "%F0%9F%9A%82"):
        problem(client.post(f"/api/v1/items/{key}/escalations", json=BODY, headers=head), 404, "not-found")
        problem(client.get(f"/api/v1/items/{key}", headers=head), 404, "not-found")
        problem(client.get(f"/api/v1/items/{key}/record", headers=head), 404, "not-found")
    key = world.change_in_round()
    world.sign("mei", key, "reject")
    world.carry()
    if not world.register.item(key).line.ended:
        world.register.act(key, "withdraw", world.by("dan"), "not needed")
    assert world.register.item(key).line.ended
    problem(client.post(f"/api/v1/items/{key}/escalations", json=BODY, headers=head), 409, "ended")


HOSTILE = (
    (b"", 400),
    (b"{", 400),
    (b'"title"', 422),
    (b"[" * 100_000 + b"]" * 100_000, 400),
    (b'{"title": "x", "fields": ' + b'{"a":' * 40_000 + b"1" + b"}" * 40_000 + b"}", 400),
    (b'{"title": "x", "fields": {"impact": NaN}}', 400),
    (b'{"title": "x", "fields": {"impact": ' + b"9" * 5_000 + b"}}", 400),
    (b'{"title": "x", "fields": {"impact": 1e999}}', 422),
    (b'{"title": ["x"], "fields": {}}', 422),
    (b'{"title": "x", "fields": []}', 422),
    (b'{"title": "x", "fields": {"impact": {"a": 1}}}', 422),
    (b'{"title": "x", "fields": {"impact": [["a"]]}}', 422),
    (b'{"title": "x", "fields": {"colour": true, "impact": ["a"], "latest-date": 7}}', 422),
    (b'{"title": "\\ud800", "fields": {"colour": "red"}}', 422),
    (b'{"title": "x\\u0000y", "fields": {"impact": "\\ud800"}}', 422),
    (b'{"title": "x", "process": "../../x"}', 422),
    (b'{"title": "x", "sign": "approve"}', 422),
    (b"\xff\xfe\x00", 400),
    (b'{"title": "x", "fields": {"impact": "' + b"a" * 20_000 + b'"}}', 422),
    (b'{"title": "' + b"a" * 300_000 + b'"}', 413),
)


def test_hostile_bodies_are_refused_in_words(client: TestClient, small_world: World) -> None:
    """Deep, huge, of the wrong kinds: a problem document each, and nothing recorded."""
    head = {**bearer(small_world), "content-type": "application/json"}
    key = small_world.change_in_round()
    where, before = f"/api/v1/items/{key}/escalations", small_world.kinds(key)
    for body, status in HOSTILE:
        answer = client.post(where, content=body, headers=head)
        assert answer.status_code == status, (body[:60], answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 6_000
    odd = problem(client.post(where, content=HOSTILE[10][0], headers=head), 422, "unfit")
    assert [(one["place"], one["value"]) for one in odd["errors"]] == [("fields.impact", "{'a': 1}")]
    assert "a list of texts" in odd["errors"][0]["detail"]
    form = {**head, "content-type": "application/x-www-form-urlencoded"}
    problem(client.post(where, content=b"title=x", headers=form), 415, "no-json")
    in_parts = client.post(where, content=iter([b'{"title": "', b"a" * 300_000, b'"}']), headers=head)
    problem(in_parts, 413, "content-too-large")
    problem(client.delete(where, headers=head), 405, "method-not-allowed")
    assert small_world.kinds(key) == before


LEAF = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
FLAT = LEAF | st.lists(LEAF, max_size=3) | st.dictionaries(st.text(max_size=8), LEAF, max_size=3)
FIELDS = st.dictionaries(st.sampled_from(["colour", "impact", "latest-date", "level", "x"]), FLAT, max_size=4) | FLAT
ANY = FLAT | st.fixed_dictionaries({"title": FLAT, "fields": FIELDS}, optional={"process": FLAT, "x": FLAT})


@given(ANY)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_fails_inside(client: TestClient, small_world: World, body: Any) -> None:
    """Whatever is sent is followed or refused; nothing is an error of the server's."""
    if not small_world.register.items():
        small_world.change()
        small_world.any_token = bearer(small_world)  # type: ignore[attr-defined]
    key = small_world.register.items(process="engineering-change")[0].key
    head = {**small_world.any_token, "content-type": "application/json"}  # type: ignore[attr-defined]
    answer = client.post(f"/api/v1/items/{key}/escalations", content=json.dumps(body).encode(), headers=head)
    assert answer.status_code in (201, 409, 422), answer.text


# -- tokens --------------------------------------------------------------------------------------------


def test_no_token_and_one_that_is_not_known(client: TestClient, small_world: World) -> None:
    """401 for every address but the description; unknown ones are on the record until it is one too many."""
    missing = client.get("/api/v1/items")
    assert problem(missing, 401, "token-missing")["remedy"].startswith("Send the header")
    assert missing.headers["www-authenticate"].startswith("Bearer")
    assert client.get("/api/nothing").status_code == 401
    assert client.get("/api/v1/items", headers={"authorization": "Basic eDp5"}).status_code == 401
    assert refusals(small_world) == []
    wrong = {"authorization": "Bearer tollgate_guessed"}
    assert client.post("/api/v1/items/x/escalations", content=b"{", headers=wrong).status_code == 401
    for _ in range(9):
        problem(client.get("/api/v1/items", headers=wrong), 401, "token-unknown")
    late = client.get("/api/v1/items", headers={"authorization": "Bearer another"})
    problem(late, 429, "token-too-many")
    assert late.headers["retry-after"] == "900"
    assert refusals(small_world) == ["unknown"] * 10
    assert "guessed" not in str(entries(small_world))
    assert client.get("/api/v1/items", headers=bearer(small_world)).status_code == 200
    small_world.clock.move_on(minutes=16)
    problem(client.get("/api/v1/items", headers=wrong), 401, "token-unknown")


def test_a_token_opens_what_its_scopes_say(client: TestClient, small_world: World) -> None:
    """The refusal is on the record as its owner's."""
    world = small_world
    key = world.change_in_round()
    reader, raiser = bearer(world, "ana", BOTH[:1]), bearer(world, "ben", BOTH[1:])
    refused = client.post(f"/api/v1/items/{key}/escalations", json=BODY, headers=reader)
    said = problem(refused, 403, "token-scope")
    assert "this needs escalations:raise" in said["detail"]
    assert "insufficient_scope" in refused.headers["www-authenticate"]
    problem(client.get(f"/api/v1/items/{key}", headers=raiser), 403, "token-scope")
    assert client.post(f"/api/v1/items/{key}/escalations", json=BODY, headers=raiser).status_code == 201
    assert [(one["actor"]["person"], one["data"]["code"]) for one in entries(world, kind="person:token:refused")] == [
        ("ana", "scope"),
        ("ben", "scope"),
    ]
    report = [row.sentence for row in world.register.exceptions(kinds=("refused",)).rows]
    assert "A use of a token of Ana Ruiz was refused: This token is for items:read" in report[0]


def test_an_auditor_s_token_reads_and_raises_nothing(client: TestClient, small_world: World) -> None:
    """As by the pages: whatever its scopes say."""
    world = small_world
    world.import_roster(ROSTER + "  iris: {name: Iris Falk, email: iris@example.com, roles: [auditor]}\n")
    head, key = bearer(world, "iris"), world.change_in_round()
    assert client.get(f"/api/v1/items/{key}", headers=head).status_code == 200
    said = problem(client.post(f"/api/v1/items/{key}/escalations", json=BODY, headers=head), 403, "token-read-only")
    assert said["detail"].startswith("Auditors read everything and change nothing.")
    assert refusals(world) == ["read-only"]


def test_a_token_ends_with_its_day_and_with_its_owner(client: TestClient, small_world: World) -> None:
    """Expired, ended by hand, owner deactivated, left out of an import, proof lost: each at once, and for good."""
    world = small_world
    day, hand, gone = bearer(world, "ben", days=1), bearer(world, "mei"), bearer(world, "eve")
    dropped, lost = bearer(world, "otto"), bearer(world, "dan")
    assert {client.get("/api/v1/items", headers=one).status_code for one in (day, hand, gone, dropped, lost)} == {200}
    world.register.end_token(world.register.tokens("mei")[0].id, world.by("mei"), person="mei")
    world.register.deactivate("eve", world.by("cid"))
    world.register.report_lost("dan", "all", world.by("dan"))
    world.import_roster("\n".join(line for line in ROSTER.splitlines() if "otto:" not in line))
    for head, why in ((hand, "its owner"), (gone, "no longer"), (dropped, "no longer"), (lost, "reported lost")):
        assert why in problem(client.get("/api/v1/items", headers=head), 401, "token-ended")["detail"]
    world.register.reactivate("otto", world.by("cid"))
    problem(client.get("/api/v1/items", headers=dropped), 401, "token-ended")
    world.clock.move_on(days=1)
    problem(client.get("/api/v1/items", headers=day), 401, "token-expired")
    kinds = [(one["data"]["person"], one["kind"]) for one in entries(world, kind="person:token:ended")]
    assert [person for person, _ in kinds] == ["mei", "eve", "dan", "otto"]
    assert refusals(world) == ["ended"] * 5 + ["expired"]
    world.check_record()


def test_a_token_signs_nothing_and_opens_no_page(client: TestClient, small_world: World) -> None:
    """No address of the API decides, acts or edits; a page takes a session alone, a link its own proof."""
    world, head = small_world, bearer(small_world, "mei")
    key = world.change_in_round()
    described = client.get("/api/openapi.json").json()
    acts = [(verb, path) for path, one in described["paths"].items() for verb in one if verb != "get"]
    assert acts == [("post", "/v1/items/{key}/escalations")]
    assert described["security"] == [{"token": []}]
    assert "http" not in json.dumps(described["paths"])
    for page in (f"/items/{key}", "/inbox", "/account/tokens", "/desk"):
        assert client.get(page, headers=head).headers["location"].startswith("/sign-in")
    token, before = world.token("mei", key), world.kinds(key)
    assert client.post(f"/s/{token}", data={"position": "approve"}, headers=head).status_code in (403, 422)
    assert world.kinds(key) == before
    assert client.get("/scim/v2/Users", headers=head).status_code == 401
    directory = world.register.admit_directory("entra", world.by("cid"))
    problem(client.get("/api/v1/items", headers={"authorization": f"Bearer {directory}"}), 401, "token-unknown")


def test_a_token_laid_into_the_table_is_found(client: TestClient, small_world: World) -> None:
    """The hash is in the entry: whoever changes one, the scopes or the day behind the program's back is seen."""
    bearer(small_world)
    assert small_world.register.check_rebuilt().differences == []
    small_world.is_tampered = True
    for values in ({"token_hash": "0" * 64}, {"scopes": "items:read all"}):
        with small_world.store.writing() as connection:
            connection.execute(update(api_tokens).values(**values))
        assert "api_tokens" in small_world.register.check_rebuilt().differences[0]


def test_only_who_may_sign_in_has_a_token(small_world: World) -> None:
    """Names, scopes and days are held to what there is; people of vendors have none; the owner is told."""
    from gates.errors import BadInput, NotFound, Refused

    world = small_world
    world.import_roster(ROSTER + "  vic: {name: Vic Venn, email: vic@example.com, kind: vendor, company: Acme}\n")
    with pytest.raises(Refused, match="no account"):
        bearer(world, "vic")
    with pytest.raises(NotFound, match="nobody on the roster"):
        bearer(world, "nemo")
    with pytest.raises(BadInput) as fault:
        world.register.make_token("ana", "a\nb\x00", ("items:sign",), 0, world.by("ana"))
    assert set(fault.value.faults) == {"name", "scopes", "days"}
    bearer(world)
    with pytest.raises(BadInput, match="already"):
        bearer(world)
    with pytest.raises(NotFound):
        world.register.end_token(world.register.tokens("ana")[0].id, world.by("ben"), person="ben")
    world.carry()
    (mail,) = world.mails("ana@example.com")
    assert "a token by which a program acts for you" in mail.as_string().replace("=\n", "")


def test_a_person_makes_and_ends_a_token_on_the_page(client: TestClient, small_world: World) -> None:
    """Shown once; a fault loses nothing; another's cannot be ended."""
    world = small_world
    sign_in(client, "ana")
    assert 'href="/account/tokens"' in client.get("/account").text
    form: dict[str, Any] = {"forgery": forgery(client.get("/account/tokens").text), "name": "board", "days": "many"}
    wrong = client.post("/account/tokens", data={**form, "scope": ["escalations:raise"]})
    assert (wrong.status_code, 'value="board"' in wrong.text) == (422, True)
    assert 'value="escalations:raise" checked' in wrong.text
    assert client.post("/account/tokens", data={**form, "days": "30"}).status_code == 422
    made = client.post("/account/tokens", data={**form, "days": "30", "scope": list(BOTH)})
    assert made.headers["cache-control"] == "no-store"
    token = made.text.split('id="made" value="')[1].split('"')[0]
    shown = client.get("/account/tokens").text
    assert token not in shown
    assert "board" in shown
    head = {"authorization": f"Bearer {token}"}
    assert client.get("/api/v1/items", headers=head).status_code == 200
    (line,) = world.register.tokens("ana")
    sign_in(client, "ben")
    shown = client.get("/account/tokens").text
    assert client.post(f"/account/tokens/{line.id}/end", data={"forgery": forgery(shown)}).status_code == 403
    sign_in(client, "ana")
    mine = client.get("/account/tokens").text
    assert client.post(f"/account/tokens/{line.id}/end", data={"forgery": forgery(mine)}).status_code == 303
    problem(client.get("/api/v1/items", headers=head), 401, "token-ended")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_tokens_are_usable(browser: Browser, site: str, small_world: World, scheme: str) -> None:
    """No axe violation, no sideways scrolling at 320 px: with tokens listed, with faults, and where one is shown."""
    bearer(small_world, "dan")
    page = signed_in(browser, site, viewport={"width": 320, "height": 700}, color_scheme=scheme)
    page.goto(f"{site}/account/tokens")
    assert look(page, "tokens") == []
    page.get_by_label("What it is called").fill("dan's 2")
    page.get_by_role("button", name="Make the token").click()
    page.get_by_text("There is a token").wait_for()
    assert look(page, "faults") == []
    page.get_by_label("What it is called").fill("hall 3")
    page.get_by_role("button", name="Make the token").click()
    page.get_by_text("shown this once").wait_for()
    assert look(page, "made") == []
