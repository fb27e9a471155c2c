"""Makes the rich golden bundle of the present format: run once for a format version, then never again.

    python tests/golden/make_rich.py

Beside the plain one (make.py) it holds what later parts of the program put on a record: conditions of a gate, a time
booked in a freeze by exception, a passkey's signature, a stand-in's, signatures that an edit let fall, an override, an
escalation, and a log that was handed over to a fresh key. What checking it prints is frozen with it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from authenticator import Authenticator
from command_line import run
from line_changes import line_change, set_up
from one_policy import publish
from promises import DEFECTS, LINK, TRAINING, conditional
from proofs import asking, one_time_link
from world import LOG_KEY, ROSTER, World

from gates.ledger.proof.archive import FORMAT
from gates.ledger.signer import FileSigner, KeyRing
from gates.service import SignRequest
from gates.service.exporting import Choice
from workflows.steps import seal_step

HERE = Path(__file__).parent
SITE = "http://localhost:8123"
FRESH = FileSigner(LOG_KEY.key.name, bytes(range(32, 64)))
PEOPLE = (
    ROSTER.replace("roles:\n", "roles:\n  proof-officer: {title: Proof officer}\n", 1)
    .replace("roles: [finance]", "roles: [proof-officer, finance]")
    .replace("roles: [{role: quality-lead, at: Linz}]", "roles: [proof-officer, {role: quality-lead, at: Linz}]")
) + "absences:\n  - {person: mei, from: 2026-09-14, until: 2026-09-18, stand_in: otto}\n"


def conditions(world: World) -> None:
    """A gate passed on two conditions: one is met and confirmed, one gets more time and is waived."""
    key = conditional(world, DEFECTS, TRAINING)
    world.register.call_condition_met(key, 1, world.by("ben"), LINK)
    world.register.confirm_condition(key, 1, world.by("mei"))
    world.register.extend_condition(key, 2, world.by("sam"), date(2026, 9, 25), "The trainer is ill.")
    world.register.waive_condition(key, 2, world.by("sam"), "The night shift was moved to Linz.")
    assert world.state(key) == "passed"


def windows(world: World) -> None:
    """A change in its window, which is done; and one in the freeze, which the plant manager lets be."""
    held = line_change(world, "2026-08-22T08:00", "2026-08-22T12:00")
    world.register.act(held, "schedule", world.by("cid"))
    world.register.act(held, "done", world.by("cid"))
    frozen = line_change(world, "2026-12-19T08:00", "2026-12-19T12:00")
    world.register.act(frozen, "schedule", world.by("cid"))
    world.carry()
    world.sign("dan", frozen)
    assert world.state(frozen) == "scheduled"


def passkey(world: World) -> None:
    """Ana signs with a passkey that two officers let her set up."""
    ana = Authenticator(SITE)
    token = one_time_link(world, "ana", "passkey", ("eve", "otto"))
    world.register.enrol_passkey(token, ana.made(world.register.enrolment(token, "Golden").options))
    key = asking(world, "passkey", name="release")
    link = world.token("ana", key)
    shown = world.register.sign_view(link).revision_digest
    asked = SignRequest(link, "approve", shown, comment="Geprüft.", way="passkey")
    answer = ana.got(world.register.intend(asked))
    world.register.decide(SignRequest(link, "approve", shown, comment="Geprüft.", way="passkey", assertion=answer))
    assert world.state(key) == "done"


def signatures_fall(world: World) -> str:
    """A change that two signed, and that was edited under them. Nobody has signed again yet. Returns its key."""
    key = world.change_in_round()
    world.sign("mei", key)
    world.sign("ana", key)
    world.register.edit_item(key, world.by("dan"), fields={"cost": "13000"}, reason="Offer of Tuesday.")
    world.carry()
    return key


def stand_in(world: World, key: str) -> None:
    """Mei is away: Otto signs for her, and the change that was edited is approved after all."""
    world.pass_time(hours=1)
    for person in ("otto", "ana", "ben"):
        world.sign(person, key)
    assert world.state(key) == "implementation"


def override(world: World) -> None:
    """The sponsor decides for finance, and says why."""
    key = publish(world, "override: {by: sponsor}\napprove: {from: finance, at_least: 1}")
    world.register.override(key, "approved", world.by("sam"), "Plant is down.")
    assert world.state(key) == "done"


def before_the_handing_over(world: World) -> str:
    """What the first key signs. Returns the key of the change that was edited under its signers."""
    world.import_roster(PEOPLE)
    set_up(world)
    conditions(world)
    windows(world)
    passkey(world)
    edited = signatures_fall(world)
    world.register.raise_escalation(edited, None, world.by("dan"), title="Who pays for the seal?")
    world.carry()
    return edited


def main() -> None:
    """Write bundle, facts and what checking it prints."""
    bundle, facts, printed = (HERE / f"rich-{FORMAT}.{end}" for end in ("zip", "json", "txt"))
    if bundle.exists():
        raise SystemExit(f"{bundle} is there; a golden bundle is made once.")
    with tempfile.TemporaryDirectory() as folder:
        world = World(f"sqlite:///{folder}/golden.db", address=SITE)
        edited = before_the_handing_over(world)
        seal_step(world.services)
        pin = world.register.log()
        world.register.rotate_log_key(KeyRing([LOG_KEY, FRESH]), FRESH, world.by("sam"), "Yearly.")
        world.clock.at = world.clock.at.replace(month=9, day=14)
        stand_in(world, edited)
        override(world)
        while world.register.seal(KeyRing([FRESH]), "unused"):
            pass
        world.check_record()
        keys, data = world.register.export(Choice(), site="Golden", complete=True, pins=[pin.size])
        bundle.write_bytes(data)
        told = {"key": str(LOG_KEY.key), "fresh": str(FRESH.key), "pin": pin.note, "items": keys}
        facts.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        world.close()
    result = run("verify", str(bundle), "--replay", "--key", told["key"], "--pin", told["pin"], "--complete", "--all")
    assert result.exit_code == 0, result.stdout
    printed.write_text(result.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
