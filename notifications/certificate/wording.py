"""A certificate's facts as the words that are printed. The template sets them and adds none of its own but labels."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gates.certificate import Certificate, CertifiedRound, Signature
from gates.ledger.verify import STEPS
from notifications import words

PROOFS = {
    "link": "L0: personal link and typed name",
    "secret": "L1: personal link and password",
    "sso": "L2: personal link and fresh sign-in at the organisation",
    "passkey": "L3: personal link and passkey",
}
"""What a level of proof is called; one that is not known here is printed as recorded."""


def page_of(certificate: Certificate, site_name: str) -> dict[str, Any]:
    """The page as data: texts only, ready to be set."""
    last = certificate.rounds[-1] if certificate.rounds else None
    return {
        "site_name": site_name,
        "key": certificate.key,
        "title": certificate.title,
        "document": f"Certificate of sign-off: {certificate.key} {certificate.title}",
        "verdict": _verdict(last),
        "is_decided": bool(last and last.closed_at and last.outcome),
        "facts": _facts(certificate),
        "rounds": [_round(one) for one in reversed(certificate.rounds)],
        "head": certificate.head,
        "record": _record_words(certificate),
        "checks": _checks(certificate),
    }


def _verdict(last: CertifiedRound | None) -> str:
    if last is None:
        return "Nobody has been asked to sign yet"
    if last.closed_at is None:
        return "Not decided: the round is open"
    return f"{last.title}: {last.outcome}"


def _facts(certificate: Certificate) -> list[list[str]]:
    pairs = [
        ("Process", certificate.process),
        ("Site", certificate.site),
        ("State", certificate.state),
        ("Created", words.utc(certificate.created_at)),
        ("Latest entry", words.utc(certificate.last_at)),
        ("Revision", _revision(certificate.revision)),
    ]
    return [[label, text] for label, text in pairs if text] + [
        ["Revision digest", certificate.revision_digest],
        ["Process digest", certificate.process_digest],
    ]


def _revision(number: int) -> str:
    """Whether anything changed since first entry is said, not left to be guessed from a number."""
    if number == 1:
        return "1, unchanged since first entry"
    return f"{number}, changed {'once' if number == 2 else f'{number - 1} times'} since first entry"


def _round(one: CertifiedRound) -> dict[str, Any]:
    closed = f"closed {words.utc(one.closed_at)}" if one.closed_at else "still open"
    return {
        "heading": f"Round {one.number}: {one.title}",
        "when": f"Opened {words.utc(one.opened_at)}, {closed}, on revision {one.revision}.",
        "digest": one.revision_digest,
        "rule": list(one.rule),
        "verdict": " ".join(part for part in (f"{one.outcome}." if one.outcome else "", one.sentence) if part),
        "notes": list(one.notes),
        "signatures": [_signature(line, one) for line in one.signatures],
    }


def _signature(line: Signature, held: CertifiedRound) -> dict[str, str]:
    other = f"Given for revision {line.revision}." if line.revision != held.revision else ""
    return {
        "name": line.name,
        "capacity": line.capacity,
        "behalf": f"on behalf of {line.on_behalf_of}" if line.on_behalf_of else "",
        "position": line.position,
        "meaning": line.meaning,
        "comment": line.comment,
        "remark": " ".join(part for part in (f"{line.remark}." if line.remark else "", other) if part),
        "utc": words.utc(line.at),
        "local": _local(line),
        "proof": PROOFS.get(line.proof, line.proof),
        "entry": f"Entry {line.seq}, {words.fingerprint(line.digest)}",
    }


def _local(line: Signature) -> str:
    """The signer's wall clock with its zone, as recorded; '' where no zone is on record or known to this machine."""
    if not line.zone:
        return ""
    try:
        ZoneInfo(line.zone)
    except (ZoneInfoNotFoundError, ValueError):
        return f"zone on record: {line.zone}"
    return f"{words.when(line.at, line.zone)} ({line.zone})"


def _record_words(certificate: Certificate) -> str:
    count = "1 entry" if certificate.entries == 1 else f"{certificate.entries} entries"
    return (
        f"{count}, each holding the digest of the one before. "
        f"Refused attempts: {certificate.refused}. Decisions taken back: {certificate.withdrawn}. "
        "They are kept in the record."
    )


def _checks(certificate: Certificate) -> list[str]:
    return [
        "Save the attached file record.json from this PDF. It is the record as stored; what is printed here is "
        "read from it.",
        f"Run: tollgate record verify --file record.json. It takes {len(STEPS)} numbered steps without a database or "
        "network, and says which fails.",
        "Compare the head digest it prints with the one above, and with the receipts that signers hold by mail.",
        f"At the register itself: tollgate record verify {certificate.key}.",
    ]
