"""Opening a round: works out who must sign, mints their links, starts the clocks, owes the mails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Row, insert, update

from gates.items import ENGINE
from gates.ledger.entries import Kind, stamp
from gates.roster import capacity_words
from gates.service.advancing import advance_item, asked_in, judge
from gates.service.capacities import said_capacity
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import open_round_of
from gates.service.moving import facts_as_data
from gates.service.people import owe_mail
from gates.service.planning import Turn
from gates.service.timers import remind_person, schedule_round
from gates.signoff import new_link_id, token_for, token_hash
from gates.store import Unit
from gates.store import tables as t
from policies.explain import verdict_as_data
from policies.facts import Facts
from policies.model import is_refusal
from policies.phrases import phrase
from policies.verdict import Finding, Status, Verdict

LINK_LIFE = timedelta(days=30)
"""How long a link lives past the round's due time (or its opening, when nothing is due)."""


def open_round(desk: Desk, unit: Unit, key: str) -> str | None:
    """Open the round the item's state asks for, on the current revision.

    Idempotent: an open round is brought up to date (people who joined the roster are asked) and its id
    returned. None when the state asks for no round, or the round was decided on opening.
    """
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound = desk.bound(unit.connection, row.process_digest)
    state = bound.loaded.process.states[row.state]
    if state.round is None:
        return None
    round_row = open_round_of(unit.connection, key)
    fresh = round_row is None
    if round_row is None:
        round_row = _insert_round(unit, row, state.round)
    verdict, facts = judge(desk, unit, row, bound, round_row)
    turns = _turns(desk, unit, row, bound, round_row, verdict, facts)
    if fresh:
        plan = schedule_round(desk, unit, row, bound, round_row.id, [turn for turn, _ in turns.values()])
        unit.connection.execute(update(t.rounds).where(t.rounds.c.id == round_row.id).values(due_at=plan.due_at))
        timed = {one.person: one for one in plan.turns}
        round_row = open_round_of(unit.connection, key)
        assert round_row is not None
    else:
        timed = {person: replace(turn, due_at=round_row.due_at) for person, (turn, _) in turns.items()}
        for turn in timed.values():
            remind_person(desk, unit, row, bound, round_row.id, turn)
    asked = [_ask(desk, unit, row, round_row, timed[person], words) for person, (_, words) in turns.items()]
    if fresh:
        data = _opened_data(row, bound, round_row, verdict, facts, asked)
        unit.enter(key, Kind.ROUND_OPENED, ENGINE, {**data, "calendar": desk.book(unit.connection).calendar})
    elif asked:
        unit.enter(key, Kind.ROUND_ASKED, ENGINE, {"round": round_row.id, "asks": asked})
    advance_item(desk, unit, key)
    still_open = open_round_of(unit.connection, key)
    return None if still_open is None else str(still_open.id)


def _insert_round(unit: Unit, row: Row[Any], policy: str) -> Row[Any]:
    round_id = token_hex(16)
    unit.connection.execute(
        insert(t.rounds).values(
            id=round_id,
            item=row.key,
            number=row.rounds + 1,
            policy=policy,
            state=row.state,
            revision=row.revision,
            opened_at=unit.now,
        )
    )
    unit.connection.execute(update(t.items).where(t.items.c.key == row.key).values(rounds=row.rounds + 1))
    opened = open_round_of(unit.connection, row.key)
    assert opened is not None
    return opened


def _opened_data(
    row: Row[Any],
    bound: Bound,
    round_row: Row[Any],
    verdict: Verdict,
    facts: Facts,
    asked: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "round": round_row.id,
        "number": round_row.number,
        "policy": round_row.policy,
        "revision": row.revision,
        "revision_digest": row.revision_digest,
        "process_digest": row.process_digest,
        "due_at": stamp(round_row.due_at) if round_row.due_at else None,
        "asked": [one["person"] for one in asked],
        "asks": asked,
        "verdict": verdict_as_data(verdict, facts.roster),
        "facts": facts_as_data(facts, bound, round_row.policy),
    }


