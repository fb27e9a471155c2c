"""What a comparison answers with, and what it is made from while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.diff.words import Words, capital
from policies.model import Process
from policies.model.base import Model
from policies.phrases import both


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is said otherwise: where (`policies.release.approved`), and the sentence."""

    place: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Diff:
    """What the second text says that the first does not. `is_same_text` tells equal digests from equal meaning."""

    is_same_text: bool
    changes: tuple[Change, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(change.sentence for change in self.changes)

    def as_text(self) -> str:
        """A line a change; one sentence where there is none."""
        if self.changes:
            return "\n".join(self.sentences)
        if self.is_same_text:
            return "The two say the same. Their digests are equal."
        return "The two say the same, in other words. Their digests differ; nobody is asked, told or hurried otherwise."


@dataclass
class Sides:
    """Both processes in their normal form, and the sentences found so far."""

    before: Process
    after: Process
    was: Words
    now: Words
    changes: list[Change] = field(default_factory=list)

    def say(self, place: str, sentence: str) -> None:
        """Note a change."""
        self.changes.append(Change(place, capital(sentence)))

    def order(self, place: str, what: str, before: Iterable[str], after: Iterable[str]) -> None:
        """Say when what both have stands in another order."""
        if in_another_order(before, after):
            self.say(place, f"{what} are listed in another order.")


Saying = Callable[[Any, Any], str]


def words_changed(before: Model, after: Model, sayings: Mapping[str, Saying]) -> list[str]:
    """A sentence for each word of `sayings` in which the two differ."""
    found = []
    for word, saying in sayings.items():
        old, new = getattr(before, word), getattr(after, word)
        if old != new:
            found.append(saying(old, new))
    return found


def come_and_gone(before: Iterable[str], after: Iterable[str]) -> tuple[list[str], list[str]]:
    """What only the second has, and what only the first has, each in its order."""
    old, new = list(before), list(after)
    return [one for one in new if one not in old], [one for one in old if one not in new]


def in_another_order(before: Iterable[str], after: Iterable[str]) -> bool:
    """Whether what both have comes in another order."""
    old, new = list(before), list(after)
    return [one for one in old if one in new] != [one for one in new if one in old]


def sets_changed(before: Sequence[str], after: Sequence[str], more: str, less: str, order: str) -> str:
    """`more` about what came, `less` about what went (each with `{}` for the words), else `order`."""
    came, gone = come_and_gone(before, after)
    said = [more.format(both(came)) if came else "", less.format(both(gone)) if gone else ""]
    return " ".join(capital(one) for one in said if one) or order


def quoted(text: str | None) -> str:
    """A text of the author's in quotation marks."""
    return f"“{text}”" if text else "nothing"
