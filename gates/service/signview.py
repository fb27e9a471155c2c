"""The sign page and the inbox, as data. Looking changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from gates.errors import LinkProblem
from gates.items import AskLine, AskView, Change, RoundView, SignView
from gates.levels import LEVELS
from gates.service.capacities import said_capacity
from gates.service.contacts import who_to_ask
from gates.service.content import differences
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import content_of, item_facts, open_round_of
from gates.service.lines import criterion_lines, field_lines, item_line, person_view
from gates.service.links import FoundLink, find_link, live_link_id, problem_of
from gates.service.positions import position_offers
from gates.service.proofs import kinds_of, lacks, ways
from gates.service.roundview import round_view
from gates.service.secrets import why_locked
from gates.service.sessions import own_session
from gates.service.windows import standing_against
from gates.signoff import token_for
from gates.store import tables as t
from policies.phrases import phrase


def sign_view(desk: Desk, connection: Connection, token: str, now: datetime, session: str = "") -> SignView:
    """Everything the page shows; `session` is the reader's. Raises LinkProblem (unknown, used, expired, revoked)."""
    found = find_link(connection, token)
    row = item_row(connection, found.item)
    problem = problem_of(connection, found, row, now)
    if problem is not None:
        raise problem
    view = _view_of_link(desk, connection, found, row, now)
    if "secret" not in view.ways or own_session(connection, session, found.person, now) is not None:
        return view
    return replace(view, locked=why_locked(connection, found.person, found.link, now))


def _view_of_link(desk: Desk, connection: Connection, found: FoundLink, row: Row[Any], now: datetime) -> SignView:
    """The sign view of a link that is known to be good."""
    bound = desk.bound(connection, row.process_digest)
    round_row = open_round_of(connection, row.key)
    person = person_view(desk, connection, found.person)
    if round_row is None or person is None:
        raise LinkProblem("revoked", phrase("Nothing is left to sign here."), item=row.key, title=row.title)
    policy = bound.loaded.process.policies[round_row.policy]
    content = content_of(connection, row.key, row.revision)
    facts = item_facts(connection, row, bound.loaded.process)
    view = round_view(desk, connection, row, bound, round_row, now)
    mine = next((ask for ask in view.asks if ask.person == found.person), None)
    since, changes = _changes(connection, row, bound, found)
    demanded, kinds = policy.signature.proof, kinds_of(desk, connection, found.person)
    offered = ways(demanded, kinds)
    return SignView(
        person=person,
        capacity=mine.capacity if mine else "",
        item=item_line(desk, connection, row, view),
        description=policy.description or bound.loaded.process.description or "",
        question=view.question,
        meaning=policy.signature.meaning,
        proof=offered[0] if offered else demanded,
        ways=offered,
        level=LEVELS[demanded],
        lacks="" if offered else lacks(demanded),
        has_password="password" in kinds,
        has_code="totp" in kinds,
        round=replace(view, due_at=mine.due_at or view.due_at) if mine else view,
        fields=field_lines(bound, content, facts),
        criteria=criterion_lines(bound, content, facts),
        revision=row.revision,
        revision_digest=row.revision_digest,
        since_revision=since,
        changes=changes,
        positions=position_offers(bound, round_row),
        decided=mine if mine and mine.position else None,
        expires_at=found.expires_at,
        who_to_ask=who_to_ask(desk, connection, row, found.person),
        sits_in=_sits_in(desk, connection, row, found.person, now),
        taken_by=_taken_by(connection, view, found),
        absent_said=_absent_said(view, found),
        against=standing_against(connection, row.key),
    )


def _sits_in(desk: Desk, connection: Connection, row: Row[Any], person: str, now: datetime) -> str:
    """Who is asked in the reader's place; they may sign all the same, and the first signature counts."""
    roster = desk.roster(connection, now)
    for one in roster.stand_ins_of.get(person, ()):
        here = (one.sites is None or row.site in one.sites) and (one.processes is None or row.process in one.processes)
        if here and one.is_in_force(now):
            return roster.name(one.person)
    return ""


