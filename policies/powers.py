"""Whom a process names, at every place it names anybody, and what for: to decide, to act, or to be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policies.facts import RELATIONS
from policies.model import Act, ForEach, OfThoseAsked, Policy, Process, Selector, State, Votes
from policies.model.walk import Path, rules_of

DECIDE, ACT, TOLD = "decide", "act", "told"
PERSON = "person:"


def is_role(word: str) -> bool:
    """Whether a word means a role: not a relation to the item, one person, an entry of a list, or anyone."""
    return word not in RELATIONS and not word.startswith(PERSON) and "{" not in word and word != "anyone"


@dataclass(frozen=True, slots=True)
class Named:
    """People named at one place of the file. `what`: they decide in a round, may act, or are only told."""

    path: Path
    what: str
    words: tuple[str, ...]
    """Roles, relations to the item, `person:<id>`, `anyone`."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Those of `words` that are roles."""
        return tuple(word for word in self.words if is_role(word))


def named_in(process: Process) -> Iterator[Named]:
    """Everybody the process names, place by place."""
    for path, what, who in _places(process):
        words = tuple(_words(who))
        if words:
            yield Named(path, what, words)


def _places(process: Process) -> Iterator[tuple[Path, str, Any]]:
    for name, state in process.states.items():
        for where, what, who in _of_state(state):
            yield ("states", name, *where), what, who
    for name, act in process.administrative.items():
        yield from _of_act(("administrative", name), act)
    for name, policy in process.policies.items():
        for where, who in _of_policy(policy):
            yield ("policies", name, *where), ACT, who
    for name, meeting in process.meetings.items():
        yield ("meetings", name, "chair"), ACT, meeting.chair
        yield ("meetings", name, "invite"), TOLD, meeting.invite
    yield ("contact",), TOLD, process.contact
    yield from _of_rules(process)


def _of_act(path: Path, act: Act) -> Iterator[tuple[Path, str, Any]]:
    yield (*path, "by"), ACT, act.by


def _of_state(state: State) -> Iterator[tuple[Path, str, Any]]:
    for name, act in state.acts.items():
        yield from _of_act(("acts", name), act)
    for place, step in enumerate(state.ladder):
        if not isinstance(step.notify, OfThoseAsked):
            yield ("ladder", place, "notify"), TOLD, step.notify
        yield ("ladder", place, "owner"), ACT, step.owner
    for place, due in enumerate(state.dues):
        if due.extend is not None:
            where: Path = ("due", place) if isinstance(state.due, tuple) else ("due",)
            yield (*where, "extend", "by"), ACT, due.extend.by
            yield (*where, "extend", "approve"), ACT, due.extend.approve
    for one in state.announces:
        yield ("announce",), TOLD, one.to
    if state.edits is not None and state.edits != "none":
        yield ("edits", "by"), ACT, state.edits.by
    if state.conditions is not None:
        for word in ("met_by", "confirmed_by", "waived_by"):
            yield ("conditions", word), ACT, getattr(state.conditions, word)


def _of_policy(policy: Policy) -> Iterator[tuple[Path, Any]]:
    """What a policy lets people do outside of its rules."""
    yield ("chair",), policy.chair
    if policy.override is not None:
        yield ("override", "by"), policy.override.by
    for name, word in policy.positions.items():
        yield ("positions", name, "lifted_by"), word.lifted_by


def _of_rules(process: Process) -> Iterator[tuple[Path, str, Any]]:
    """Whom the rules ask; for an entry of a list, every entry its field may have."""
    rules = list(rules_of(process))
    lists: dict[str, set[str]] = {}
    for _, rule in rules:
        if isinstance(rule, ForEach) and rule.for_each in process.fields:
            lists.setdefault(f"{{{rule.as_}}}", set()).update(process.fields[rule.for_each].of or ())
    for path, rule in rules:
        if isinstance(rule, Votes):
            words = tuple(one for word in rule.bodies for one in sorted(lists.get(word, {word})))
            yield (*path, "from"), DECIDE, words


def _words(who: Any) -> Iterator[str]:
    if isinstance(who, tuple):
        for one in who:
            yield from _words(one)
    elif isinstance(who, Selector):
        if who.person is not None:
            yield f"{PERSON}{who.person}"
        elif who.role is not None:
            yield who.role
    elif who:
        yield str(who)
