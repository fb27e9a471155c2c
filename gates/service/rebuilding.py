"""Rebuilding: every state table worked out from the entries alone, and held against what is stored.

State and ledger are written in one commit, so they agree; whoever changed one behind the program's back is found here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, cast, select

from gates.ledger.entries import GENESIS, Kind, unstamp
from gates.ledger.proof.records import digest_of
from gates.meetings import KEYS as MEETING_KEYS
from gates.meetings import fold as fold_meeting
from gates.meetings import rows_of as rows_of_meeting
from gates.rejudge.fold import Texts, fold
from gates.rejudge.rows import KEYS, Row, rows_of
from gates.roster.state import KEYS as ROSTER_KEYS
from gates.roster.state import fold_roster, rows_of_roster
from gates.service.desk import ACCESS, CALENDAR, MEETING, ROSTER, RULEBOOK
from gates.service.digests import changed_entries, without_entry
from gates.service.hooks import HOOKS, folded
from gates.service.tokens import KINDS as TOKEN_KINDS
from gates.service.tokens import folded as folded_tokens
from gates.store import tables as t
from policies.canonical import canonical
from policies.load import LoadedProcess, process_from_canonical

AT_ONCE = 200
"""Items looked at together."""
MOST_SAID = 200
"""Differences named one by one."""

Progress = Callable[[int, int], None]


@dataclass
class Rebuilt:
    """What was worked out and what differs. `differences` names the first `MOST_SAID`."""

    items: int = 0
    entries: int = 0
    rows: int = 0
    differing: int = 0
    differences: list[str] = field(default_factory=list)

    def differ(self, sentence: str) -> None:
        """Note one difference."""
        self.differing += 1
        if self.differing <= MOST_SAID:
            self.differences.append(sentence)


def check(connection: Connection, progress: Progress = lambda _done, _all: None) -> Rebuilt:
    """Work every table out from the entries and compare. Changes nothing."""
    found, texts = Rebuilt(), _texts_of(connection)
    keys = sorted(set(_chains(connection)) | set(connection.execute(select(t.items.c.key)).scalars()))
    for first in range(0, len(keys), AT_ONCE):
        _check_items(connection, keys[first : first + AT_ONCE], texts, found)
        progress(min(first + AT_ONCE, len(keys)), len(keys))
    _check_house(connection, found)
    _check_chains(connection, found)
    _check_digests(connection, found)
    return found


def _check_house(connection: Connection, found: Rebuilt) -> None:
    for chain, one in (
        (ROSTER, _check_roster),
        (CALENDAR, _check_calendars),
        (HOOKS, _check_hooks),
        (ACCESS, _check_tokens),
        (RULEBOOK, _check_rulebook),
    ):
        try:
            one(connection, found)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            found.differ(f"{chain}: its entries cannot be followed ({error!r})")
    _check_meetings(connection, found)


def _chains(connection: Connection) -> Iterator[str]:
    for chain in connection.execute(select(t.entries.c.chain).distinct()).scalars():
        if not chain.startswith("@"):
            yield chain


def _texts_of(connection: Connection) -> Texts:
    @lru_cache(maxsize=256)
    def text(digest: str) -> LoadedProcess:
        row = connection.execute(select(t.processes.c.canonical).where(t.processes.c.digest == digest)).scalar_one()
        return process_from_canonical(row)

    return text


def _check_items(connection: Connection, keys: Sequence[str], texts: Texts, found: Rebuilt) -> None:
    entries = _grouped(_entries(connection, keys), "chain")
    stored = {
        table: _grouped(_stored(connection, _table(table), keys), "key" if table == "items" else "item")
        for table in KEYS
    }
    for row in (row for rows in stored["revisions"].values() for row in rows):
        row["changed"] = _in_order(row["changed"])
    for key in keys:
        said = entries.get(key, [])
        found.entries += len(said)
        if not said:
            found.differ(f"{key} is in the table items and has no entries")
            continue
        found.items += 1
        try:
            expected = rows_of(fold([json.loads(one["body"]) for one in said], texts))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            found.differ(f"{key}: its entries cannot be followed ({error!r})")
            continue
        for table, rows in expected.items():
            _compare(table, KEYS[table], rows, stored[table].get(key, []), found)


def _entries(connection: Connection, chains: Sequence[str]) -> Iterator[Row]:
    rows = connection.execute(
        select(t.entries.c.chain, cast(t.entries.c.body, LargeBinary).label("body"))
        .where(t.entries.c.chain.in_(chains))
        .order_by(t.entries.c.chain, t.entries.c.seq)
    )
    return (dict(row._mapping) for row in rows)


def _in_order(names: str) -> str:
    """The names as an entry has them: sorted. Revisions were once written with the title and the site first."""
    try:
        return json.dumps(sorted(json.loads(names)))
    except (ValueError, TypeError):
        return names


def _table(name: str) -> Table:
    return t.metadata.tables[name]


def _stored(connection: Connection, table: Table, keys: Sequence[str]) -> Iterator[Row]:
    owner = table.c["key" if table.name == "items" else "item"]
    order = [table.c[name] for name in KEYS[table.name]]
    return (dict(row._mapping) for row in connection.execute(select(table).where(owner.in_(keys)).order_by(*order)))


def _grouped(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _compare(table: str, names: Sequence[str], expected: Sequence[Row], stored: Sequence[Row], found: Rebuilt) -> None:
    """Row by row; only the columns that entries tell of."""
    wanted = {tuple(row[name] for name in names): row for row in expected}
    there = {tuple(row[name] for name in names): row for row in stored}
    found.rows += len(wanted)
    for place in sorted(set(wanted) | set(there), key=repr):
        label = f"{table} {' '.join(str(one) for one in place)}"
        if place not in there:
            found.differ(f"{label}: the entries tell of it, and it is not in the table")
        elif place not in wanted:
            found.differ(f"{label}: it is in the table, and no entry tells of it")
        else:
            for name, value in wanted[place].items():
                if there[place][name] != value:
                    found.differ(f"{label}: {name}: expected {_short(value)}, found {_short(there[place][name])}")


def _short(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _bodies(connection: Connection, chain: str) -> list[dict[str, Any]]:
    query = select(t.entries.c.body).where(t.entries.c.chain == chain).order_by(t.entries.c.seq)
    return [json.loads(body) for body in connection.execute(query).scalars()]


def _check_calendars(connection: Connection, found: Rebuilt) -> None:
    entries = [one for one in _bodies(connection, CALENDAR) if one["kind"] == Kind.CALENDAR_PUBLISHED.value]
    found.entries += len(entries)
    rows = [
        {
            "version": one["data"]["version"],
            "content": canonical(one["data"]["calendar"]).decode(),
            "published_at": unstamp(one["at"]),
            "published_by": one["actor"]["person"],
        }
        for one in entries
    ]
    _compare("calendars", ("version",), rows, _all(connection, _table("calendars")), found)


def _check_hooks(connection: Connection, found: Rebuilt) -> None:
    entries = list(_bodies(connection, HOOKS))
    found.entries += len(entries)
    _compare("hooks", ("name",), folded(entries), _all(connection, _table("hooks")), found)


def _check_tokens(connection: Connection, found: Rebuilt) -> None:
    query = select(t.entries.c.body).where(t.entries.c.chain == ACCESS, t.entries.c.kind.in_(TOKEN_KINDS))
    entries = [json.loads(body) for body in connection.execute(query.order_by(t.entries.c.seq)).scalars()]
    found.entries += len(entries)
    _compare("api_tokens", ("id",), folded_tokens(entries), _all(connection, _table("api_tokens")), found)


def _check_roster(connection: Connection, found: Rebuilt) -> None:
    entries = _bodies(connection, ROSTER)
    found.entries += len(entries)
    for table, rows in rows_of_roster(fold_roster(entries)).items():
        _compare(table, ROSTER_KEYS[table], rows, _all(connection, _table(table)), found)


def _check_meetings(connection: Connection, found: Rebuilt) -> None:
    query = select(t.entries.c.chain).where(t.entries.c.chain.startswith(MEETING, autoescape=True)).distinct()
    expected: dict[str, list[Row]] = {table: [] for table in MEETING_KEYS}
    for chain in sorted(connection.execute(query).scalars()):
        try:
            entries = _bodies(connection, chain)
            found.entries += len(entries)
            rows = rows_of_meeting(fold_meeting(entries))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            found.differ(f"{chain}: its entries cannot be followed ({error!r})")
            continue
        for table, some in rows.items():
            expected[table] += some
    for table, names in MEETING_KEYS.items():
        _compare(table, names, expected[table], _all(connection, _table(table)), found)


def _all(connection: Connection, table: Table) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(select(table))]


def _check_rulebook(connection: Connection, found: Rebuilt) -> None:
    entries = _bodies(connection, RULEBOOK)
    found.entries += len(entries)
    processes: dict[str, Row] = {}
    proposals: dict[str, Row] = {}
    for entry in entries:
        data, at = entry["data"], unstamp(entry["at"])
        if entry["kind"] == Kind.PROCESS_PROPOSED.value:
            proposals[data["item"]] = {
                "item": data["item"],
                "digest": data["process_digest"],
                "source": data["source"],
                "proposed_at": at,
            }
        elif entry["kind"] == Kind.PROCESS_PUBLISHED.value:
            text = canonical(data["text"])
            if digest_of("process", text) != data["process_digest"]:
                found.differ(f"processes {data['process']}: the text in its entry has another digest")
            processes[data["process_digest"]] = {
                "digest": data["process_digest"],
                "name": data["process"],
                "version": data["version"],
                "title": data["text"]["title"],
                "kind": data["text"]["kind"],
                "canonical": text,
                "source": data["source"],
                "published_at": at,
                "published_by": entry["actor"]["person"],
            }
    _compare("processes", ("digest",), list(processes.values()), _all(connection, t.processes), found)
    _compare("proposals", ("item",), list(proposals.values()), _all(connection, t.proposals), found)


def _check_digests(connection: Connection, found: Rebuilt) -> None:
    """What was worked out above was worked out from entries that are as they were entered."""
    for said in changed_entries(connection):
        found.differ(said)
    for row in without_entry(connection):
        found.differ(f"entries {row.chain} {row.seq}: it is in the log, and not among the entries")


def _check_chains(connection: Connection, found: Rebuilt) -> None:
    heads: dict[str, Row] = {}
    query = select(t.entries.c.chain, t.entries.c.seq, t.entries.c.digest).order_by(t.entries.c.chain, t.entries.c.seq)
    for row in connection.execute(query):
        heads[row.chain] = {"chain": row.chain, "seq": row.seq, "head": row.digest}
    untouched = [row for row in _all(connection, t.chains) if row["head"] != GENESIS]
    _compare("chains", ("chain",), list(heads.values()), untouched, found)
