"""A year of a site as a grid people read: in a terminal, and as rows for a page."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence

from gates.calendars import Site, SiteDay, year_of
from policies.shifts import WEEKDAYS

MARKS = "`.` open, `w` weekend, `h` public holiday, `x` shut by the site, `o` opened on purpose"

MARKED = {"holiday": ("h", "public holiday"), "shut": ("x", "shut by the site"), "opened": ("o", "opened on purpose")}
"""What a page marks a day with: a letter, and what it means."""
_NAMES = {".": "", "w": "weekend", "h": "holiday", "x": "shut", "o": "opened"}


def months_of(site: Site, days: Sequence[SiteDay]) -> list[tuple[str, list[list[tuple[int, str] | None]]]]:
    """The months of a year as weeks from Monday on: each day with the name of its mark, None before and after."""
    found = []
    for month in range(1, 13):
        inside = [one for one in days if one.day.month == month]
        cells: list[tuple[int, str] | None] = [None] * inside[0].day.weekday()
        cells += [(one.day.day, _NAMES[mark_of(site, one)]) for one in inside]
        cells += [None] * (-len(cells) % 7)
        found.append((calendar.month_name[month], [cells[at : at + 7] for at in range(0, len(cells), 7)]))
    return found


def mark_of(site: Site, one: SiteDay) -> str:
    """One letter for a day; see MARKS."""
    if one.is_open:
        return "o" if one.why and one.day in {day.on for day in site.opened} else "."
    if one.is_shut:
        return "x"
    return "w" if one.day.weekday() in site.weekend else "h"


def year_as_text(site: Site, year: int) -> str:
    """The months below each other, a letter a day, then what each special day is."""
    days = year_of(site, year)
    where = ", ".join(part for part in (site.zone, site.country, site.region) if part)
    lines = [f"{site.name} {year} ({where}): {sum(1 for one in days if one.is_open)} working days", ""]
    lines += ["     " + "".join(f"{n:>3}" for n in range(1, 32))]
    for month in range(1, 13):
        marks = "".join(f"{mark_of(site, one):>3}" for one in days if one.day.month == month)
        lines.append(f"{calendar.month_abbr[month]:<5}{marks}")
    lines += ["", MARKS, "", *shifts_in_words(site), ""]
    lines += [_spell(spell) for spell in spells(days)]
    return "\n".join(lines).rstrip()


def spells(days: Sequence[SiteDay]) -> list[list[SiteDay]]:
    """The special days, those of one reason in a row together."""
    found: list[list[SiteDay]] = []
    for one in (day for day in days if day.why):
        before = found[-1][-1] if found else None
        follows = before is not None and (one.day - before.day).days == 1
        if follows and before is not None and (one.why, one.is_open) == (before.why, before.is_open):
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _spell(days: Sequence[SiteDay]) -> str:
    first, last = days[0], days[-1]
    until = f" to {last.day:%a %Y-%m-%d}" if last is not first else ""
    return f"{first.day:%a %Y-%m-%d}{until}  {'open' if first.is_open else 'closed'}  {first.why}"


def shifts_in_words(site: Site) -> Iterator[str]:
    """`mon, tue: 06:00-14:00`; the hours of an office where the site names none."""
    if not site.shifts:
        yield "hours: 09:00-17:00 on working days"
    for one in site.shifts:
        yield f"{', '.join(WEEKDAYS[day] for day in one.days)}: {one.start:%H:%M}-{one.end:%H:%M}"
