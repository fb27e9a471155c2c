"""Every check of a process against a roster, in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from policies.facts import Roster
from policies.load import LoadedProcess
from policies.staffing.blocking import alone, single_points, tied_people, whoever
from policies.staffing.bodies import fractions, roleless, unfilled, without_attribute
from policies.staffing.findings import Finding, put_together
from policies.staffing.leaves import away_now, circles, together, useless
from policies.staffing.model import Level, Staff, StaffRemark
from policies.staffing.setting import Ask, Setting

Progress = Callable[[str], None]
"""Called with what is looked at next."""

_ORDER = (Level.ERROR, Level.WARNING, Level.INFORMATION)


def check_staffing(loaded: LoadedProcess, staff: Staff, progress: Progress | None = None) -> list[StaffRemark]:
    """Everything found, the most serious first."""
    asks = [Ask.of(loaded, policy) for policy in loaded.policies.values()]
    now = [setting for ask in asks for setting in _settings(ask, staff, staff.start)]
    found = [
        *unfilled(loaded, now, staff),
        *roleless(loaded, staff.rosters[0][1], asks),
        *put_together(_findings(asks, staff, now, progress)),
        *circles(staff, staff.rosters[0][1]),
        *useless(staff, staff.rosters[0][1], now),
        *without_attribute(now),
        *fractions(now),
        *_not_all(asks),
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.level), one.code))


def unmeetable(loaded: LoadedProcess, staff: Staff) -> list[StaffRemark]:
    """What these people cannot meet, whoever writes the item: an outcome that somebody's item might need."""
    return [one for one in check_staffing(loaded, staff) if one.level is Level.ERROR and not one.is_tied]


def _findings(asks: list[Ask], staff: Staff, now: list[Setting], progress: Progress | None) -> Iterator[Finding]:
    for setting in now:
        if progress is not None:
            progress(f"{setting.ask.policy.name}{f' at {setting.site}' if setting.site else ''}")
        yield from _of_now(setting)
        yield from single_points(setting)
        yield from alone(setting)
    for ask in asks:
        if progress is not None:
            progress(f"{ask.policy.name}, leaves on file")
        yield from _changes(ask, staff)
        seen: set[object] = set()
        known: dict[object, list[Setting]] = {}
        for moment, away in together(staff):
            roster = staff.at(moment)
            settings = known.get(id(roster))
            if settings is None:
                settings = known[id(roster)] = _settings(ask, staff, moment)
            for setting in settings:
                setting.now = moment
                setting.forget()
                yield from away_now(setting, away, seen)


def _changes(ask: Ask, staff: Staff) -> Iterator[Finding]:
    """What can be met now, and no longer can from the day somebody's role ends."""
    if len(staff.rosters) < 2:
        return
    before = {_same(one) for setting in _settings(ask, staff, staff.start) for one in _of_now(setting)}
    for moment, _ in staff.rosters[1:]:
        for setting in _settings(ask, staff, moment):
            for one in _of_now(setting):
                if _same(one) not in before:
                    yield replace(one, since=moment.date())
                before.add(_same(one))


def _of_now(setting: Setting) -> Iterator[Finding]:
    yield from whoever(setting)
    yield from tied_people(setting)


def _same(one: Finding) -> object:
    """What makes a finding the one that was there before."""
    return one.setting.site, one.place, one.outcome, one.verb, one.who


def _settings(ask: Ask, staff: Staff, moment: datetime) -> list[Setting]:
    roster = staff.at(moment)
    sites = _sites(ask, staff, roster)
    ask.sites = tuple(dict.fromkeys((*ask.sites, *(site for site in sites if site is not None))))
    return [Setting.of(ask, roster, moment, site, staff.calendar(site)) for site in sites]


def _sites(ask: Ask, staff: Staff, roster: Roster) -> list[str | None]:
    """Sites where the policy's roles are held; none in particular where it looks at no site."""
    looks = ask.looks_at_site or any(one.sits is not None and one.sits.sites is not None for one in staff.away)
    if not looks or not staff.sites:
        return [None]
    held = {one.site for one in roster.holdings if one.role in ask.roles}
    return [site for site in staff.sites if site in held] or [staff.sites[0]]


def _not_all(asks: list[Ask]) -> Iterator[StaffRemark]:
    for ask in asks:
        if not ask.is_whole:
            yield StaffRemark(
                "TG211",
                Level.INFORMATION,
                f"`{ask.policy.name}` has guards that may fall in very many ways; a part of them was tried.",
                "",
                ("policies", ask.policy.name),
                policy=ask.policy.name,
            )
