"""Comparing whole processes: states, acts, clocks, fields, criteria, policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.clocks import due_in_words, escalations_in_words, extend_in_words, step_in_words
from policies.diff.changes import Diff, Sides, come_and_gone, quoted
from policies.diff.normal import normal
from policies.diff.policy import diff_policy
from policies.diff.words import Words, titled
from policies.facts import Roster
from policies.following import conditions_in_words, expires_in_words, review_in_words, under_in_words, window_in_words
from policies.load import LoadedProcess
from policies.meetings import meeting_in_words
from policies.model import Act, LadderStep, Process, State
from policies.phrases import either

NOBODY = Roster({})


def diff_processes(before: LoadedProcess, after: LoadedProcess, roster: Roster = NOBODY) -> Diff:
    """What `after` says that `before` does not; names of roles and people come from `roster`."""
    if before.digest == after.digest:
        return Diff(is_same_text=True)
    old, new = normal(before.process), normal(after.process)
    sides = Sides(old, new, Words(old, roster), Words(new, roster))
    for word in ("process", "title", "kind", "numbering", "description", "contact", "budget", "start"):
        what = "The name of the process" if word == "process" else f"The {word} of the process"
        _plain(sides, word, what, getattr(old, word), getattr(new, word))
    _states(sides)
    _acts(sides, "administrative", "At any time", old.administrative, new.administrative)
    _named(sides, "fields", "field", old.fields, new.fields)
    _named(sides, "criteria", "criterion", old.criteria, new.criteria)
    _policies(sides)
    _meetings(sides)
    if old.escalations != new.escalations:
        _escalations(sides)
    return Diff(is_same_text=False, changes=tuple(sides.changes))


def _meetings(sides: Sides) -> None:
    old, new = sides.before.meetings, sides.after.meetings
    came, gone = come_and_gone(old, new)
    for name in came:
        said = meeting_in_words(new[name], lambda who: sides.now.who((who,)), sides.now.state)
        sides.say(f"meetings.{name}", f"{said}; that is new.")
    for name in gone:
        sides.say(f"meetings.{name}", f"The meeting {old[name].title} is held no more.")
    sides.order("meetings", "The meetings", old, new)
    for name, one in old.items():
        for word in type(one).model_fields if name in new else ():
            said = f"The meeting {new[name].title}: {titled(word).lower()}"
            _plain(sides, f"meetings.{name}.{word}", said, getattr(one, word), getattr(new[name], word))


def _escalations(sides: Sides) -> None:
    was = escalations_in_words(sides.before.escalations, titled)
    sides.say("escalations", f"Of its items, {escalations_in_words(sides.after.escalations, titled)} (before: {was}).")


def _plain(sides: Sides, place: str, what: str, before: Any, after: Any) -> None:
    """A sentence for any value, where there is none of its own."""
    if before != after:
        sides.say(place, f"{what} is now {_shown(after)} (before: {_shown(before)}).")


def _shown(value: Any) -> str:
    if value is None or value == () or value == {}:
        return "not said"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value)
    if hasattr(value, "model_dump"):
        said = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return ", ".join(f"{name} {one}" for name, one in said.items()) or "as usual"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    return quoted(value) if isinstance(value, str) else str(value)


# -- states --------------------------------------------------------------------------------------------


def _states(sides: Sides) -> None:
    old, new = sides.before.states, sides.after.states
    came, gone = come_and_gone(old, new)
    renamed = _renamed(sides.before, sides.after, came, gone)
    for name in came:
        if name not in renamed.values():
            sides.say(f"states.{name}", f"The state {sides.now.state(name)} is new.")
    for name in gone:
        if name in renamed:
            said = f"The state {sides.was.state(name)} is called {renamed[name]} now."
            sides.say(f"states.{name}", said)
        else:
            sides.say(f"states.{name}", f"The state {sides.was.state(name)} is gone.")
    sides.order("states", "The states", old, new)
    for name, state in old.items():
        other = new.get(renamed.get(name, name))
        if other is not None:
            _state(sides, renamed.get(name, name), state, other)


def _renamed(before: Process, after: Process, came: list[str], gone: list[str]) -> dict[str, str]:
    """States of which only the name changed."""
    found: dict[str, str] = {}
    for name in gone:
        twin = [other for other in came if after.states[other] == before.states[name] and other not in found.values()]
        if len(twin) == 1:
            found[name] = twin[0]
    return found


def _state(sides: Sides, name: str, before: State, after: State) -> None:
    place, where = f"states.{name}", f"In {sides.now.state(name)}"
    _acts(sides, place, where, before.acts, after.acts)
    if before.when != after.when:
        _leads(sides, place, where, before, after)
    if before.due != after.due:
        _due(sides, place, where, before, after)
    if before.ladder != after.ladder:
        _ladder(sides, place, where, before, after)
    _follows(sides, place, where, before, after)
    for word in ("title", "description", "round", "inactive", "depends_on", "no_deadline", "clears", "announce"):
        what = f"{where}, the {titled(word).lower()}"
        _plain(sides, f"{place}.{word}", what, getattr(before, word), getattr(after, word))
    _plain(sides, f"{place}.edits", f"{where}, who may edit", before.edits, after.edits)
    _plain(sides, f"{place}.end", f"{where}, the end", before.end, after.end)


def _follows(sides: Sides, place: str, where: str, before: State, after: State) -> None:
    """Conditions, review and expiry: as sentences, and word by word where a sentence does not tell."""
    for word in ("conditions", "review", "expires"):
        old, new = getattr(before, word), getattr(after, word)
        if old == new:
            continue
        was, now = _following(sides.was, word, old), _following(sides.now, word, new)
        if was != now:
            sides.say(f"{place}.{word}", f"{where}: {now} (before: {was}).")
        for name in type(old).model_fields if old is not None and new is not None else ():
            if name in ("remind", "met_by", "confirmed_by", "waived_by"):
                what = f"{where}, {word}: {titled(name).lower()}"
                _plain(sides, f"{place}.{word}.{name}", what, getattr(old, name), getattr(new, name))


def _following(words: Words, word: str, value: Any) -> str:
    if value is None:
        return {"conditions": "no conditions are kept", "review": "no review", "expires": "no expiry"}[word]
    if word == "review":
        return review_in_words(value)
    return (conditions_in_words if word == "conditions" else expires_in_words)(value, words.state)


def _leads(sides: Sides, place: str, where: str, before: State, after: State) -> None:
    for outcome in {**before.when, **after.when}:
        old, new = before.when.get(outcome), after.when.get(outcome)
        if old != new:
            said = sides.now.outcome(after.round, outcome)
            was = f" (before: {sides.was.state(old)})" if old is not None else ""
            leads = f"leads to {sides.now.state(new)}" if new is not None else "leads nowhere any more"
            sides.say(f"{place}.when", f"{where}, {said} {leads}{was}.")
    sides.order(f"{place}.when", f"{where}, the outcomes", before.when, after.when)


def _due(sides: Sides, place: str, where: str, before: State, after: State) -> None:
    old = [due_in_words(one, sides.was.guard) for one in before.dues]
    new = [due_in_words(one, sides.now.guard) for one in after.dues]
    if old != new:
        now = f"due within {either(new)}" if new else "no longer due at any date"
        sides.say(f"{place}.due", f"{where}, it is {now} (before: {either(old) or 'no date'}).")
    _later(sides, f"{place}.due", where, before, after)


def _later(sides: Sides, place: str, where: str, before: State, after: State) -> None:
    """Reminders and extensions of due times that stand in the same place."""
    for old, new in zip(before.dues, after.dues, strict=False):
        if old.remind != new.remind:
            _plain(sides, f"{place}.remind", f"{where}, the time of reminders", old.remind, new.remind)
    more = [extend_in_words(one.extend, sides.now.those) for one in after.dues]
    less = [extend_in_words(one.extend, sides.was.those) for one in before.dues]
    if more != less and any(one.extend for one in (*before.dues, *after.dues)):
        now, was = "; ".join(dict.fromkeys(more)), "; ".join(dict.fromkeys(less))
        sides.say(f"{place}.extend", f"{where}, {now or 'there is no due time'} (before: {was or 'no due time'}).")


def _ladder(sides: Sides, place: str, where: str, before: State, after: State) -> None:
    old = [_step(sides.was, one) for one in before.ladder]
    new = [_step(sides.now, one) for one in after.ladder]
    came, gone = come_and_gone(old, new)
    for step in came:
        sides.say(f"{place}.ladder", f"{where}, {step} now.")
    for step in gone:
        sides.say(f"{place}.ladder", f"{where}, it is no longer so that {step}.")
    if not came and not gone:
        sides.say(f"{place}.ladder", f"{where}, the steps of the ladder stand in another order or number.")


def _step(words: Words, step: LadderStep) -> str:
    return step_in_words(step, words.those, words.state, words.guard)


# -- acts, fields, criteria ----------------------------------------------------------------------------


def _acts(sides: Sides, place: str, where: str, before: Mapping[str, Act], after: Mapping[str, Act]) -> None:
    came, gone = come_and_gone(before, after)
    for name in came:
        act = after[name]
        said = f"{where}, {sides.now.who(act.by)} may now take “{act.title or titled(name)}”"  # type: ignore[arg-type]
        sides.say(f"{place}.acts.{name}", f"{said}, which leads to {sides.now.state(act.to)}.")
    for name in gone:
        said = f"{where}, nobody may take “{before[name].title or titled(name)}” any more."
        sides.say(f"{place}.acts.{name}", said)
    sides.order(f"{place}.acts", f"{where}, the acts", before, after)
    for name, act in before.items():
        if name in after and after[name] != act:
            _act(sides, f"{place}.acts.{name}", f"{where}, “{after[name].title or titled(name)}”", act, after[name])


def _act(sides: Sides, place: str, what: str, before: Act, after: Act) -> None:
    if before.by != after.by:
        was, now = sides.was.who(before.by), sides.now.who(after.by)  # type: ignore[arg-type]
        sides.say(f"{place}.by", f"{what} is for {now} (before: {was}).")
    if before.to != after.to:
        was, now = sides.was.state(before.to), sides.now.state(after.to)
        sides.say(f"{place}.to", f"{what} leads to {now} (before: {was}).")
    if before.when != after.when:
        was = "always" if before.when is None else sides.was.guard(before.when)
        now = "always" if after.when is None else f"only {sides.now.guard(after.when)}"
        sides.say(f"{place}.when", f"{what} is open {now} (before: {was}).")
    if before.under != after.under:
        was = under_in_words(before.under) if before.under else "without another item"
        now = under_in_words(after.under) if after.under else "without another item"
        sides.say(f"{place}.under", f"{what} is open {now} (before: {was}).")
    if before.window != after.window:
        was = window_in_words(before.window, sides.was.state) if before.window else "at any time"
        now = window_in_words(after.window, sides.now.state) if after.window else "at any time"
        sides.say(f"{place}.window", f"{what} goes ahead {now} (before: {was}).")
    for word in ("needs", "reason", "not_before", "early", "verdict", "from_ends", "title", "description"):
        said = f"{what}: {titled(word).lower()}"
        _plain(sides, f"{place}.{word}", said, getattr(before, word), getattr(after, word))


def _named(sides: Sides, place: str, what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Fields and criteria."""
    came, gone = come_and_gone(before, after)
    for name in came:
        sides.say(f"{place}.{name}", f"The {what} {sides.now.field(name)} is new.")
    for name in gone:
        sides.say(f"{place}.{name}", f"The {what} {sides.was.field(name)} is gone.")
    sides.order(place, f"The {'fields' if what == 'field' else 'criteria'}", before, after)
    for name, one in before.items():
        for word in type(one).model_fields if name in after else ():
            said = f"The {what} {sides.now.field(name)}: {titled(word).lower()}"
            _plain(sides, f"{place}.{name}.{word}", said, getattr(one, word), getattr(after[name], word))


def _policies(sides: Sides) -> None:
    old, new = sides.before.policies, sides.after.policies
    came, gone = come_and_gone(old, new)
    for name in came:
        sides.say(f"policies.{name}", f"The policy {sides.now.policy(name)} is new.")
    for name in gone:
        sides.say(f"policies.{name}", f"The policy {sides.was.policy(name)} is gone.")
    for name, policy in old.items():
        if name in new and new[name] != policy:
            diff_policy(sides, name, policy, new[name])
    sides.order("policies", "The policies", old, new)
