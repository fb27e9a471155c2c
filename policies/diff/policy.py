"""Comparing policies: outcomes and their order, and everything said once for all rules."""

from __future__ import annotations

from typing import Any

from policies.diff.changes import Sides, come_and_gone, quoted, sets_changed
from policies.diff.rules import diff_rule, in_words
from policies.diff.words import lasting, titled
from policies.model import Deadline, Outcome, Override, Policy

_SETTLE = {
    "first": "final once met",
    "live": "judged as things stand, until an act moves the item on",
    "at_close": "judged when the round closes",
}


def diff_policy(sides: Sides, name: str, before: Policy, after: Policy) -> None:
    """Say what policy `name` says otherwise."""
    place, where = f"policies.{name}", f"in {sides.now.policy(name)}"
    came, gone = come_and_gone(before.outcomes, after.outcomes)
    for outcome in came:
        said = f"{sides.now.outcome(name, outcome)} is a new outcome {where}"
        sides.say(f"{place}.{outcome}", f"{said}: {in_words(sides.now, after.outcomes[outcome].rule)}.")
    for outcome in gone:
        sides.say(f"{place}.{outcome}", f"{sides.was.outcome(name, outcome)} is no longer an outcome {where}.")
    kept_old = [one for one in before.outcomes if one in after.outcomes]
    kept_new = [one for one in after.outcomes if one in before.outcomes]
    if kept_old != kept_new:
        order = ", then ".join(sides.now.outcome(name, one) for one in after.outcomes)
        sides.say(f"{place}.outcomes", f"{where}, outcomes are judged in another order: {order}.")
    for outcome in kept_new:
        _outcome(sides, f"{place}.{outcome}", where, outcome, before.outcomes[outcome], after.outcomes[outcome])
    _conduct(sides, place, where, before, after)
    _positions(sides, f"{place}.positions", where, before, after)


def _outcome(sides: Sides, place: str, where: str, name: str, before: Outcome, after: Outcome) -> None:
    diff_rule(sides, place, where, before.rule, after.rule)
    called = after.title or titled(name)
    for word, said in (
        ("counts", "positions that support it"),
        ("cap", "share of the amount it may release"),
        ("refusal", "being a refusal"),
        ("title", "name"),
    ):
        old, new = getattr(before, word), getattr(after, word)
        if old != new:
            sides.say(f"{place}.{word}", f"{called} {where}: {said} is {_shown(new)} (before: {_shown(old)}).")


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one).replace("_", " ") for one in value) or "not said"
    return {None: "not said", True: "yes", False: "no"}.get(value, str(value))


def _conduct(sides: Sides, place: str, where: str, before: Policy, after: Policy) -> None:
    _apart(sides, place, where, before, after)
    _judged(sides, place, where, before, after)
    for word, what in (("title", "its name"), ("question", "the question"), ("description", "the description")):
        old, new = getattr(before, word), getattr(after, word)
        if old != new:
            sides.say(f"{place}.{word}", f"{where}, {what} is {quoted(new)} (before: {quoted(old)}).")
    if before.none_required != after.none_required:
        why = (after.none_required or "").rstrip(".")
        said = f"nobody need be asked: {why}" if why else "somebody always has to be asked"
        sides.say(f"{place}.none_required", f"{where}, {said}.")
    if before.signature != after.signature:
        was, now = before.signature, after.signature
        said = f"a signature means {quoted(now.meaning)} and takes {_proof(now.proof)}"
        sides.say(f"{place}.signature", f"{where}, {said} (before: {quoted(was.meaning)}, {_proof(was.proof)}).")


def _apart(sides: Sides, place: str, where: str, before: Policy, after: Policy) -> None:
    """Whose word does not count, and whose edits ask again."""
    was, now = sides.was, sides.now
    if before.exclude != after.exclude:
        said = sets_changed(
            tuple(was.role(one) for one in before.exclude),
            tuple(now.role(one) for one in after.exclude),
            f"{{}} may no longer sign {where}.",
            f"{{}} may sign {where} now.",
            f"{where}, exclusions stand in another order.",
        )
        sides.say(f"{place}.exclude", said)
    if before.stale_on != after.stale_on:
        said = f"{where}, {now.stale(after.stale_on)} asks again (before: {was.stale(before.stale_on)})."
        sides.say(f"{place}.stale_on", said)
    if before.except_by != after.except_by:
        free, earlier = (w.both(p.except_by) or "nobody" for w, p in ((now, after), (was, before)))
        sides.say(f"{place}.except_by", f"{where}, edits by {free} ask nobody again (before: {earlier}).")
    if before.one_seat != after.one_seat:
        said = "one person fills one seat" if after.one_seat else "one signature may serve several rules"
        sides.say(f"{place}.one_seat", f"{where}, {said} now.")


def _judged(sides: Sides, place: str, where: str, before: Policy, after: Policy) -> None:
    """When it is judged, by whom it is closed, and who may decide otherwise."""
    was, now = sides.was, sides.now
    if before.settle != after.settle:
        sides.say(f"{place}.settle", f"{where}, it is {_SETTLE[after.settle]} (before: {_SETTLE[before.settle]}).")
    if before.chair != after.chair:
        old, new = (w.role(c) if c else "nobody" for w, c in ((was, before.chair), (now, after.chair)))
        sides.say(f"{place}.chair", f"{where}, {new} may close the round (before: {old}).")
    if before.deadline != after.deadline:
        sides.say(f"{place}.deadline", f"{where}, {_deadline(after.deadline)} (before: {_deadline(before.deadline)}).")
    if before.override != after.override:
        said = f"{where}, {_override(now, after.override)} (before: {_override(was, before.override)})."
        sides.say(f"{place}.override", said)


def _proof(proof: str) -> str:
    words = {
        "link": "the typed name",
        "secret": "the signer's password or code",
        "sso": "a fresh single sign-on",
        "passkey": "the signer's passkey",
    }
    return words[proof]


def _deadline(deadline: Deadline | None) -> str:
    if deadline is None:
        return "no deadline"
    silence = f", since {deadline.silence.rstrip('.')}" if deadline.silence else ""
    return f"after {lasting(deadline.in_)} without a verdict it comes to {deadline.then}{silence}"


def _override(words: Any, override: Override | None) -> str:
    if override is None:
        return "nobody may override"
    reason = " with a reason" if override.reason == "required" else ""
    by = (override.by,) if isinstance(override.by, str) else override.by
    return f"{words.either(by)} may override{reason}"


def _positions(sides: Sides, place: str, where: str, before: Policy, after: Policy) -> None:
    came, gone = come_and_gone(before.positions, after.positions)
    for name in came:
        sides.say(f"{place}.{name}", f"{where}, the position {quoted(name.replace('_', ' '))} is declared.")
    for name in gone:
        sides.say(f"{place}.{name}", f"{where}, the position {quoted(name.replace('_', ' '))} is no longer declared.")
    for name, old in before.positions.items():
        new = after.positions.get(name)
        for word in type(old).model_fields if new is not None else ():
            was, now = getattr(old, word), getattr(new, word)
            if was != now:
                said = f"{where}, the position {quoted(name.replace('_', ' '))}: {titled(word).lower()}"
                sides.say(f"{place}.{name}.{word}", f"{said} is {_shown(now)} (before: {_shown(was)}).")
    sides.order(place, f"{where}, the positions", before.positions, after.positions)
