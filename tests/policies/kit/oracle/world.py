"""What does not change while people speak: the rules written out, who holds what, who sits for whom when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oracle.case import PROCESS, SITE, Case, Rule, Said, Sits
from oracle.rules import leaves_of, rules_of, steps_of, supporting_words, written

RELATIONS = ("author", "editors")


class World:
    """A case's rules and people. `fields` in place of the case's own asks what would be if one were filled in."""

    def __init__(self, case: Case, fields: Mapping[str, Any] | None = None) -> None:
        self.case = case
        self.fields = case.fields if fields is None else fields
        self.outcomes = [(n, written(rule, self.fields), refusal, counts) for n, rule, refusal, counts in case.outcomes]
        rules = [rule for _, rule, _, _ in self.outcomes]
        self.counted_by = {id(one): counts for _, rule, _, counts in self.outcomes for one in rules_of(rule)}
        self.leaves = [leaf for rule in rules for leaf in leaves_of(rule)]
        self.steps = {id(one): steps for rule in rules for one, steps in steps_of(rule) if steps}
        self.has_steps = bool(self.steps)
        self.supporting = {
            word for _, rule, refusal, counts in self.outcomes if not refusal for word in supporting_words(rule, counts)
        }
        words: Mapping[str, Mapping[str, Any]] = case.words.get("positions", {})
        self.aliases = {alias: word for word, one in words.items() for alias in one.get("aliases", ())}
        self.lifted_by = {word: one.get("lifted_by", ()) for word, one in words.items()}
        self.conditional = {word for word, one in words.items() if one.get("conditions") == "required"}
        self.excluded_by: dict[tuple[tuple[str, ...], int], set[str]] = {}

    # -- people ----------------------------------------------------------------------------------

    def people(self, word: str, site: str | None, anywhere: bool) -> set[str]:
        case = self.case
        if word == "author":
            return {case.author} & set(case.people)
        if word == "editors":
            return set(case.editors) & set(case.people)
        if word.startswith("person:"):
            return {word.removeprefix("person:")} & set(case.people)
        return {
            person
            for person, held in case.people.items()
            for role, at, *_ in held
            if role == word and (anywhere or at is None or at == site)
        }

    def members(self, leaf: Rule, word: str) -> set[str]:
        at = leaf.get("at")
        return self.people(word, SITE if at == "item.site" else at, at is None)

    def joined(self, person: str, leaf: Rule) -> int:
        """Since when somebody is in the body of a leaf by a role of their own."""
        at = leaf.get("at")
        site = SITE if at == "item.site" else at
        found = []
        for word in leaf["from"]:
            if word in RELATIONS or word.startswith("person:"):
                found += [0] if person in self.people(word, None, True) else []
            for role, where, *since in self.case.people.get(person, ()):
                if role == word and (at is None or where is None or where == site):
                    found.append(since[0] if since else 0)
        return min(found)

    def holds(self, person: str, words: tuple[str, ...]) -> bool:
        return any(person in self.people(word, SITE, False) for word in words)

    # -- stand-ins -------------------------------------------------------------------------------

    def in_force(self, at: int) -> list[Sits]:
        return [one for one in self.case.stand_ins if one.since <= at < one.until]

    def replaced_by(self, person: str, word: str | None, at: int) -> Sits | None:
        """Their stand-in for a role at a time; for no role in particular, one for all of them."""
        for one in self.in_force(at):
            in_role = one.roles is None or (word is not None and word in one.roles)
            here = (one.sites is None or SITE in one.sites) and (one.processes is None or PROCESS in one.processes)
            if one.absent == person and in_role and here:
                return one
        return None

    def sitter(self, person: str, word: str, at: int) -> str | None:
        """Who sits in somebody's place: themselves, their stand-in, or nobody."""
        entry = self.replaced_by(person, word, at)
        if entry is None:
            return person
        seen = {person}
        while True:
            seen.add(entry.person)
            following = self.replaced_by(entry.person, word, at)
            if following is None:
                return entry.person if entry.person in self.case.people else None
            if not following.chain or following.person in seen:
                return None
            entry = following

    def excluded(self, words: tuple[str, ...], at: int) -> set[str]:
        """Those the words keep apart, who stands in for one of them, and who stands in for these by a chain."""
        known = self.excluded_by.get((words, at))
        if known is None:
            case = self.case
            known = {person for word in words for person in self.people(word, None, True)}
            known |= {case.author} if "author" in words else set()
            known |= set(case.editors) if "editors" in words else set()
            sitting: set[str] = set()
            for _ in case.stand_ins:
                for one in self.in_force(at):
                    if one.absent in known or (one.chain and one.absent in sitting):
                        sitting.add(one.person)
            known |= sitting
            self.excluded_by[words, at] = known
        return known

    # -- what was said ---------------------------------------------------------------------------

    def plain(self, position: str) -> str:
        return self.aliases.get(position, position)

    def void(self, one: Said, at: int) -> str | None:
        """Why something counts nowhere, as if it had not been said."""
        case = self.case
        if one.taken_back:
            return "taken back"
        if case.closed_at is not None and at > case.closed_at:
            return "after the close"
        if case.until is not None and at > case.until:
            return "after the deadline"
        if self.replaced_by(one.person, None, at) is not None:
            return "absent"
        if one.lifts is None and self.plain(one.position) in self.conditional and not one.asks:
            return "no condition"
        return None

    def revision_at(self, at: float) -> int:
        """The revision at a time before now; what happens at the instant of an edit saw the one before it."""
        return 1 + sum(1 for _, when in self.case.edits if when < at) if self.case.edits else self.case.revision

    def falls(self, leaf: Rule, seen: int, revision: int) -> bool:
        """Whether the edit that made revision 2 asks again for this leaf."""
        case = self.case
        stale_on = leaf.get("stale_on", case.stale_on)
        if seen >= 2 or revision < 2 or stale_on == "never":
            return False
        if case.edits and self.holds(case.edits[0][0], case.words.get("except_by", ())):
            return False
        return stale_on == "any_edit" or "cost" in stale_on
