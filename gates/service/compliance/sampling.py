"""Samples of items that anybody can draw again: which, out of how many, and why these.

The population is every item created in the period. Its list is one line an item, `KEY DIGEST` and a newline, sorted;
DIGEST is that of the item's first entry, which is in the log, so the list can neither lose nor gain an item unseen.
The order of drawing is that of SHA-256 over the seed, a newline and the key, in hexadecimal.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind, stamp, unstamp
from gates.ledger.proof.notes import read_checkpoint
from gates.service.compliance.entries import Period, names_of, of_kinds
from gates.service.desk import AUDITS, Desk
from gates.service.sealing import latest_checkpoint
from gates.store import Unit
from gates.store import log_tables as g
from gates.store import tables as t
from policies.canonical import nfc

STRATA = ("process", "site", "outcome")
MOST = 1000
LONGEST_SEED = 200


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """What is asked for. `stratify` is one of `STRATA` or None; the period is that of creation."""

    size: int
    seed: str
    since: datetime | None = None
    until: datetime | None = None
    process: str | None = None
    site: str | None = None
    stratify: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One item drawn: the digest of its first entry, and why: its stratum, its place there, and by which hash."""

    key: str
    digest: str
    stratum: str
    place: int
    hash: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample, the population it stands for, and the log in which both are found."""

    seq: int
    at: datetime
    by: str | None
    order: SampleOrder
    population: int
    population_digest: str
    log_size: int
    log_root: str
    strata: Mapping[str, tuple[int, int]]
    """Stratum -> how many there are, how many are drawn."""
    drawn: tuple[Drawn, ...]
    listing: str = ""
    """The population's list, whose SHA-256 is `population_digest`; '' when a sample of the past is shown."""


@dataclass(frozen=True, slots=True)
class _Member:
    key: str
    digest: str
    stratum: str


def sample(desk: Desk, unit: Unit, order: SampleOrder, by: Actor) -> Sample:
    """Draw a sample and put it on the record. Raises BadInput, NotFound, Refused (something is not sealed yet)."""
    order = _checked(desk, unit, order, by)
    members = _population(unit.connection, order)
    if not members:
        period = Period(order.since, order.until)
        raise NotFound(f"No item was created {period.in_words()} that fits, so there is nothing to draw from.")
    last = latest_checkpoint(unit.connection)
    assert last is not None  # each member has a position in it
    root = b64encode(read_checkpoint(last.note).root).decode()
    listing = "".join(sorted(f"{one.key} {one.digest}\n" for one in members))
    strata: dict[str, list[_Member]] = {}
    for one in members:
        strata.setdefault(one.stratum, []).append(one)
    seats = shares({name: len(found) for name, found in strata.items()}, order.size)
    drawn = tuple(one for name in sorted(strata) for one in _draw(strata[name], order.seed, seats[name]))
    data = {
        **_order_data(order),
        "population": len(members),
        "population_digest": hashlib.sha256(listing.encode()).hexdigest(),
        "log_size": last.size,
        "log_root": root,
        "strata": [[name, len(strata[name]), seats[name]] for name in sorted(strata)],
        "drawn": [[one.key, one.digest, one.stratum, one.place, one.hash] for one in drawn],
    }
    entry = unit.enter(AUDITS, Kind.RECORD_SAMPLED, by, data)
    return _sample(json.loads(entry.body), listing)


def samples(connection: Connection) -> list[Sample]:
    """The samples drawn so far, oldest first, from their entries."""
    return [_sample(entry, "") for entry in of_kinds(connection, (Kind.RECORD_SAMPLED,), Period())]