def _turns(
    desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_row: Row[Any], verdict: Verdict, facts: Facts
) -> dict[str, tuple[Turn, str]]:
    """Everybody eligible who was not asked yet: whose turn it is, and in what capacity, in words."""
    needed = _needed(bound, round_row.policy, verdict)
    known = asked_in(unit.connection, round_row.id)
    book = desk.book(unit.connection)
    found: dict[str, tuple[Turn, str]] = {}
    for person, capacities in sorted((verdict.eligible or {}).items()):
        if person in known or person in verdict.waiting or person not in facts.roster.people:
            continue
        words = " and ".join(_capacity(facts, verdict, person, capacity) for capacity in capacities)
        company = book.people[person].company
        words = (f"{words}, of {company}" if company else words)[:400]
        site = book.work_site(person, capacities, row.site, unit.now)
        behalf = (verdict.sits_for or {}).get(person)
        found[person] = Turn(person, site, person in needed, on_behalf_of=behalf), words
    return found


def _ask(desk: Desk, unit: Unit, row: Row[Any], round_row: Row[Any], turn: Turn, words: str) -> dict[str, Any]:
    """Ask one person. Returns what the entry says: whom, in what capacity, whether it takes them, by when, for whom."""
    values = {
        "capacity": words,
        "needed": turn.needed,
        "asked_at": unit.now,
        "due_at": turn.due_at,
        "site": turn.site,
        "on_behalf_of": turn.on_behalf_of,
        "withdrawn_at": None,
        "unreached": None,
    }
    mine = t.asks.c.round == round_row.id, t.asks.c.person == turn.person
    again = unit.connection.execute(update(t.asks).where(*mine).values(**values)).rowcount == 1
    if not again:
        unit.connection.execute(
            insert(t.asks).values(round=round_row.id, person=turn.person, item=row.key, seen_revision=None, **values)
        )
    mint_link(desk, unit, row.key, round_row, turn.person)
    titles = desk.book(unit.connection).all_titles().values()
    owe_mail(
        unit,
        row.key,
        "ask",
        turn.person,
        f"{round_row.id}:{unit.seq(row.key)}" if again else round_row.id,
        round=round_row.id,
        reason=phrase("You are asked to sign as %(capacity)s.", capacity=said_capacity(words, titles)),
        sentence="" if turn.needed else phrase("It can go on without you; you may stop it."),
    )
    return {
        "person": turn.person,
        "capacity": words,
        "needed": turn.needed,
        "due_at": stamp(turn.due_at) if turn.due_at else None,
        "site": turn.site,
        **({"on_behalf_of": turn.on_behalf_of} if turn.on_behalf_of else {}),
    }


def mint_link(desk: Desk, unit: Unit, key: str, round_row: Row[Any], person: str) -> str:
    """Mint a link for one person in one round. Returns its id; the token is derived, never stored."""
    link_id = new_link_id()
    hashed = token_hash(token_for(link_id, desk.link_key))
    start: datetime = max(round_row.due_at or unit.now, unit.now)
    unit.connection.execute(
        insert(t.links).values(
            id=link_id,
            token_hash=hashed,
            round=round_row.id,
            person=person,
            item=key,
            minted_at=unit.now,
            expires_at=start + LINK_LIFE,
            tries=0,
        )
    )
    return link_id


def _capacity(facts: Facts, verdict: Verdict, person: str, word: str) -> str:
    """`Quality lead, Lyon`, or `Quality lead, Lyon, for Mei Tanaka` where somebody absent is sat for."""
    absent = (verdict.sits_for or {}).get(person)
    holder = absent or person
    held = [h for h in facts.roster.holdings if h.person == holder and h.role == word]
    one = next((h for h in held if h.site == facts.item.site), held[0] if held else None)
    places = (one.site, one.program, one.vendor) if one is not None else ()
    title = "Named" if word.startswith("person:") else facts.roster.title(word)
    return capacity_words(title, *places) + (f", for {facts.roster.name(absent)}" if absent else "")


def _needed(bound: Bound, policy: str, verdict: Verdict) -> set[str]:
    """The people whose support can still bring about something other than a refusal."""
    outcomes = bound.loaded.process.policies[policy].ordered_outcomes()
    needed: set[str] = set()
    for name, finding in (verdict.findings or {}).items():
        if name in outcomes and not is_refusal(name, outcomes[name]):
            needed |= set(_candidates(finding))
    return needed - set(verdict.waiting)


def _candidates(finding: Finding) -> Iterable[str]:
    if finding.status is Status.SKIPPED:
        return
    yield from finding.candidates
    for part in finding.parts:
        yield from _candidates(part)
