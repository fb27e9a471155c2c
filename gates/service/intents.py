"""What a passkey signs: one decision by one person on one revision, kept here, used once, within minutes.

The challenge given to the authenticator is `SHA-256("tollgate/intent/v1" 0x00 canonical JSON of the intent)`: a
different one for each decision, so that a signature for one can never stand for another (EID-1 to EID-3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, insert, select, update

from gates.ledger.entries import stamp
from gates.store import Unit
from gates.store.proof_tables import intents
from policies.canonical import canonical, digest, nfc

LIFE = timedelta(minutes=5)
TAKE_BACK = "(take back)"
"""What stands for a position where a decision is taken back; no policy can have a position of that name."""

BOUND = (
    "item", "round", "revision", "revision_digest", "process_digest", "policy", "position", "meaning",
    "comment_digest", "capacity", "person", "name", "on_behalf_of",
)  # fmt: skip
"""The keys of an intent that must be at the signing what they were at the asking."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One intent on file."""

    challenge: str
    link: str
    person: str
    body: dict[str, Any]
    expires_at: datetime
    used_at: datetime | None


def plain_comment(text: str) -> str:
    """A comment as it is kept: in NFC, without outer space; browsers differ in how they send the end of a line."""
    return nfc(text.replace("\r\n", "\n").replace("\r", "\n").strip())


def comment_digest(text: str) -> str:
    """The digest of a comment as it is kept."""
    return digest("comment", plain_comment(text).encode())


def make(unit: Unit, link: str, facts: Mapping[str, Any]) -> Intent:
    """Put an intent on file; `facts` holds the keys of `BOUND`."""
    body = {
        "type": "tollgate/intent",
        "format": 1,
        "nonce": token_hex(16),
        **{key: facts[key] for key in BOUND},
        "made_at": stamp(unit.now),
    }
    raw = canonical(body)
    row = Intent(digest("intent", raw), link, str(facts["person"]), json.loads(raw), unit.now + LIFE, None)
    unit.connection.execute(
        insert(intents).values(
            challenge=row.challenge,
            person=row.person,
            link=link,
            body=raw,
            made_at=unit.now,
            expires_at=row.expires_at,
        )
    )
    return row


def find(connection: Connection, challenge: str) -> Intent | None:
    """The intent of a challenge, or None."""
    row = connection.execute(select(intents).where(intents.c.challenge == challenge)).first()
    if row is None:
        return None
    return Intent(row.challenge, row.link, row.person, json.loads(row.body), row.expires_at, row.used_at)


def differing(intent: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """The keys in which what is about to be recorded is not what was signed."""
    return [key for key in BOUND if intent.get(key) != facts[key]]


def use(unit: Unit, challenge: str) -> bool:
    """Use an intent up. False when it was used already: of two at once one gets it."""
    return (
        unit.connection.execute(
            update(intents)
            .where(intents.c.challenge == challenge, intents.c.used_at.is_(None), intents.c.expires_at > unit.now)
            .values(used_at=unit.now)
        ).rowcount
        == 1
    )


def end_all(unit: Unit, person: str) -> None:
    """Let no intent of a person be used any more."""
    unit.connection.execute(
        update(intents).where(intents.c.person == person, intents.c.used_at.is_(None)).values(used_at=unit.now)
    )