def shares(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """How many to draw from each stratum: one from each, the rest in proportion to what is left in it.

    What proportion leaves over goes to the largest remainders, the first by name where they are equal. Raises
    BadInput when there are more strata than are to be drawn.
    """
    total, each = sum(counts.values()), len(counts)
    size = min(size, total)
    if size < each:
        raise BadInput({"size": f"{size} is less than one from each of {each} strata; draw at least {each}."})
    rest, left = size - each, total - each
    found = {name: 1 + (rest * (count - 1) // left if left else 0) for name, count in counts.items()}
    by_remainder = sorted(counts, key=lambda name: (-(rest * (counts[name] - 1) % left if left else 0), name))
    for name in by_remainder[: size - sum(found.values())]:
        found[name] += 1
    return found


def hash_of(seed: str, key: str) -> str:
    """By what items are ordered for drawing."""
    return hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest()


def _checked(desk: Desk, unit: Unit, order: SampleOrder, by: Actor) -> SampleOrder:
    faults: dict[str, str] = {}
    seed = nfc(order.seed.strip())
    if not 1 <= order.size <= MOST:
        faults["size"] = f"Draw 1 to {MOST:,}; {order.size:,} were asked for."
    if not 1 <= len(seed) <= LONGEST_SEED or not seed.isprintable():
        faults["seed"] = f"A seed is one line of 1 to {LONGEST_SEED} characters, chosen by whoever draws."
    if order.stratify not in (None, *STRATA):
        faults["stratify"] = f"{order.stratify!r} is no stratum. {choices(str(order.stratify), STRATA)}"
    if faults:
        raise BadInput(faults)
    known = names_of(desk, unit.connection)
    if by.person is not None and by.person not in known:
        raise NotFound(f"{by.person!r} is nobody on the roster. {choices(by.person, list(known))}")
    return SampleOrder(order.size, seed, order.since, order.until, order.process, order.site, order.stratify)


def _population(connection: Connection, order: SampleOrder) -> list[_Member]:
    """Every item that fits. Raises Refused when one is not in the log yet."""
    place = and_(g.leaves.c.chain == t.entries.c.chain, g.leaves.c.seq == t.entries.c.seq)
    query = (
        select(t.entries.c.chain, t.entries.c.digest, t.entries.c.body, g.leaves.c.position, t.items.c.ended)
        .join(t.items, t.items.c.key == t.entries.c.chain, isouter=True)
        .join(g.leaves, place, isouter=True)
        .where(t.entries.c.kind == Kind.ITEM_CREATED.value, *Period(order.since, order.until).within())
        .order_by(t.entries.c.chain)
    )
    found = []
    for row in connection.execute(query):
        data = json.loads(row.body)["data"]
        site = data["content"]["site"]
        if order.process not in (None, data["process"]) or order.site not in (None, site):
            continue
        if row.position is None:
            raise Refused(
                f"Not sealed yet: the first entry of {row.chain} has no position in the log.",
                code="not-sealed",
                remedy="`tollgate log seal` seals what waits.",
            )
        words = {"process": data["process"], "site": site or "no site", "outcome": row.ended or "open"}
        found.append(_Member(row.chain, row.digest, words.get(order.stratify or "", "all")))
    return found


def _draw(members: Sequence[_Member], seed: str, size: int) -> Iterator[Drawn]:
    ordered = sorted(members, key=lambda one: hash_of(seed, one.key))
    for n, one in enumerate(ordered[:size], start=1):
        yield Drawn(one.key, one.digest, one.stratum, n, hash_of(seed, one.key))


def _order_data(order: SampleOrder) -> dict[str, Any]:
    values = {one.name: getattr(order, one.name) for one in fields(order)}
    return {name: stamp(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _sample(entry: Mapping[str, Any], listing: str) -> Sample:
    data = dict(entry["data"])
    times = {name: unstamp(data[name]) if data[name] else None for name in ("since", "until")}
    asked = SampleOrder(**{one.name: data[one.name] for one in fields(SampleOrder)} | times)
    return Sample(
        seq=entry["seq"],
        at=unstamp(entry["at"]),
        by=entry["actor"]["person"],
        order=asked,
        **{name: data[name] for name in ("population", "population_digest", "log_size", "log_root")},
        strata={name: (there, taken) for name, there, taken in data["strata"]},
        drawn=tuple(Drawn(*one) for one in data["drawn"]),
        listing=listing,
    )
