"""Items as the API shows them, made from what the register answers with."""

from __future__ import annotations

from gates.items import AskLine, ItemLine, ItemView, RoundView
from gates.service.clockview import ClockView
from workflows.web.api import shapes


def line(one: ItemLine, base: str) -> shapes.Line:
    """One item of a list."""
    return shapes.Line(
        key=one.key,
        title=one.title,
        process=one.process,
        state=one.state,
        state_title=one.state_title,
        site=one.site,
        author_name=one.author_name,
        ended=one.ended,
        signed=one.signed,
        asked=one.asked,
        due_at=one.due_at,
        first_due_at=one.first_due_at,
        updated_at=one.updated_at,
        escalations=[neighbour(key, base, state=state) for key, state in one.escalations],
        url=url_of(one.key, base),
    )


def item(view: ItemView, clocks: ClockView, base: str) -> shapes.Item:
    """One item."""
    one, url = view.line, url_of(view.line.key, base)
    return shapes.Item(
        key=one.key,
        title=one.title,
        process=one.process,
        process_title=one.process_title,
        kind=one.kind,
        state=one.state,
        state_title=one.state_title,
        ended=one.ended,
        site=one.site,
        program=view.program,
        project=view.project,
        author=view.author or None,
        owner=view.owner,
        revision=one.revision,
        revision_digest=view.revision_digest,
        updated_at=one.updated_at,
        waiting_for=view.waiting_for,
        missing_site=view.missing_site,
        fields={field.name: field.value for field in view.fields if field.value is not None},
        round=_round(view.round) if view.round is not None else None,
        due=shapes.Due(
            current=clocks.due_at,
            first=clocks.first_due_at,
            paused_since=clocks.paused_since,
            paused_by=clocks.paused_by or None,
        ),
        about=neighbour(view.about[0], base, title=view.about[1]) if view.about is not None else None,
        escalations=[neighbour(key, base, state=state) for key, state in view.escalations],
        escalates_in=clocks.escalates_in or None,
        links=shapes.Links(
            self=url, page=page_of(one.key, base), record=f"{url}/record", escalations=f"{url}/escalations"
        ),
    )


def _round(one: RoundView) -> shapes.RoundNow:
    is_open = one.closed_at is None
    return shapes.RoundNow(
        number=one.number,
        policy=one.policy,
        title=one.policy_title,
        question=one.question,
        revision=one.revision,
        is_open=is_open,
        opened_at=one.opened_at,
        closed_at=one.closed_at,
        outcome=one.outcome,
        verdict=one.verdict.sentence if one.verdict is not None else f"Decided: {one.outcome}.",
        missing=[_asked(ask) for ask in one.asks if is_open and (ask.position is None or ask.again_since)],
        given=[_given(ask) for ask in one.asks if ask.position is not None],
    )


def _asked(ask: AskLine) -> shapes.Asked:
    return shapes.Asked(
        person=ask.person,
        name=ask.name,
        capacity=ask.capacity,
        needed=ask.needed,
        due_at=ask.due_at,
        unreached=ask.unreached,
    )


def _given(ask: AskLine) -> shapes.Given:
    return shapes.Given(
        person=ask.person,
        name=ask.name,
        capacity=ask.capacity,
        position=ask.position or "",
        at=ask.at,
        on_behalf_of=ask.on_behalf_of,
        set_aside=ask.set_aside,
        again_since=ask.again_since,
    )


def neighbour(key: str, base: str, *, title: str = "", state: str = "") -> shapes.Neighbour:
    """Another item."""
    return shapes.Neighbour(key=key, title=title, state=state, url=url_of(key, base))


def url_of(key: str, base: str) -> str:
    """Where the API shows an item."""
    return f"{base}/api/v1/items/{key}"


def page_of(key: str, base: str) -> str:
    """Where people see it."""
    return f"{base}/items/{key}"
