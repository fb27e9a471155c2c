"""The calendar of a site: its year, its windows, and what is booked."""

from __future__ import annotations

from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.calendars import year_of
from gates.errors import NotFound, choices
from gates.service import Register
from gates.windows import clock
from workflows.calendar_grid import MARKED, months_of, shifts_in_words, spells
from workflows.web.access import access_person, pages_of
from workflows.web.render import page

YEARS = range(1970, 2200)
SHOWN, YEAR = 28, 366
"""Days for which maintenance windows are listed, and freezes and blackouts."""


def routes() -> list[Route]:
    """The sites, and one page each."""
    return [
        Route("/calendar", sites, methods=["GET"]),
        Route("/calendar/{site}", calendar, methods=["GET"]),
    ]


async def sites(request: Request) -> Response:
    """Every site with a calendar."""
    request.state.person = await access_person(request)
    known = await run_in_threadpool(pages_of(request).services.register.site_calendars)
    return page(request, "calendars.html", sites=sorted(known.values(), key=lambda one: one.name))


async def calendar(request: Request) -> Response:
    """One site. Raises NotFound for a site or a year that is none."""
    request.state.person = await access_person(request)
    register: Register = pages_of(request).services.register
    name, typed = request.path_params["site"], request.query_params.get("year", "")
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else None
    known = await run_in_threadpool(register.site_calendars)
    if name not in known:
        raise NotFound(f"There is no site {name}. {choices(name, list(known))}")
    if typed and year not in YEARS:
        raise NotFound(f"There is no year {typed[:20]}; write one such as {register.now().year}.")
    site, shown = known[name], year or register.now().year
    days = year_of(site, shown)
    until = register.now() + timedelta(days=SHOWN)
    found = await run_in_threadpool(
        lambda: (
            [one for one in register.openings(name, YEAR) if one.begins < until or not one.window.opens],
            register.bookings(name),
            {one.booking.item: " ".join(one.why) for one in register.booking_conflicts(name)},
        )
    )
    return page(
        request,
        "calendar.html",
        site=site,
        year=shown,
        years=YEARS,
        months=months_of(site, days),
        marks=MARKED,
        hours=list(shifts_in_words(site)),
        working=sum(one.is_open for one in days),
        spells=[(one[0], one[-1]) for one in spells(days)],
        openings=found[0],
        bookings=found[1],
        conflicts=found[2],
        days=SHOWN,
        clock=lambda moment: clock(moment, site.zone),
    )
