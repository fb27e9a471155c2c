"""What the register answers with about proofs: what people hold, what officers asked for, and what is being set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gates.items import PersonView


@dataclass(frozen=True, slots=True)
class HeldProof:
    """One proof a person holds. `kind` is password, totp, sso or passkey; `id` names it where one is reported lost."""

    id: str
    kind: str
    title: str
    enrolled_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token by which a program acts for a person, without the token itself. `standing` is live, expired or ended."""

    id: str
    person: str
    person_name: str
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    standing: str
    ended_at: datetime | None = None
    ended_why: str = ""
    used_at: datetime | None = None
    """When it was used last, give or take a quarter of an hour; None where it never was."""


@dataclass(frozen=True, slots=True)
class PersonProofs:
    """One person's proofs, for the report of their age and last use."""

    person: str
    name: str
    proofs: tuple[HeldProof, ...]
    locked_until: datetime | None = None
    is_officer: bool = False


@dataclass(frozen=True, slots=True)
class ProofRequest:
    """A request of one proof officer, which another confirms. `state` is waiting, confirmed, used or lapsed."""

    id: str
    person: str
    name: str
    kind: str
    title: str
    replaces: bool
    how_checked: str
    requested_by: str
    requested_by_name: str
    requested_at: datetime
    confirmed_by: str | None
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the holder of a one-time link sets up. The texts are of the kind: seed and otpauth address, or the options
    of a passkey as JSON."""

    request: str
    person: PersonView
    kind: str
    title: str
    expires_at: datetime
    officers: tuple[str, str]
    """The names of the two who let it be."""
    seed: str = ""
    otpauth: str = ""
    options: str = ""
