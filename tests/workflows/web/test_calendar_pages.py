"""The calendar of a site as a page: the year, the windows, what is booked and what is in conflict."""

from __future__ import annotations

from line_changes import SITES, line_change, set_up, sites
from site_forms import sign_in
from starlette.testclient import TestClient
from world import World


def test_the_page_of_a_site_shows_its_year_its_windows_and_its_bookings(client: TestClient, small_world: World) -> None:
    """Holidays with their names, the freeze, the booking with its item; another year is one click away."""
    world = set_up(small_world)
    key = line_change(world, "2026-08-22T08:00", "2026-08-22T12:00")
    world.register.act(key, "schedule", world.by("cid"))
    assert client.get("/calendar/Lyon").headers["location"].startswith("/sign-in")
    sign_in(client, "dan")
    assert 'href="/calendar/Linz"' in client.get("/calendar").text
    assert 'href="/calendar/Lyon"' in client.get(f"/items/{key}").text
    text = client.get("/calendar/Lyon").text
    for words in (f'href="/items/{key}"', "Sat 22 Aug 2026, 08:00 CEST", "saturday", "Audit of line 2", "2 at a time",
                  "Fri 2026-12-25: closed, ", 'href="?year=2027"'):  # fmt: skip
        assert words in text, words
    assert "Nothing is booked" in client.get("/calendar/Linz").text
    assert "Mon 2027-05-17: closed" in client.get("/calendar/Lyon?year=2027").text
    shut = SITES.replace(
        "    windows:\n", "    closed: [{from: 2026-08-03, until: 2026-08-21, why: Summer}]\n    windows:\n"
    ).replace("sat 06", "sun 06")
    world.register.publish_calendar(sites(shut), World.by("import"))
    text = client.get("/calendar/Lyon").text
    assert "Conflict: No maintenance window for L1" in text
    assert "Mon 2026-08-03 to Fri 2026-08-21: closed, Summer" in text


def test_who_decides_on_an_exception_reads_what_stands_against_it(client: TestClient, small_world: World) -> None:
    """On the page behind the link, above the choice. Whoever asks is told before, with what would be free."""
    world = set_up(small_world)
    key = line_change(world, "2026-12-19T08:00", "2026-12-19T12:00")
    sign_in(client, "cid")
    asked = client.get(f"/items/{key}/acts/schedule").text
    for words in ("It will be an exception.", "this leads to <b>Exception</b>", "Free next at Lyon: Sat 9 Jan 2027"):
        assert words in asked, words
    world.register.act(key, "schedule", world.by("cid"))
    world.carry()
    text = client.get(f"/s/{world.token('dan', key)}").text
    assert "The time is an exception.</strong> <span>The freeze year-end (Closing of the books) lasts from" in text


def test_a_site_or_a_year_that_is_none_is_said(client: TestClient, small_world: World) -> None:
    sign_in(client, "dan")
    missing = client.get("/calendar/Lyno")
    assert (missing.status_code, "Did you mean Lyon" in missing.text) == (404, True)
    for year in ("0000", "9999", "x", "２０２７"):
        assert client.get(f"/calendar/Lyon?year={year}").status_code == 404


def test_an_item_s_moment_is_asked_for_as_day_and_time(client: TestClient, small_world: World) -> None:
    """In the browser's own box; what was typed comes back."""
    world = set_up(small_world)
    sign_in(client, "cid")
    assert 'name="field.begins" value="" type="datetime-local"' in client.get("/items/new/line-change").text
    key = line_change(world, "2026-08-22T08:00", "2026-08-22T12:00")
    assert 'value="2026-08-22T08:00"' in client.get(f"/items/{key}/edit").text
    assert "Sat 22 Aug 2026, 08:00" in client.get(f"/items/{key}").text
