"""The compliance desk: who may use it, what it finds, what is taken along, and an item as it was."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import LOG_KEY, ROSTER, SECRET, START, World

from gates.errors import ProofFailed
from gates.items import PersonView
from gates.ledger.proof.steps import Asked, verify_bundle
from gates.service.compliance.sampling import SampleOrder
from gates.service.searching.find import Question
from workflows.steps import seal_step
from workflows.web.desk_pages import day_end

AUDITED = ROSTER + "  iris: {name: Iris Falk, email: iris@example.com, roles: [auditor]}\n"


@pytest.fixture
def key(small_world: World) -> str:
    """An item in its round, one signature given; Iris is an auditor."""
    small_world.import_roster(AUDITED)
    small_world.set_secret("iris")
    key = small_world.change_in_round()
    small_world.sign("mei", key, comment="=SUM(A1) geprüft")
    return key


def test_the_desk_is_for_those_who_hold_its_role(client: TestClient, key: str) -> None:
    """P11-05: default is no right; whoever lacks it is told whom to ask."""
    assert client.get("/desk", follow_redirects=False).status_code == 303
    sign_in(client, "ana")
    answer = client.get("/desk")
    assert answer.status_code == 403
    assert "auditor or compliance" in answer.text
    assert 'href="/desk"' not in client.get("/items").text
    sign_in(client, "iris")
    assert client.get("/desk").status_code == 200
    assert 'href="/desk"' in client.get("/items").text


def test_the_record_is_searched_by_who_what_when_and_why(client: TestClient, key: str) -> None:
    """P11-08, A11-09; an empty answer says what to do, a fault names the place."""
    sign_in(client, "iris")
    found = client.get("/desk", params={"words": "gepruft", "who": "mei", "kind": "signature"}).text
    assert "1 entry" in found
    assert "Mei Chen" in found
    assert "No entry fits" in client.get("/desk", params={"words": "nowhere"}).text
    for fault in ({"words": '"open'}, {"since": "yesterday"}, {"kind": "x"}):
        answer = client.get("/desk", params=fault)
        assert answer.status_code == 422
        assert 'class="fault"' in answer.text
    assert client.get("/desk", params={"page": "9" * 40}).status_code == 200


def test_lists_are_taken_along_safely(client: TestClient, key: str) -> None:
    """A comment that looks like a formula stays a comment."""
    sign_in(client, "iris")
    answer = client.get("/desk", params={"kind": "signature", "as": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["why"] for row in rows] == ["'=SUM(A1) geprüft"]
    assert answer.headers["content-disposition"] == 'attachment; filename="record.csv"'
    assert client.get("/desk", params={"as": "xlsx"}).content[:2] == b"PK"


def test_every_list_is_taken_along_in_every_form_and_that_is_entered(
    client: TestClient, key: str, small_world: World
) -> None:
    """A11-06, P11-08: records, exceptions, people, reviews and samples; a HEAD takes nothing."""
    seal_step(small_world.services)
    small_world.register.sample(SampleOrder(5, "2026"), small_world.by("dan"))
    small_world.register.review_trail(key, small_world.by("eve"), "Nothing odd.")
    sign_in(client, "iris")
    paths = {
        "/desk?words=seal": "record",
        "/desk/exceptions?": "exceptions",
        "/desk/people/mei?": "person-mei",
        f"/desk/items/{key}/review?": f"reviews-{key}",
        "/desk/samples/1?": "sample-1",
        "/desk/access?": "access",
    }
    for path, name in paths.items():
        for form in ("csv", "xlsx", "json"):
            answer = client.get(f"{path}&as={form}")
            assert answer.status_code == 200
            assert answer.headers["content-disposition"] == f'attachment; filename="{name}.{form}"'
        head = client.get(f"{path}&as=csv").content.decode("utf-8-sig").splitlines()[0]
        if answer.json():
            assert list(csv.reader([head])) == [list(answer.json()[0])]
        client.head(f"{path}&as=csv")
    found = small_world.register.search(Question(kind="record:exported", who="iris")).found
    said = Counter(one.sentence.removeprefix("Record exported: ").rstrip(".").split(",")[0] for one in found)
    assert said == dict.fromkeys(paths.values(), 4)


def test_what_was_asked_is_entered_after_the_answer(client: TestClient, key: str, small_world: World) -> None:
    """A11-06: a question once, not its further pages, not the empty desk, not a browser that fetches ahead."""
    sign_in(client, "iris")
    client.get("/desk")
    client.get("/desk", params={"words": "seal", "page": "2"})
    client.get("/desk", params={"words": "seal"}, headers={"sec-purpose": "prefetch"})
    client.get("/desk", params={"words": '"open'})
    assert small_world.register.search(Question(kind="record:searched")).total == 0
    client.get("/desk", params={"words": "seal", "who": "mei"})
    client.get("/desk/people/ana")
    found = small_world.register.search(Question(kind="record:searched")).found
    assert [(one.person, one.sentence) for one in found] == [
        ("iris", "Record searched: who ana."),
        ("iris", "Record searched: who mei, words seal."),
    ]


def test_looking_at_a_moment_an_entry_or_exceptions_is_entered(
    client: TestClient, key: str, small_world: World
) -> None:
    """A11-06: each shows an item, or people, to somebody; never a browser that fetches ahead."""
    sign_in(client, "iris")
    pages = {
        f"/desk/items/{key}?at=2036-01-01T00:00Z": f"as of 2036-01-01T00:00:00Z, item {key}",
        f"/desk/entries/{key}/1": f"entry {key} 1",
        "/desk/exceptions?kind=late&since=2026-08-20": "kind late, list exceptions, since 2026-08-20",
    }
    for path in pages:
        client.get(path, headers={"sec-purpose": "prefetch"})
        client.head(path)
    assert small_world.register.search(Question(kind="record:searched")).total == 0
    for path in pages:
        client.get(path)
    found = small_world.register.search(Question(kind="record:searched", who="iris")).found
    assert [one.sentence for one in reversed(found)] == [f"Record searched: {said}." for said in pages.values()]


def test_a_person_s_timeline_tells_doing_from_being_named(client: TestClient, key: str, small_world: World) -> None:
    """P11-06, P11-08: with capacity, narrowed like a search; somebody unknown is told."""
    sign_in(client, "iris")
    page = client.get("/desk/people/mei").text
    assert '<span class="tag">did</span>' in page
    assert '<span class="tag">about</span>' in page
    assert "Quality lead" in page
    (row,) = csv.DictReader(
        io.StringIO(client.get("/desk/people/mei?kind=signature&as=csv").content.decode("utf-8-sig"))
    )
    assert (row["part"], row["who"], row["capacity"]) == ("did", "Mei Chen", "Quality lead, Lyon and Engineering")
    assert client.get("/desk/people/mei?kind=odd").status_code == 422
    answer = client.get("/desk/people/meii")
    assert answer.status_code == 404
    assert "Did you mean mei?" in answer.text


def test_each_exception_leads_to_its_entry(client: TestClient, key: str, small_world: World) -> None:
    """A11-11: of an item or of the house, with the bytes that were hashed; no other entry is made up."""
    with pytest.raises(ProofFailed):
        small_world.register.check_sign_in("ana@example.com", "wrong horse", "")
    sign_in(client, "iris")
    link = re.search(r'href="(/desk/entries/@access/\d+)"', client.get("/desk/exceptions").text)
    assert link is not None
    page = client.get(link[1]).text
    assert "Person sign in refused: Ana Ruiz." in page
    assert "&#34;kind&#34;:&#34;person:sign-in:refused&#34;" in page
    assert "wrong horse" not in page
    assert "The item then" in client.get(f"/desk/entries/{key}/1").text
    for nothing in (f"{key}/999", f"{key}/x", f"{key}/0", "NO-1/1"):
        assert client.get(f"/desk/entries/{nothing}").status_code == 404
    sign_in(client, "ana")
    for path in (link[1], "/desk/people/mei"):
        assert client.get(path).status_code == 403


def test_an_item_says_how_far_its_trail_is_reviewed(client: TestClient, key: str, small_world: World) -> None:
    """A11-11: on its page, with what came since."""
    sign_in(client, "iris")
    assert "Its trail has not been reviewed." in client.get(f"/items/{key}").text
    count = len(small_world.register.read_record(key).bodies)
    small_world.register.review_trail(key, small_world.by("eve"), "Nothing odd.")
    small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "13000"})
    (review,) = small_world.register.trail_reviews(key)
    assert review.since >= 1
    assert f"Reviewed up to entry {count} by " in client.get(f"/items/{key}").text
    assert review.sentence in client.get(f"/items/{key}").text


def test_an_item_is_shown_as_it_was(client: TestClient, key: str, small_world: World) -> None:
    """ALC-2: from its entries alone; before it was made it did not exist."""
    small_world.clock.move_on(days=3)
    sign_in(client, "iris")
    small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "99000"}, reason="Offer.")
    before = client.get(f"/desk/items/{key}", params={"at": "2026-08-18T12:00"}).text
    assert "12,500" in before
    assert "Mei Chen" in before
    assert "99,000" in client.get(f"/desk/items/{key}").text
    assert client.get(f"/desk/items/{key}", params={"at": "2026-01-01T00:00"}).status_code == 404
    assert client.get(f"/desk/items/{key}", params={"at": "noon"}).status_code == 422


def test_as_of_now_is_what_is_stored(world: World) -> None:
    """The fold and the tables agree on every line shown."""
    key = world.change_in_round()
    world.sign("mei", key)
    was, now = world.register.as_of(key, world.clock.now()), world.register.item(key)
    assert (was.state, was.revision, was.revision_digest) == (
        now.line.state_title,
        now.line.revision,
        now.revision_digest,
    )
    shown = {one.name: one.text for one in was.fields}
    assert {one.name: shown[one.name] for one in now.fields} == {one.name: one.text for one in now.fields}
    assert [one.name for one in was.said] == ["Mei Chen"]
    earlier = world.register.as_of(key, START - timedelta(0))
    assert earlier.entries <= was.entries


def test_an_auditor_changes_nothing(client: TestClient, key: str) -> None:
    """SOX-1: every act of somebody who is an auditor and nothing else is refused, whatever the form says."""
    sign_in(client, "iris")
    page = client.get("/items/new/engineering-change")
    data: dict[str, Any] = {"forgery": forgery(page.text), "title": "Mine"}
    assert client.post("/items/new/engineering-change", data=data).status_code == 403
    assert client.post(f"/items/{key}/acts/withdraw", data={"forgery": "x"}).status_code == 403
    assert client.get(f"/items/{key}").status_code == 200


def test_who_looked_is_on_the_record_once(client: TestClient, key: str, small_world: World) -> None:
    """A11-06: a signed-in person's view, once for a revision and day; never a browser that fetches ahead."""
    sign_in(client, "iris")
    for headers in ({"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}, {"x-moz": "prefetch"}):
        client.get(f"/items/{key}", headers=headers)
    client.head(f"/items/{key}")
    assert "item:viewed" not in small_world.kinds(key)
    for _ in range(3):
        client.get(f"/items/{key}")
    assert small_world.kinds(key).count("item:viewed") == 1
    small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "13000"})
    client.get(f"/items/{key}")
    small_world.clock.move_on(days=2)
    sign_in(client, "iris")
    client.get(f"/items/{key}")
    assert small_world.kinds(key).count("item:viewed") == 3


