"""Using a proof up in the commit that records what it proves: a code's step, an intent, a return from single sign-on.

Of two requests that bring the same proof one gets it; the other is refused, on the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from gates.service import codes, intents, singlesign
from gates.service.proofs import Proven, mark_used
from gates.store import Unit
from gates.store.proof_tables import proofs


def spend(unit: Unit, person: str, proven: Proven, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    """Use `proven` up for what `facts` say (the keys of `intents.BOUND`).

    None when it holds; else a code and a sentence.
    """
    kind = proven.evidence.get("kind", "link")
    if kind == "totp" and not codes.take(unit, proven.proof_id, proven.evidence["step"]):
        return "used-code", "The code was used before. Wait for the next one."
    if kind == "sso" and not singlesign.use(unit, proven.state):
        return "used-sign-on", "This single sign-on was used before. Sign again from the start."
    if kind == "passkey":
        return _spend_passkey(unit, proven, facts)
    if kind != "link" and kind != "totp":
        mark_used(unit, person, proven.proof_id)
    return None


def _spend_passkey(unit: Unit, proven: Proven, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    if changed := intents.differing(proven.evidence["intent"], facts):
        return "changed-intent", f"What is to be recorded is not what the passkey signed ({', '.join(changed)} differ)."
    if not intents.use(unit, proven.challenge):
        return "used-intent", "What the passkey signed was used before. Use it once more from the page."
    counted = unit.connection.execute(
        update(proofs)
        .where(
            proofs.c.id == proven.proof_id,
            proofs.c.ended_at.is_(None),
            (proofs.c.counter < proven.counter) | ((proofs.c.counter == 0) & (proven.counter == 0)),
        )
        .values(counter=proven.counter, last_used_at=unit.now)
    ).rowcount
    if counted != 1:
        return "old-counter", "The passkey was used since, or reported lost. Use it once more from the page."
    return None
