"""What a case comes to: its history looked at from every moment, what the deadline, a closing and an override do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oracle.case import Case, Overrides, Rule
from oracle.look import Look, Word
from oracle.world import World

STEP = 0.5
"""Between two acts, which happen at whole hours, nothing but an edit has an effect."""


class Trial:
    """The case, to be asked what it comes to."""

    def __init__(self, case: Case, fields: Mapping[str, Any] | None = None, world: World | None = None) -> None:
        self.case = case
        self.world = world or World(case, fields)
        self.acts = [(one, case.time_of(number)) for number, one in enumerate(case.said)]
        self.judged_at = case.now if case.until is None else min(case.now, case.until)
        self.known: dict[tuple[float, int, int], Look] = {}
        self.aside: dict[int, dict[int, str]] = {}
        self.now = self.look(self.judged_at, len(self.acts), self.present_revision())

    def present_revision(self) -> int:
        edits = self.case.edits
        return 1 + len(edits) if edits else self.case.revision

    # -- history ---------------------------------------------------------------------------------

    def look(self, at: float, count: int, revision: int) -> Look:
        """The case at a time, after the first `count` acts."""
        known = self.known.get((at, count, revision))
        if known is None:
            words, reasons = self.last_words(count)
            known = Look(
                self.world, at, revision, words, self.was_early, lambda rule: self.opened(rule, at, count, revision)
            )
            self.aside[id(known)] = reasons
            self.known[at, count, revision] = known
        return known

    def last_words(self, count: int) -> tuple[dict[str, Word], dict[int, str]]:
        """What each said last, and why the other acts count nowhere."""
        words: dict[str, Word] = {}
        aside: dict[int, str] = {}
        lifts = []
        for number, (one, at) in enumerate(self.acts[:count]):
            void = self.world.void(one, at)
            if void is not None:
                aside[number] = void
            elif one.lifts is not None:
                lifts.append((number, one))
            else:
                if one.person in words:
                    aside[words[one.person].number] = "replaced"
                words[one.person] = Word(self.world.plain(one.position), at, one.revision, number)
        for number, one in lifts:
            target = next((p for p, word in words.items() if word.number == one.lifts), None)
            if target is None:
                aside[number] = "nothing to lift"
            elif not self.may_lift(one.person, target, words[target].position):
                aside[number] = "may not lift"
            else:
                aside[words.pop(target).number] = "lifted"
        return words, aside

    def may_lift(self, person: str, holder: str, position: str) -> bool:
        """The holder always may; others where the policy says so and does not keep them apart."""
        by = self.world.lifted_by.get(position, ())
        if person == holder:
            return True
        return self.world.holds(person, by) and person not in self.world.excluded(self.case.exclude, self.judged_at)

    def was_early(self, leaf: Rule, word: Word) -> bool:
        """Whether something was said before the step of a leaf was open: the acts before it, as they were then."""
        steps = [step for step in self.world.steps.get(id(leaf), ()) if step[1] > 0]
        if not steps:
            return False
        # Who saw the newer revision at the very instant of the edit came after it.
        revision = max(self.world.revision_at(word.at), word.revision) if self.case.edits else word.revision
        then = self.look(word.at, word.number, revision)
        return not all(then.earlier_met(step) for step in steps)

    def opened(self, rule: Rule, at: float, count: int, revision: int) -> float | None:
        """When the step of a rule opened: since when all before it has been met until then, at every half hour."""
        begun: float = 0
        for step in self.world.steps.get(id(rule), ()):
            if step[1] > 0:
                since, moment = None, at
                while moment >= 0 and self.as_of(moment, at, count, revision).earlier_met(step):
                    since, moment = moment, moment - STEP
                if since is None:
                    return None
                begun = max(begun, int(since))
        return begun

    def as_of(self, moment: float, at: float, count: int, revision: int) -> Look:
        """A moment as seen from a later one, at which so many acts are known."""
        if moment == at:
            return self.look(at, count, revision)
        known = sum(1 for _, when in self.acts[:count] if when <= moment)
        return self.look(moment, known, min(revision, self.world.revision_at(moment)))

    def opened_now(self, rule: Rule) -> float | None:
        return self.opened(rule, self.judged_at, len(self.acts), self.present_revision())

    # -- the verdict -----------------------------------------------------------------------------

    def verdict(self) -> tuple[str, str | None]:
        """The standing and the outcome; "open" where none is reached yet."""
        case = self.case
        found = self.now.outcome()
        if found == "broken":
            return "deadlock", None
        overriding = [one for one in case.overrides if self.may_override(one)]
        if overriding:
            return "overridden", overriding[-1].outcome
        if found is not None and self.is_judged():
            return "decided", found
        if case.until is not None and case.now >= case.until:
            return "decided", case.deadline_outcome
        return "open", None

    def is_judged(self) -> bool:
        case = self.case
        if case.words.get("settle", "first") != "at_close":
            return True
        passed = case.deadline is not None and case.now >= case.deadline
        return case.closed_at is not None or passed or self.now.has_everybody_spoken()

    def may_override(self, one: Overrides) -> bool:
        said = self.case.words.get("override")
        if said is None or one.outcome not in [name for name, _, _, _ in self.world.outcomes]:
            return False
        reasoned = bool(one.reason.strip()) or said.get("reason", "required") == "optional"
        kept_out = self.world.excluded(self.case.exclude, self.judged_at)
        return reasoned and one.person not in kept_out and self.world.holds(one.person, said["by"])

    def set_aside(self) -> dict[int, set[str]]:
        """Every act that counts nowhere, with the reasons that may be given."""
        found = {number: {reason} for number, reason in self.aside[id(self.now)].items()}
        for person, word in self.now.words.items():
            if word.position == "recuse":
                found[word.number] = {"recused"}
            elif person not in self.now.standing:
                found[word.number] = self.why_nowhere(person)
        return found

    def why_nowhere(self, person: str) -> set[str]:
        inside = [leaf for leaf in self.world.leaves if person in self.now.body(leaf)]
        if inside:
            return {str(self.now.why_not(leaf, person)) for leaf in inside}
        case, world, at = self.case, self.world, self.judged_at
        reasons = {"author"} if person == case.author and "author" in case.exclude else set()
        reasons |= {"editor"} if person in case.editors and "editors" in case.exclude else set()
        reasons |= {"left"} if person not in case.people else set()
        reasons |= {"stands in"} if person in world.excluded(case.exclude, at) else set()
        reasons |= {"absent"} if any(one.absent == person for one in world.in_force(at)) else set()
        return reasons | {"outsider"}