def test_a_record_is_taken_along_as_a_bundle(client: TestClient, key: str, small_world: World) -> None:
    """A11-06, ALC-8: by whoever may use the desk, once it is sealed; what is taken holds, and that it left is entered."""
    sign_in(client, "iris")
    waits = client.get(f"/desk/items/{key}/bundle")
    assert waits.status_code == 409
    assert "sealed yet" in waits.text
    seal_step(small_world.services)
    for query, complete in (("", False), ("?complete=1", True)):
        answer = client.get(f"/desk/items/{key}/bundle{query}")
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{key}.zip"
        outcome = verify_bundle(io.BytesIO(answer.content), Asked(key=LOG_KEY.key, complete=complete))
        assert outcome.ok, outcome.steps[-1]
    client.head(f"/desk/items/{key}/bundle")
    assert client.get("/desk/items/ECR-9/bundle").status_code == 404
    left = small_world.register.search(Question(kind="record:exported", who="iris")).found
    assert [one.sentence for one in left] == ["Record exported: bundle."] * 2
    sign_in(client, "ana")
    assert client.get(f"/desk/items/{key}/bundle").status_code == 403


def test_exceptions_of_a_period_are_listed(client: TestClient, key: str, small_world: World) -> None:
    """SOX-2: each with its entry; where there are none, what was looked at is said."""
    sign_in(client, "iris")
    assert "No exception" in client.get("/desk/exceptions", params={"since": "2026-08-20"}).text
    token = small_world.link_in(small_world.mails("mei@example.com")[0])
    small_world.register.withdraw_decision(token, secret=SECRET, reason="Too soon.")
    page = client.get("/desk/exceptions").text
    assert "1 exception" in page
    assert "Too soon." in page
    assert "withdrawn" in client.get("/desk/exceptions", params={"as": "csv"}).text
    for fault in ({"kind": "odd"}, {"since": "x"}):
        assert client.get("/desk/exceptions", params=fault).status_code == 422


