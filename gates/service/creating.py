"""Making and editing items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from gates.errors import BadInput, NotFound, Refused, StaleRevision, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.moves import may_edit
from gates.service.advancing import advance_item
from gates.service.content import changed_names, edited_content, new_content
from gates.service.desk import Bound, Desk, item_row
from gates.service.drifting import count_at_site
from gates.service.gather import content_of, item_facts, open_round_of
from gates.service.moving import enter_state, owe_carry, write_revision
from gates.service.people import owe_mail
from gates.service.rulebook import current_process
from gates.service.siting import with_site
from gates.service.timers import touch
from gates.store import Unit
from gates.store import tables as t
from policies.canonical import canonical, digest
from policies.facts import Roster
from policies.phrases import phrase

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_-]*)(?::0([1-9]))?\}")
MAX_DEPTH = 50


def create(
    desk: Desk,
    unit: Unit,
    process: str,
    title: str,
    by: Actor,
    *,
    fields: Mapping[str, Any],
    criteria: Mapping[str, Mapping[str, Any]],
    site: str | None,
    program: str | None,
    project: str | None,
    owner: str | None,
    depends_on: Iterable[str],
    about: str | None,
    idempotency_key: str | None,
) -> str:
    """Create an item in the start state of the current text of `process`. Returns its key.

    Raises NotFound, BadInput, Refused. The same `idempotency_key` again returns the first item's key.
    """
    earlier = _made_before(unit, idempotency_key)
    if earlier is not None:
        return earlier
    found = current_process(unit.connection, process)
    bound = desk.bound(unit.connection, found.digest)
    roster = desk.roster(unit.connection, unit.now)
    needs = sorted(set(depends_on))
    faults = _misfits(desk, unit, roster, by, site, owner, needs, about)
    if faults:
        raise BadInput(faults)
    content = new_content(
        bound.loaded.process,
        roster,
        title=title,
        site=site,
        program=program,
        project=project,
        owner=owner,
        depends_on=needs,
        fields=fields,
        criteria=criteria,
    )
    _check_named(unit, bound, content)
    key = _new_key(unit, bound, content)
    row = _insert(unit, key, bound, found.digest, content, by, about, idempotency_key)
    enter_state(desk, unit, row, bound, unit.seq(key))
    advance_item(desk, unit, key)
    return key


def _made_before(unit: Unit, idempotency_key: str | None) -> str | None:
    if idempotency_key is None:
        return None
    found = unit.connection.execute(select(t.items.c.key).where(t.items.c.idempotency_key == idempotency_key))
    return found.scalar()


def _misfits(
    desk: Desk,
    unit: Unit,
    roster: Roster,
    by: Actor,
    site: str | None,
    owner: str | None,
    needs: list[str],
    about: str | None,
) -> dict[str, str]:
    faults: dict[str, str] = {}
    known_sites = list(desk.book(unit.connection).sites)
    if site is not None and site not in known_sites:
        faults["site"] = f"There is no site {site!r}. {choices(site, known_sites)}"
    for word, person in (("author", by.person), ("owner", owner)):
        if person is not None and person not in roster.people:
            faults[word] = f"{person!r} is nobody on the roster. {choices(person, list(roster.people))}"
    for word, keys in (("depends_on", needs), ("about", [about] if about else [])):
        for key in keys:
            if not _exists(unit, key):
                faults[word] = f"There is no item {key!r}; `tollgate item list` shows what there is."
    return faults


def _exists(unit: Unit, key: str) -> bool:
    return unit.connection.execute(select(t.items.c.key).where(t.items.c.key == key)).first() is not None


def _check_named(unit: Unit, bound: Bound, content: Mapping[str, Any]) -> None:
    """Every item a field names is there, and of a process the field takes. Raises BadInput."""
    faults = {}
    for name, one in bound.loaded.process.fields.items():
        key = content["fields"].get(name) if one.type == "item" else None
        if key is None:
            continue
        process = unit.connection.execute(select(t.items.c.process).where(t.items.c.key == key)).scalar()
        if process is None:
            faults[name] = f"There is no item {key!r}; `tollgate item list` shows what there is."
        elif one.of and process not in one.of:
            faults[name] = f"{key} is of {process}; this takes an item of {' or '.join(one.of)}."
    if faults:
        raise BadInput(faults)


def _new_key(unit: Unit, bound: Bound, content: Mapping[str, Any]) -> str:
    pattern = bound.loaded.process.numbering
    values = {"site": content["site"], "program": content["program"], **content["fields"]}

    def fill(match: re.Match[str]) -> str:
        name, width = match.groups()
        if name == "n":
            return f"{_next(unit, bound.loaded.process.process):0{width or 1}d}"
        value = values.get(name)
        if not value:
            raise BadInput({name: f"The key {pattern} is made from it, so it is needed from the start."})
        return re.sub(r"[^A-Z0-9]+", "-", str(value).upper()).strip("-")

    key = PLACEHOLDER.sub(fill, pattern)
    if _exists(unit, key):
        raise Refused(f"There is an item {key} already.", code="key-taken", remedy=f"See `tollgate item show {key}`.")
    return key


def _next(unit: Unit, counter: str) -> int:
    unit.insert_or_skip(t.counters, {"name": counter, "value": 0})
    statement = (
        update(t.counters)
        .where(t.counters.c.name == counter)
        .values(value=t.counters.c.value + 1)
        .returning(t.counters.c.value)
    )
    return int(unit.connection.execute(statement).scalar_one())


def _insert(
    unit: Unit,
    key: str,
    bound: Bound,
    process_digest: str,
    content: dict[str, Any],
    by: Actor,
    about: str | None,
    idempotency_key: str | None,
) -> Row[Any]:
    process, body = bound.loaded.process, canonical(content)
    mark = digest("revision", body)
    start: dict[str, Any] = {
        "process": process.process,
        "process_digest": process_digest,
        "state": process.start,
        "revision": 1,
        "revision_digest": mark,
    }
    unit.enter(key, Kind.ITEM_CREATED, by, {**start, "kind": process.kind, "about": about, "content": content})
    unit.connection.execute(
        insert(t.items).values(
            **start,
            key=key,
            kind=process.kind,
            title=content["title"],
            site=content["site"],
            program=content["program"],
            project=content["project"],
            author=by.person,
            owner=content["owner"],
            about=about,
            rounds=0,
            created_at=unit.now,
            entered_at=unit.now,
            touched_at=unit.now,
            ended=process.states[process.start].end,
            idempotency_key=idempotency_key,
        )
    )
    unit.connection.execute(
        insert(t.revisions).values(
            item=key,
            number=1,
            digest=mark,
            content=body,
            changed="[]",
            editor=by.person,
            reason="",
            at=unit.now,
        )
    )
    _depend(unit, key, content["depends_on"])
    return item_row(unit.connection, key)


def _depend(unit: Unit, key: str, needs: list[str]) -> None:
    unit.connection.execute(delete(t.dependencies).where(t.dependencies.c.item == key))
    if needs:
        unit.connection.execute(insert(t.dependencies), [{"item": key, "needs": need} for need in needs])


def edit(
    desk: Desk,
    unit: Unit,
    key: str,
    by: Actor,
    *,
    fields: Mapping[str, Any],
    criteria: Mapping[str, Mapping[str, Any]],
    title: str | None,
    site: str | None,
    depends_on: Iterable[str] | None,
    reason: str,
    shown_digest: str | None,
) -> int:
    """Add a revision. Returns its number, or the current one when nothing differs.

    Raises NotFound, Refused, BadInput, StaleRevision (somebody else edited since `shown_digest`).
    """
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound = desk.bound(unit.connection, row.process_digest)
    roster = desk.roster(unit.connection, unit.now)
    if by.person is None or by.person not in roster.people:
        raise NotFound(f"{by.person!r} is nobody on the roster. {choices(by.person or '', list(roster.people))}")
    facts = item_facts(unit.connection, row, bound.loaded.process)
    refusal = may_edit(bound.loaded, row.state, by.person, facts, roster)
    if refusal is not None:
        raise Refused(refusal.sentence, code=refusal.code, remedy=refusal.remedy)
    if shown_digest is not None and shown_digest != row.revision_digest:
        raise StaleRevision(shown_digest, row.revision_digest)
    before = content_of(unit.connection, key, row.revision)
    after = edited_content(
        bound.loaded.process,
        roster,
        before,
        title=title,
        depends_on=depends_on,
        fields=fields,
        criteria=criteria,
    )
    after = with_site(desk, unit.connection, row, bound, after, site)
    if not changed_names(before, after):
        return int(row.revision)
    _check_named(unit, bound, after)
    if after["depends_on"] != before["depends_on"]:
        _check_dependencies(unit, key, after["depends_on"])
        _depend(unit, key, after["depends_on"])
    number = write_revision(unit, row, before, after, by, reason)
    edited = item_row(unit.connection, key)
    touch(desk, unit, edited, bound)
    if edited.site != row.site:
        count_at_site(desk, unit, row, edited, bound, by)
    ask_again(unit, edited, roster)
    advance_item(desk, unit, key)
    return number


def _check_dependencies(unit: Unit, key: str, needs: list[str]) -> None:
    missing = [need for need in needs if not _exists(unit, need)]
    if missing:
        raise BadInput({"depends_on": f"There is no item {missing[0]!r}; `tollgate item list` shows what there is."})
    reached, frontier = set(needs), set(needs)
    for _ in range(MAX_DEPTH):
        if key in reached:
            raise BadInput({"depends_on": f"{key} would wait for itself. Take one dependency out."})
        if not frontier:
            return
        found = unit.connection.execute(
            select(t.dependencies.c.needs).where(t.dependencies.c.item.in_(frontier))
        ).scalars()
        frontier = set(found) - reached
        reached |= frontier


def ask_again(unit: Unit, row: Row[Any], roster: Roster) -> None:
    """An edit during a round: whoever was asked is told what changed and, where it matters, asked again."""
    round_row = open_round_of(unit.connection, row.key)
    if round_row is None:
        return
    owe_carry(unit, row.key)
    for person in unit.connection.execute(select(t.asks.c.person).where(t.asks.c.round == round_row.id)).scalars():
        if person in roster.people:
            owe_mail(
                unit,
                row.key,
                "changed",
                person,
                f"{round_row.id}:{row.revision}",
                round=round_row.id,
                revision=row.revision,
                reason=phrase("You were asked to sign, and the content has changed."),
            )
