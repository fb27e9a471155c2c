"""People who are alike to a policy, and the ways a person may be tied to an item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.staffing.ideal import PERSON
from policies.staffing.model import Away
from policies.staffing.setting import NOBODY, Ask, Setting


@dataclass(frozen=True, slots=True)
class Alike:
    """People with the same memberships; what holds of one of them holds of each."""

    people: tuple[str, ...]

    @property
    def one(self) -> str:
        return self.people[0]


@dataclass(frozen=True, slots=True)
class Way:
    """Ways of being tied to an item that a policy treats alike; `words` are relations, `verb` says it."""

    words: tuple[str, ...]
    verb: str

    @property
    def word(self) -> str:
        return self.words[0]


VERBS = {
    "author": "writes",
    "submitter": "submits",
    "editors": "edits",
    "owner": "owns",
    "performed_by": "carries out",
}


def ways(ask: Ask) -> list[Way]:
    """The relations that decide who counts in this policy, those it treats alike together."""
    found: dict[object, list[str]] = {}
    for word in VERBS:
        same = ("editors", "last_editor") if word == "editors" else (word,)
        places = tuple(
            (kind, leaf.path)
            for leaf in ask.leaves
            for kind, words in (("from", leaf.bodies), ("except", leaf.except_), ("exclude", leaf.exclude))
            if set(same) & set(words)
        )
        tallied = bool(set(same) & set(ask.policy.policy.exclude))
        if places or tallied:
            found.setdefault((places, tallied), []).append(word)
    return [Way(tuple(words), " or ".join(VERBS[word] for word in words) + " it") for words in found.values()]


def alike(setting: Setting, away: frozenset[Away] = frozenset()) -> list[Alike]:
    """The people who hold anything the policy looks at, those alike together. Whoever has part in a stand-in is like
    nobody else."""
    ask, site = setting.ask, setting.site
    named_sites = {leaf.at for leaf in ask.leaves if leaf.at not in (None, "item.site")}
    sitting = {p for one in away for p in (one.person, one.sits.person if one.sits else one.person)}
    named = {word.removeprefix(PERSON) for word in ask.words if word.startswith(PERSON)}
    counting = sorted({a for leaf in ask.leaves for a in (leaf.weight, leaf.distinct) if a})
    held: dict[str, set[object]] = {}
    roles = ask.roles
    for one in setting.roster.holdings:
        if one.role in roles and one.person in setting.roster.people:
            here = one.site is None or one.site == site
            held.setdefault(one.person, set()).add(
                (one.role, here, one.site if one.site in named_sites else None, one.since is None)
            )
    groups: dict[object, list[str]] = {}
    for person, known in setting.roster.people.items():
        unique = person if person in sitting or person in named else None
        if unique is None and person not in held:
            continue
        attributes = tuple(repr(known.attributes.get(name)) for name in counting)
        groups.setdefault((frozenset(held.get(person, ())), attributes, unique), []).append(person)
    return [Alike(tuple(people)) for people in groups.values()]


def touching(setting: Setting, away: Iterable[Away]) -> frozenset[Away]:
    """The leaves that may matter here: of people the policy looks at, and of those who sit for them."""
    every = list(away)
    site, roles = setting.site, setting.ask.roles
    wide = {leaf.at for leaf in setting.ask.leaves} | {None}
    looked_at = {
        one.person
        for one in setting.roster.holdings
        if one.role in roles
        and (one.site is None or one.site == site or _is_wide(setting.ask, one.role) or one.site in wide)
    }
    looked_at |= {word.removeprefix(PERSON) for word in setting.ask.words if word.startswith(PERSON)}
    looked_at |= {one.sits.person for one in every if one.sits is not None and one.person in looked_at}
    return frozenset(one for one in every if one.person in looked_at)


def _is_wide(ask: Ask, role: str) -> bool:
    """Whether the role counts at whatever site it is held."""
    return any(
        role in (*leaf.except_, *leaf.exclude) or (role in leaf.bodies and leaf.at is None) for leaf in ask.leaves
    )


def is_somebody(person: str) -> bool:
    """Whether an id is that of a person on the roster."""
    return person not in NOBODY.values()
