"""Acts on an open round: lifting a hold, recording who is present, closing it, overriding it.

Each asks for the right the policy names at this moment, goes on the record with its reason, and is judged in the
same unit of work. Those that decide over signatures (all but who is present) come from where signatures may come from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor, RoundOffer
from gates.ledger.entries import Kind
from gates.service import networks
from gates.service.advancing import advance_item
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import decisions_of, open_round_of, round_facts
from gates.service.moving import title_of_state
from gates.service.positions import position_title
from gates.store import Unit
from gates.store import tables as t
from policies.canonical import nfc
from policies.evaluate import override_by
from policies.evaluate.scene import Scene
from policies.evaluate.standing import set_scene


@dataclass(frozen=True, slots=True)
class _Round:
    """An open round, and the person who acts on it."""

    row: Row[Any]
    bound: Bound
    round_row: Row[Any]
    scene: Scene
    by: Actor
    person: str


NO_RIGHT = frozenset({"not-yours", "not-eligible", networks.CODE})
"""Codes of refusals that are attempts of weight: somebody tried what is not theirs."""


def enter_refused(unit: Unit, key: str, name: str, by: Actor, error: Refused) -> None:
    """Put a refused act on the round on the record."""
    unit.lock(key)
    if error.code == networks.CODE and networks.is_entered_enough(unit, key, Kind.ACT_REFUSED, by.person):
        return
    data = {"act": name, "state": item_row(unit.connection, key).state, "code": error.code, "why": error.sentence}
    unit.enter(key, Kind.ACT_REFUSED, by, data)


def _opened(desk: Desk, unit: Unit, key: str, by: Actor) -> _Round:
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound = desk.bound(unit.connection, row.process_digest)
    round_row = open_round_of(unit.connection, key)
    if round_row is None:
        raise Refused(f"{key} has no open round.", code="no-round", remedy=f"See `tollgate item show {key}`.")
    facts = round_facts(desk, unit.connection, row, bound, round_row, unit.now)
    person = by.person or ""
    if person not in facts.roster.people:
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(facts.roster.people))}")
    written = bound.policy(round_row.policy).for_item(facts.item)
    return _Round(row, bound, round_row, set_scene(written, facts), by, person)


def _demand(found: _Round, words: tuple[str, ...], what: str) -> None:
    """The person holds one of `words` and is not kept apart from the item. Raises Refused."""
    scene = found.scene
    if not words:
        raise Refused(f"This policy lets nobody {what}.", code="not-offered")
    if scene.holds(found.person, words) is None:
        names = " or ".join(scene.facts.roster.title(word) for word in words)
        raise Refused(f"Only {names} may {what}.", code="not-yours", remedy="Ask one of them.")
    if found.person in scene.excluded(scene.policy.policy.exclude):
        raise Refused(f"The policy keeps you apart from this item, so you may not {what}.", code="not-eligible")


def _enter(unit: Unit, found: _Round, kind: Kind, word: str, subject: str, reason: str, data: dict[str, Any]) -> None:
    row, said = found.row, nfc(reason.strip())
    body = {"round": found.round_row.id, "by": found.person, "reason": said, **data}
    entry = unit.enter(row.key, kind, found.by, body)
    unit.connection.execute(
        insert(t.round_acts).values(
            item=row.key,
            seq=entry.seq,
            round=found.round_row.id,
            kind=word,
            person=found.person,
            subject=subject,
            reason=said,
            at=unit.now,
        )
    )


def _afterwards(desk: Desk, unit: Unit, found: _Round) -> str:
    advance_item(desk, unit, found.row.key)
    after = item_row(unit.connection, found.row.key)
    return f"{found.row.key} is in {title_of_state(found.bound, str(after.state))}."


def offers(desk: Desk, connection: Connection, key: str, person: str, now: datetime) -> tuple[RoundOffer, ...]:
    """What `person` may do to the item's open round; empty when there is none, or nothing. Raises NotFound."""
    row = item_row(connection, key)
    round_row = open_round_of(connection, key)
    if round_row is None:
        return ()
    bound = desk.bound(connection, row.process_digest)
    facts = round_facts(desk, connection, row, bound, round_row, now)
    policy = bound.policy(round_row.policy).for_item(facts.item)
    scene = set_scene(policy, facts)
    if person not in facts.roster.people or person in scene.excluded(policy.policy.exclude):
        return ()
    return tuple(offer for offer in _offers(bound, round_row, scene, person) if offer.choices or offer.name == "close")


