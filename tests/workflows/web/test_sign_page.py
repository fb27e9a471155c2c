"""The sign page: looking changes nothing, and only a person with their own proof decides."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from world import SECRET, World

TABLES = (
    "items",
    "revisions",
    "rounds",
    "asks",
    "links",
    "decisions",
    "moves",
    "timers",
    "outbox",
    "entries",
    "secrets",
)


def everything(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that matters."""
    with world.store.reading() as connection:
        return {name: [tuple(r) for r in connection.execute(text(f"SELECT * FROM {name}"))] for name in TABLES}


def hidden(html: str) -> dict[str, str]:
    """The hidden boxes of the page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))


def filled(html: str, **more: str) -> dict[str, str]:
    """The form as an approver would send it."""
    return {**hidden(html), "position": "approve", "comment": "", "secret": SECRET, "meaning": "yes", **more}


@pytest.fixture
def link(small_world: World) -> str:
    key = small_world.change_in_round()
    return f"/s/{small_world.token('ana', key)}"


def test_opening_a_link_never_decides_anything(client: TestClient, small_world: World) -> None:
    """Two mail links fetched twenty times by GET and HEAD: not one row differs (promise 1) (PR-01)."""
    key = small_world.change_in_round()
    links = [f"/s/{small_world.link_in(small_world.mails(to)[0])}" for to in ("ana@example.com", "mei@example.com")]
    before = everything(small_world)
    for _ in range(20):
        for one in links:
            assert client.get(one).status_code == 200
            assert client.head(one).status_code == 200
    assert everything(small_world) == before
    for one in links:
        assert client.post(one, data=filled(client.get(one).text)).status_code == 303
    assert small_world.kinds(key).count("item:decision:recorded") == 2


def test_signing_leads_to_the_receipt(client: TestClient, link: str) -> None:
    """The receipt says what, as whom, meaning, time in UTC and local, fingerprint and entry (11.50) (P11-15, P11-16, A11-12)."""
    answer = client.post(link, data=filled(client.get(link).text))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}/receipt")
    page = client.get(f"{link}/receipt").text
    for words in (
        "Recorded",
        "Ana Ruiz, Engineering",
        "Approved for release",
        "UTC",
        "CEST",
        "Revision 1",
        "of ECR-0001",
    ):
        assert words in page


def test_nothing_is_preselected(client: TestClient, link: str) -> None:
    """No position, no meaning, no script."""
    page = client.get(link).text
    assert "checked" not in page
    assert "<script" not in page


def test_the_page_says_what_is_signed(client: TestClient, link: str) -> None:
    """Who you are, what it is, the money, the deadline with its zone, n of m, the fingerprint."""
    page = client.get(link).text
    for words in (
        "Ana Ruiz",
        "Engineering",
        "New seal for pump P-17",
        "€12,500",
        "CEST",
        "nobody yet, of 3 asked",
        "1 of 1",
        "Revision <b>1</b>",
    ):
        assert words in page


def test_a_form_without_its_anti_forgery_value_signs_nothing(client: TestClient, link: str, small_world: World) -> None:
    """Missing, wrong, or made for another form: refused (I3, PR-02)."""
    page = client.get(link).text
    before = everything(small_world)
    for value in ("", "0" * 64, hidden(client.get("/sign-in").text)["forgery"]):
        assert client.post(link, data=filled(page, forgery=value)).status_code == 403
    client.cookies.clear()
    assert client.post(link, data=filled(page)).status_code == 403
    assert everything(small_world) == before


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_form_from_another_site_signs_nothing(
    client: TestClient, link: str, small_world: World, headers: dict[str, str]
) -> None:
    """The origin is checked (I3)."""
    page = client.get(link).text
    before = everything(small_world)
    assert client.post(link, data=filled(page), headers=headers).status_code == 403
    assert everything(small_world) == before


def test_a_changed_item_shows_the_difference_and_asks_again(client: TestClient, link: str, small_world: World) -> None:
    """409 with what changed; the comment is kept, the choice is not; the new page signs (I4, PR-03)."""
    page = client.get(link).text
    small_world.register.edit_item("ECR-0001", small_world.by("dan"), fields={"cost": "19000"})
    answer = client.post(link, data=filled(page, comment="fine with me"))
    assert answer.status_code == 409
    assert "€12,500" in answer.text
    assert "€19,000" in answer.text
    assert "fine with me" in answer.text
    assert "checked" not in answer.text
    assert "item:decision:recorded" not in small_world.kinds("ECR-0001")
    assert client.post(link, data=filled(answer.text)).status_code == 303


def test_what_was_typed_is_kept_but_never_the_password(client: TestClient, link: str) -> None:
    """A wrong password shows the form again with the comment and the choice, and says how many tries are left (I9)."""
    answer = client.post(link, data=filled(client.get(link).text, secret="wrong-one", comment="checked the data"))
    assert answer.status_code == 422
    assert "checked the data" in answer.text
    assert "4 tries are left" in answer.text
    assert "wrong-one" not in answer.text


def test_a_missing_choice_or_reason_is_said_at_its_place(client: TestClient, link: str, small_world: World) -> None:
    """Errors link to their boxes; nothing is recorded, and no try of the password is counted."""
    page = client.get(link).text
    answer = client.post(link, data=filled(page, position="", meaning=""))
    assert answer.status_code == 422
    assert 'href="#position"' in answer.text
    assert 'href="#meaning"' in answer.text
    assert 'href="#comment"' in client.post(link, data=filled(page, position="reject")).text
    with small_world.store.reading() as connection:
        assert connection.execute(text("SELECT max(tries) FROM secrets")).scalar() == 0


def test_a_double_click_is_one_decision(client: TestClient, link: str, small_world: World) -> None:
    """The same form sent twice leads to the same receipt (I2, PR-04)."""
    form = filled(client.get(link).text)
    assert [client.post(link, data=form).status_code for _ in range(2)] == [303, 303]
    assert small_world.kinds("ECR-0001").count("item:decision:recorded") == 1


def test_each_link_problem_has_its_page(client: TestClient, small_world: World, link: str) -> None:
    """Unknown 404; expired 410 with a button; used 410 with the receipt; revoked 410."""
    assert client.get(f"/s/{'a' * 52}").status_code == 404
    small_world.clock.move_on(days=60)
    expired = client.get(link)
    assert (expired.status_code, "Send a fresh link" in expired.text) == (410, True)
    answer = client.post(f"{link}/fresh", data=hidden(expired.text))
    assert "a fresh one goes to the mailbox on file" in answer.text
    small_world.carry()
    fresh = f"/s/{small_world.link_in(small_world.mails('ana@example.com', 'Fresh link')[0])}"
    client.post(fresh, data=filled(client.get(fresh).text))
    other = f"/s/{small_world.link_in(small_world.mails('ben@example.com')[0])}"
    small_world.register.withdraw("ECR-0001", small_world.by("dan"))
    used = client.get(fresh)
    assert (used.status_code, "You signed here on" in used.text) == (410, True)
    revoked = client.get(other)
    assert (revoked.status_code, "Nothing is left to sign here" in revoked.text) == (410, True)


def test_a_link_survives_gateways_that_change_case(client: TestClient, link: str) -> None:
    """Mail gateways lower or raise letters and escape them; the token still opens."""
    assert client.get(f"/s/{link.removeprefix('/s/').upper()}").status_code == 200


def test_other_methods_change_nothing(client: TestClient, link: str, small_world: World) -> None:
    """PUT, PATCH, DELETE and OPTIONS are refused (PR-01)."""
    before = everything(small_world)
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        assert client.request(method, link).status_code == 405
    assert everything(small_world) == before


def test_hostile_titles_are_shown_as_text(client: TestClient, small_world: World) -> None:
    """A title is user text wherever it stands (I8)."""
    key = small_world.change_in_round()
    small_world.register.edit_item(key, small_world.by("dan"), title='<img src=x onerror="alert(1)"> {{ 7*7 }}')
    page = client.get(f"/s/{small_world.token('ana', key)}").text
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "{{ 7*7 }}" in page


def test_headers_are_on_every_answer(client: TestClient, link: str) -> None:
    """The content policy and its companions stand on pages, errors, redirects and files; personal pages are not kept."""
    for path in (
        link,
        "/s/x",
        "/nowhere",
        "/inbox",
        "/static/style.css",
        "/static/nothing",
        "/health",
        "/sign-in",
    ):
        answer = client.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(link).headers["cache-control"] == "no-store"


def test_an_unknown_host_is_refused(client: TestClient, link: str) -> None:
    """Only the configured names are answered to."""
    assert client.get(link, headers={"host": "evil.example"}).status_code == 400


def test_a_huge_form_is_refused(client: TestClient, link: str) -> None:
    """No form of ours is that large (I8)."""
    assert client.post(link, data={"comment": "x" * 300_000}).status_code == 413


def test_the_page_is_small(client: TestClient, link: str) -> None:
    """Under 20 kB on the wire, style sheet included."""
    import gzip

    size = sum(len(gzip.compress(client.get(path).content)) for path in (link, "/static/style.css"))
    assert size < 20_000


def test_no_token_is_logged(client: TestClient, link: str, caplog: pytest.LogCaptureFixture) -> None:
    """A sign-off token never reaches a log, whatever happens (I9)."""
    caplog.set_level("DEBUG")
    client.get(link)
    client.post(link, data=filled(client.get(link).text, secret="wrong"))
    token = link.removeprefix("/s/")
    ours = [r for r in caplog.records if r.name.split(".")[0] in ("workflows", "gates", "notifications", "uvicorn")]
    assert not [r for r in ours if token in r.getMessage()]


def test_deadlines_are_in_the_reader_s_zone(client: TestClient, small_world: World) -> None:
    """Mei in Lyon reads CEST, Ben reads UTC."""
    small_world.clock.at = datetime(2026, 8, 17, 9, tzinfo=UTC)
    key = small_world.change_in_round()
    assert "Thu 20 Aug 2026, 11:00 CEST" in client.get(f"/s/{small_world.token('mei', key)}").text
    assert "Thu 20 Aug 2026, 09:00 UTC" in client.get(f"/s/{small_world.token('ben', key)}").text


def test_a_used_up_link_says_so_at_once_and_offers_the_ways_on(
    client: TestClient, small_world: World, link: str
) -> None:
    """Plain GET: no form to fill in vain; sign in (then the same link signs) or a fresh link by mail."""
    for _ in range(5):
        answer = client.post(link, data=filled(client.get(link).text, secret="wrong"))
    assert answer.status_code == 429
    page = client.get(link).text
    assert "takes no more" in page
    assert 'name="secret"' not in page
    assert "<title>Locked: " in page
    client.post(f"{link}/fresh", data=hidden(page))
    small_world.carry()
    assert len(small_world.mails("ana@example.com", "Fresh link")) == 1
    token = small_world.register.open_session("ana")
    client.cookies.set("tollgate_session", token)
    page = client.get(link).text
    assert client.post(link, data=filled(page)).headers["location"] == f"{link}/receipt"


def test_a_refused_take_back_keeps_what_was_typed(client: TestClient, link: str) -> None:
    """The receipt again, open at its place, with the reason and the fault; then it is taken back, and said to be."""
    client.post(link, data=filled(client.get(link).text))
    page = client.get(f"{link}/receipt").text
    form = {**hidden(page), "reason": "too soon", "secret": "wrong"}
    wrong = client.post(f"{link}/take-back", data=form)
    assert wrong.status_code == 422
    for words in ("Not taken back", "too soon</textarea>", "The password was not right", "<details open>"):
        assert words in wrong.text, words
    done = client.post(f"{link}/take-back", data={**form, "secret": SECRET})
    assert (done.status_code, done.headers["location"]) == (303, f"{link}/receipt")
    page = client.get(f"{link}/receipt").text
    for words in ("Taken back", "It no longer counts", f'href="{link}"', "Ana Ruiz, Engineering"):
        assert words in page, words
    assert "keep it as your proof" not in page
    client.post(link, data=filled(client.get(link).text))
    assert "keep it as your proof" in client.get(f"{link}/receipt").text


def test_a_failed_try_says_so_in_the_title(client: TestClient, link: str) -> None:
    """Whoever hears the page hears the title first."""
    answer = client.post(link, data=filled(client.get(link).text, position=""))
    assert "<title>Not signed: ECR-0001" in answer.text
    assert 'role="radiogroup" aria-invalid="true"' in answer.text


def test_one_act_has_one_time_everywhere(client: TestClient, small_world: World, link: str) -> None:
    """The page of a used link names the same clock as the receipt."""
    client.post(link, data=filled(client.get(link).text))
    small_world.register.withdraw("ECR-0001", small_world.by("dan"))
    assert "You signed here on Mon 17 Aug 2026, 11:00 CEST" in client.get(link).text


def test_overdue_is_said(client: TestClient, small_world: World, link: str) -> None:
    """On the sign page as in the inbox."""
    small_world.clock.move_on(days=4)
    assert "Overdue since Thu 20 Aug 2026, 11:00 CEST" in client.get(link).text


def test_conditions_are_read_in_words(client: TestClient, link: str) -> None:
    """An approver reads the field's title, not an expression."""
    page = client.get(link).text
    assert "when Cost is more than 50000" in page
    assert "item.cost" not in page
