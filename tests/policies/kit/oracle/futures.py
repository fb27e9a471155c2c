"""What may still come: everybody saying anything, time passing, the round closing; and what one act alone does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from oracle.case import Case, Overrides, Rule, Said, hours
from oracle.look import Look, Word
from oracle.rules import is_share, rules_of
from oracle.trial import Trial

ROUNDS = 3
"""How often everybody says their word again, so that who came before their step was open comes after."""
FUTURE = 1000


def can_be_reached(trial: Trial) -> bool:
    """Whether an outcome that is no refusal can come of anything that people may say, and of time."""
    case = trial.case
    if case.closed_at is not None:
        return False  # what is said after the close counts nowhere, and what was said has been judged
    refusals = {name for name, _, refusal, _ in case.outcomes if refusal}
    if case.until is not None and case.deadline_outcome not in refusals:
        return True
    return any(_Future(trial, at).reaches(refusals) for at in _starts(trial))


def _starts(trial: Trial) -> list[int]:
    """Now, and every later hour at which somebody comes back or goes."""
    now, until = trial.judged_at, trial.case.until
    turns = {at for one in trial.case.stand_ins for at in (one.since, one.until) if at > now}
    return [now, *sorted(at for at in turns if until is None or at <= until)]


class _Future:
    """Everybody speaks from `start` on. Nobody is counted on to step aside, nor who did to come back."""

    def __init__(self, trial: Trial, start: int) -> None:
        self.trial, self.world, self.start = trial, trial.world, start
        self.revision = trial.present_revision()
        self.people = self.who_may_speak()
        self.shared: dict[Any, Any] | None = None if trial.case.stand_ins else {}
        self.moments = self.turns()
        self.spoken_early: dict[tuple[int, int], bool] = {}

    def who_may_speak(self) -> list[str]:
        silent = Look(self.world, self.start, self.revision, {}, lambda _, __: False, lambda _: None)
        return sorted(
            person
            for person in {one for leaf in self.world.leaves for one in silent.body(leaf)}
            if self.world.replaced_by(person, None, self.start) is None and person not in self.trial.now.recused
        )

    def turns(self) -> list[int]:
        """The start, and every later hour at which a waiting time may be over."""
        found = {self.start}
        rules = [one for _, rule, _, _ in self.world.outcomes for one in rules_of(rule) if "after" in one]
        bases = {0, *(at for _, at in self.trial.case.edits)}
        for rule in rules:
            if rule.get("since") == "step_opened":
                bases |= {int(since)} if (since := self.trial.opened_now(rule)) is not None else set()
        found |= {base + hours(rule["after"]) for base in bases for rule in rules}
        for _ in rules:  # one waits for the other
            found |= {moment + hours(rule["after"]) for moment in found if moment >= self.start for rule in rules}
        until, deadline = self.trial.case.until, self.trial.case.deadline
        found |= {deadline} if deadline is not None else set()
        return sorted(at for at in found if at >= self.start and (until is None or at <= until))

    def words(self) -> list[str | None]:
        rules = [one for _, rule, _, _ in self.world.outcomes for one in rules_of(rule)]
        shares = any(is_share(one.get(kind)) for one in rules for kind in ("at_least", "more_than", "at_most"))
        matters = shares or any("quorum" in one or "check" in one for one in rules)
        closes = self.trial.case.words.get("settle") == "at_close"
        extra = ("abstain",) if matters or closes else ()
        return list(dict.fromkeys((*self.trial.case.positions, *extra, None)))

    def reaches(self, refusals: set[str]) -> bool:
        words = self.words()
        then = self.trial.look(self.start, len(self.trial.acts), self.revision)
        kept = {p: word.position for p, word in then.words.items() if p in then.standing}
        choices = [dict.fromkeys((*words, kept.get(person))) for person in self.people]
        for chosen in product(*choices):
            future = {person: word for person, word in zip(self.people, chosen, strict=True) if word}
            if any(outcome not in (None, "broken", *refusals) for outcome in self.outcomes(future)):
                return True
        return False

    def outcomes(self, future: Mapping[str, str]) -> Iterator[str | None]:
        """What it comes to when all of them say this, hour by hour."""
        if not self.world.has_steps:
            for at in self.moments:
                yield self.judged(self.look(future, at, {}, {}))
            return
        early = {(id(leaf), person): True for leaf in self.world.leaves for person in future}
        opened: dict[int, float] = {}
        for at in self.moments:
            for _ in range(ROUNDS):
                for person in future:
                    now = self.look(future, at, early, opened)
                    for leaf in self.world.leaves:
                        early[id(leaf), person] = not self.is_open(now, leaf)
                self.note_opened(self.look(future, at, early, opened), opened, at)
            yield self.judged(self.look(future, at, early, opened))

    def look(self, future: Mapping[str, str], at: int, early: dict[Any, bool], opened: dict[int, float]) -> Look:
        words = {p: Word(word, self.start, self.revision, FUTURE + n) for n, (p, word) in enumerate(future.items())}
        aside = {p: word for p, word in self.trial.now.words.items() if p in self.trial.now.recused}
        words = {**words, **aside}
        persons = {word.number: person for person, word in words.items()}
        return Look(
            self.world,
            at,
            self.revision,
            words,
            lambda leaf, word: bool(early) and early[id(leaf), persons[word.number]],
            lambda rule: opened.get(id(rule)) if self.waits(rule) else 0,
            self.shared,
            frozenset(self.trial.case.people) if self.trial.case.present is None else None,
        )

    def is_open(self, look: Look, rule: Rule) -> bool:
        return all(look.earlier_met(step) for step in self.waits(rule))

    def waits(self, rule: Rule) -> list[tuple[Rule, int]]:
        """The steps of a rule that others stand before."""
        return [step for step in self.world.steps.get(id(rule), ()) if step[1] > 0]

    def note_opened(self, look: Look, opened: dict[int, float], at: int) -> None:
        """A step that is open already stays so since it opened; another one opens now."""
        for _, whole, _, _ in self.world.outcomes:
            for rule in rules_of(whole):
                if rule.get("since") == "step_opened":
                    if not self.is_open(look, rule):
                        opened.pop(id(rule), None)
                    elif id(rule) not in opened:
                        since = self.trial.opened_now(rule) if at == self.start else None
                        opened[id(rule)] = at if since is None else since

    def judged(self, look: Look) -> str | None:
        """The outcome, where the round can be closed then or all have spoken."""
        words = self.trial.case.words
        if words.get("settle", "first") == "at_close":
            deadline = self.trial.case.deadline
            chair = words.get("chair")
            by_chair = chair is not None and bool(self.world.people(chair, "Lyon", False))
            by_time = deadline is not None and look.at >= deadline
            if not (by_chair or by_time or look.has_everybody_spoken()):
                return None
        return look.outcome()


# -- one act -----------------------------------------------------------------------------------------


def unblocking(trial: Trial, standing: str) -> set[tuple[str, str, str]]:
    """Everybody whose single act decides it: (person, what they do, outcome)."""
    case, found = trial.case, set()
    for person in case.people:
        for position in case.positions if person not in trial.now.recused else ():
            said = Said(person, position, trial.present_revision(), at=case.now, asks=True)
            found |= _after(trial, replace(case, said=(*case.said, said)), person, position)
        for number, one in enumerate(case.said):
            if one.lifts is None and trial.world.lifted_by.get(trial.world.plain(one.position)):
                lift = Said(person, "lift", 1, at=case.now, lifts=number)
                found |= _after(trial, replace(case, said=(*case.said, lift)), person, "lift")
    chair = case.words.get("chair")
    if case.words.get("settle") == "at_close" and chair is not None and case.closed_at is None:
        for person in trial.world.people(chair, "Lyon", False):
            found |= _after(trial, replace(case, closed_at=case.now), person, "close")
    if standing == "deadlock":
        found |= _overriding(trial)
    return found


def _overriding(trial: Trial) -> set[tuple[str, str, str]]:
    case, found = trial.case, set()
    outcome = next((name for name, _, refusal, _ in case.outcomes if not refusal), None)
    for person in case.people:
        if outcome is not None:
            said = Overrides(person, outcome, "why", case.now)
            found |= _after(trial, replace(case, overrides=(said,)), person, "override")
    return found


def _after(trial: Trial, case: Case, person: str, act: str) -> set[tuple[str, str, str]]:
    trial.world.case = case
    try:
        _, outcome = Trial(case, world=trial.world).verdict()
    finally:
        trial.world.case = trial.case
    return {(person, act, str(outcome))} if outcome is not None else set()
