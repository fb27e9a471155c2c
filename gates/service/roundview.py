"""A round as people read it: who was asked, who said what, what the policy says now or said at closing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.items import AskLine, RoundView
from gates.ledger.entries import Kind
from gates.levels import LEVELS
from gates.service.capacities import said_capacity
from gates.service.desk import Bound, Desk
from gates.service.gather import round_facts
from gates.service.positions import position_title
from gates.store import tables as t
from gates.values import conditions_in_words
from policies.evaluate import evaluate
from policies.explain import rule_in_words, verdict_as_data
from policies.phrases import joined, phrase, stored
from policies.verdict import Verdict, fell_with


def latest_round(connection: Connection, key: str) -> Row[Any] | None:
    """The open round of an item, else its latest one, else None."""
    return connection.execute(
        select(t.rounds).where(t.rounds.c.item == key).order_by(t.rounds.c.number.desc()).limit(1)
    ).first()


def round_view(
    desk: Desk, connection: Connection, row: Row[Any], bound: Bound, round_row: Row[Any], now: datetime
) -> RoundView:
    """See the module docstring. A closed round shows the verdict that was recorded, never a new one."""
    policy = bound.loaded.process.policies[round_row.policy]
    roster = desk.roster(connection, now)
    verdict: Verdict | None = None
    tree: Mapping[str, Any] | None
    if round_row.closed_at is None:
        verdict = evaluate(bound.policy(round_row.policy), round_facts(desk, connection, row, bound, round_row, now))
        tree = verdict_as_data(verdict, roster)
    else:
        tree = _recorded_tree(connection, row.key, round_row.id)
    asks = ask_lines(desk, connection, bound, round_row, verdict)
    needed = [ask for ask in asks if ask.needed]
    return RoundView(
        id=round_row.id,
        number=round_row.number,
        policy=round_row.policy,
        policy_title=policy.title or round_row.policy.replace("-", " ").capitalize(),
        question=policy.question or f"{policy.signature.meaning}?",
        revision=round_row.revision,
        opened_at=round_row.opened_at,
        due_at=round_row.due_at,
        closed_at=round_row.closed_at,
        outcome=round_row.outcome,
        asks=asks,
        signed=sum(1 for ask in needed if ask.position and not ask.set_aside),
        asked=len(needed),
        tally=tally_of(
            bound, round_row.policy, [one.position for one in asks if one.position and not one.set_aside], _whole(asks)
        ),
        verdict=verdict,
        tree=tree,
        rule_words=tuple(
            conditions_in_words(words, bound.loaded.process.fields)
            for words in rule_in_words(bound.policy(round_row.policy), roster)
        ),
    )


def _recorded_tree(connection: Connection, key: str, round_id: str) -> Mapping[str, Any] | None:
    rows = connection.execute(
        select(t.entries.c.body).where(t.entries.c.chain == key, t.entries.c.kind == Kind.ROUND_CLOSED.value)
    )
    for (body,) in rows:
        data: dict[str, Any] = json.loads(body)["data"]
        if data["round"] == round_id:
            tree: Mapping[str, Any] | None = data["verdict"]
            return tree
    return None


def _whole(asks: Sequence[AskLine]) -> int:
    """Of how many the tally is: those it takes, and whoever else spoke up."""
    return sum(1 for one in asks if one.needed or (one.position and not one.set_aside))


def tally_of(bound: Bound, policy: str, said: Sequence[str], asked: int) -> str:
    """`1 × Approve, 1 × Reject, of 4 asked`: a signature may say no, so how many signed says nothing."""
    if not said:
        return phrase("nobody yet, of %(asked)s asked", asked=asked)
    order = {position: place for place, position in enumerate(bound.policy(policy).positions)}
    counted = sorted(Counter(said).items(), key=lambda one: order.get(one[0], len(order)))
    parts = [
        phrase("%(count)s × %(position)s", count=count, position=position_title(bound, policy, position))
        for position, count in counted
    ]
    return phrase("%(said)s, of %(asked)s asked", said=joined(parts, ", "), asked=asked)


def signed_and_asked(
    desk: Desk, connection: Connection, row: Row[Any], bound: Bound, round_row: Row[Any], now: datetime
) -> tuple[int, int, str]:
    """How many of those needed have a decision that counts, how many are needed, and the tally: for lists.

    The policy is asked only where somebody has signed, so that a list costs little more than its rows.
    """
    needed = set(
        connection.execute(
            select(t.asks.c.person).where(
                t.asks.c.round == round_row.id, t.asks.c.needed, t.asks.c.withdrawn_at.is_(None)
            )
        ).scalars()
    )
    spoken = connection.execute(
        select(t.decisions.c.id, t.decisions.c.person, t.decisions.c.position).where(
            t.decisions.c.round == round_row.id, t.decisions.c.withdrawn_at.is_(None)
        )
    )
    given = list(spoken)
    if not given:
        return 0, len(needed), tally_of(bound, round_row.policy, (), len(needed))
    aside = decisions_aside(
        evaluate(bound.policy(round_row.policy), round_facts(desk, connection, row, bound, round_row, now))
    )
    counting = [one for one in given if one.id not in aside]
    signed = sum(1 for one in counting if one.person in needed)
    asked = len(needed) + len(counting) - signed
    return signed, len(needed), tally_of(bound, round_row.policy, [one.position for one in counting], asked)


def decisions_aside(verdict: Verdict) -> dict[str, str]:
    """The decisions that count nowhere, and why. Who sits elsewhere in the same rule does count."""
    seated = {seat.person for seat in verdict.seats}
    return {one.decision.id: one.reason for one in verdict.set_aside if one.decision.person not in seated}


def recorded_aside(connection: Connection, key: str, round_id: str, decision: str) -> str:
    """Why a decision did not count when its round was closed, as recorded; '' when it did."""
    tree = _recorded_tree(connection, key, round_id) or {}
    seated = {one["person"] for one in tree.get("seats", ())}
    aside = (one for one in tree.get("set_aside", ()) if one["decision"] == decision and one["person"] not in seated)
    return stored(next((str(one["reason"]) for one in aside), ""))


def _asked_again(
    connection: Connection, round_row: Row[Any], verdict: Verdict, spoken: Mapping[str, Row[Any]]
) -> dict[str, datetime]:
    """Since when people may decide anew whose decision an edit let fall: the first edit of what it fell with."""
    able = set(verdict.eligible or {}) - set(verdict.waiting)
    fell = {
        one.decision.person: fields
        for one in verdict.set_aside
        if (fields := fell_with(one)) and one.decision.person in able
    }
    if not fell:
        return {}
    edits = connection.execute(
        select(t.revisions.c.number, t.revisions.c.changed, t.revisions.c.at)
        .where(t.revisions.c.item == round_row.item)
        .order_by(t.revisions.c.number.desc())
    )
    found: dict[str, datetime] = {}
    for edit in edits:
        names = {name.removeprefix("criteria.") for name in json.loads(edit.changed)}
        for person, fields in fell.items():
            if person in spoken and edit.number > spoken[person].revision and names & fields:
                found[person] = edit.at
    return found


def ask_lines(
    desk: Desk, connection: Connection, bound: Bound, round_row: Row[Any], verdict: Verdict | None
) -> tuple[AskLine, ...]:
    """Everybody asked, those who have spoken first."""
    people = desk.book(connection).people
    aside = decisions_aside(verdict) if verdict else {}
    spoken = {
        d.person: d
        for d in connection.execute(
            select(t.decisions).where(t.decisions.c.round == round_row.id, t.decisions.c.withdrawn_at.is_(None))
        )
    }
    rows = connection.execute(
        select(t.asks).where(t.asks.c.round == round_row.id).order_by(t.asks.c.needed.desc(), t.asks.c.person)
    )
    again = _asked_again(connection, round_row, verdict, spoken) if verdict else {}
    titles = desk.book(connection).all_titles().values()
    lines = []
    for ask in rows:
        decision = spoken.get(ask.person)
        if ask.withdrawn_at is not None and decision is None:
            continue
        lines.append(
            AskLine(
                person=ask.person,
                name=people[ask.person].name,
                capacity=said_capacity(ask.capacity, titles),
                needed=ask.needed,
                due_at=ask.due_at or round_row.due_at,
                unreached=ask.unreached or "",
                position=decision.position if decision else None,
                position_title=position_title(bound, round_row.policy, decision.position) if decision else "",
                at=decision.at if decision else None,
                comment=decision.comment if decision else "",
                level=LEVELS[decision.proof] if decision else "",
                meaning=decision.meaning if decision else "",
                on_behalf_of=people[decision.on_behalf_of].name if decision and decision.on_behalf_of else "",
                zone=people[ask.person].zone,
                set_aside=aside.get(decision.id, "") if decision else "",
                again_since=again.get(ask.person) if decision and decision.id in aside else None,
            )
        )
    return tuple(sorted(lines, key=lambda line: line.position is None))
