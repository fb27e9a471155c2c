"""A register made for measuring: rules of twelve engineers, proof by typed name, and items that went their way."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from gates.items import Actor
from gates.ledger.signer import FileSigner, KeyRing
from gates.roster import RosterFile
from gates.service import Register, SignRequest
from gates.signoff import token_for
from gates.store import Store, open_store
from gates.store import tables as t
from policies.load import build, read_document

PROCESS = """
process: bench
title: Bench
kind: change_request
numbering: "B-{n}"
fields: {cost: {type: money, currency: EUR}}
start: draft
states:
  draft: {acts: {submit: {to: sign-off, needs: [fields]}}}
  sign-off: {round: release, when: {approved: closed, rejected: draft}, no_deadline: bench}
  closed: {end: done}
policies:
  release:
    signature: {meaning: Approved, proof: link}
    approve: {from: engineering, at_least: {count}}
    reject: {from: engineering, position: reject, at_least: 6}
"""
PEOPLE = [f"person-{n:02}" for n in range(12)]
RING = KeyRing([FileSigner("bench/log", bytes(range(32)))])
SEEDER = Actor(None, "import")


class Now:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def register_at(url: str) -> Register:
    """The register at `url`, ready to work."""
    return over(open_store(url))


def over(store: Store) -> Register:
    """A register over an open store."""
    return Register(store, Now(), bytes(range(32)), "http://bench.example")


def stock(register: Register, count: int) -> None:
    """Publish the process (so many approvals) and import twelve engineers."""
    register.publish_process(PROCESS.replace("{count}", str(count)), "bench.yaml", SEEDER)
    people = "\n".join(f"  {p}: {{name: {p}, email: {p}@example.com, roles: [engineering]}}" for p in PEOPLE)
    roster = build(RosterFile, read_document(f"people:\n  author: {{name: A, email: a@example.com}}\n{people}\n", "r"))
    register.import_roster(roster, {p: line.email for p, line in roster.people.items()}, SEEDER)


def open_item(register: Register) -> dict[str, str]:
    """An item in its round. Returns the token of each person asked."""
    by = Actor("author", "web")
    key = register.create_item("bench", "New seal for pump P-17", by, fields={"cost": "12500"})
    register.submit(key, by)
    register.open_round(key)
    with register._desk.store.reading() as connection:
        links = connection.execute(select(t.links.c.person, t.links.c.id).where(t.links.c.item == key)).all()
    return {link.person: token_for(link.id, register.link_key) for link in links}


def request(register: Register, token: str, person: str) -> SignRequest:
    """A signature ready to be given."""
    shown = register.sign_view(token).revision_digest
    return SignRequest(token, "approve", shown, typed_name=person, comment="Checked against the drawing.")


def run_through(register: Register, items: int, signers: int) -> None:
    """So many items, each signed by so many people."""
    for _ in range(items):
        tokens = open_item(register)
        for person in PEOPLE[:signers]:
            register.decide(request(register, tokens[person], person))