def _offers(bound: Bound, round_row: Row[Any], scene: Scene, person: str) -> Iterator[RoundOffer]:
    policy, names = scene.policy.policy, scene.facts.roster
    words = policy.positions
    held = [
        (holder, f"{position_title(bound, round_row.policy, one.position)} of {names.name(holder)}")
        for holder, one in scene.standing.items()
        if one.position in words and scene.holds(person, words[one.position].lifted_by) is not None
    ]
    yield RoundOffer("lift", "Lift a hold", tuple(held), reason_required=True)
    if policy.chair is not None and scene.holds(person, (policy.chair,)) is not None:
        body = sorted(scene.everybody(), key=names.name)
        yield RoundOffer(
            "present", "Record who is present", tuple((one, names.name(one)) for one in body), several=True
        )
        if policy.settle == "at_close":
            yield RoundOffer("close", "Close the round", ())
    if scene.holds(person, override_by(policy)) is not None:
        outcomes = tuple((one.name, one.title) for one in scene.policy.outcomes)
        needs = policy.override is not None and policy.override.reason == "required"
        yield RoundOffer("override", "Override", outcomes, reason_required=needs)


def lift(desk: Desk, unit: Unit, key: str, holder: str, by: Actor, reason: str) -> str:
    """Lift the standing position of `holder`. Returns a sentence. Raises NotFound, Refused, BadInput."""
    found = _opened(desk, unit, key, by)
    standing = found.scene.standing.get(holder)
    if standing is None:
        spoken = [d.person for d in decisions_of(unit.connection, found.round_row.id) if d.withdrawn_at is None]
        raise NotFound(f"{holder!r} holds no position that stands in this round. {choices(holder, spoken)}")
    word = found.scene.policy.policy.positions.get(standing.position)
    _demand(found, word.lifted_by if word is not None else (), f"lift “{standing.position}”")
    networks.check_act(desk, by.origin, "lift it")
    if not reason.strip():
        raise BadInput({"reason": "Say why it is lifted."})
    data = {"decision": standing.id, "person": holder, "position": standing.position}
    _enter(unit, found, Kind.DECISION_LIFTED, "lift", standing.id, reason, data)
    return _afterwards(desk, unit, found)


def attend(desk: Desk, unit: Unit, key: str, present: tuple[str, ...], by: Actor) -> str:
    """Record who is present; a later record replaces it. Returns a sentence. Raises NotFound, Refused."""
    found = _opened(desk, unit, key, by)
    chair = found.scene.policy.policy.chair
    _demand(found, (chair,) if chair else (), "record who is present")
    known = found.scene.facts.roster.people
    for person in present:
        if person not in known:
            raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(known))}")
    people = sorted(set(present))
    _enter(unit, found, Kind.ATTENDANCE_RECORDED, "attend", json.dumps(people), "", {"present": people})
    return _afterwards(desk, unit, found)


def close(desk: Desk, unit: Unit, key: str, by: Actor, reason: str) -> str:
    """The chair closes the round, which is judged. Returns a sentence. Raises NotFound, Refused."""
    found = _opened(desk, unit, key, by)
    policy = found.scene.policy.policy
    _demand(found, (policy.chair,) if policy.chair else (), "close the round")
    if policy.settle != "at_close":
        raise Refused(
            "This round is judged as people speak; there is nothing to close.",
            code="not-offered",
            remedy="`settle: at_close` makes it so.",
        )
    networks.check_act(desk, by.origin, "close the round")
    _enter(unit, found, Kind.ROUND_CALLED, "close", "", reason, {})
    return _afterwards(desk, unit, found)


def override(desk: Desk, unit: Unit, key: str, outcome: str, by: Actor, reason: str) -> str:
    """Decide `outcome` over the heads of all. Returns a sentence. Raises NotFound, Refused, BadInput."""
    found = _opened(desk, unit, key, by)
    policy = found.scene.policy.policy
    _demand(found, override_by(policy), "override")
    networks.check_act(desk, by.origin, "override")
    known = [one.name for one in found.scene.policy.outcomes]
    if outcome not in known:
        raise BadInput({"outcome": f"{outcome!r} is no outcome here. {choices(outcome, known)}"})
    if policy.override is not None and policy.override.reason == "required" and not reason.strip():
        raise BadInput({"reason": "An override needs its reason."})
    data = {"outcome": outcome, "policy": found.round_row.policy}
    _enter(unit, found, Kind.ROUND_OVERRIDDEN, "override", outcome, reason, data)
    return _afterwards(desk, unit, found)
