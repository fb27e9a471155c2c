"""Holds every verdict and every move of a record against the rules in force, from the facts the record keeps.

A record may be unaltered and still have let something through; here it is shown to have been permitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gates.answers import Closing, propose_answer, signed_of, void_for
from gates.dues import due_of
from gates.itemfacts import facts_from_content
from gates.ledger.entries import Kind, unstamp
from gates.levels import at_least
from gates.machine import Machine, compile_machine
from gates.moves import CONDITIONS, Move, acts_in, propose_act, propose_timer, propose_verdict
from gates.rejudge.calendars import calendar_of
from gates.rejudge.circumstances import names_in, out_of_turn, signed_when
from gates.rejudge.clocks import extension_acts
from gates.rejudge.fold import Item, Round, Texts, apply, created
from gates.rejudge.following import all_met, around_of, condition_acts, has_lapsed, reviews_told
from gates.rejudge.windows import found_of, held_rightly, named_by
from policies.canonical import canonical
from policies.errors import TollgateError
from policies.evaluate import decide
from policies.explain import verdict_as_data
from policies.facts import Decision, Edit, Facts, Holding, ItemFacts, Overriding, Person, Roster, StandIn
from policies.model import meaning_of

_KINDS = frozenset(kind.value for kind in Kind)
_MET = f"dependency:{CONDITIONS}"


@dataclass
class Rejudged:
    """What was judged again, and what came out differently: a sentence for each."""

    verdicts: int = 0
    moves: int = 0
    differences: list[str] = field(default_factory=list)


class Judge:
    """Judges records; texts and machines are compiled once."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.found = Rejudged()
        self._machines: dict[str, Machine] = {}
        self._names: dict[str, set[str]] = {}
        self._signed: dict[str, Any] = {}
        """What was signed in each escalation, by the first of its two records that was judged."""
        self._answers: dict[str, Mapping[str, Any]] = {}
        """How each escalation about the item that is judged came to its end."""

    def judge(self, entries: list[dict[str, Any]]) -> None:
        """Judge one item's chain (whole, oldest first) again; adds to `found`. Never raises: what cannot be followed
        is a difference too."""
        try:
            self._judge(entries)
        except (
            LookupError,
            TypeError,
            ValueError,
            ArithmeticError,
            AttributeError,
            TollgateError,
            RecursionError,
        ) as error:
            chain = str(entries[0].get("chain")) if entries else "an empty record"
            self.found.differences.append(f"{chain}: expected entries that can be followed, found {repr(error)[:300]}")

    def _judge(self, entries: list[dict[str, Any]]) -> None:
        item, self._names, self._answers = created(entries[0], self.texts), names_in(entries), {}
        for entry in entries[1:]:
            kind, data = entry["kind"], entry["data"]
            if kind not in _KINDS:
                self.differ(entry, "a kind of entry that is known", str(kind))
            for expected, found in out_of_turn(item, entry):
                self.differ(entry, expected, found)
            if kind == "item:moved":
                self._move(item, entry)
            elif kind == "item:decision:recorded":
                self._decision(item, entry)
            elif kind in ("item:escalation:closed", "item:escalation:answered"):
                self._escalated(item, entry)
            elif kind == "item:window:booked":
                self._booking(item, entry)
            elif kind.startswith("item:condition:"):
                self._condition(item, entry)
            elif kind.startswith("item:extension:"):
                self._extension(item, entry)
            elif kind in ("item:round:closed", "item:round:deadlocked") and data.get("facts"):
                self._verdict(item, item.round(data["round"]), entry)
            apply(item, entry, self.texts)
            if kind == "item:round:opened":
                self._verdict(item, item.round(data["round"]), entry)
                _check_round(item, entry, self)

    def differ(self, entry: Mapping[str, Any], expected: str, found: str) -> None:
        """Note a difference."""
        place = f"entry {entry['seq']} of {entry['chain']}"
        self.found.differences.append(f"{place}: expected {expected}, found {found}")

    def _verdict(self, item: Item, one: Round, entry: Mapping[str, Any]) -> None:
        data, process = entry["data"], self.texts(entry["data"].get("process_digest", item.process_digest))
        facts = facts_of(item, one, data["facts"], unstamp(entry["at"]), process)
        verdict = decide(process.policies[one.policy], facts)
        again = json.loads(canonical(verdict_as_data(verdict, facts.roster)))
        self.found.verdicts += 1
        if again != data["verdict"]:
            said, stated = again["sentence"], data["verdict"]["sentence"]
            what = next((name for name in again if again[name] != data["verdict"].get(name)), "verdict")
            self.differ(entry, f"{_short(said)} ({what})", _short(stated))
        if entry["kind"] == "item:round:closed" and verdict.outcome != data["outcome"]:
            self.differ(entry, f"the outcome {verdict.outcome}", str(data["outcome"]))

    def _decision(self, item: Item, entry: Mapping[str, Any]) -> None:
        """Whoever decided was asked, the meaning is the policy's, and the proof meets what it demands."""
        data, one = entry["data"], item.round(entry["data"]["round"])
        policy = self.texts(data["process_digest"]).process.policies[one.policy]
        asked, meaning = policy.signature, meaning_of(policy, data["position"])
        ask = one.asks.get(data["person"])
        if ask is None:
            self.differ(entry, "a decision of somebody who was asked", data["person"])
        elif data["capacity"] != ask.capacity:
            self.differ(entry, f"the capacity they were asked in, {ask.capacity}", data["capacity"])
        if data["meaning"] not in (meaning, asked.meaning):  # before each position had its own, all had the policy's
            self.differ(entry, f"the meaning “{meaning}”", f"“{data['meaning']}”")
        for expected, found in signed_when(one, self._names, entry):
            self.differ(entry, expected, found)
        if data["proof"] not in at_least(asked.proof):
            self.differ(entry, f"a proof that meets {asked.proof}", data["proof"])

    def _condition(self, item: Item, entry: Mapping[str, Any]) -> None:
        loaded = self.texts(item.process_digest)
        here = loaded.process.states[item.state].conditions
        for expected, found in condition_acts(item, entry, here, item_facts_of(item, loaded.process)):
            self.differ(entry, expected, found)

    def _escalated(self, item: Item, entry: Mapping[str, Any]) -> None:
        """What the end of an escalation was answered by is what was signed in it, and both records say the same."""
        data = entry["data"]
        if "signed" not in data:  # before it was said there, the end of an escalation was answered too
            return
        key, signed = data.get("escalation", item.key), data["signed"]
        if entry["kind"] == "item:escalation:answered":
            again = _signed_in(item)
            if again != signed:
                self.differ(entry, f"what was signed to be {again}", str(signed))
        else:
            self._answers[key] = data
        if self._signed.setdefault(key, signed) != signed:
            self.differ(entry, f"what the other record says was signed, {self._signed[key]}", str(signed))

    def _extension(self, item: Item, entry: Mapping[str, Any]) -> None:
        loaded = self.texts(item.process_digest)
        facts = item_facts_of(item, loaded.process)
        due = due_of(loaded, item.state, facts)
        for expected, found in extension_acts(item, entry, due.extend if due is not None else None, facts):
            self.differ(entry, expected, found)

    def _booking(self, item: Item, entry: Mapping[str, Any]) -> None:
        """The time is the one that the item, or its author or owner, asked for, and its window held it."""
        data, found = entry["data"], found_of(entry["data"])
        for expected, stated in held_rightly(found):
            self.differ(entry, expected, stated)
        if data["act"] is None:
            if data["by"] not in (item.author, item.owner) or found.against:
                self.differ(entry, "a time booked by the author or the owner, with nothing against it", str(data["by"]))
            return
        process = self.texts(item.process_digest).process
        act = acts_in(process, item.state).get(data["act"])
        for expected, stated in named_by(item_facts_of(item, process), act, found):
            self.differ(entry, expected, stated)

    def _move(self, item: Item, entry: Mapping[str, Any]) -> None:
        data, cause = entry["data"], entry["data"]["cause"]
        self.found.moves += 1
        for expected, found in reviews_told(item, data):
            self.differ(entry, expected, found)
        target = self._target(item, entry, data, cause)
        if target != data["to"]:
            self.differ(
                entry, f"{cause['kind']} {cause['name']} to lead from {item.state} to {target}", str(data["to"])
            )

    def _target(self, item: Item, entry: Mapping[str, Any], data: Mapping[str, Any], cause: Mapping[str, Any]) -> str:
        loaded, at = self.texts(data["process_digest"]), unstamp(entry["at"])
        machine = self._machine(data["process_digest"])
        just_closed = next((one.outcome for one in item.rounds[::-1] if one.closed_at == at), None)
        if cause["kind"] == "verdict":
            if just_closed != cause["name"]:
                return f"nowhere: the round said {just_closed}"
            return _where(propose_verdict(loaded, machine, state=item.state, outcome=cause["name"]))
        if cause["kind"] == "timer" and cause["name"] == "lapse" and not has_lapsed(item, at):
            return "nowhere: no condition lapsed"
        if cause["kind"] == "timer":
            return _where(propose_timer(loaded, machine, state=item.state, name=cause["name"]))
        if cause["kind"] == "dependency" and cause["name"] == CONDITIONS and machine.target(item.state, _MET):
            return str(machine.target(item.state, _MET)) if all_met(item) else "nowhere: its conditions are not met"
        if cause["kind"] == "dependency":
            return machine.target(item.state, "dependency") or "nowhere: it waits for nothing"
        if cause["by"] is None:
            return self._by_escalation(item, data, cause, loaded, machine, at)
        held = tuple(Holding(cause["by"], role, site) for role, site in data["roles"])
        roster = Roster({cause["by"]: Person(cause["by"], cause["by"])}, held)
        facts = item_facts_of(item, loaded.process)
        return _where(
            propose_act(
                loaded,
                machine,
                state=item.state,
                act=cause["name"],
                person=cause["by"],
                item=facts,
                roster=roster,
                now=at,
                previous=item.previous_state,
                around=around_of(data, at),
                reason=cause["reason"],
                verdict=just_closed,
            )
        )

    def _by_escalation(
        self, item: Item, data: Mapping[str, Any], cause: Mapping[str, Any], loaded: Any, machine: Machine, at: datetime
    ) -> str:
        """An act without a person: an escalation about the item has just come to what the process answers with it."""
        named = data["escalation"]
        known = item.escalations.get(named["key"])
        if known is None or known.closed_at != at or known.said != named["said"]:
            return f"nowhere: {named['key']} did not come to {named['said']} then"
        answer = self._answers.get(named["key"])
        if answer is not None:
            signed = answer["signed"]
            if signed is None or signed["outcome"] != named["said"]:
                return f"nowhere: nobody signed {named['said']} in {named['key']}"
            void = void_for(signed, (one.at for one in item.moves))
            if void is not None:
                return f"nowhere: {void}"
        return _where(
            propose_answer(
                loaded,
                machine,
                state=item.state,
                act=cause["name"],
                said=named["said"],
                escalation=named["key"],
                item=item_facts_of(item, loaded.process),
                previous=item.previous_state,
            )
        )

    def _machine(self, digest: str) -> Machine:
        if digest not in self._machines:
            self._machines[digest] = compile_machine(self.texts(digest).process)
        return self._machines[digest]


