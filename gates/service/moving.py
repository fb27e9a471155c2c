"""What happens when an item moves: the move itself, leaving one state, entering the next.

Called inside the unit of work of the act that caused the move, so that nobody ever sees a verdict
without its move. What the new state *asks for* is only owed here (outbox); flows carry it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gates.dues import announced
from gates.itemfacts import OWNER, SITE
from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind, stamp
from gates.moves import Move
from gates.service.content import changed_names
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import content_of, item_facts, open_round_of
from gates.service.pausing import drop_asked
from gates.service.people import owe_mail, resolve, watchers
from gates.service.promising import drop_open, set_conditions
from gates.service.rulebook import POLICY_CHANGE, PUBLISHED, publish_proposal
from gates.service.timers import cancel_timers, schedule_state
from gates.service.windows import free_on_move
from gates.store import Unit
from gates.store import tables as t
from policies.canonical import canonical, digest
from policies.evaluate import CompiledPolicy
from policies.explain import verdict_as_data
from policies.facts import Facts, StandIn
from policies.load import LoadedProcess
from policies.phrases import phrase, titled
from policies.shifts import WorkCalendar
from policies.verdict import Verdict

PERSON = "person:"
WORKING_TIME = re.compile(rb'"[0-9]+w[dh]"')


def title_of_state(bound: Bound, state: str) -> str:
    """A state's title, or its name in words."""
    known = bound.loaded.process.states.get(state)
    return (known.title if known else None) or state.replace("-", " ").capitalize()


def title_of_outcome(bound: Bound, policy: str, outcome: str) -> str:
    """An outcome's title, or its name in words."""
    outcomes = bound.loaded.process.policies[policy].ordered_outcomes()
    known = outcomes.get(outcome)
    return titled(known.title if known else None, outcome)


def move_item(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, move: Move, actor: Actor) -> Row[Any]:
    """Carry out `move` for the item in `row` (locked). Returns the row as it is afterwards."""
    if move.to == move.origin:
        return row
    left_open = open_round_of(unit.connection, row.key)
    if left_open is not None:
        to = title_of_state(bound, move.to)
        why = phrase("%(item)s went to %(state)s before the round was decided.", item=row.key, state=to)
        close_round(desk, unit, row, bound, left_open, outcome=None, verdict=None, facts=None, why=why)
    cancel_timers(unit, row.key)
    drop_open(unit, row.key)
    drop_asked(unit, row.key)
    entry = unit.enter(row.key, Kind.ITEM_MOVED, actor, _move_data(desk, unit, row, move))
    unit.connection.execute(
        insert(t.moves).values(
            item=row.key,
            seq=entry.seq,
            origin=move.origin,
            to=move.to,
            cause=move.cause.kind,
            name=move.cause.name,
            person=move.cause.by,
            at=unit.now,
        )
    )
    unit.connection.execute(
        update(t.items)
        .where(t.items.c.key == row.key)
        .values(
            state=move.to,
            previous_state=move.origin,
            entered_at=unit.now,
            touched_at=unit.now,
            ended=bound.loaded.process.states[move.to].end,
        )
    )
    free_on_move(unit, row.key, move.to, bound.loaded.process.states[move.to].end)
    after = enter_state(desk, unit, item_row(unit.connection, row.key), bound, entry.seq)
    if row.process == POLICY_CHANGE and after.ended == PUBLISHED:
        publish_proposal(unit, row.key)
    return after


def _move_data(desk: Desk, unit: Unit, row: Row[Any], move: Move) -> dict[str, Any]:
    """What the entry says; for an act also the roles its person held, so that their right can be judged again."""
    cause = move.cause
    holdings = desk.roster(unit.connection, unit.now).holdings if cause.by else ()
    roles = [[held.role, held.site] for held in holdings if held.person == cause.by]
    return {
        "from": move.origin,
        "to": move.to,
        "cause": {
            "kind": cause.kind,
            "name": cause.name,
            "by": cause.by,
            "reason": cause.reason,
            "administrative": cause.administrative,
        },
        **({"roles": roles} if cause.by else {}),
        "notes": list(move.notes),
        **move.rests,
        "process_digest": row.process_digest,
        "revision": row.revision,
        "revision_digest": row.revision_digest,
    }


