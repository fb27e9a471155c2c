"""`tollgate process replay FILE` without a log: what FILE would have decided in the register's own past rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gates.service.hindsight import PastRound
    from policies.load import LoadedProcess


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One past round under another text: what was decided, and what would have been."""

    key: str
    number: int
    policy: str
    closed_at: str
    was: str
    now: str
    sentence: str

    @property
    def is_same(self) -> bool:
        return self.was == self.now


def rejudge(loaded: LoadedProcess, past: list[PastRound]) -> list[Rejudged]:
    """Judge every past round by the policy of the same name in `loaded`. `now` is an outcome, `pending`,
    `deadlock`, or `no such policy`."""
    return [_one(loaded, one) for one in past]


def _one(loaded: LoadedProcess, past: PastRound) -> Rejudged:
    from policies.evaluate import settled

    policy = loaded.policies.get(past.policy)
    if policy is None:
        now, sentence = "no such policy", f"There is no policy {past.policy} any more."
    else:
        verdict, _ = settled(policy, past.facts)
        now, sentence = verdict.outcome or verdict.standing.value, verdict.sentence
    when = f"{past.closed_at:%Y-%m-%d}"
    return Rejudged(past.key, past.number, past.policy, when, past.outcome, now, sentence)


def as_text(found: list[Rejudged], name: str) -> str:
    """For people: the differences, each with its reason, then the count."""
    if not found:
        return f"No round of {name} has been decided yet, so there is nothing to replay."
    lines = [
        f"{one.key}, round {one.number}, {one.closed_at}: {_words(one.was)} -> {_words(one.now)}. {one.sentence}"
        for one in found
        if not one.is_same
    ]
    same = sum(one.is_same for one in found)
    count = f"{len(found)} past decision{'s' if len(found) != 1 else ''}: {same} the same, {len(lines)} would differ."
    return "\n".join([*lines, count])


def as_data(found: list[Rejudged]) -> dict[str, Any]:
    """For `--json`."""
    return {"rounds": len(found), "same": sum(one.is_same for one in found), "found": found}


def _words(word: str) -> str:
    return word.replace("_", " ")