def _check_round(item: Item, entry: Mapping[str, Any], judge: Judge) -> None:
    asked = judge.texts(item.process_digest).process.states[item.state].round
    if asked != entry["data"]["policy"]:
        judge.differ(entry, f"a round of {asked} in {item.state}", f"one of {entry['data']['policy']}")


def _signed_in(item: Item) -> dict[str, Any] | None:
    """The verdict that the escalation `item` came to, from its entries alone."""
    ended = sorted((one for one in item.rounds if one.closed_seq), key=lambda one: one.closed_seq)
    closings = [Closing(one.closed_seq, one.id, one.outcome, one.closed_revision, one.opened_at) for one in ended]
    return signed_of(closings, item.moves, len(item.rounds), item.revision)


def _where(proposal: Move | Any) -> str:
    return proposal.to if isinstance(proposal, Move) else f"nowhere: {proposal.sentence}"


def _short(sentence: str) -> str:
    return f"“{sentence[:100]}”"


def item_facts_of(item: Item, process: Any) -> ItemFacts:
    """The item as its rules saw it at this entry."""
    later = item.revisions[1:]
    return facts_from_content(
        item,
        process,
        item.content,
        changed={one.number: frozenset(one.changed) for one in later},
        editors=item.editors,
        edits={one.number: Edit(one.editor, one.at) for one in later},
        performers=item.performers,
    )


