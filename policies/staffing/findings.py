"""Findings one by one, and how they are put together: one line for each policy, outcome and reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from policies.lint.points import shown
from policies.phrases import both, either
from policies.staffing.model import Away, Level, Path, StaffRemark
from policies.staffing.reasons import MOST_NAMES, Reason, reasons
from policies.staffing.setting import Setting, Ties

REMEDY = {
    "TG203": "Give the role to somebody else too.",
    "TG204": "Give the role to somebody else too.",
    "TG205": "Name a stand-in, or give the role to somebody else too.",
    "TG206": "Give the role to somebody else too.",
    "TG207": "Ask a second person, unless one is meant.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One outcome that these people block here. `who` are the people tied to the item, or away at any time; `verb`
    says how; `away` are the leaves it comes of."""

    code: str
    setting: Setting
    place: int
    outcome: str
    who: tuple[str, ...] = ()
    verb: str = ""
    ties: Ties = ()
    away: frozenset[Away] = frozenset()
    silent: frozenset[str] = frozenset()
    since: date | None = None


@dataclass
class _Line:
    first: Finding
    reasons: tuple[Reason, ...]
    by_person: dict[tuple[str, ...], dict[str, None]] = field(default_factory=dict)
    places: dict[int, None] = field(default_factory=dict)
    outcomes: dict[str, None] = field(default_factory=dict)
    left: set[tuple[tuple[str, ...], ...]] = field(default_factory=set)


def put_together(findings: Iterable[Finding]) -> list[StaffRemark]:
    """One remark for each group of findings with the same policy and reason."""
    lines: dict[object, _Line] = {}
    for one in findings:
        why = reasons(one.setting, one.place, one.outcome, one.ties, one.away, one.silent)
        by_name = tuple(r.holders for r in why) if one.away else ()
        key = (one.setting.ask.policy.name, one.code, one.verb, one.away, one.since, tuple(r.key for r in why), by_name)
        line = lines.setdefault(key, _Line(one, why))
        line.by_person.setdefault(one.who, {})[one.setting.site or ""] = None
        line.left.add(tuple(r.left for r in why))
        line.places[one.place] = None
        line.outcomes[one.outcome] = None
    return [_remark(line) for line in sorted(lines.values(), key=lambda line: bool(line.first.who))]


def _remark(line: _Line) -> StaffRemark:
    one, setting = line.first, line.first.setting
    away = {leave.person: _leaver(setting, leave) for leave in sorted(one.away, key=lambda leave: leave.place)}
    first, last = _days(one)
    policy, outcome = setting.ask.policy.name, _title(line)
    other = bool(one.who)
    by_name = len(line.left) == 1
    because = ", and ".join(r.words(setting, away, other=other, by_name=by_name) for r in line.reasons)
    gone = _away_words(line, away)
    said = f"`{policy}` cannot come to {outcome}{_who(line)}{_items(line)}: {because}{gone}."
    if one.code == "TG207":
        said = f"{_people(line)} alone can bring `{policy}` to {outcome}{_items(line)}."
    people = tuple(dict.fromkeys([p for who in line.by_person for p in who] + list(away)))
    return StaffRemark(
        code=one.code,
        level=Level.WARNING if one.code in ("TG206", "TG207") else Level.ERROR,
        message=said,
        remedy=REMEDY[one.code],
        path=rule_path(policy, line.reasons[0].rule, setting),
        policy=policy,
        outcome=one.outcome,
        rule=line.reasons[0].rule,
        sites=tuple(dict.fromkeys(site for sites in line.by_person.values() for site in sites if site)),
        people=people,
        first=first,
        last=last,
        is_tied=bool(one.ties),
    )


def _title(line: _Line) -> str:
    return either(o.title for o in line.first.setting.ask.policy.outcomes if o.name in line.outcomes)


def _days(one: Finding) -> tuple[date | None, date | None]:
    if not one.away:
        return one.since, None
    return max(leave.first for leave in one.away), min(leave.last for leave in one.away)


def day(moment: date) -> str:
    """`24 Dec 2026`."""
    return f"{moment.day} {moment:%b %Y}"


def _who(line: _Line) -> str:
    """Where, when, and who has to have done what."""
    one = line.first
    first, last = _days(one)
    dates = ""
    if first is not None:
        dates = f" from {day(first)}{f' to {day(last)}' if last is not None else ' on'}"
    if not one.who:
        return f"{_at(line)}{dates}"
    if one.away:
        named = either(_short([_names(one, who) for who in line.by_person]))
        return f"{_at(line)}{dates} when {named} {one.verb}"
    return f"{dates} when {_people(line)} {one.verb}"


def _at(line: _Line) -> str:
    where = _where(line, dict.fromkeys(site for sites in line.by_person.values() for site in sites))
    return f" at {where}" if where else ""


def _where(line: _Line, sites: Iterable[str]) -> str:
    """Sites in words; nothing where it is so at all of several."""
    there, every = [site for site in sites if site], line.first.setting.ask.sites
    return "" if len(every) > 1 and set(there) >= set(every) else both(there)


def at(sites: Sequence[str]) -> str:
    return f" at {both(dict.fromkeys(sites))}" if sites else ""


def _people(line: _Line) -> str:
    """`Mei Chen (Lyon and Suzhou) or Otto Lang (Linz)`."""
    said = []
    for who, sites in line.by_person.items():
        where = _where(line, sites)
        said.append(f"{_names(line.first, who)}{f' ({where})' if where else ''}")
    return either(_short(said))


def _names(one: Finding, who: tuple[str, ...]) -> str:
    return both(one.setting.roster.name(person) for person in who)


def _short(said: list[str]) -> list[str]:
    if len(said) <= MOST_NAMES:
        return said
    return [*said[: MOST_NAMES - 1], f"{len(said) - MOST_NAMES + 1} others"]


def _leaver(setting: Setting, leave: Away) -> str:
    """`Otto Lang`, or `Otto Lang (Eva Moreau sits in)`."""
    name = setting.roster.name(leave.person)
    return name if leave.sits is None else f"{name} ({setting.roster.name(leave.sits.person)} sits in)"


def _away_words(line: _Line, away: Mapping[str, str]) -> str:
    """Who is away, where the reason itself does not say so."""
    why = line.reasons[0]
    if not away or (not why.left and set(away) >= set(why.holders) and why.holders):
        return ""
    return f"; {both(away.values())} {'is' if len(away) == 1 else 'are'} away"


def _items(line: _Line) -> str:
    """For which items, where it is not all that could come to the outcome."""
    setting, outcome = line.first.setting, line.first.outcome
    ask = setting.ask
    concerned = [n for n in range(len(ask.items)) if outcome in setting.reachable(n)]
    if set(concerned) <= set(line.places):
        return ""
    conditions = [one for one in ask.conditions if not one.tallies]
    words = shown(conditions, ask.items[line.first.place])
    return f" for an item with {words}" if words != "nothing special" else ""


def rule_path(policy: str, rule: str, setting: Setting) -> Path:
    """Where a rule stands in the file, as near as its path says."""
    head, *inner = rule.replace("]", "").replace("[", ".").split(".")
    parts: list[str | int] = [int(word) if word.isdigit() else word for word in inner]
    short = {"approved": "approve", "rejected": "reject"}.get(head, head)
    model = setting.ask.policy.policy
    if model.outcomes:
        return ("policies", policy, "outcomes", head, "rule", *parts)
    return ("policies", policy, short, *parts)
