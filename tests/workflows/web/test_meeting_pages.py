"""Meetings as pages: the list, the agenda with the roll-call, the minutes; without a script, and on a narrow phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe import look, signed_in
from boards import board_world, change, plan
from playwright.sync_api import Browser
from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import World

from notifications.languages import language_of
from workflows.web.render import environment

KEY = "cab-2026-08-18"


@pytest.fixture
def small_world(sqlite_url: str) -> Iterator[World]:
    """The board of five, a day before it meets; one item is ready and one is not."""
    world = board_world(sqlite_url)
    world.clock.move_on(days=-4)
    change(world, "New PLC firmware")
    change(world, "New cell controller", tested=False, submit=False)
    world.clock.move_on(days=4, hours=8)
    plan(world)
    yield world
    world.check_record()
    world.close()


def send(client: TestClient, act: str, **boxes: str | list[str]) -> str:
    """Send one form of the meeting's page; the page it leads to, or the one that says what is wrong."""
    page = client.get(f"/meetings/{KEY}").text
    answer = client.post(f"/meetings/{KEY}", data={"forgery": forgery(page), "act": act, **boxes})
    return answer.text if answer.status_code == 422 else client.get(answer.headers["location"]).text


def test_the_agenda_says_what_was_said(client: TestClient, small_world: World) -> None:
    """A name alone would read as agreement."""
    small_world.sign("ana", "CHG-001", "reject")
    sign_in(client, "cid")
    assert "Said so far: Ana Ruiz (Reject)." in client.get(f"/meetings/{KEY}").text


def test_an_item_on_the_agenda_says_that_its_clocks_stand_still(client: TestClient, small_world: World) -> None:
    """As its own page does."""
    sign_in(client, "cid")
    agenda = small_world.register.meeting(KEY).agenda
    paused = replace(agenda[0], item=replace(agenda[0].item, stands_still="ESC-0001"))
    macro = environment(language_of("en")).get_template("_meeting.html")
    shown = macro.make_module({"v": None, "tokens": {}}).head(paused)
    assert "Its clocks stand still until ESC-0001 has ended." in shown


def test_a_meeting_is_led_from_its_page(client: TestClient, small_world: World) -> None:
    """Roll-call, quorum, note, action, closing, minutes for paper; what is asked wrongly loses nothing."""
    assert client.get(f"/meetings/{KEY}").headers["location"].startswith("/sign-in")
    sign_in(client, "cid")
    assert f'href="/meetings/{KEY}"' in client.get("/meetings").text
    assert "On the agenda of" in client.get("/items/CHG-001").text
    page = client.get(f"/meetings/{KEY}").text
    for words in ("Tue 18 Aug 2026, 10:00–11:00 CEST", "CHG-001 New PLC firmware", "Attendance is not recorded yet",
                  "“Tested on the rig” is open", "Then “Submit” is for Dan Dorn", "Open the meeting with these"):  # fmt: skip
        assert words in page, words
    assert ("Who is invited" in page, "Who is there" in page) == (True, False)
    small_world.clock.move_on(hours=15)
    sign_in(client, "cid")
    assert "4 of 5 present, quorum of 2 met" in send(client, "attend", present=["cid", "ana", "ben", "mei", "eve"])
    assert "3 of 5 present" in send(client, "attend", present=["cid", "ana", "ben", "mei"])
    refused = send(client, "action", text="Update the drawing", owner="dan", due="soon", item="")
    assert "Nothing was changed." in refused
    assert 'value="Update the drawing"' in refused
    assert "Update the drawing" in send(
        client, "action", text="Update the drawing", owner="dan", due="2026-08-21", item=""
    )
    assert "Mind the &lt;night&gt; shift." in send(client, "note", text="Mind the <night> shift.", item="CHG-001")
    for person in ("ana", "ben"):
        small_world.sign(person, "CHG-001")
    assert "Round closed: Approved." in client.get(f"/meetings/{KEY}").text
    closed = send(client, "close")
    assert "Minutes to print" in closed
    assert "<b>Ana Ruiz</b>: 10:00–10:00" in closed
    paper = client.get(f"/meetings/{KEY}/minutes").text
    for words in (
        "Round closed: Approved.",
        "Mind the &lt;night&gt; shift.",
        "Update the drawing: Dan Dorn",
        "Eve Moro (10:00–10:00)",
    ):
        assert words in paper, words
    assert "The clock was slow" in send(client, "correct", text="Eve left at 10:05.", reason="The clock was slow.")


def test_who_does_not_lead_it_reads_asks_and_signs(client: TestClient, small_world: World) -> None:
    """No roll-call, no moving; their own link to sign; what is theirs to do is on the list."""
    sign_in(client, "ana")
    page = client.get(f"/meetings/{KEY}").text
    assert "Present now" not in page
    assert f"/s/{small_world.token('ana', 'CHG-001')}" in page
    assert "Asked for by Ana Ruiz" in send(client, "ask", item="CHG-002", reason="The line waits for it.")
    assert "Only the chair may move it" in send(client, "move", when="2026-08-19T10:00", reason="x")
    assert client.get("/meetings/cab-2026-08-1").status_code == 404
    assert client.get(f"/meetings/{KEY}/minutes").status_code == 404


def test_one_more_is_added_and_one_is_moved(client: TestClient, small_world: World) -> None:
    """By whoever chairs it; a time that is none says so beside what was typed."""
    sign_in(client, "cid")
    page = client.get("/meetings").text
    form = {"forgery": forgery(page), "kind": "board-change cab", "when": "2026-08-20T16:00", "reason": "Audit."}
    wrong = client.post("/meetings", data={**form, "when": "2026-08-01T10:00"})
    assert (wrong.status_code, "is past" in wrong.text, 'value="Audit."' in wrong.text) == (422, True, True)
    assert client.post("/meetings", data=form).headers["location"] == "/meetings/cab-2026-08-20"
    assert "Moved from Tue 18 Aug 2026 10:00 CEST" in send(client, "move", when="2026-08-19T09:00", reason="Fair.")
    assert "It is not held." in send(client, "cancel", reason="Nothing left.")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_meetings_are_accessible_and_fit_a_narrow_phone(
    browser: Browser, site: str, small_world: World, scheme: str
) -> None:
    """Before, while and after it is held; no axe violation, no sideways scrolling."""
    problems: list[str] = []

    def all_fits(*paths: str) -> None:
        page = signed_in(browser, site, person="cid", color_scheme=scheme, viewport={"width": 320, "height": 640})
        for path in paths:
            page.goto(site + path)
            page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
            problems.extend(look(page, path))
        page.context.close()

    all_fits("/meetings", f"/meetings/{KEY}")
    small_world.clock.move_on(hours=15)
    by = small_world.by("cid")
    small_world.register.attend_meeting(KEY, ["cid", "ana", "ben"], by)
    small_world.register.set_action(KEY, "Update the drawing", "cid", small_world.clock.now().date(), by, "CHG-001")
    all_fits(f"/meetings/{KEY}")
    small_world.register.close_minutes(KEY, by)
    all_fits("/meetings", f"/meetings/{KEY}", f"/meetings/{KEY}/minutes")
    assert problems == []