def facts_of(item: Item, one: Round, recorded: Mapping[str, Any], now: datetime, loaded: Any) -> Facts:
    """Everything the round's policy was judged by at `now`, from the record alone."""
    present = [frozenset(json.loads(act.subject)) for act in one.conduct if act.kind == "attend"]
    calendar = recorded["calendar"]
    return Facts(
        item=item_facts_of(item, loaded.process),
        roster=roster_of(recorded),
        now=now,
        decisions=_decisions(one),
        opened_at=one.opened_at,
        calendar=calendar_of(calendar),
        present=present[-1] if present else None,
        closed_at=next((act.at for act in one.conduct if act.kind == "close"), None),
        overrides=tuple(
            Overriding(str(act.seq), act.person, act.subject, act.reason, act.at)
            for act in one.conduct
            if act.kind == "override"
        ),
    )


def roster_of(recorded: Mapping[str, Any]) -> Roster:
    """The people and roles an entry says were relied on."""
    attributes = recorded.get("attributes", {})
    return Roster(
        {person: Person(person, name, attributes.get(person, {})) for person, name in recorded["names"].items()},
        tuple(
            Holding(person, role, site, unstamp(since) if since else None)
            for person, role, site, since in recorded["holdings"]
        ),
        recorded["titles"],
        tuple(_stand_in(sitting) for sitting in recorded.get("stand_ins", ())),
    )


def _stand_in(data: Mapping[str, Any]) -> StandIn:
    scopes = {name: frozenset(data[name]) if name in data else None for name in ("roles", "sites", "processes")}
    since, until = unstamp(data["since"]), unstamp(data["until"])
    return StandIn(data["absent"], data["person"], since, until, chain=data["chain"], **scopes)


def _decisions(one: Round) -> tuple[Decision, ...]:
    said = [
        (
            word.seq,
            Decision(
                id=word.id,
                person=word.data["person"],
                position=word.data["position"],
                at=word.at,
                revision=word.data["revision"],
                comment=word.data["comment"],
                on_behalf_of=word.data.get("on_behalf_of"),
                withdrawn=word.withdrawn_at is not None,
                conditions=tuple(word.data.get("conditions", ())),
            ),
        )
        for word in one.said
    ]
    said += [
        (act.seq, Decision(f"act-{act.seq}", act.person, "lift", act.at, 0, act.reason, lifts=act.subject))
        for act in one.conduct
        if act.kind == "lift"
    ]
    return tuple(decision for _, decision in sorted(said, key=lambda pair: pair[0]))
