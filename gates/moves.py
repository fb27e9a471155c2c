"""Proposes moves: a `Move`, or a `Refusal` with a sentence. Changes nothing.

The call that moves is the call that checks permission: whoever carries out a move got it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Literal

from gates.around import Around, Because, no_room, not_under, rested_on, review_open
from gates.machine import PREVIOUS, Machine
from policies.errors import EvaluationError
from policies.facts import RELATIONS, ItemFacts, Roster
from policies.load import LoadedProcess
from policies.model import Act, Edits, Process, Selector
from policies.model.process import Who

CONDITIONS = "conditions"
"""The name of the dependency on one's own conditions."""

CauseKind = Literal["act", "verdict", "timer", "dependency"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an item moves: one of the four causes, by name, and for an act by whom and why."""

    kind: CauseKind
    name: str
    by: str | None = None
    reason: str = ""
    administrative: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One change of state. `notes` go on the record with it, and so does what of other items it `rests` on."""

    origin: str
    to: str
    cause: Cause
    notes: tuple[str, ...] = ()
    rests: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, for the person who tried, and what would help. `code` is stable."""

    code: str
    sentence: str
    remedy: str = ""


def propose_act(
    loaded: LoadedProcess,
    machine: Machine,
    *,
    state: str,
    act: str,
    person: str,
    item: ItemFacts,
    roster: Roster,
    now: datetime,
    previous: str | None,
    around: Around | None,
    reason: str = "",
    verdict: str | None = None,
) -> Move | Refusal:
    """May `person` do `act` to the item now? `previous` is the state it came from, `verdict` what its open round
    says now, `around` its reviews, the items it names and the site it lacks. None, in a simulation or a replay of a
    log: nobody can know, so reviews count as held, what an act rests on as in force, the time it takes as free, and
    no site as missing. That an item needs one is a rule of the register alone, by the roster of the day: an act that
    is judged again from its entry is not held to it either."""
    known = acts_in(loaded.process, state)
    if act not in known:
        return _no_such_act(state, act, known)
    word = known[act]
    refusal = (
        _who(act, word, person, item, roster)
        or _when(loaded, state, act, item)
        or _needs(loaded, act, word, item, around)
        or _verdict(word, verdict)
        or _around(act, word, item, around)
    )
    if refusal is None and word.reason == "required" and not reason.strip():
        refusal = Refusal("reason-missing", f"“{title_of(act, word)}” needs a reason.", "Say why.")
    if refusal is not None:
        return refusal
    timing = too_early(word, item, now)
    if timing is not None and word.early == "refuse":
        return Refusal("too-early", timing, "Wait until then.")
    against = around.windows[act].against if around is not None and act in around.windows else ()
    target = machine.target(state, f"outside:{act}") if against else _target(machine, state, act, previous)
    if target is None:
        return Refusal("no-previous", f"{item.key} came from nowhere it could go back to.")
    administrative = act in loaded.process.administrative and act not in loaded.process.states[state].acts
    cause = Cause("act", act, person, reason.strip(), administrative)
    rests = rested_on(act, word, around) if around is not None else {}
    return Move(state, target, cause, (*(() if timing is None else (timing,)), *against), rests)


def _around(act: str, word: Act, item: ItemFacts, around: Around | None) -> Refusal | None:
    if around is None:
        return None
    found: Because | None = review_open(word, around) or not_under(word, item, around)
    found = found or no_room(word, around.windows.get(act))
    return None if found is None else Refusal(*found)


def acts_in(process: Process, state: str) -> dict[str, Act]:
    """The acts of a state, administrative ones included."""
    here = process.states[state]
    extra = {
        name: act
        for name, act in process.administrative.items()
        if act.to != state and (here.end is None or act.from_ends)
    }
    return {**extra, **here.acts}


def title_of(name: str, act: Act) -> str:
    """An act's title, or its name in words."""
    return act.title or name.replace("-", " ").replace("_", " ").capitalize()


def _no_such_act(state: str, act: str, known: Mapping[str, Act]) -> Refusal:
    near = get_close_matches(act, list(known), n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(known) or 'nothing to do'}."
    return Refusal("no-such-act", f"There is no act “{act}” in {state.replace('-', ' ')}.", remedy)


def _target(machine: Machine, state: str, act: str, previous: str | None) -> str | None:
    target = machine.target(state, f"act:{act}")
    return previous if target == PREVIOUS else target


def _who(act: str, word: Act, person: str, item: ItemFacts, roster: Roster) -> Refusal | None:
    if may(word.by, person, item, roster):
        return None
    allowed = who_in_words(word.by, item, roster)
    return Refusal("not-yours", f"“{title_of(act, word)}” is for {allowed}.", "Ask one of them.")


def may(who: Who, person: str, item: ItemFacts, roster: Roster) -> bool:
    """Whether `person` is among those `who` means for this item."""
    return any(_is_one(one, person, item, roster) for one in (who if isinstance(who, tuple) else (who,)))


def _is_one(one: str | Selector, person: str, item: ItemFacts, roster: Roster) -> bool:
    if person not in roster.people:
        return False
    if isinstance(one, str):
        one = Selector(role=one)
    if one.person is not None:
        return one.person == person
    if one.role == "anyone":
        return True
    if one.role in RELATIONS:
        return person in item.related(one.role)
    site = item.site if one.at == "item.site" else one.at
    return any(
        held.person == person
        and held.role == one.role
        and (one.at is None or held.site in (None, site))
        and held.concerns(item)
        for held in roster.holdings
    )


def who_in_words(who: Who, item: ItemFacts, roster: Roster) -> str:
    """`the author` or `the change analyst, Lyon`."""
    words = []
    for one in who if isinstance(who, tuple) else (who,):
        selector = Selector(role=one) if isinstance(one, str) else one
        if selector.person is not None:
            words.append(roster.name(selector.person))
        elif selector.role == "anyone":
            words.append("anyone on the roster")
        elif selector.role in RELATIONS:
            words.append(f"the {selector.role.replace('_', ' ')}")
        else:
            site = item.site if selector.at == "item.site" else selector.at
            words.append(f"the {roster.title(selector.role or '')}{f', {site}' if site else ''}")
    return " or ".join(words)


def _verdict(word: Act, verdict: str | None) -> Refusal | None:
    """Whether the open round says what the act waits for."""
    wanted = (word.verdict,) if isinstance(word.verdict, str) else word.verdict
    if wanted is None or verdict in wanted:
        return None
    now = f"it is {verdict.replace('_', ' ')} now" if verdict else "it has none now"
    return Refusal("no-such-verdict", f"It waits for the verdict {' or '.join(wanted)}; {now}.", "Ask who has to sign.")


def _when(loaded: LoadedProcess, state: str, act: str, item: ItemFacts) -> Refusal | None:
    condition = loaded.conditions.get(("states", state, "acts", act, "when")) or loaded.conditions.get(
        ("administrative", act, "when")
    )
    if condition is None:
        return None
    try:
        holds = condition.evaluate(item)
    except EvaluationError as error:
        return Refusal("condition-broken", str(error), "Mend the fields it reads.")
    if holds:
        return None
    why = condition.why(item)
    if holds is None:
        return Refusal("condition-unknown", f"It depends on {why}.", "Fill in what is missing.")
    return Refusal("condition-false", f"It is open only when {why}.")


def _needs(loaded: LoadedProcess, act: str, word: Act, item: ItemFacts, around: Around | None) -> Refusal | None:
    missing = [*(missing_fields(loaded, item) if "fields" in word.needs else ())]
    missing += missing_criteria(loaded, item) if "criteria" in word.needs else []
    if around is not None and act in around.no_site:
        missing.append(around.no_site[act])
    if not missing:
        return None
    return Refusal("incomplete", f"Not complete yet: {'; '.join(missing)}.", "Fill it in and try again.")


def missing_fields(loaded: LoadedProcess, item: ItemFacts) -> list[str]:
    """The titles of required fields that apply and are empty."""
    return [
        f"{one.title or name.replace('-', ' ').capitalize()} is empty"
        for name, one in loaded.process.fields.items()
        if one.required and name not in item.fields and _applies(loaded, ("fields", name, "when"), item)
    ]


def missing_criteria(loaded: LoadedProcess, item: ItemFacts) -> list[str]:
    """The must-meet criteria that apply and are open."""
    return [
        f"“{one.text}” is open"
        for name, one in loaded.process.criteria.items()
        if one.must
        and not (name in item.criteria and item.criteria[name].met)
        and _applies(loaded, ("criteria", name, "when"), item)
    ]


def _applies(loaded: LoadedProcess, path: tuple[str | int, ...], item: ItemFacts) -> bool:
    """A line is asked for unless its condition is false; while that is unknown it is."""
    condition = loaded.conditions.get(path)
    return condition is None or condition.evaluate(item) is not False


def too_early(word: Act, item: ItemFacts, now: datetime) -> str | None:
    """A sentence when the act comes before its `not_before` day (UTC); None when it does not, or none is set."""
    if word.not_before is None:
        return None
    day = item.fields.get(word.not_before)
    if not isinstance(day, date) or now.date() >= day:
        return None
    title = word.not_before.replace("_", " ").replace("-", " ").capitalize()
    return f"{title} is {day.isoformat()}; this is {now.date().isoformat()}."


def propose_verdict(loaded: LoadedProcess, machine: Machine, *, state: str, outcome: str) -> Move | Refusal:
    """Where a verdict leads from `state`."""
    target = machine.target(state, f"verdict:{outcome}")
    if target is None:
        known = ", ".join(loaded.process.states[state].when) or "none"
        return Refusal("no-such-outcome", f"{state} does not say where “{outcome}” leads; it knows: {known}.")
    return Move(state, target, Cause("verdict", outcome))


def propose_timer(loaded: LoadedProcess, machine: Machine, *, state: str, name: str) -> Move | Refusal:
    """Where the timer `name` (a ladder step's number, `inactive`, `lapse` or `expires`) leads from `state`."""
    target = machine.target(state, f"timer:{name}")
    if target is None:
        known = ", ".join(t for t in machine.triggers(state) if t.startswith("timer:")) or "none"
        return Refusal("no-such-timer", f"{loaded.process.title} has no timer {name} in {state}; it has {known}.")
    return Move(state, target, Cause("timer", name))


def propose_dependency(
    loaded: LoadedProcess, machine: Machine, *, state: str, states: Mapping[str, str]
) -> Move | Refusal:
    """The move out of a waiting state once every item in `states` (key -> its state) is done."""
    waits = loaded.process.states[state].depends_on
    target = machine.target(state, "dependency")
    if waits is None or target is None:
        return Refusal("not-waiting", f"{state} waits for nothing.")
    still_open = sorted(key for key, at in states.items() if at not in waits.be)
    if still_open:
        return Refusal("not-yet", f"Waits for {', '.join(still_open)}.")
    return Move(state, target, Cause("dependency", ", ".join(sorted(states)) or "nothing to wait for"))


def acts_for(
    loaded: LoadedProcess,
    *,
    state: str,
    person: str,
    item: ItemFacts,
    roster: Roster,
    previous: str | None,
    around: Around | None,
    verdict: str | None = None,
) -> list[tuple[str, Act, Refusal | None]]:
    """Every act of the state with why this person may not take it now, or None when they may.

    Acts meant for other people are left out; those merely not ready yet are shown with the reason.
    """
    offers = []
    for name, word in acts_in(loaded.process, state).items():
        if not may(word.by, person, item, roster) or (word.to == PREVIOUS and previous is None):
            continue
        refusal = (
            _when(loaded, state, name, item)
            or _needs(loaded, name, word, item, around)
            or _verdict(word, verdict)
            or _around(name, word, item, around)
        )
        offers.append((name, word, refusal))
    return offers


def may_edit(loaded: LoadedProcess, state: str, person: str, item: ItemFacts, roster: Roster) -> Refusal | None:
    """Why `person` may not edit the item here; None when they may."""
    here = loaded.process.states[state]
    if here.end is not None:
        return Refusal("ended", f"{item.key} has ended and can no longer be edited.")
    if here.edits == "none":
        return Refusal("not-editable", f"{item.key} cannot be edited in {state.replace('-', ' ')}.")
    who: Who = here.edits.by if isinstance(here.edits, Edits) else ("author", "owner")
    if may(who, person, item, roster):
        return None
    return Refusal("not-yours", f"Editing is for {who_in_words(who, item, roster)}.", "Ask one of them.")


def propose_met(
    loaded: LoadedProcess, machine: Machine, *, state: str, open_conditions: int, kept: int
) -> Move | Refusal:
    """The move out of a conditional state once none of its conditions is open and `kept` of them were met or waived."""
    target = machine.target(state, "dependency:conditions")
    if target is None or loaded.process.states[state].conditions is None:
        return Refusal("not-waiting", f"{state} waits for no conditions.")
    if open_conditions or not kept:
        return Refusal("not-yet", f"{open_conditions} of its conditions are not met.")
    return Move(state, target, Cause("dependency", CONDITIONS))
