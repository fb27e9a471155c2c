"""The rows of the state tables as entries alone say they must be: table -> rows, each column by name. Pure.

Left out, because they are no state of an item: keys against double sending, what somebody last saw, links, sessions,
secrets, clocks and the outbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gates.ledger.entries import unstamp
from gates.rejudge.fold import Item, Round, Said
from gates.rejudge.kept import Condition
from gates.rejudge.windows import Booked
from policies.canonical import canonical

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def rows_of(item: Item) -> Rows:
    """Every row of one item."""
    return {
        "items": [_item(item)],
        "revisions": list(_revisions(item)),
        "dependencies": [{"item": item.key, "needs": need} for need in sorted(item.content["depends_on"])],
        "rounds": [_round(item, one) for one in item.rounds],
        "asks": sorted((row for one in item.rounds for row in _asks(item, one)), key=_place("round", "person")),
        "decisions": [_decision(item, one, said) for one in item.rounds for said in one.said],
        "round_acts": [row for one in item.rounds for row in _acts(item, one)],
        "moves": [
            {
                "item": item.key,
                "seq": one.seq,
                "origin": one.origin,
                "to": one.to,
                "cause": one.cause,
                "name": one.name,
                "person": one.person,
                "at": one.at,
            }
            for one in item.moves
        ],
        "conditions": [_condition(item, one) for one in item.conditions.values()],
        "reviews": [
            {
                "item": item.key,
                "occasion": one.occasion,
                "review": one.review,
                "process": one.process,
                "due_at": one.due_at,
            }
            for one in item.reviews
        ],
        "extensions": [{"item": item.key, **vars(one)} for one in item.extensions.values()],
        "pauses": [{"item": item.key, **vars(one)} for one in item.pauses],
        "handovers": [{"item": item.key, **vars(one)} for one in item.handovers],
        "escalations": [{"item": item.key, **vars(one)} for one in item.escalations.values()],
        "bookings": [_booking(item, one) for one in item.bookings],
    }


KEYS: Mapping[str, tuple[str, ...]] = {
    "items": ("key",),
    "revisions": ("item", "number"),
    "dependencies": ("item", "needs"),
    "rounds": ("item", "number"),
    "asks": ("round", "person"),
    "decisions": ("item", "seq"),
    "round_acts": ("item", "seq"),
    "moves": ("item", "seq"),
    "conditions": ("item", "number"),
    "reviews": ("item", "occasion"),
    "extensions": ("item", "number"),
    "pauses": ("item", "seq"),
    "handovers": ("round", "absent"),
    "escalations": ("escalation",),
    "bookings": ("item", "number"),
}
"""By what a table's rows are told apart, and ordered."""


def _place(*names: str) -> Any:
    return lambda row: tuple(row[name] for name in names)


def _item(item: Item) -> Row:
    return {
        "key": item.key,
        "process": item.process,
        "process_digest": item.process_digest,
        "kind": item.kind,
        "title": item.title,
        "state": item.state,
        "previous_state": item.previous_state,
        "site": item.site,
        "program": item.program,
        "project": item.project,
        "author": item.author,
        "owner": item.owner,
        "submitter": item.submitter,
        "revision": item.revision,
        "revision_digest": item.revisions[-1].digest,
        "about": item.about,
        "rounds": len(item.rounds),
        "created_at": item.created_at,
        "entered_at": item.entered_at,
        "touched_at": item.touched_at,
        "ended": item.ended,
    }


def _condition(item: Item, one: Condition) -> Row:
    return {
        "item": item.key,
        "number": one.number,
        "place": one.place,
        "text": one.text,
        "owner": one.owner,
        "due_at": one.due_at,
        "state": one.state,
        "asked_by": json.dumps(one.asked_by),
        "evidence": one.evidence,
        "claimed_by": one.claimed_by,
        "claimed_at": one.claimed_at,
        "settled_by": one.settled_by,
        "settled_at": one.settled_at,
        "set_at": one.set_at,
    }


def _booking(item: Item, one: Booked) -> Row:
    same = ("number", "origin", "site", "line", "within", "window", "calendar")
    return {
        "item": item.key,
        **{name: one.data[name] for name in same},
        "begins_at": unstamp(one.data["begins_at"]),
        "ends_at": unstamp(one.data["ends_at"]),
        "against": json.dumps(list(one.data["against"]), ensure_ascii=False),
        "booked_at": one.booked_at,
        "booked_by": one.data["by"],
        "released_at": one.released_at,
    }


def _revisions(item: Item) -> Iterator[Row]:
    for one in item.revisions:
        yield {
            "item": item.key,
            "number": one.number,
            "digest": one.digest,
            "content": canonical(one.content),
            "changed": json.dumps(sorted(one.changed)),
            "editor": one.editor,
            "reason": one.reason,
            "at": one.at,
        }


def _round(item: Item, one: Round) -> Row:
    return {
        "id": one.id,
        "item": item.key,
        "number": one.number,
        "policy": one.policy,
        "state": one.state,
        "revision": one.revision,
        "opened_at": one.opened_at,
        "due_at": one.due_at,
        "closed_at": one.closed_at,
        "outcome": one.outcome,
        "deadlocked_at": one.deadlocked_at,
    }


def _asks(item: Item, one: Round) -> Iterator[Row]:
    for ask in one.asks.values():
        yield {
            "round": one.id,
            "person": ask.person,
            "item": item.key,
            "capacity": ask.capacity,
            "needed": ask.needed,
            "due_at": ask.due_at,
            "site": ask.site,
            "on_behalf_of": ask.on_behalf_of,
            "withdrawn_at": ask.withdrawn_at,
            "unreached": ask.unreached,
            "asked_at": ask.at,
        }


def _decision(item: Item, one: Round, said: Said) -> Row:
    data, conditions = said.data, said.data.get("conditions")
    return {
        "id": said.id,
        "item": item.key,
        "round": one.id,
        "person": data["person"],
        "position": data["position"],
        "revision": data["revision"],
        "revision_digest": data["revision_digest"],
        "capacity": data["capacity"],
        "meaning": data["meaning"],
        "proof": data["proof"],
        "comment": data["comment"],
        "at": said.at,
        "seq": said.seq,
        "withdrawn_at": said.withdrawn_at,
        "on_behalf_of": data.get("on_behalf_of"),
        "conditions": json.dumps(conditions, ensure_ascii=False) if conditions else None,
    }


def _acts(item: Item, one: Round) -> Iterator[Row]:
    for act in one.conduct:
        yield {
            "item": item.key,
            "seq": act.seq,
            "round": one.id,
            "kind": act.kind,
            "person": act.person,
            "subject": act.subject,
            "reason": act.reason,
            "at": act.at,
        }
