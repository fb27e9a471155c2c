"""What auditors take along, as sheets: the same columns wherever a list is asked for, and in each form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gates.service.compliance.access import AccessRow
from gates.service.compliance.exceptions import ExceptionReport
from gates.service.compliance.reviewing import TrailReview
from gates.service.compliance.sampling import Sample
from gates.service.searching.sentences import FoundEntry
from workflows.tables import write_csv, write_json, write_xlsx

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
"""Each form a sheet is written in, by the end of its file's name, and its media type."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list. `name` says what it is of, on the record and in the file's name."""

    name: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


def write(sheet: Sheet, form: str) -> bytes:
    """The sheet in one of `FORMS`."""
    if form == "json":
        return write_json(sheet.head, sheet.rows)
    if form == "csv":
        return write_csv(sheet.head, sheet.rows)
    return write_xlsx(sheet.name.capitalize(), sheet.head, sheet.rows)


def of_entries(found: Sequence[FoundEntry], name: str = "record") -> Sheet:
    """Entries that were found."""
    head = (
        "at (UTC)", "item", "title", "process", "entry", "kind", "who", "what", "details", "capacity", "for", "level",
        "why", "chain", "digest",
    )  # fmt: skip
    rows = [
        (
            e.at, e.item, e.title, e.process, e.seq, e.kind, e.who, e.sentence, e.details, e.capacity, e.on_behalf_of,
            e.level, e.why, e.chain, e.digest,
        )
        for e in found
    ]  # fmt: skip
    return Sheet(name, head, rows)


def of_person(found: Sequence[FoundEntry], person: str) -> Sheet:
    """What somebody did, and what is about them: each entry says which."""
    whole = of_entries(found, f"person-{person}")
    parts = [part_of(one, person) for one in found]
    return Sheet(whole.name, ("part", *whole.head), [(p, *row) for p, row in zip(parts, whole.rows, strict=True)])


def part_of(entry: FoundEntry, person: str) -> str:
    """`did` where the entry is the person's doing, else `about`."""
    return "did" if person in entry.doers else "about"


def of_exceptions(report: ExceptionReport) -> Sheet:
    """The rows of an exception report."""
    head = ("at (UTC)", "kind", "item", "title", "entry", "who", "what")
    return Sheet("exceptions", head, [(r.at, r.kind, r.item, r.title, r.seq, r.name, r.sentence) for r in report.rows])


def of_drawn(sample: Sample) -> Sheet:
    """The items of one sample."""
    head = ("item", "digest of its first entry", "stratum", "place", "SHA-256 of seed and key")
    rows = [(one.key, one.digest, one.stratum, one.place, one.hash) for one in sample.drawn]
    return Sheet(f"sample-{sample.seq}", head, rows)


def of_reviews(key: str, reviews: Sequence[TrailReview]) -> Sheet:
    """The reviews of an item's trail."""
    head = ("at (UTC)", "item", "who", "up to entry", "its digest", "entries since", "finding", "entry")
    return Sheet(
        f"reviews-{key}", head, [(r.at, key, r.name, r.entries, r.head, r.since, r.finding, r.seq) for r in reviews]
    )


def of_access(rows: Sequence[AccessRow]) -> Sheet:
    """Who may do what, since when and by whom."""
    head = (
        "person", "name", "kind", "company", "role", "title", "site", "program", "vendor", "from", "until", "state",
        "granted at (UTC)", "granted by", "granted in entry", "ended at (UTC)", "ended by", "ended in entry",
        "processes", "powers",
    )  # fmt: skip
    found = [
        (
            r.person, r.name, r.kind, r.company, r.role, r.title, r.site, r.program, r.vendor, r.since, r.until,
            r.state, r.granted_at, r.granted_by, r.granted, r.ended_at, r.ended_by, r.ended, ", ".join(r.processes),
            ", ".join(r.powers),
        )
        for r in rows
    ]  # fmt: skip
    return Sheet("access", head, found)
