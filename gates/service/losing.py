"""When a proof is lost or guessed at: de-authorised at once, locked, released; on the record, and told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from gates.errors import NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.levels import KIND_TITLES
from gates.service import intents, singlesign
from gates.service.desk import ACCESS, Desk, item_row
from gates.service.gather import open_round_of
from gates.service.people import owe_mail
from gates.service.proofs import held, is_officer
from gates.service.rounds import mint_link
from gates.service.secrets import forget_guesses, put_hash
from gates.service.telling import name_of, tell_officers, tell_owner
from gates.service.tokens import LOST, end_tokens
from gates.store import Unit
from gates.store import tables as t
from gates.store.proof_tables import proofs
from policies.canonical import nfc
from policies.phrases import at_moment, joined, phrase

RENEWED = phrase("A fresh link replaces it, because a proof of yours was reported lost.")


def report_lost(desk: Desk, unit: Unit, person: str, which: str, by: Actor, reason: str) -> str:
    """De-authorise a proof of a person (its id, or `all`), end their sessions and links. Returns a sentence.

    Fresh links go out by mail (P11-27). Raises NotFound, Refused (neither the person nor a proof officer).
    """
    # Items before the access chain, and in order: whoever refuses a signature locks in that order too.
    keys = _open_items(unit, person)
    for key in keys:
        unit.lock(key)
    unit.lock(ACCESS)
    if by.person != person and not is_officer(desk, unit.connection, by.person or "", unit.now):
        raise Refused("A loss is reported by the person or by a proof officer.", code="not-officer")
    lost = [one for one in held(desk, unit.connection, person) if which in ("all", one.id)]
    if not lost:
        known = [one.id for one in held(desk, unit.connection, person)]
        raise NotFound(f"{person} has no proof {which!r}. {choices(which, known)}")
    for one in lost:
        if one.kind == "password":
            put_hash(unit, person, "")
        else:
            unit.connection.execute(update(proofs).where(proofs.c.id == one.id).values(ended_at=unit.now))
    _end_ways_in(desk, unit, person, keys)
    end_tokens(unit, [person], by, LOST)
    kinds, ids = [one.kind for one in lost], [one.id for one in lost]
    data = {"person": person, "proofs": ids, "kinds": kinds, "reason": nfc(reason.strip())}
    passkeys = unit.connection.execute(
        select(proofs.c.credential).where(proofs.c.id.in_(ids), proofs.c.credential.is_not(None))
    )
    data["credentials"] = sorted(passkeys.scalars())
    unit.enter(ACCESS, Kind.PROOF_LOST, by, data)
    words = joined(dict.fromkeys(KIND_TITLES[kind] for kind in kinds), ", ")
    who, reporter = name_of(desk, unit, person), name_of(desk, unit, by.person)
    tell_owner(
        unit,
        person,
        phrase(
            "%(name)s reported as lost: %(proofs)s. It is taken no more, and your sessions and links have ended; fresh "
            "links come by mail. Ask a proof officer to set a proof up anew.",
            name=reporter,
            proofs=words,
        ),
    )
    said = phrase(
        "%(name)s reported a proof of %(person)s as lost: %(proofs)s. It is taken no more.",
        name=reporter,
        person=who,
        proofs=words,
    )
    tell_officers(desk, unit, said)
    return f"Lost, on the record: {words} of {who}. Sessions and links have ended; fresh links go out by mail."


def _open_items(unit: Unit, person: str) -> list[str]:
    rows = unit.connection.execute(
        select(t.links.c.item)
        .join(t.rounds, t.rounds.c.id == t.links.c.round)
        .where(t.links.c.person == person, t.links.c.revoked_at.is_(None), t.rounds.c.closed_at.is_(None))
    )
    return sorted(set(rows.scalars()))


def _end_ways_in(desk: Desk, unit: Unit, person: str, keys: list[str]) -> None:
    """End sessions, links, and what is under way; mint and owe a fresh link for each round that is open."""
    intents.end_all(unit, person)
    singlesign.end_all(unit, person)
    unit.connection.execute(
        update(t.sessions)
        .where(t.sessions.c.person == person, t.sessions.c.ended_at.is_(None))
        .values(ended_at=unit.now)
    )
    unit.connection.execute(
        update(t.links)
        .where(t.links.c.person == person, t.links.c.revoked_at.is_(None))
        .values(revoked_at=unit.now, revoked_why=RENEWED)
    )
    for key in keys:
        round_row = open_round_of(unit.connection, str(item_row(unit.connection, key).key))
        if round_row is None:
            continue
        link = mint_link(desk, unit, key, round_row, person)
        unit.enter(
            key, Kind.LINK_RENEWED, Actor(None, "engine", rule="lost"), {"round": round_row.id, "person": person}
        )
        owe_mail(unit, key, "fresh-link", person, link, round=round_row.id, reason=RENEWED)


def enter_locked(desk: Desk, unit: Unit, person: str, where: str, until: datetime) -> None:
    """Put on the record that guesses reached their limit, and tell the person and the officers (P11-28).

    `where` is the item's key, or `sign-in`.
    """
    data = {"person": person, "where": where, "until": stamp(until)}
    unit.enter(ACCESS, Kind.PROOF_LOCKED, Actor(None, "engine", rule="guesses"), data)
    said = phrase(
        "Too many wrong passwords or codes were tried (%(where)s); none is taken until %(until)s.",
        where=where,
        until=at_moment(f"{until:%H:%M} UTC", until),
    )
    advice = phrase(
        "If it was not you, somebody has your link or knows your address: report it to a proof officer. If it was "
        "you, wait, or have an officer release it."
    )
    tell_owner(unit, person, joined([said, advice]))
    tell_officers(desk, unit, joined([name_of(desk, unit, person), said], ": "), but=(person,))


def release(desk: Desk, unit: Unit, person: str, by: Actor, reason: str) -> str:
    """Let guesses of a locked person be taken again. Returns a sentence.

    Raises Refused (not an officer, or the officer's own lock), NotFound (nobody of that id).
    """
    unit.lock(ACCESS)
    if person not in desk.book(unit.connection).people:
        raise NotFound(
            f"{person!r} is nobody on the roster. {choices(person, list(desk.book(unit.connection).people))}"
        )
    if by.person == person or not is_officer(desk, unit.connection, by.person or "", unit.now):
        raise Refused("A lock is released by a proof officer, and not by the one who is locked.", code="not-officer")
    forget_guesses(unit, person)
    unit.enter(ACCESS, Kind.PROOF_RELEASED, by, {"person": person, "reason": nfc(reason.strip())})
    said = phrase("%(name)s released the lock on your password and codes.", name=name_of(desk, unit, by.person))
    tell_owner(unit, person, said)
    return f"Released, on the record: {name_of(desk, unit, person)} may try again."
