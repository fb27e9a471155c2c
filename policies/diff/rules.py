"""What a rule asks that it did not: who signs now too, who no more, how many, when; and how the parts are joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policies.diff.changes import Sides, quoted, sets_changed, words_changed
from policies.diff.normal import condition
from policies.diff.words import Words, bound_words, lasting, quorum_words
from policies.expand import PARTS, both_hold
from policies.model import After, AllOf, AnyOf, Check, ForEach, InOrder, NOf, Votes

_VERBS = {"approve": "signs", "go": "signs", "reject": "may reject", "hold": "may hold it up"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf with the guards it stands under joined into one."""

    rule: Any
    when: str | None
    is_asked: bool = True
    """Whether it is always among those asked: under nothing but `all`."""

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes it the same leaf in both texts."""
        rule = self.rule
        if isinstance(rule, Votes):
            return ("votes", tuple(sorted(rule.bodies)), rule.at, rule.position, rule.at_most is not None)
        return ("after", rule.since) if isinstance(rule, After) else ("check", rule.check)


def leaves(rule: Any, when: str | None = None, is_asked: bool = True) -> Iterator[Leaf]:
    """The leaves of a rule in normal form."""
    guard = both_hold(when, rule.when)
    if isinstance(rule, ForEach):
        yield from leaves(rule.rule, guard, False)
    elif type(rule) in PARTS:
        for part in getattr(rule, PARTS[type(rule)]):
            yield from leaves(part, guard, is_asked and isinstance(rule, AllOf))
    else:
        yield Leaf(rule, condition(guard) if guard is not None else None, is_asked)


def diff_rule(sides: Sides, place: str, where: str, before: Any, after: Any) -> None:
    """Say what `after` asks otherwise. `where` names policy and outcome, as `in Release`."""
    if before == after:
        return
    old, new = _numbered(before), _numbered(after)
    for key, leaf in new.items():
        if key not in old:
            sides.say(place, _added(sides.now, leaf, where))
    for key, leaf in old.items():
        if key not in new:
            sides.say(place, _removed(sides.was, leaf, where))
    for key, leaf in new.items():
        if key in old:
            for sentence in _changed(sides, old[key], leaf, where):
                sides.say(place, sentence)
    lone = [leaf for key, leaf in [*old.items(), *new.items()] if (key in old) != (key in new)]
    kept = {key[:-1] for key in old if key in new}
    if not all(leaf.is_asked for leaf in lone) or _shape(before, kept) != _shape(after, kept):
        sides.say(place, f"{where} asks, put together otherwise: {in_words(sides.now, after)}.")


def _numbered(rule: Any) -> dict[tuple[Any, ...], Leaf]:
    """Leaves by key; the second of one key is another."""
    found: dict[tuple[Any, ...], Leaf] = {}
    for leaf in leaves(rule):
        place = 0
        while (*leaf.key, place) in found:
            place += 1
        found[(*leaf.key, place)] = leaf
    return found


def _shape(rule: Any, kept: set[tuple[Any, ...]]) -> Any:
    """How the leaves that both texts have are joined; what a leaf says of itself apart. None where nothing is left."""
    if isinstance(rule, ForEach):
        inside = _shape(rule.rule, kept)
        return None if inside is None else ("for_each", rule.for_each, rule.one_seat, inside)
    if type(rule) not in PARTS:
        key = Leaf(rule, None).key
        return key if key in kept else None
    parts = tuple(one for one in (_shape(part, kept) for part in getattr(rule, PARTS[type(rule)])) if one is not None)
    if isinstance(rule, AllOf) and len(parts) < 2 and rule.one_seat is None:
        return parts[0] if parts else None
    seats = getattr(rule, "one_seat", None)
    return (PARTS[type(rule)], getattr(rule, "n_of", None), seats, parts) if parts else None


# -- sentences -----------------------------------------------------------------------------------------


def people(words: Words, rule: Votes) -> str:
    """Whom a leaf asks."""
    return (rule.title or words.either(rule.bodies)) + ("" if rule.title else words.place(rule.at))


def _verb(rule: Votes) -> str:
    if rule.at_most is not None:
        return f"may hold it up by saying {quoted(rule.position)}" if rule.at_most == 0 else "is limited"
    return _VERBS.get(rule.position, f"may say {quoted(rule.position.replace('_', ' '))}")


def _guarded(words: Words, leaf: Leaf) -> str:
    return f" {words.guard(leaf.when)}" if leaf.when is not None else ""


def _added(words: Words, leaf: Leaf, where: str) -> str:
    rule = leaf.rule
    if isinstance(rule, After):
        return f"{where}, {lasting(rule.after)} have to pass now{_guarded(words, leaf)}."
    if isinstance(rule, Check):
        return f"{where}, it has to hold now that {words.condition(rule.check)}{_guarded(words, leaf)}."
    many = "" if rule.at_least == 1 else f" ({bound_words(rule)})"
    return f"{people(words, rule)}{many} now also {_verb(rule)}{_guarded(words, leaf)} {where}."


def _removed(words: Words, leaf: Leaf, where: str) -> str:
    rule = leaf.rule
    if isinstance(rule, After):
        return f"{where}, no time has to pass any more ({lasting(rule.after)} before)."
    if isinstance(rule, Check):
        return f"{where}, it need no longer hold that {words.condition(rule.check)}."
    return f"{people(words, rule)} no longer {_verb(rule)} {where}."


def _changed(sides: Sides, before: Leaf, after: Leaf, where: str) -> list[str]:
    old, new = before.rule, after.rule
    found: list[str] = []
    if before.when != after.when:
        found.append(_when(sides, before, after, where))
    if isinstance(new, After):
        if old.after != new.after:
            found.append(f"{where}, {lasting(new.after)} have to pass (before: {lasting(old.after)}).")
        return found
    if not isinstance(new, Votes):
        return found
    who = people(sides.now, new)
    if bound_words(old) != bound_words(new):
        found.append(f"{who} {where}: {bound_words(new)} instead of {bound_words(old)}.")
    was, now = sides.was, sides.now
    found += words_changed(
        old,
        new,
        {
            "of": lambda a, b: f"{who} {where}: the share is one of {_whole(b)}, no longer of {_whole(a)}.",
            "quorum": lambda a, b: f"{who} {where}: the quorum is {quorum_words(b)} (before: {quorum_words(a)}).",
            "weight": lambda a, b: f"{who} {where}: votes count by {b or 'heads'} (before: by {a or 'heads'}).",
            "distinct": lambda a, b: f"{who} {where}: each vote from another {b} (before: another {a}).",
            "except_": lambda a, b: _apart(now, who, where, a, b),
            "exclude": lambda a, b: f"{who} {where}: kept apart {_kept(now, b)} (before: {_kept(was, a)}).",
            "stale_on": lambda a, b: f"{who} {where}: asked again {_again(now, b)} (before: {_again(was, a)}).",
            "title": lambda a, b: f"{where}, {quoted(a)} is called {quoted(b)}.",
        },
    )
    return found


def _whole(of: str) -> str:
    return {"roster": "everybody asked", "cast": "those who vote", "present": "those present"}[of]


def _kept(words: Words, exclude: Any) -> str:
    return "are those of the policy" if exclude is None else f"are {words.both(exclude) or 'nobody'}"


def _again(words: Words, stale_on: Any) -> str:
    return "as the policy says" if stale_on is None else f"by {words.stale(stale_on)}"


def _apart(words: Words, who: str, where: str, before: Any, after: Any) -> str:
    named = tuple(words.role(one) for one in before), tuple(words.role(one) for one in after)
    return sets_changed(
        *named,
        f"{who} {where}: {{}} no longer count among them.",
        f"{who} {where}: {{}} count among them now.",
        f"{who} {where}: exceptions stand in another order.",
    )


def _when(sides: Sides, before: Leaf, after: Leaf, where: str) -> str:
    rule = after.rule
    subject = f"{people(sides.now, rule)} {_verb(rule)}" if isinstance(rule, Votes) else f"{where}, this applies"
    place = f" {where}" if isinstance(rule, Votes) else ""
    if after.when is None:
        return f"{subject} always{place}, no longer only {sides.was.guard(str(before.when))}."
    was = "always" if before.when is None else sides.was.guard(before.when)
    return f"{subject} only {sides.now.guard(after.when)}{place} (before: {was})."


def in_words(words: Words, rule: Any) -> str:
    """A rule in a phrase, for what a change of its parts does not show."""
    if isinstance(rule, Votes):
        return f"{people(words, rule)} ({bound_words(rule)})"
    if isinstance(rule, After):
        return lasting(rule.after)
    if isinstance(rule, Check):
        return words.condition(rule.check)
    if isinstance(rule, ForEach):
        return f"for each of {words.field(rule.for_each)}: {in_words(words, rule.rule)}"
    parts = [in_words(words, part) for part in getattr(rule, PARTS[type(rule)])]
    if isinstance(rule, InOrder):
        return f"first {', then '.join(parts)}"
    if isinstance(rule, NOf):
        return f"{rule.n_of} of {', '.join(parts)}"
    seats = " (one signature may serve several)" if isinstance(rule, AllOf) and rule.one_seat is False else ""
    return f"{'either ' * isinstance(rule, AnyOf)}{(' or ' if isinstance(rule, AnyOf) else ' and ').join(parts)}{seats}"
