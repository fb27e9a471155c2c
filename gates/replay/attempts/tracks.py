"""What the log has said of each item so far, and the facts a policy judges it by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gates.replay.attempts.mapping import AttemptsMap, FieldFrom
from gates.replay.rows import LogFault
from gates.values import Misfit, parse, to_python
from policies.facts import Decision, Facts, ItemFacts, Roster
from policies.model import Field, Process

_VERSION = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,3})(?:\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and when."""

    person: str
    at: datetime


@dataclass
class Track:
    """One item as the log has it so far.

    `values` are the log's own, by its own names; `fields` the process's, read when they changed. `signatures`
    are those in force by (scope, key).
    """

    values: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    signatures: dict[tuple[str, str], Signature] = field(default_factory=dict)
    is_live: bool = False

    def people(self, name: str, split: str) -> tuple[str, ...]:
        """The people that stand under `name`."""
        return tuple(one.strip() for one in self.values.get(name, "").split(split) if one.strip())


def version(text: str) -> int | None:
    """`v1.21`, `1.21.3` -> 1021 (major × 1000 + minor); None for what does not read so.

    With two places a hundredth minor release would read as the next major one.
    """
    found = _VERSION.fullmatch(text.strip())
    return int(found[1]) * 1000 + int(found[2]) if found else None


def read_value(name: str, one: Field, source: FieldFrom, text: str, number: int) -> Any:
    """The value conditions see for `text`, None for an empty one. Raises LogFault with the row."""
    if not text.strip():
        return None
    if source.as_ == "version":
        return version(text)
    try:
        stored = parse(one, text.split(source.split) if source.split else text)
    except Misfit as misfit:
        remedy = "To judge such a value by a condition, make the field a text."
        raise LogFault(f"Row {number}: {misfit} It is meant for the field {name!r}. {remedy}") from None
    return None if stored is None else to_python(one, stored)


class Scribe:
    """Writes the facts of one item for a policy."""

    def __init__(self, process: Process, mapping: AttemptsMap) -> None:
        self.process = process
        self.map = mapping

    def facts(self, item: str, track: Track, roster: Roster, now: datetime) -> Facts:
        """The item as of `now`: fields, people, and the signatures in force as decisions."""
        signs = self.map.sign_offs
        key = track.values.get(signs.key, "")
        scope = track.values.get(signs.scope, "") if signs.scope else ""
        signature = track.signatures.get((scope, key))
        fields = dict(track.fields)
        if signs.any_field is not None:
            fields[signs.any_field] = any(place == scope for place, _ in track.signatures)
        if signs.key_field is not None:
            fields[signs.key_field] = signature is not None
        facts = Facts(self._item(item, track, fields), roster, now, opened_at=now)
        if signature is None:
            return facts
        decision = Decision(f"{item} {key}", signature.person, signs.position, signature.at, revision=1)
        return replace(facts, decisions=(decision,), opened_at=signature.at)

    def _item(self, item: str, track: Track, fields: Mapping[str, Any]) -> ItemFacts:
        people = {word: track.people(source.from_, source.split) for word, source in self.map.people.items()}
        first = {word: found[0] for word, found in people.items() if found}
        return ItemFacts(
            key=item,
            process=self.process.process,
            kind=self.process.kind,
            revision=1,
            author=first.get("author", ""),
            owner=first.get("owner"),
            submitter=first.get("submitter"),
            editors=people.get("editors", ()),
            fields=fields,
            performers=people.get("performed_by", ()),
        )