def enter_state(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, occasion: int) -> Row[Any]:
    """Start what the item's new state asks for. `occasion` is the entry that led here."""
    state = bound.loaded.process.states[row.state]
    if state.clears:
        row = _clear_fields(unit, row, bound, state.clears)
    schedule_state(desk, unit, row, bound)
    set_conditions(desk, unit, row, bound)
    facts = item_facts(unit.connection, row, bound.loaded.process)
    roster = desk.roster(unit.connection, unit.now)
    sentence = phrase("%(item)s is now in %(state)s.", item=row.key, state=title_of_state(bound, row.state))
    for told in announced(bound.loaded, row.state, facts):
        how: dict[str, Any] = {"how": told.how} if told.how is not None else {}
        for person, capacity in resolve(told.to, facts, roster).items():
            once = f"{row.state}:{occasion}"
            owe_mail(unit, row.key, "notice", person, once, sentence=sentence, reason=capacity, **how)
    if state.round is not None or state.review is not None:
        owe_carry(unit, row.key)
    if row.ended is not None and row.about is not None:
        owe_carry(unit, row.about, because=f"{row.key}:{occasion}")
    for waiting in _dependents(unit.connection, row.key):
        owe_carry(unit, waiting, because=f"{row.key}:{occasion}")
    return row


def owe_carry(unit: Unit, key: str, because: str | None = None) -> None:
    """Owe the carrying of `key`: its state asks for something that is not done yet."""
    occasion = because if because is not None else str(unit.seq(key))
    unit.owe("carry", key, f"carry:{key}:{occasion}", {})


def _dependents(connection: Connection, key: str) -> list[str]:
    return list(connection.execute(select(t.dependencies.c.item).where(t.dependencies.c.needs == key)).scalars())


def _clear_fields(unit: Unit, row: Row[Any], bound: Bound, names: tuple[str, ...]) -> Row[Any]:
    before = content_of(unit.connection, row.key, row.revision)
    after = {**before, "fields": {k: None if k in names else v for k, v in before["fields"].items()}}
    if not changed_names(before, after):
        return row
    reason = f"to be given anew in {title_of_state(bound, row.state)}"
    write_revision(unit, row, before, after, ENGINE, reason)
    return item_row(unit.connection, row.key)


def write_revision(
    unit: Unit, row: Row[Any], before: dict[str, Any], after: dict[str, Any], actor: Actor, reason: str
) -> int:
    """Add the next revision with its entry: old and new values, who, when, why. Returns its number."""
    body = canonical(after)
    number, mark, names = row.revision + 1, digest("revision", body), changed_names(before, after)
    unit.enter(
        row.key,
        Kind.ITEM_EDITED,
        actor,
        {
            "revision": number,
            "revision_digest": mark,
            "reason": reason,
            "changed": {name: [value_in(before, name), value_in(after, name)] for name in names},
        },
    )
    unit.connection.execute(
        insert(t.revisions).values(
            item=row.key,
            number=number,
            digest=mark,
            content=body,
            changed=json.dumps(sorted(names)),
            editor=actor.person,
            reason=reason,
            at=unit.now,
        )
    )
    unit.connection.execute(
        update(t.items)
        .where(t.items.c.key == row.key)
        .values(
            revision=number,
            revision_digest=mark,
            title=after["title"],
            owner=after["owner"],
            site=after["site"],
            touched_at=unit.now,
        )
    )
    return int(number)


def value_in(content: dict[str, Any], name: str) -> Any:
    """The stored value under a name of `changed_names`."""
    if name.startswith("criteria."):
        return content["criteria"].get(name.removeprefix("criteria."))
    if name == OWNER:
        return content["owner"]
    if name == SITE:
        return content["site"]
    return content.get(name) if name in ("title", "depends_on") else content["fields"].get(name)


def close_round(
    desk: Desk,
    unit: Unit,
    row: Row[Any],
    bound: Bound,
    round_row: Row[Any],
    *,
    outcome: str | None,
    verdict: Verdict | None,
    facts: Facts | None,
    why: str,
) -> None:
    """Close the round with its verdict on the record; its links are revoked and those asked are told."""
    unit.connection.execute(
        update(t.rounds).where(t.rounds.c.id == round_row.id).values(closed_at=unit.now, outcome=outcome)
    )
    cancel_timers(unit, row.key, round_id=round_row.id)
    unit.enter(
        row.key,
        Kind.ROUND_CLOSED,
        ENGINE,
        {
            "round": round_row.id,
            "policy": round_row.policy,
            "outcome": outcome,
            "why": why,
            "revision": row.revision,
            "revision_digest": row.revision_digest,
            "process_digest": row.process_digest,
            "verdict": verdict_as_data(verdict, facts.roster if facts else None) if verdict else None,
            "facts": facts_as_data(facts, bound, round_row.policy) if facts else None,
        },
    )
    unit.connection.execute(
        update(t.links)
        .where(t.links.c.round == round_row.id, t.links.c.revoked_at.is_(None))
        .values(revoked_at=unit.now, revoked_why=why[:200])
    )
    _tell_round_closed(desk, unit, row, round_row, why)