def test_a_sample_is_drawn_on_the_record_and_again_by_its_seed(
    client: TestClient, key: str, small_world: World
) -> None:
    """SOX-3: the population is counted against the log; bad input loses nothing."""
    seal_step(small_world.services)
    sign_in(client, "iris")
    form = {"forgery": forgery(client.get("/desk/sample").text), "size": "5", "seed": "2026"}
    assert client.post("/desk/sample", data={**form, "size": "many"}).status_code == 422
    answer = client.post("/desk/sample", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/samples/1")
    page = client.get("/desk/samples/1").text
    assert "1 of 1 items" in page
    assert key in page
    assert key in client.get("/desk/samples/1?as=csv").text
    assert "Sample 1" in client.get("/desk/sample").text
    assert client.get("/desk/samples/99").status_code == 404
    assert client.post("/desk/sample", data={**form, "forgery": "0" * 64}).status_code == 403


def test_a_trail_is_reviewed_by_whoever_had_no_part_in_it(client: TestClient, key: str, small_world: World) -> None:
    """A11-10, A11-11: the auditor may, having looked; a signer with a desk role may not."""
    sign_in(client, "iris")
    client.get(f"/items/{key}")
    form = {"forgery": forgery(client.get(f"/desk/items/{key}/review").text), "finding": ""}
    assert client.post(f"/desk/items/{key}/review", data=form).status_code == 422
    assert client.post(f"/desk/items/{key}/review", data={**form, "finding": "Nothing odd."}).status_code == 303
    assert "Nothing odd." in client.get(f"/desk/items/{key}/review").text
    small_world.import_roster(
        AUDITED.replace("{role: quality-lead, at: Lyon}", "{role: quality-lead, at: Lyon}, compliance")
    )
    sign_in(client, "mei")
    form = {"forgery": forgery(client.get(f"/desk/items/{key}/review").text), "finding": "All well."}
    answer = client.post(f"/desk/items/{key}/review", data=form)
    assert answer.status_code == 422
    assert "You had a part" in answer.text
    assert "item:review:refused" in small_world.kinds(key)


def test_who_may_do_what_is_a_page_and_its_review_goes_on_the_record(
    client: TestClient, key: str, small_world: World
) -> None:
    """A11-13: what is in force, what ended, any day before; for holders of a desk role alone."""
    sign_in(client, "ana")
    assert client.get("/desk/access").status_code == 403
    sign_in(client, "iris")
    small_world.clock.move_on(days=1)
    small_world.register.deactivate("ben", small_world.by("cid"))
    small_world.clock.move_on(days=1)
    sign_in(client, "iris")
    page = client.get("/desk/access").text
    assert "Quality lead" in page
    assert "Ben Roth" not in page
    assert "Access was never reviewed on the record." in page
    both = client.get("/desk/access", params={"show": "all"}).text
    assert 'by Cid Cole, <a href="/desk/entries/@roster/3">entry 3</a>' in both
    assert "Ben Roth" in client.get("/desk/access", params={"day": "2026-08-17"}).text
    assert client.get("/desk/access", params={"day": "soon"}).status_code == 422
    sent = {"forgery": forgery(page), "finding": " ", "head": head_of(page)}
    assert client.post("/desk/access", data=sent).status_code == 422
    assert client.post("/desk/access", data={"finding": "Fine."}).status_code == 403
    done = client.post("/desk/access", data={**sent, "finding": "Ben has left <b>."}, follow_redirects=True)
    assert "“Ben has left &lt;b&gt;.”" in done.text
    assert "0 changes of rights since" in done.text


def head_of(page: str) -> str:
    """The digest of the last entry that a list of access was read from."""
    found = re.search(r'name="head" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def test_a_review_of_access_is_of_the_list_that_was_shown(client: TestClient, key: str, small_world: World) -> None:
    """A11-13: whoever left meanwhile is shown first; under a day that is past nothing is put on the record."""
    sign_in(client, "iris")
    page = client.get("/desk/access").text
    sent = {"forgery": forgery(page), "finding": "All as it should be."}
    small_world.register.deactivate("ben", small_world.by("cid"))
    for head in ({"head": head_of(page)}, {}):
        again = client.post("/desk/access", data={**sent, **head})
        assert again.status_code == 409
        assert "Rights changed after this list was shown." in again.text
        assert "All as it should be." in again.text, "what was written is kept"
        assert "Ben Roth" not in again.text
    assert small_world.register.access().reviews == ()
    assert client.post("/desk/access", data={**sent, "head": head_of(again.text)}).status_code == 303
    for day in ("2026-08-17", "2026-08-18"):
        past = client.get("/desk/access", params={"day": day}).text
        assert 'name="finding"' not in past
        assert "A review is of what is in force now" in past


def test_one_role_is_one_role_and_what_the_settings_open_is_said(client: TestClient, small_world: World) -> None:
    """A11-13: in words that fit the number."""
    small_world.import_roster("people:\n  iris: {name: Iris Falk, email: iris@example.com, roles: [auditor]}\n")
    small_world.set_secret("iris")
    sign_in(client, "iris")
    page = client.get("/desk/access").text
    assert "1 person and 1 role in force" in page
    assert "Opens: compliance desk" in page


def test_a_day_ends_at_its_midnight_also_when_the_clocks_change() -> None:
    """A11-13: 25 hours in Paris on 25 October, 23 on 29 March; the last day of all is a fault and no crash."""
    reader = PersonView("iris", "Iris Falk", "iris@example.com", "Europe/Paris")
    faults: dict[str, str] = {}
    ends = [day_end(day, "day", reader, faults) for day in ("2026-10-25", "2026-03-29", "2026-08-17", "")]
    assert ends == [
        datetime(2026, 10, 25, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
        datetime(2026, 8, 17, 22, tzinfo=UTC),
        None,
    ]
    assert not faults
    assert day_end("9999-12-31", "day", reader, faults) is None
    assert faults == {"day": "'9999-12-31' is no day; write 2026-08-17."}


def test_lists_until_a_day_go_to_its_end(client: TestClient, key: str, small_world: World) -> None:
    """Search, exceptions, samples and access: the hour that is had twice belongs to its day, and no day is a crash."""
    small_world.import_roster(AUDITED.replace("email: iris@example.com", "email: iris@example.com, zone: Europe/Paris"))
    small_world.clock.at = datetime(2026, 10, 25, 22, 30, tzinfo=UTC)
    small_world.register.deactivate("ben", small_world.by("cid"))
    sign_in(client, "iris")
    small_world.clock.move_on(days=3)
    sign_in(client, "iris")
    day = "2026-10-25"
    assert "Ben Roth" not in client.get("/desk/access", params={"day": day}).text
    found = client.get("/desk", params={"kind": "roster", "since": day, "until": day}).text
    assert "Ben Roth" in found
    last = "9999-12-31"
    for path, asked in {"/desk": "until", "/desk/exceptions": "until", "/desk/access": "day"}.items():
        assert client.get(path, params={asked: last}).status_code == 422
    sent = {"forgery": forgery(client.get("/desk/sample").text), "size": "1", "until": last}
    assert client.post("/desk/sample", data=sent).status_code == 422
