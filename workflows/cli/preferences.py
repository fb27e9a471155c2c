"""`tollgate roster preferences`: how somebody wants their notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail
from workflows.cli.wired import operator, register

if TYPE_CHECKING:
    from gates.preferences import Preferences
    from gates.service.preferring import PreferencesView


def preferences(
    person: Annotated[str, typer.Argument(help="The person's id.")],
    notices: Annotated[str | None, typer.Option("--notices", help="immediate, or daily: one mail a day.")] = None,
    hour: Annotated[int | None, typer.Option("--hour", help="The hour of their day for it, 0 to 23.")] = None,
    quiet: Annotated[
        str | None, typer.Option("--quiet", help="19:00-07:00 on their clock; `none` for no quiet hours.")
    ] = None,
    days_off: Annotated[
        bool | None, typer.Option("--days-off/--no-days-off", help="Whether the days off of their site are quiet too.")
    ] = None,
    end_links: Annotated[
        bool, typer.Option("--end-links", help="End every link in their mails that leads to their preferences.")
    ] = False,
    why: Annotated[str, typer.Option("--why", help="The reason, for the record; needed to change something.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show how somebody wants their notices, or set it for them with a reason."""
    changes = (notices, hour, quiet, days_off)
    if end_links:
        if any(one is not None for one in changes):
            fail("--end-links goes with --why alone.", MISUSE)
        with register(create=False) as book:
            book.end_preference_links(person, operator(), why)
            said = f"The links to the preferences of {book.person(person).name} have ended, on the record."
            emit({"person": person, "ended": True}, f"{said} Later mails have fresh ones.", as_json)
        return
    if all(one is None for one in changes):
        with register(create=False) as book:
            view = book.preferences(person)
            emit(view, _said(view), as_json)
        return
    with register() as book:
        wish = _changed(book.preferences(person).wish, *changes)
        changed = book.set_preferences(person, wish, operator(), why)
        view = book.preferences(person)
        emit(view, f"{_said(view)} {'It is on the record.' if changed else 'It was so before.'}", as_json)


def _changed(
    wish: Preferences, notices: str | None, hour: int | None, quiet: str | None, days_off: bool | None
) -> Preferences:
    from dataclasses import replace

    from gates.preferences import CLOCK

    if quiet is not None:
        start, _, end = ("", "", "") if quiet == "none" else (part.strip() for part in quiet.partition("-"))
        if quiet != "none" and not (CLOCK.fullmatch(start) and CLOCK.fullmatch(end)):
            said = f"--quiet {quiet[:40]!r} is no stretch of the day such as 19:00-07:00, and not `none`."
            fail(f"{said} Write both times with hours and minutes.", MISUSE)
        wish = replace(wish, quiet_from=start, quiet_until=end)
    return replace(
        wish,
        notices=wish.notices if notices is None else notices,
        hour=wish.hour if hour is None else hour,
        days_off=wish.days_off if days_off is None else days_off,
    )


def _said(view: PreferencesView) -> str:
    wish = view.wish
    how = f"in one mail a day at {wish.hour:02}:00" if wish.notices == "daily" else "at once"
    hours = f"from {wish.quiet_from} until {wish.quiet_until}" if wish.quiet_from else ""
    off = f"on the days off of {view.site}" if view.site else "on Saturdays and Sundays"
    days = off if wish.days_off else ""
    quiet = " and ".join(part for part in (hours, days) if part)
    return f"{view.name} gets notices {how}, by the clock of {view.zone}; quiet {quiet or 'at no hour'}."
