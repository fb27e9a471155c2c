"""What a certificate states about one item: read from its record alone, never from today's roster or rules.

The record is checked first, and nothing is certified that does not hold. The same record therefore gives the same
certificate on any day and on any machine; names, capacities and zones are those of the moment of signing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gates.errors import RecordBroken
from gates.ledger.entries import Kind, unstamp
from gates.ledger.verify import STEPS, StoredRecord, verify
from gates.values import conditions_in_words
from policies.explain import rule_in_words
from policies.facts import Roster
from policies.load import LoadedProcess, process_from_canonical

REFUSED = frozenset({Kind.ACT_REFUSED, Kind.DECISION_REFUSED})
NOBODY = Roster({}, (), {})
"""Roles are called by their names in the process text: their titles on the roster may change."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One recorded decision. `zone` is '' where the entry is older than the recording of zones."""

    decision: str
    seq: int
    digest: str
    name: str
    capacity: str
    on_behalf_of: str
    position: str
    meaning: str
    proof: str
    comment: str
    at: datetime
    zone: str
    revision: int
    remark: str = ""
    """Why it does not stand or does not count; '' where it does."""


@dataclass(frozen=True, slots=True)
class CertifiedRound:
    """One round of the item. `outcome` and `sentence` are as recorded at its end; '' while it is open."""

    number: int
    title: str
    revision: int
    revision_digest: str
    opened_at: datetime
    rule: tuple[str, ...]
    closed_at: datetime | None = None
    outcome: str = ""
    sentence: str = ""
    notes: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything a certificate states."""

    key: str
    title: str
    process: str
    process_digest: str
    site: str
    state: str
    revision: int
    revision_digest: str
    created_at: datetime
    last_at: datetime
    entries: int
    head: str
    refused: int
    withdrawn: int
    rounds: tuple[CertifiedRound, ...] = field(default=())


def certify(record: StoredRecord) -> Certificate:
    """The certificate of a record. Raises RecordBroken, naming the step that failed."""
    steps = verify(record)
    if len(steps) != len(STEPS) or not steps[-1].ok:
        failed = steps[-1]
        raise RecordBroken(
            f"The record of {record.chain} does not hold, so nothing is certified. "
            f"Step {failed.number}, {failed.title}: {failed.said}."
        )
    return _Reader(record).read()


class _Reader:
    """Goes through the entries once, oldest first."""

    def __init__(self, record: StoredRecord) -> None:
        self.record = record
        self.entries: list[dict[str, Any]] = [json.loads(body) for body in record.bodies]
        self.texts: dict[str, LoadedProcess] = {}
        self.in_force = str(self.entries[0]["data"]["process_digest"])
        self.rounds: dict[str, CertifiedRound] = {}
        self.names: dict[str, str] = {}
        self.withdrawn = 0
        self.refused = 0

    def read(self) -> Certificate:
        for entry, digest in zip(self.entries, self.record.digests, strict=True):
            self._take(entry, digest)
        number = max(self.record.revisions)
        content = json.loads(self.record.revisions[number])
        process = self._text(self.in_force).process
        return Certificate(
            key=self.record.chain,
            title=content["title"],
            process=process.title,
            process_digest=self.in_force,
            site=content["site"] or "",
            state=_title(process.states[self.record.state].title, self.record.state),
            revision=number,
            revision_digest=self._revision_digest(number),
            created_at=unstamp(self.entries[0]["at"]),
            last_at=unstamp(self.entries[-1]["at"]),
            entries=len(self.entries),
            head=self.record.head,
            refused=self.refused,
            withdrawn=self.withdrawn,
            rounds=tuple(self.rounds.values()),
        )

    def _take(self, entry: Mapping[str, Any], digest: str) -> None:
        kind, data, at = entry["kind"], entry["data"], unstamp(entry["at"])
        if kind in REFUSED:
            self.refused += 1
        elif kind == Kind.ITEM_MIGRATED:
            self.in_force = data["process_digest"]
        elif kind == Kind.ROUND_OPENED:
            self._open(data, at)
        elif kind == Kind.ROUND_CLOSED:
            self._close(data, at)
        elif kind == Kind.ROUND_OVERRIDDEN:
            who = self.names.get(data["by"], data["by"])
            self._note(data["round"], f"Overridden by {who}, {at:%Y-%m-%d %H:%M:%S} UTC: {data['reason']}")
        elif kind == Kind.DECISION_RECORDED:
            self._sign(entry, digest, at)
        elif kind == Kind.DECISION_WITHDRAWN:
            self._withdraw(data, at)

    def _text(self, digest: str) -> LoadedProcess:
        if digest not in self.texts:
            self.texts[digest] = process_from_canonical(self.record.processes[digest])
        return self.texts[digest]

    def _open(self, data: Mapping[str, Any], at: datetime) -> None:
        self.names.update(data["verdict"].get("names", {}))
        loaded = self._text(data["process_digest"])
        self.rounds[data["round"]] = CertifiedRound(
            number=data["number"],
            title=_title(loaded.process.policies[data["policy"]].title, data["policy"]),
            revision=data["revision"],
            revision_digest=data["revision_digest"],
            opened_at=at,
            rule=self._rule(loaded, data["policy"]),
        )

    def _rule(self, loaded: LoadedProcess, policy: str) -> tuple[str, ...]:
        said = rule_in_words(loaded.policies[policy], NOBODY)
        return tuple(conditions_in_words(one, loaded.process.fields) for one in said)

    def _close(self, data: Mapping[str, Any], at: datetime) -> None:
        held, verdict = self.rounds[data["round"]], data["verdict"] or {}
        loaded = self._text(data["process_digest"])
        seated = {seat["person"] for seat in verdict.get("seats", ())}
        aside = {one["decision"]: one["reason"] for one in verdict.get("set_aside", ()) if one["person"] not in seated}
        known = loaded.process.policies[data["policy"]].ordered_outcomes().get(data["outcome"] or "")
        self.rounds[data["round"]] = replace(
            held,
            rule=self._rule(loaded, data["policy"]),
            revision=data["revision"],
            revision_digest=self._revision_digest(data["revision"]),
            closed_at=at,
            outcome=_title(known.title if known else None, data["outcome"] or "closed without a verdict"),
            sentence=verdict.get("sentence") or data["why"],
            signatures=tuple(_weighed(one, aside) for one in held.signatures),
        )

    def _note(self, round_id: str, note: str) -> None:
        held = self.rounds[round_id]
        self.rounds[round_id] = replace(held, notes=(*held.notes, note))

    def _sign(self, entry: Mapping[str, Any], digest: str, at: datetime) -> None:
        data = entry["data"]
        behalf = data.get("on_behalf_of")
        signature = Signature(
            decision=data["decision"],
            seq=entry["seq"],
            digest=digest,
            name=data["name"],
            capacity=data["capacity"],
            on_behalf_of=self.names.get(behalf, behalf) if behalf else "",
            position=_title(None, data["position"]),
            meaning=data["meaning"],
            proof=data["proof"],
            comment=data["comment"],
            at=at,
            zone=data.get("zone", ""),
            revision=data["revision"],
        )
        held = self.rounds[data["round"]]
        self.rounds[data["round"]] = replace(held, signatures=(*held.signatures, signature))

    def _withdraw(self, data: Mapping[str, Any], at: datetime) -> None:
        self.withdrawn += 1
        held = self.rounds[data["round"]]
        reason = f": {data['reason']}" if data["reason"] else ""
        said = f"Taken back {at:%Y-%m-%d %H:%M:%S} UTC{reason}"
        lines = tuple(replace(one, remark=said) if one.decision == data["decision"] else one for one in held.signatures)
        self.rounds[data["round"]] = replace(held, signatures=lines)

    def _revision_digest(self, number: int) -> str:
        return next(
            str(entry["data"]["revision_digest"])
            for entry in self.entries
            if entry["kind"] in (Kind.ITEM_CREATED, Kind.ITEM_EDITED) and entry["data"]["revision"] == number
        )


def _weighed(signature: Signature, aside: Mapping[str, str]) -> Signature:
    """The signature with the recorded reason why it does not count, where there is one."""
    if signature.remark or signature.decision not in aside:
        return signature
    return replace(signature, remark=f"Does not count: {aside[signature.decision]}")


def _title(title: str | None, name: str) -> str:
    return title or name.replace("_", " ").replace("-", " ").capitalize()
