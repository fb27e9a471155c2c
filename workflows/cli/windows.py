"""`tollgate window …`: when work may be put on a line, and what is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, table
from workflows.cli.wired import As, actor, register

if TYPE_CHECKING:
    from datetime import datetime

    from gates.service.windows import Booking

window_app = typer.Typer(
    help="Maintenance windows, freezes and blackouts of the sites; times booked in them.", no_args_is_help=True
)
Key = Annotated[str, typer.Argument(help="The item's key, for instance ECR-0001.")]
Place = Annotated[str | None, typer.Option("--site", help="Only of this site.")]
HEADS = ("item", "line", "from", "until", "window")


@window_app.command("list")
def list_windows(
    site: Annotated[str, typer.Argument(help="The site, for instance Lyon.")],
    days: Annotated[int, typer.Option(help="So many days ahead.", min=1, max=366)] = 28,
    as_json: AsJson = False,
) -> None:
    """List the windows of a site in the days to come, and what is booked from now on."""
    from gates.errors import choices
    from gates.windows import clock

    with register(create=False) as book:
        known = book.site_calendars()
        if site not in known:
            fail(f"There is no site {site}. {choices(site, list(known))}", MISUSE)
        zone, found, booked = known[site].zone, book.openings(site, days), book.bookings(site)
    rows = [
        (one.window.kind, one.window.name, one.window.line or "all", clock(one.begins, zone), clock(one.ends, zone))
        for one in found
    ]
    windows = table(("kind", "window", "line", "from", "until"), rows) if rows else f"No window within {days} days."
    plain = [
        {
            "window": one.window.name,
            "kind": one.window.kind,
            "line": one.window.line,
            "begins_at": one.begins,
            "ends_at": one.ends,
            "capacity": one.window.capacity,
            "why": one.window.why,
        }
        for one in found
    ]
    emit({"site": site, "windows": plain, "booked": booked}, f"{windows}\n\n{_booked(booked)}", as_json)


@window_app.command()
def book(
    key: Key,
    begins: Annotated[str, typer.Option("--from", help="By the clock of the item's site: 2027-01-09T06:00.")],
    ends: Annotated[str, typer.Option("--until", help="By the clock of the item's site.")],
    line: Annotated[str | None, typer.Option(help="The line; left out: the whole site.")] = None,
    within: Annotated[
        str, typer.Option(help="maintenance: inside a window; any_time: whenever nothing is in the way.")
    ] = "maintenance",
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Book a time for an item; for its author and its owner. An earlier booking of it is given free."""
    from gates.service.windows import Asking

    ways: dict[str, Literal["maintenance", "any_time"]] = {"maintenance": "maintenance", "any_time": "any_time"}
    if within not in ways:
        fail(f"--within {within}: choose maintenance or any_time.", MISUSE)
    asking = Asking(_moment("--from", begins), _moment("--until", ends), line, ways[within])
    with register() as wired:
        made = wired.book_window(key, actor(who), asking)
        emit(made, _booked([made]), as_json)


@window_app.command()
def release(
    key: Key,
    reason: Annotated[str, typer.Option(help="Why; it goes on the record.")],
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Give the booked time of an item free; for its author and its owner."""
    with register() as book:
        book.release_window(key, actor(who), reason)
        emit({"item": key, "released": True}, f"The time of {key} is free.", as_json)


@window_app.command()
def conflicts(site: Place = None, as_json: AsJson = False) -> None:
    """List bookings that could not be booked today: a newer calendar is in the way, or two share a line."""
    with register(create=False) as book:
        found = book.booking_conflicts(site)
        lines = [f"{_booked([one.booking])}\n  {' '.join(one.why)}" for one in found]
        emit(found, "\n\n".join(lines) if lines else "No booking is in conflict.", as_json)


def _booked(bookings: list[Booking]) -> str:
    from gates.windows import clock

    rows = [
        (
            one.item,
            one.line or "all",
            clock(one.begins_at, one.zone),
            clock(one.ends_at, one.zone),
            "exception" if one.against else one.window or "any time",
        )
        for one in bookings
    ]
    return table(HEADS, rows) if rows else "Nothing is booked."


def _moment(option: str, text: str) -> datetime:
    from gates.values import Misfit, parse, to_python
    from policies.model import Field

    field = Field(type="moment")
    try:
        found: datetime | None = to_python(field, parse(field, text)) if text.strip() else None
    except Misfit as misfit:
        fail(f"{option}: {misfit}", MISUSE)
    if found is None:
        fail(f"{option} is empty; write 2027-01-09T06:00.", MISUSE)
    return found
