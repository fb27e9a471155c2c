"""Roles and the people in them: roles nobody holds, people without a role, attributes that are lacking, and what
fractions mean today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.errors import EvaluationError
from policies.evaluate.compile import PERSON
from policies.evaluate.counting import attribute, weight_of, whole
from policies.evaluate.nodes import VotesNode
from policies.evaluate.scene import Scene
from policies.evaluate.words import label_of
from policies.facts import Roster
from policies.load import LoadedProcess
from policies.model import Process
from policies.phrases import both
from policies.powers import DECIDE, is_role, named_in
from policies.staffing.findings import at, rule_path
from policies.staffing.model import Level, Path, Staff, StaffRemark
from policies.staffing.reasons import MOST_NAMES, names
from policies.staffing.setting import Ask, Setting


def unfilled(loaded: LoadedProcess, settings: Iterable[Setting], staff: Staff) -> Iterator[StaffRemark]:
    """TG201: roles that are asked and that nobody holds."""
    roster = staff.rosters[0][1]
    lacking: dict[tuple[str, Path], dict[str, None]] = {}
    for setting in settings:
        scene = setting.scene(0)
        for leaf in setting.ask.leaves:
            site = scene.site_of(leaf)
            for word in leaf.bodies:
                if is_role(word) and not list(scene.people(word, site, anywhere=leaf.at is None)):
                    held = any(one.role == word for one in roster.holdings)
                    where = (site or "") if held else ""
                    path: Path = ("policies", setting.ask.policy.name)
                    lacking.setdefault((word, path), {})[where] = None
    for path, role in asked_elsewhere(loaded.process):
        if not any(one.role == role for one in roster.holdings):
            lacking.setdefault((role, path), {})[""] = None
    for (role, path), sites in lacking.items():
        where = at([site for site in sites if site])
        said = f"nobody holds the role `{role}`{where}, which {_what(path)} asks."
        yield StaffRemark(
            "TG201",
            Level.WARNING,
            said,
            "Give it to somebody.",
            path,
            policy=str(path[1]) if path[0] == "policies" else None,
            sites=tuple(site for site in sites if site),
        )


def _what(path: Path) -> str:
    if path[0] == "contact":
        return "`contact`"
    words = {"states": "the state ", "meetings": "the meeting "}
    return f"{words.get(str(path[0]), '')}`{path[1]}`"


def asked_elsewhere(process: Process) -> Iterator[tuple[Path, str]]:
    """Roles that a process names outside of the rules of its policies, once for each state, act, policy and meeting."""
    found = ((one.path[:2], role) for one in named_in(process) if one.what != DECIDE for role in one.roles)
    return iter(dict.fromkeys(found))


def roleless(loaded: LoadedProcess, roster: Roster, asks: Iterable[Ask]) -> Iterator[StaffRemark]:
    """TG202: people without any role that the process knows."""
    every = list(asks)
    lists = {name for ask in every for name in ask.policy.lists}
    if any(not loaded.process.fields[name].of for name in lists):
        return  # any role may be written into the list
    known = {role for _, role in asked_elsewhere(loaded.process)} | {r for ask in every for r in ask.roles}
    named = {word.removeprefix(PERSON) for ask in every for word in ask.words if word.startswith(PERSON)}
    holders = {one.person for one in roster.holdings if one.role in known} | named
    idle = [person for person in roster.people if person not in holders]
    if idle:
        shown = [roster.name(person) for person in idle]
        said = both(shown if len(shown) <= MOST_NAMES else [*shown[:MOST_NAMES], f"{len(shown) - MOST_NAMES} others"])
        have = "has" if len(idle) == 1 else "have"
        yield StaffRemark(
            "TG202",
            Level.WARNING,
            f"{said} {have} no role that `{loaded.process.process}` knows.",
            "Give them one, if they are to take part.",
            ("people", idle[0]),
            on_roster=True,
            people=tuple(idle),
        )


def without_attribute(settings: Iterable[Setting]) -> Iterator[StaffRemark]:
    """TG210: a weight or a `distinct` attribute that people asked by it do not have."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    by_policy: dict[str, Setting] = {}
    for setting in settings:
        by_policy.setdefault(setting.ask.policy.name, setting)
        for place in range(len(setting.ask.items)):
            scene = setting.scene(place)
            for leaf in scene.policy.leaves:
                name = leaf.weight or (leaf.distinct if leaf.distinct not in ("person", "group") else None)
                lacking = [p for p in scene.body(leaf) if name is not None and not _has(scene, p, leaf, name)]
                if lacking and name is not None:
                    key = (setting.ask.policy.name, leaf.path, name)
                    found.setdefault(key, {}).update(dict.fromkeys(lacking))
    for (policy, rule, name), people in found.items():
        setting = by_policy[policy]
        have = "has" if len(people) == 1 else "have"
        yield StaffRemark(
            "TG210",
            Level.WARNING,
            f"`{policy}` counts by `{name}`, and {names(setting, list(people))} {have} none that is "
            f"{_form(setting, rule)}.",
            f"Write `attributes: {{{name}: …}}` on the roster.",
            rule_path(policy, rule, setting),
            policy=policy,
            rule=rule,
            people=tuple(people),
        )


def _form(setting: Setting, rule: str) -> str:
    weighs = any(leaf.path == rule and leaf.weight for leaf in setting.ask.leaves)
    return "a whole number" if weighs else "filled in"


def _has(scene: Scene, person: str, leaf: VotesNode, name: str) -> bool:
    if not leaf.weight:
        return attribute(scene, person, name) is not None
    try:
        weight_of(scene, person, name)
    except EvaluationError:
        return False
    return attribute(scene, person, name) is not None


def fractions(settings: Iterable[Setting]) -> Iterator[StaffRemark]:
    """TG211: the numbers that shares of a body mean today."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    by_policy: dict[str, Setting] = {}
    for setting in settings:
        by_policy.setdefault(setting.ask.policy.name, setting)
        for place in range(len(setting.ask.items)):
            scene = setting.scene(place)
            for leaf in scene.policy.leaves:
                for said in _shares(scene, leaf):
                    label = label_of(leaf, setting.roster, None)
                    key = (setting.ask.policy.name, leaf.path, f"{said} ({label})")
                    found.setdefault(key, {})[setting.site or ""] = None
    for (policy, rule, said), sites in found.items():
        there = [site for site in sites if site]
        yield StaffRemark(
            "TG211",
            Level.INFORMATION,
            f"`{policy}`{at(there) if set(there) < set(by_policy[policy].ask.sites) else ''}: {said}.",
            "",
            rule_path(policy, rule, by_policy[policy]),
            policy=policy,
            rule=rule,
            sites=tuple(there),
        )


def _shares(scene: Scene, leaf: VotesNode) -> Iterator[str]:
    for bound, of in ((leaf.bound, leaf.bound.of), (leaf.quorum, "roster")):
        if bound is None or bound.share is None or of != "roster":
            continue
        try:
            size = whole(scene, leaf, "roster")
        except EvaluationError:
            continue
        word = {"more_than": "more than ", "at_most": "at most "}.get(bound.kind, "")
        unit = f" {leaf.weight}" if leaf.weight else ""
        needed = bound.people(size) if bound.is_ceiling else max(bound.people(size), 1)
        head = "quorum " if bound is leaf.quorum else ""
        yield f"{head}{word}{bound.text} of {size:,}{unit} is {needed:,}"
