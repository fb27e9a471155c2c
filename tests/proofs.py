"""Proofs for tests: officers, one-time links taken from real mails, policies that ask for a level."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import uvicorn
from one_policy import PROCESS
from world import ROSTER, World, test_settings

from gates.items import Actor
from gates.service import codes
from workflows.runtime.children import free_port
from workflows.web.app import create_app
from workflows.web.keys import form_key
from workflows.web.state import Pages

ENGINEERS = "approve: {from: engineering, at_least: 1}"


def appoint(world: World, *people: str) -> None:
    """Make these people proof officers, and let them use the compliance desk."""
    text = ROSTER.replace("roles:\n", "roles:\n  proof-officer: {title: Proof officer}\n", 1)
    for person in people:
        text = re.sub(rf"(  {person}: .*roles: \[)", r"\1proof-officer, compliance, ", text)
    world.import_roster(text)


def one_time_link(world: World, person: str, kind: str, officers: tuple[str, str] = ("eve", "otto")) -> str:
    """The token of a one-time link, by way of two officers and a mail."""
    request = world.register.request_proof(person, kind, "passport, in person", world.by(officers[0]))
    world.register.confirm_proof(request, world.by(officers[1]))
    world.carry()
    return link_in(world, person)


def link_in(world: World, person: str) -> str:
    """The token in the person's latest mail about setting up."""
    mail = world.mails(f"{person}@example.com", "one-time link")[-1]
    body = mail.get_body(preferencelist=("plain",))
    assert body is not None
    found = re.search(r"/enrol/([a-z2-7]{52})", body.get_content())
    assert found is not None
    return found[1]


def seed_of(world: World, token: str) -> str:
    """The seed a one-time link shows."""
    return world.register.enrolment(token, "Tollgate").seed


def code_at(seed: str, moment: Any) -> str:
    """What an authenticator app shows."""
    import pyotp

    return pyotp.TOTP(seed).at(moment)


def enrol_codes(world: World, person: str, officers: tuple[str, str] = ("eve", "otto")) -> str:
    """Set one-time codes up for a person; their seed. The step of the first code is used up by it."""
    token = one_time_link(world, person, "totp", officers)
    seed = seed_of(world, token)
    world.register.enrol_code(token, code_at(seed, world.clock.now()))
    world.clock.move_on(seconds=codes.STEP_S)
    return seed


def asking(world: World, proof: str, policy: str = ENGINEERS, name: str = "example") -> str:
    """An item in a round whose policy asks for this proof; Ana, Ben, Mei are asked. Returns its key."""
    text = PROCESS.format(
        name=name,
        key=name[:2].upper(),
        when="approved: done, rejected: refused" if "reject:" in policy else "approved: done",
        due="no_deadline: a test",
        acts="",
        policy=policy.strip().replace("\n", "\n    "),
    ).replace("proof: link", f"proof: {proof}")
    world.register.publish_process(text, f"{name}.yaml", Actor(None, "import"))
    key = world.register.create_item(name, "An example", world.by("dan"), site="Lyon")
    world.register.submit(key, world.by("dan"))
    world.carry()
    return key


def entries(world: World, chain: str, kind: str = "") -> list[dict[str, Any]]:
    """The bodies of a chain, of one kind."""
    import json

    from sqlalchemy import select

    from gates.store import tables as t

    with world.store.reading() as connection:
        rows = connection.execute(select(t.entries.c.body).where(t.entries.c.chain == chain).order_by(t.entries.c.seq))
        bodies = [json.loads(row.body) for row in rows]
    return [body for body in bodies if not kind or body["kind"] == kind]


@contextmanager
def served(world: World, port: int, **settings: Any) -> Iterator[str]:
    """The site of a world whose address has a name, on a real port."""
    address = f"http://localhost:{port}"
    world.services = replace(world.services, settings=test_settings(port=port, public_url=address, **settings))
    app = create_app(Pages(world.services, form_key(world.services)))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(10)


def named_world(url: str, port: int | None = None, **more: Any) -> tuple[World, int]:
    """A world at http://localhost, with Eve, Otto and Sam as officers; and its port."""
    port = port or free_port()
    world = World(url, address=f"http://localhost:{port}", **more)
    appoint(world, "eve", "otto", "sam")
    return world, port
