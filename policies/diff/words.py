"""How people call what a process names: roles, states, fields, people by what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policies.conditions.tree import parse
from policies.diff.sayings import Sayings
from policies.durations import parse_duration
from policies.evaluate.compile import PERSON
from policies.expand import outcome_title
from policies.facts import RELATIONS, Roster
from policies.model import Process, Quorum, Selector
from policies.phrases import both, either
from policies.rolewords import role_words


def capital(text: str) -> str:
    """The first letter in capitals."""
    return text[:1].upper() + text[1:]


def titled(name: str) -> str:
    """`sign-off` -> `Sign off`: what people read where there is no title."""
    return capital(name.replace("-", " ").replace("_", " "))


def lasting(text: str) -> str:
    """`5wd` -> `5 working days`; a share stays as it is."""
    return text if text.endswith("%") else parse_duration(text).words


class Words:
    """The words of one process, and of a roster where one is given."""

    def __init__(self, process: Process, roster: Roster) -> None:
        self.process = process
        self.roster = roster
        self._sayings = Sayings(process)

    def role(self, word: str) -> str:
        """A role, a relation to the item, or one person."""
        if word.startswith(PERSON):
            return self.roster.name(word.removeprefix(PERSON))
        if word.startswith("{"):
            return f"each {word.strip('{}')}" if word != "{each}" else "each entry"
        if word == "anyone":
            return word
        if word in RELATIONS:
            return "whoever performed it" if word == "performed_by" else f"the {word.replace('_', ' ')}"
        return capital(self.roster.role_titles.get(word) or role_words(word))

    def either(self, words: Iterable[str]) -> str:
        return either([self.role(word) for word in words])

    def both(self, words: Iterable[str]) -> str:
        return both([self.role(word) for word in words])

    def who(self, people: Iterable[str | Selector]) -> str:
        """Those who may do something, or are told."""
        return either(self.whom(people)) or "nobody"

    def those(self, people: Any) -> str:
        """The same of one word, one selector, or a list of them."""
        return self.who(people if isinstance(people, tuple) else (people,))

    def whom(self, people: Iterable[str | Selector]) -> list[str]:
        """The same, one by one."""
        return [self.role(one) if isinstance(one, str) else self._selected(one) for one in people]

    def _selected(self, one: Selector) -> str:
        if one.person is not None:
            return self.roster.name(one.person)
        return self.role(str(one.role)) + self.place(one.at)

    @staticmethod
    def place(at: str | None) -> str:
        """` at the item's site`, or nothing."""
        if at is None:
            return ""
        return " at the item's site" if at == "item.site" else f" at {at}"

    def state(self, name: str | None) -> str:
        if name is None:
            return "where it is"
        if name == "previous":
            return "the state it came from"
        known = self.process.states.get(name)
        return (known.title if known else None) or titled(name)

    def field(self, name: str) -> str:
        """A field or a criterion."""
        field, criterion = self.process.fields.get(name), self.process.criteria.get(name)
        if field is not None:
            return field.title or titled(name)
        return f"“{criterion.text}”" if criterion is not None else titled(name)

    def fields(self, names: Iterable[str]) -> list[str]:
        return [self.field(name) for name in names]

    def policy(self, name: str | None) -> str:
        known = self.process.policies.get(name or "")
        return (known.title if known else None) or titled(name or "")

    def outcome(self, policy: str | None, name: str) -> str:
        known = self.process.policies.get(policy or "")
        outcome = known.outcomes.get(name) if known else None
        return (outcome.title if outcome else None) or outcome_title(name)

    def guard(self, text: str) -> str:
        """`above €50,000`, `when Risk is high`."""
        return self._sayings.guard(parse(text))

    def condition(self, text: str) -> str:
        """A condition as a clause."""
        return self._sayings.words(parse(text))

    def stale(self, stale_on: Any) -> str:
        """Which edits ask again."""
        if isinstance(stale_on, str):
            return {"any_edit": "every edit", "never": "no edit"}[stale_on]
        return f"an edit of {either(self.fields(stale_on))}" if stale_on else "no edit"


def bound_words(rule: Any) -> str:
    """The number or share a rule or a quorum asks."""
    for word, said in (("at_least", ""), ("more_than", "more than "), ("at_most", "at most ")):
        value = getattr(rule, word, None)
        if value is not None:
            return f"{said}{ {'all': 'everybody', 'majority': 'a majority'}.get(str(value), value) }"
    return "nobody"


def quorum_words(quorum: Quorum | None) -> str:
    return "nobody in particular" if quorum is None else bound_words(quorum)