def facts_as_data(facts: Facts, bound: Bound, policy: str) -> dict[str, Any]:
    """The roster facts the verdict relied on, so that it can be judged again from the record alone."""
    roster, written = facts.roster, bound.policy(policy).for_item(facts.item)
    held = [h for h in roster.holdings if h.role in written.roles]
    people = sorted((_concerned(facts, written) | {h.person for h in held}) & set(roster.people))
    attributes = {person: dict(roster.people[person].attributes) for person in people}
    return {
        "holdings": [[h.person, h.role, h.site, stamp(h.since) if h.since else None] for h in held],
        "titles": {role: roster.role_titles[role] for role in sorted(written.roles & set(roster.role_titles))},
        "attributes": {person: known for person, known in attributes.items() if known},
        "calendar": calendar_as_data(facts.calendar, bound.loaded),
        "names": {person: roster.name(person) for person in people},
        "decisions": [d.id for d in facts.decisions],
        "author": facts.item.author,
        "owner": facts.item.owner,
        "submitter": facts.item.submitter,
        "editors": list(facts.item.editors),
        **_conduct_as_data(facts),
    }


def _concerned(facts: Facts, policy: CompiledPolicy) -> set[str]:
    """Everybody a verdict may speak of who need hold no role: by what they did, by name, or in somebody's place."""
    item = facts.item
    named = {
        word.removeprefix("person:") for leaf in policy.leaves for word in leaf.bodies if word.startswith("person:")
    }
    sitting = {person for one in facts.roster.stand_ins for person in (one.absent, one.person)}
    relations = {item.author, item.owner, item.submitter, *item.editors, *item.performers}
    said = {decision.person for decision in facts.decisions} | {one.person for one in facts.overrides}
    return {person for person in named | sitting | relations | said | (facts.present or set()) if person}


def calendar_as_data(calendar: WorkCalendar, loaded: LoadedProcess) -> dict[str, Any]:
    """The zone the clock was read in and, where working days are counted, the days that were closed."""
    plain = WorkCalendar()
    if WORKING_TIME.search(loaded.canonical) is None:
        return {"zone": calendar.zone}
    weekend = list(calendar.weekend) if calendar.weekend != plain.weekend else []
    found = {
        "closed": [day.isoformat() for day in sorted(calendar.closed)],
        "opened": [day.isoformat() for day in sorted(calendar.opened)],
        "shifts": [[list(one.days), f"{one.start:%H:%M}", f"{one.end:%H:%M}"] for one in calendar.shifts],
    }
    return {
        "zone": calendar.zone,
        **({"weekend": weekend} if weekend else {}),
        **{name: value for name, value in found.items() if value},
    }


def _conduct_as_data(facts: Facts) -> dict[str, Any]:
    """Who sat for whom, who was present, what was overridden; only what there is."""
    sitting = [_sitting_as_data(one) for one in facts.roster.stand_ins]
    overrides = [{"person": o.person, "outcome": o.outcome, "reason": o.reason} for o in facts.overrides]
    found: dict[str, Any] = {
        "stand_ins": sitting,
        "present": sorted(facts.present) if facts.present is not None else None,
        "overrides": overrides,
        "called_at": stamp(facts.closed_at) if facts.closed_at is not None else None,
    }
    return {name: value for name, value in found.items() if value}


def _sitting_as_data(one: StandIn) -> dict[str, Any]:
    scopes = {"roles": one.roles, "sites": one.sites, "processes": one.processes}
    return {
        "absent": one.absent,
        "person": one.person,
        "since": stamp(one.since),
        "until": stamp(one.until),
        "chain": one.chain,
        **{name: sorted(words) for name, words in scopes.items() if words is not None},
    }


def _tell_round_closed(desk: Desk, unit: Unit, row: Row[Any], round_row: Row[Any], why: str) -> None:
    roster = desk.roster(unit.connection, unit.now)
    decided = set(
        unit.connection.execute(
            select(t.decisions.c.person).where(
                t.decisions.c.round == round_row.id, t.decisions.c.withdrawn_at.is_(None)
            )
        ).scalars()
    )
    mine = t.asks.c.round == round_row.id, t.asks.c.withdrawn_at.is_(None)
    asked = unit.connection.execute(select(t.asks.c.person).where(*mine)).scalars()
    for person in asked:
        if person in roster.people and person not in decided:
            owe_mail(
                unit,
                row.key,
                "not-needed",
                person,
                round_row.id,
                round=round_row.id,
                sentence=why,
                reason=phrase("You were asked to sign in this round."),
            )
    for person in watchers(row, roster):
        owe_mail(
            unit,
            row.key,
            "outcome",
            person,
            round_row.id,
            round=round_row.id,
            sentence=why,
            reason=phrase("You are the author or the owner."),
        )