def _taken_by(connection: Connection, view: RoundView, found: FoundLink) -> AskLine | None:
    """Who signed in the reader's place; the first signature counts, so nothing is left to the reader."""
    if view.verdict is None or found.person in (view.verdict.eligible or {}):
        return None
    sitter: str | None = connection.execute(_taken_for(found.round, found.person)).scalar()
    return next((ask for ask in view.asks if ask.person == sitter), None)


def _taken_for(round_id: str, person: str) -> Select[Any]:
    """The query for who has signed in a round for somebody absent."""
    return select(t.decisions.c.person).where(
        t.decisions.c.round == round_id,
        t.decisions.c.on_behalf_of == person,
        t.decisions.c.withdrawn_at.is_(None),
    )


def _absent_said(view: RoundView, found: FoundLink) -> AskLine | None:
    """What the absent person whom the reader sits for said before: the reader answers for the same seat."""
    absent = (view.verdict.sits_for or {}).get(found.person) if view.verdict is not None else None
    return next((ask for ask in view.asks if ask.person == absent and ask.position), None)


def _changes(
    connection: Connection, row: Row[Any], bound: Bound, found: FoundLink
) -> tuple[int | None, tuple[Change, ...]]:
    """What changed since this person signed or was first asked."""
    seen = connection.execute(
        select(t.asks.c.seen_revision).where(t.asks.c.round == found.round, t.asks.c.person == found.person)
    ).scalar()
    seen = seen if seen is not None else _seen_in_earlier_rounds(connection, row, found)
    if seen is None or seen >= row.revision:
        return None, ()
    before = content_of(connection, row.key, seen)
    after = content_of(connection, row.key, row.revision)
    return seen, differences(bound.loaded.process, before, after)


def _seen_in_earlier_rounds(connection: Connection, row: Row[Any], found: FoundLink) -> int | None:
    return connection.execute(
        select(t.asks.c.seen_revision)
        .join(t.rounds, t.rounds.c.id == t.asks.c.round)
        .where(t.asks.c.item == row.key, t.asks.c.person == found.person, t.asks.c.seen_revision.is_not(None))
        .order_by(t.rounds.c.number.desc())
        .limit(1)
    ).scalar()


def token_of(desk: Desk, connection: Connection, round_id: str, person: str, now: datetime) -> str | None:
    """The token of a person's live link in a round, derived anew; None when there is none."""
    link = live_link_id(connection, round_id, person, now)
    return token_for(link, desk.link_key) if link else None


def inbox(desk: Desk, connection: Connection, person: str, now: datetime) -> list[AskView]:
    """What waits for a person, the soonest due first."""
    due = func.coalesce(t.asks.c.due_at, t.rounds.c.due_at)
    rows = connection.execute(
        select(t.asks, due.label("due"), t.rounds.c.policy)
        .join(t.rounds, t.rounds.c.id == t.asks.c.round)
        .where(t.asks.c.person == person, t.rounds.c.closed_at.is_(None))
        .order_by(due, t.asks.c.asked_at)
    ).all()
    views = []
    for ask in rows:
        token = token_of(desk, connection, ask.round, person, now)
        if token is None or _has_decided(connection, ask.round, person):
            continue
        row = item_row(connection, ask.item)
        policy = desk.bound(connection, row.process_digest).loaded.process.policies[ask.policy]
        views.append(
            AskView(
                item=item_line(desk, connection, row),
                question=policy.question or f"{policy.signature.meaning}?",
                capacity=said_capacity(ask.capacity, desk.book(connection).all_titles().values()),
                due_at=ask.due,
                token=token,
            )
        )
    return views


def _has_decided(connection: Connection, round_id: str, person: str) -> bool:
    """Whether a decision of theirs or in their place stands on the current revision; one that fell with an edit waits
    again."""
    return (
        connection.execute(
            select(t.decisions.c.id)
            .join(t.items, t.items.c.key == t.decisions.c.item)
            .where(
                t.decisions.c.round == round_id,
                or_(t.decisions.c.person == person, t.decisions.c.on_behalf_of == person),
                t.decisions.c.withdrawn_at.is_(None),
                t.decisions.c.revision >= t.items.c.revision,
            )
        ).first()
        is not None
    )
