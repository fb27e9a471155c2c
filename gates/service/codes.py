"""One-time codes (TOTP, RFC 6238): thirty-second steps, one step of leeway, and no code twice.

The seed is derived from the enrolment's id under a key that is not in the database, so the database alone
makes no code.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

from sqlalchemy import Connection, Row, update

from gates.service.desk import Desk
from gates.service.proofs import rows_of
from gates.signoff import derived
from gates.store import Unit
from gates.store.proof_tables import proofs

STEP_S = 30
LEEWAY = 1
"""How many steps before and after the present one are taken, for clocks that go wrong."""


def seed(desk: Desk, proof_id: str) -> str:
    """The seed of an enrolment in base32, as authenticator apps take it."""
    return base64.b32encode(derived("totp", proof_id, desk.link_key)[:20]).decode("ascii")


def address(desk: Desk, proof_id: str, account: str, issuer: str) -> str:
    """The otpauth address a QR code carries."""
    import pyotp

    return pyotp.TOTP(seed(desk, proof_id)).provisioning_uri(name=account, issuer_name=issuer)


def step_of(text: str, proof_seed: str, now: datetime) -> int | None:
    """The step that `text` is the code of, or None; every candidate is looked at, so that time tells nothing."""
    import pyotp

    code = "".join(text.split())
    maker, present = pyotp.TOTP(proof_seed), int(now.timestamp()) // STEP_S
    found = None
    for step in range(present - LEEWAY, present + LEEWAY + 1):
        if hmac.compare_digest(maker.generate_otp(step).encode(), code.encode("utf-8", "replace")):
            found = step
    return found


def match(desk: Desk, connection: Connection, person: str, text: str, now: datetime) -> tuple[str, int, bool] | None:
    """The enrolment and step of a code, and whether that step was taken before; None when it is not right."""
    for row in rows_of(desk, connection, person, "totp"):
        step = step_of(text, seed(desk, row.id), now)
        if step is not None:
            return row.id, step, _is_taken(row, step)
    return None


def _is_taken(row: Row[object], step: int) -> bool:
    last = row._mapping["last_step"]
    return isinstance(last, int) and step <= last


def take(unit: Unit, proof_id: str, step: int) -> bool:
    """Use a step up. False when it, or a later one, was taken already: of two at once one gets it."""
    return (
        unit.connection.execute(
            update(proofs)
            .where(
                proofs.c.id == proof_id,
                proofs.c.ended_at.is_(None),
                proofs.c.last_step.is_(None) | (proofs.c.last_step < step),
            )
            .values(last_step=step, last_used_at=unit.now)
        ).rowcount
        == 1
    )
