"""Everything a page or `tollgate item show` says about one item."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from gates.around import Around
from gates.items import ActOffer, ItemLine, ItemView, RoundView
from gates.moves import acts_for, may_edit
from gates.service.advancing import dependency_states
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import content_of, item_facts
from gates.service.lines import criterion_lines, field_lines, item_line
from gates.service.moving import title_of_state
from gates.service.roundview import latest_round, round_view
from gates.service.surroundings import around
from gates.service.timeline import timeline
from gates.store import tables as t
from gates.store.following_tables import conditions as c
from gates.store.following_tables import reviews as v
from gates.windows import Found
from policies.facts import ItemFacts, Roster
from policies.model import Act
from policies.model.windows import REFUSE
from policies.verdict import Standing


def item_view(desk: Desk, connection: Connection, key: str, person: str | None, now: datetime) -> ItemView:
    """The item as `person` sees it (None: as nobody in particular). Raises NotFound."""
    row = item_row(connection, key)
    bound = desk.bound(connection, row.process_digest)
    facts = item_facts(connection, row, bound.loaded.process)
    content = content_of(connection, key, row.revision)
    roster = desk.roster(connection, now)
    round_row = latest_round(connection, key)
    view = None if round_row is None else round_view(desk, connection, row, bound, round_row, now)
    beside = around(desk, connection, row, bound, facts, now)
    acts = _acts(bound, row, person, facts, roster, view, beside)
    line = item_line(desk, connection, row, view)
    barred = None if person is None else may_edit(bound.loaded, row.state, person, facts, roster)
    return ItemView(
        line=line,
        description=bound.loaded.process.description or "",
        program=row.program,
        project=row.project,
        owner_name=roster.name(row.owner) if row.owner else "",
        author=row.author or "",
        owner=row.owner,
        fields=field_lines(bound, content, facts),
        criteria=criterion_lines(bound, content, facts),
        revision_digest=row.revision_digest,
        revisions=_revisions(connection, key, roster),
        round=view,
        acts=acts,
        may_edit=person is not None and barred is None,
        missing_site=beside.no_site_here or next(iter(beside.no_site.values()), ""),
        edit_refusal="" if barred is None else f"{barred.sentence} {barred.remedy}".strip(),
        timeline=timeline(desk, connection, key, bound),
        visited=_visited(connection, row, bound),
        process_digest=row.process_digest,
        depends_on=_neighbours(desk, connection, list(dependency_states(connection, key))),
        about=_about(connection, row.about),
        escalations=_neighbours(desk, connection, _escalations(connection, key)),
        after_the_fact=_neighbours(desk, connection, _reviews(connection, key)),
        waiting_for=f"{_waiting_for(connection, row, bound, view)}{_unsited(view, beside)}{_held_up(line)}",
    )


def _unsited(view: RoundView | None, beside: Around) -> str:
    """Why nobody can decide an open round of an item that has no site, as a further sentence."""
    stuck = view is not None and view.verdict is not None and view.verdict.standing is Standing.DEADLOCK
    return f" {beside.no_site_here}: edit it and name its site." if stuck and beside.no_site_here else ""


def _held_up(line: ItemLine) -> str:
    """What open escalations mean for it, as further sentences."""
    said = "".join(f" Its escalation {key} is open: {state}." for key, state in line.escalations)
    return f"{said} Until {line.stands_still} has ended its clocks stand still." if line.stands_still else said


def _acts(
    bound: Bound,
    row: Row[Any],
    person: str | None,
    facts: ItemFacts,
    roster: Roster,
    view: RoundView | None,
    beside: Around,
) -> tuple[ActOffer, ...]:
    if person is None:
        return ()
    offers = acts_for(
        bound.loaded,
        state=row.state,
        person=person,
        item=facts,
        roster=roster,
        previous=row.previous_state,
        around=beside,
        verdict=view.verdict.outcome if view is not None and view.verdict is not None else None,
    )
    return tuple(
        ActOffer(
            name=name,
            title=act.title or name.replace("-", " ").replace("_", " ").capitalize(),
            to=act.to if beside.windows.get(name) is None else _where(act, beside.windows[name]),
            reason_required=act.reason == "required",
            refusal="" if refusal is None else f"{refusal.sentence} {refusal.remedy}".strip(),
            administrative=name in bound.loaded.process.administrative,
            caution="" if refusal is not None or name not in beside.windows else _caution(beside.windows[name]),
        )
        for name, act, refusal in offers
    )


def _where(act: Act, found: Found) -> str | None:
    """Where an act that takes a time leads as things are."""
    return act.window.outside if act.window is not None and act.window.outside != REFUSE and found.against else act.to


def _caution(found: Found) -> str:
    return f"{' '.join(found.against)} {found.free_in_words}" if found.against else ""


def _revisions(connection: Connection, key: str, roster: Roster) -> tuple[tuple[int, datetime, str, str], ...]:
    rows = connection.execute(
        select(t.revisions.c.number, t.revisions.c.at, t.revisions.c.editor, t.revisions.c.reason)
        .where(t.revisions.c.item == key)
        .order_by(t.revisions.c.number)
    )
    return tuple((r.number, r.at, roster.name(r.editor) if r.editor else "Tollgate", r.reason) for r in rows)


def _visited(connection: Connection, row: Row[Any], bound: Bound) -> tuple[str, ...]:
    moved = connection.execute(select(t.moves.c.to).where(t.moves.c.item == row.key).order_by(t.moves.c.seq))
    return tuple(dict.fromkeys((bound.loaded.process.start, *moved.scalars())))


def _neighbours(desk: Desk, connection: Connection, keys: list[str]) -> tuple[tuple[str, str], ...]:
    rows = connection.execute(select(t.items).where(t.items.c.key.in_(keys)).order_by(t.items.c.key))
    return tuple((r.key, title_of_state(desk.bound(connection, r.process_digest), r.state)) for r in rows)


def _escalations(connection: Connection, key: str) -> list[str]:
    reviewing = select(v.c.review).where(v.c.item == key).scalar_subquery()
    query = select(t.items.c.key).where(t.items.c.about == key, t.items.c.key.not_in(reviewing))
    return list(connection.execute(query).scalars())


def _reviews(connection: Connection, key: str) -> list[str]:
    return list(connection.execute(select(v.c.review).where(v.c.item == key)).scalars())


def _about(connection: Connection, key: str | None) -> tuple[str, str] | None:
    if key is None:
        return None
    return key, connection.execute(select(t.items.c.title).where(t.items.c.key == key)).scalar_one()


def _waiting_for(connection: Connection, row: Row[Any], bound: Bound, view: RoundView | None) -> str:
    """One sentence: what moves the item on."""
    state = bound.loaded.process.states[row.state]
    if row.ended is not None:
        return f"{row.key} has ended: {title_of_state(bound, row.state)}."
    if state.round is not None:
        if view is None or view.closed_at is not None:
            return "The round is about to be opened and the people asked."
        return view.verdict.sentence if view.verdict else ""
    if state.conditions is not None and (waits := _conditions(connection, row)):
        return waits
    if state.depends_on is not None:
        open_ones = [key for key, at in dependency_states(connection, row.key).items() if at not in state.depends_on.be]
        return f"Waits for {', '.join(open_ones)}." if open_ones else "What it depends on is done."
    if state.review is not None and (waits := _review(connection, row)):
        return waits
    titles = [act.title or name.replace("-", " ").capitalize() for name, act in state.acts.items()]
    return f"Waits for an act: {', '.join(titles)}." if titles else "Waits for a timer."


def _conditions(connection: Connection, row: Row[Any]) -> str:
    query = select(c.c.number).where(
        c.c.item == row.key, c.c.set_at >= row.entered_at, c.c.state.in_(("open", "lapsed"))
    )
    numbers = sorted(connection.execute(query).scalars())
    if not numbers:
        return ""
    listed = f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
    return f"Waits for {'its conditions' if len(numbers) > 1 else 'its condition'} {listed}."


def _review(connection: Connection, row: Row[Any]) -> str:
    query = select(v.c.review).join(t.items, t.items.c.key == v.c.review).where(v.c.item == row.key)
    waiting = sorted(connection.execute(query.where(t.items.c.ended.is_(None))).scalars())
    return f"Waits for the review {' and '.join(waiting)}." if waiting else ""


def item_lines(
    desk: Desk,
    connection: Connection,
    *,
    process: str | None = None,
    state: str | None = None,
    site: str | None = None,
    open_only: bool = False,
    waiting: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 500,
) -> list[ItemLine]:
    """A list of items, latest change first: those that wait for the decision of the person `waiting`, from behind the
    one that `after` names by when it was changed and its key."""
    statement = select(t.items).order_by(t.items.c.touched_at.desc(), t.items.c.key).limit(limit)
    for column, value in ((t.items.c.process, process), (t.items.c.state, state), (t.items.c.site, site)):
        if value is not None:
            statement = statement.where(column == value)
    if open_only:
        statement = statement.where(t.items.c.ended.is_(None))
    if waiting is not None:
        statement = statement.where(t.items.c.key.in_(_waiting_for_person(waiting)))
    if after is not None:
        at, key = after
        behind = and_(t.items.c.touched_at == at, t.items.c.key > key)
        statement = statement.where(or_(t.items.c.touched_at < at, behind))
    return [item_line(desk, connection, row) for row in connection.execute(statement).all()]


def _waiting_for_person(person: str) -> Select[tuple[str]]:
    """The items in whose open round a person is asked and has no decision standing on the current revision."""
    decided = select(t.decisions.c.id).where(
        t.decisions.c.round == t.asks.c.round,
        t.decisions.c.person == person,
        t.decisions.c.withdrawn_at.is_(None),
        t.decisions.c.revision >= t.items.c.revision,
    )
    mine = t.asks.c.person == person, t.asks.c.withdrawn_at.is_(None), t.rounds.c.closed_at.is_(None)
    return (
        select(t.asks.c.item)
        .join(t.rounds, t.rounds.c.id == t.asks.c.round)
        .where(*mine, ~decided.correlate(t.asks, t.items).exists())
    )
