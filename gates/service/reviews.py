"""Reviews after the fact: made by the engine as items of their own, about what was done, with a clock of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from gates.errors import RegisterError
from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind, stamp
from gates.service.creating import create
from gates.service.desk import Bound, Desk, item_row
from gates.service.escalating import raise_about
from gates.service.moving import title_of_state
from gates.service.people import owe_mail, watchers
from gates.service.promising import set_clock
from gates.service.surroundings import reviews_owed
from gates.service.timers import REVIEW, calendar_for
from gates.store import Unit
from gates.store.following_tables import reviews as v
from policies.durations import parse_duration
from policies.model import Review
from policies.phrases import at_moment, phrase

MOST_TITLE = 200
LATE = "late: "
"""What a timer says it did begins with this where a review was not held in time."""


def open_reviews(desk: Desk, unit: Unit, key: str) -> list[str]:
    """Make every review that a state of the item asked for and that is not there yet. Returns their keys.

    Running it again makes none twice. Raises NotFound.
    """
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound = desk.bound(unit.connection, row.process_digest)
    made = [
        _open(desk, unit, row, bound, state, occasion) for occasion, state in reviews_owed(unit.connection, row, bound)
    ]
    return [one for one in made if one is not None]


def are_owed(desk: Desk, connection: Connection, key: str) -> bool:
    """Whether a review has still to be made; a cheap look, so that nothing is locked for nothing. Raises NotFound."""
    row = item_row(connection, key)
    return bool(reviews_owed(connection, row, desk.bound(connection, row.process_digest)))


def _open(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, state: str, occasion: int) -> str | None:
    asked = bound.loaded.process.states[state].review
    assert asked is not None
    where = title_of_state(bound, state)
    try:
        review = _make(desk, unit, row, asked, where)
    except RegisterError as error:
        # The closing act stays shut while the review is missing; whoever answers for the item is told why.
        told = phrase("The review that %(state)s asks for could not be made: %(error)s", state=where, error=str(error))
        for person in watchers(row, desk.roster(unit.connection, unit.now)):
            why = phrase("You are the author or the owner.")
            owe_mail(unit, row.key, "escalated", person, f"review:{occasion}:unmade", sentence=told, reason=why)
        return None
    due = parse_duration(asked.within).after(unit.now, calendar_for(desk, unit, row))
    data = {"review": review, "process": asked.process, "state": state, "occasion": occasion, "due_at": stamp(due)}
    unit.enter(row.key, Kind.REVIEW_OPENED, ENGINE, {**data, "process_digest": row.process_digest})
    unit.connection.execute(
        insert(v).values(item=row.key, occasion=occasion, review=review, process=asked.process, due_at=due)
    )
    set_clock(unit, row, f"{REVIEW}:{occasion}", due)
    for person in watchers(row, desk.roster(unit.connection, unit.now)):
        told = phrase(
            "%(review)s has to be held about %(item)s by %(at)s; %(item)s cannot be closed before.",
            review=review,
            item=row.key,
            at=at_moment(f"{due:%Y-%m-%d %H:%M} UTC", due),
        )
        reason = phrase("You are the author or the owner.")
        owe_mail(unit, row.key, "notice", person, f"review:{occasion}", sentence=told, reason=reason)
    return review


def _make(desk: Desk, unit: Unit, row: Row[Any], asked: Review, where: str) -> str:
    return create(
        desk,
        unit,
        asked.process,
        f"Review of {row.key}: {row.title}"[:MOST_TITLE],
        Actor(None, "engine", rule=f"review asked for by {where}"),
        fields={},
        criteria={},
        site=row.site,
        program=row.program,
        project=row.project,
        owner=row.owner or row.author,
        depends_on=(),
        about=row.key,
        idempotency_key=None,
    )


def review_due(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, name: str) -> str:
    """What the clock of a review does: nothing when it was held, else it is told and escalated. Returns what it did."""
    occasion = int(name.partition(":")[2])
    kept = unit.connection.execute(select(v).where(v.c.item == row.key, v.c.occasion == occasion)).one()
    review = item_row(unit.connection, kept.review)
    if review.ended is not None:
        return f"{kept.review} was held"
    roster = desk.roster(unit.connection, unit.now)
    said = phrase("The review %(review)s of %(item)s has not been held in time.", review=kept.review, item=row.key)
    for person in dict.fromkeys((*watchers(row, roster), *watchers(review, roster))):
        reason = phrase("You are the author or the owner.")
        owe_mail(unit, row.key, "escalated", person, f"{name}:late", sentence=said, reason=reason)
    late, process = f"{LATE}{kept.review} is still open", _raised_in(bound, kept.process)
    if process is None:
        return late
    try:
        by = Actor(None, "engine", rule=f"review {kept.review} is late")
        key = raise_about(desk, unit, kept.review, process, by, title=f"{kept.review} is late", fields={}, cause="late")
    except RegisterError as error:
        return f"{late}; could not raise {process}: {error}"
    return f"{late}; raised {key}"


def _raised_in(bound: Bound, process: str) -> str | None:
    asked = [state.review for state in bound.loaded.process.states.values() if state.review is not None]
    return next((one.raise_ for one in asked if one.process == process), None)
