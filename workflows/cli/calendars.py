"""`tollgate calendar …`: when the sites work, by which deadlines are counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflows.cli.files import read_file
from workflows.cli.output import MISUSE, AsJson, emit, fail, table, talk
from workflows.cli.wired import As, actor, operator, register

if TYPE_CHECKING:
    from gates.calendars import Site
    from gates.sitesfile import SitesFile

calendar_app = typer.Typer(help="The calendars of the sites: holidays, shut-downs, shifts.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A sites.yaml.")]


@calendar_app.command()
def check(file: File, as_json: AsJson = False) -> None:
    """Check a sites.yaml without a register."""
    sites = _read(file).sites
    emit(
        {"sites": list(sites)}, f"{file}: {len(sites)} calendar{'' if len(sites) == 1 else 's'}, well formed.", as_json
    )


@calendar_app.command("import")
def import_calendar(file: File, as_json: AsJson = False) -> None:
    """Make a file the calendars from now on. Running deadlines stay where they are."""
    sites = _read(file)
    with register() as book:
        version = book.publish_calendar(sites, operator())
        moved = book.drifted()
        if moved:
            talk(f"{len(moved)} running deadlines were counted by an older calendar: tollgate calendar drift")
        clashes = book.booking_conflicts()
        if clashes:
            talk(f"Bookings that this calendar is in the way of: {len(clashes)}. tollgate window conflicts")
        emit({"version": version, "drifted": len(moved)}, f"Version {version} of the calendars is in force.", as_json)


@calendar_app.command()
def versions(as_json: AsJson = False) -> None:
    """List the versions there were, the newest first."""
    with register(create=False) as book:
        found = book.calendar_versions()
        rows = [(str(v.version), f"{v.published_at:%Y-%m-%d %H:%M}", ", ".join(v.sites)) for v in found]
        none = "None yet; the sites of the roster are used as they are: tollgate calendar import sites.yaml"
        emit(found, table(("version", "in force since (UTC)", "sites"), rows) if rows else none, as_json)


@calendar_app.command()
def show(
    site: Annotated[str, typer.Argument(help="The site, for instance Lyon.")],
    year: Annotated[int | None, typer.Option(help="The year; left out: the present one.", min=1900, max=2200)] = None,
    file: Annotated[Path | None, typer.Option(help="A sites.yaml, in place of the register.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a year of a site: working days, weekends, holidays, shut-downs."""
    from gates.errors import choices
    from gates.sitesfile import site_of
    from workflows.calendar_grid import year_as_text

    if file is not None:
        known = {name: site_of(name, line) for name, line in _read(file).sites.items()}
        now = date.today().year  # noqa: DTZ011  (the year to show when none is asked for)
    else:
        with register(create=False) as book:
            known, now = book.site_calendars(), book.now().year
    if site not in known:
        fail(f"There is no site {site}. {choices(site, list(known))}", MISUSE)
    found = _year_of(known[site], year or now)
    emit(found, year_as_text(known[site], found["year"]), as_json)


@calendar_app.command()
def drift(as_json: AsJson = False) -> None:
    """List running deadlines that today's calendars would put elsewhere."""
    with register(create=False) as book:
        found = book.drifted()
        rows = [
            (one.item, one.person or "-", f"{one.due_at:%Y-%m-%d %H:%M}", f"{one.would_be:%Y-%m-%d %H:%M}",
             str(one.counted_with or "-"))
            for one in found
        ]  # fmt: skip
        heads = ("item", "person", "due (UTC)", "would be (UTC)", "counted with version")
        emit(
            found, table(heads, rows) if rows else "Every running deadline is where today's calendars put it.", as_json
        )


@calendar_app.command()
def recount(
    key: Annotated[str, typer.Argument(help="The item's key, for instance ECR-0001.")],
    reason: Annotated[str, typer.Option(help="Why; it goes on the record with both dates.")],
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Count an item's running deadlines anew by today's calendars."""
    with register() as book:
        moved = book.recount(key, actor(who), reason)
        lines = [
            f"{one.person or key}: {one.due_at:%Y-%m-%d %H:%M} -> {one.would_be:%Y-%m-%d %H:%M} UTC" for one in moved
        ]
        emit(moved, "\n".join(lines), as_json)


def _read(file: Path) -> SitesFile:
    from gates.sitesfile import SitesFile
    from policies.load import build, read_document

    return build(SitesFile, read_document(read_file(file), str(file)))


def _year_of(site: Site, year: int) -> dict[str, Any]:
    """The year as data: working days a month, and each day off that is not a weekend, with why."""
    from gates.calendars import year_of

    days = year_of(site, year)
    return {
        "site": site.name,
        "zone": site.zone,
        "year": year,
        "working_days": sum(1 for one in days if one.is_open),
        "days": [{"day": one.day.isoformat(), "open": one.is_open, "why": one.why} for one in days],
    }
