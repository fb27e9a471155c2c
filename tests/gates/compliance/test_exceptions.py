"""Exception reports: each kind is found where it happened, and nothing else is."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from proofs import appoint, enrol_codes, one_time_link
from sqlalchemy import text
from world import ROSTER, SECRET, START, World

from gates.errors import BadInput, ProofFailed, RecordBroken, Refused
from gates.items import Actor
from gates.service.compliance.exceptions import KINDS, ExceptionReport, ExceptionRow
from gates.service.desk import item_row
from gates.service.gather import content_of
from gates.service.moving import write_revision
from gates.store import Unit
from policies.library import library_text

LIBRARY = library_text("engineering-change")


def found(report: ExceptionReport, kind: str) -> list[ExceptionRow]:
    return [row for row in report.rows if row.kind == kind]


def only(world: World, kind: str) -> ExceptionRow:
    (row,) = found(world.register.exceptions(), kind)
    return row


def test_an_ordinary_course_has_none(world: World) -> None:
    """And the report says how much it looked at to find nothing."""
    key = world.change_in_round()
    for person in ("mei", "ana", "ben"):
        world.sign(person, key)
    report = world.register.exceptions()
    assert report.rows == ()
    assert report.items == 1
    assert report.entries >= len(world.register.read_record(key).bodies) + 9
    assert report.counts == dict.fromkeys(KINDS, 0)


def test_what_comes_after_the_due_time_is_late(world: World) -> None:
    """The decision and the round's end, each with how late; what came in time is not."""
    key = world.change_in_round()
    world.sign("mei", key)
    world.pass_time(days=4)
    world.sign("ana", key)
    world.sign("ben", key)
    late = found(world.register.exceptions(), "late")
    assert [(row.item, row.who) for row in late] == [(key, "ana"), (key, "ben"), (key, None)]
    assert late[0].title == "New seal for pump P-17"
    assert "Approve by Ana Ruiz" in late[0].sentence
    assert "It was due 2026-08-20 " in late[0].sentence
    assert "Round closed" in late[2].sentence


def test_a_decision_in_somebody_s_place_is_delegated(small_world: World) -> None:
    """SOX-1: who signed for whom is on the report."""
    away = "absences:\n  - {person: mei, stand_in: otto, from: 2026-08-17, until: 2026-08-30}\n"
    small_world.import_roster(ROSTER + away)
    key = small_world.change_in_round()
    small_world.sign("otto", key)
    row = only(small_world, "delegated")
    assert (row.who, row.name) == ("otto", "Otto Lang")
    assert "Otto Lang for Mei Chen" in row.sentence


def test_self_approval_that_was_prevented_is_told_from_other_refusals(world: World) -> None:
    """SOX-1, A11-11: the editor's and the author's attempts, apart from a wrong password and a stranger's act."""
    key = world.change_in_round(author="dan")
    token = world.token("ana", key)

    def edit(unit: Unit) -> None:  # Ana edits too, by a way the process does not offer
        before = content_of(unit.connection, key, 1)
        write_revision(unit, item_row(unit.connection, key), before, {**before, "title": "Seal"}, world.by("ana"), "")

    world.register._desk.work(edit)
    with pytest.raises(Refused, match="You edited this item"):
        world.sign("ana", key, token=token)
    with pytest.raises(ProofFailed):
        world.sign("ben", key, secret="wrong horse")
    other = world.change(author="dan")
    world.register.submit(other, world.by("dan"))
    for person in ("dan", "eve"):
        with pytest.raises(Refused):
            world.register.act(other, "accept-fast", world.by(person))
    report = world.register.exceptions()
    assert [(r.item, r.who) for r in found(report, "self-approval-prevented")] == [(key, "ana"), (other, "dan")]
    assert [(r.item, r.who) for r in found(report, "refused")] == [(key, "ben"), (other, "eve")]


def test_an_act_refused_for_what_is_missing_is_no_exception(small_world: World) -> None:
    """It is on the trail; nobody reached for a right that was not theirs."""
    key = small_world.change(reason="")
    with pytest.raises(Refused, match="Not complete yet"):
        small_world.register.submit(key, small_world.by("cid"))
    assert small_world.register.exceptions().rows == ()


def test_a_refused_sign_in_and_a_password_set_anew(world: World) -> None:
    """The first password of somebody is none; an address nobody has stays nobody's."""
    for address in ("ana@example.com", "nobody@example.com"):
        with pytest.raises(ProofFailed):
            world.register.check_sign_in(address, "wrong horse", "")
    world.register.set_secret("ana", "another horse", Actor(None, "cli", "command line"))
    report = world.register.exceptions()
    assert [(r.item, r.name) for r in found(report, "refused")] == [
        ("@access", "Ana Ruiz"),
        ("@access", "nobody known"),
    ]
    row = only(world, "proof-reset")
    assert (row.item, row.name) == ("@access", "an operator")
    assert row.sentence == "The password of Ana Ruiz was set anew."


def test_proofs_set_anew_by_way_of_two_officers(small_world: World) -> None:
    """P11-23: whichever proof, and who stood for it; the first of its kind is none, a loss is one."""
    world = small_world
    appoint(world, "dan", "eve", "otto")
    enrol_codes(world, "ana")
    assert found(world.register.exceptions(), "proof-reset") == []
    enrol_codes(world, "ana")
    world.register.enrol_password(one_time_link(world, "ben", "password"), "another horse battery", "")
    world.register.report_lost("ana", "all", world.by("eve"), "Telephone stolen.")
    first, second, lost = found(world.register.exceptions(), "proof-reset")
    names = {one.id: one.name for one in world.register.people()}
    officers = f"{names['eve']} asked for it and {names['otto']} confirmed it."
    assert (first.who, first.sentence) == ("ana", f"The one-time codes of Ana Ruiz were set anew. {officers}")
    assert (second.who, second.sentence) == ("ben", f"The password of {names['ben']} was set anew. {officers}")
    assert (lost.who, lost.sentence) == ("eve", "Reported lost of Ana Ruiz: password, one-time codes.")


def test_guesses_and_acts_on_proofs_that_were_refused(small_world: World) -> None:
    """P11-28, P11-23: the limit reached, and one officer who tried to do both parts; not what is merely not offered."""
    world = small_world
    appoint(world, "dan", "eve", "otto")
    request = world.register.request_proof("ana", "totp", "passport", world.by("eve"))
    with pytest.raises(Refused, match="another officer"):
        world.register.confirm_proof(request, world.by("eve"))
    with pytest.raises(Refused, match="No single sign-on"):
        world.register.request_proof("ana", "sso", "passport", world.by("eve"))
    for _ in range(12):
        with suppress(ProofFailed, Refused):
            world.register.check_sign_in("mei@example.com", "wrong horse", "")
    said = [row.sentence for row in found(world.register.exceptions(), "refused")]
    assert [one for one in said if "on proofs" in one] == [
        "An act on proofs was refused: You asked for this yourself; another officer confirms it."
    ]
    assert "Too many wrong guesses as Mei Chen (sign-in)." in said


def test_taken_back_is_not_replaced(world: World) -> None:
    """A decision that gives way to the next of the same act is none, whatever its giver writes as a reason."""
    key = world.change_in_round()
    token = world.token("ana", key)
    world.sign("ana", key)
    world.register.edit_item(key, world.by("dan"), fields={"cost": "13000"})
    world.carry()
    world.sign("ana", key)  # sets the earlier one aside: "decided again"
    assert "item:decision:withdrawn" in world.kinds(key)
    assert found(world.register.exceptions(), "withdrawn") == []
    world.register.withdraw_decision(token, secret=SECRET, reason="decided again")
    row = only(world, "withdrawn")
    assert row.who == "ana"
    assert "took a decision back" in row.sentence


def test_a_deadlock_is_told(small_world: World) -> None:
    """Nobody acted: it is the engine that saw it."""
    small_world.import_roster(ROSTER.replace("roles: [finance]", "roles: []"))
    key = small_world.change_in_round(cost="90000")
    row = only(small_world, "deadlock")
    assert (row.item, row.who, row.name) == (key, None, "Tollgate")


def test_a_mail_given_up(small_world: World) -> None:
    """To whom; the error is on the trail."""
    key = small_world.change_in_round()
    small_world.sign("mei", key)
    (owed,) = small_world.register.claim("mail", "w")
    small_world.register.failed(owed.id, "550 no such mailbox", None)
    row = only(small_world, "mail-failed")
    assert (row.item, row.name) == (key, "Tollgate")
    assert row.sentence == "Mail “receipt” to Mei Chen was given up."


OVERRIDDEN = LIBRARY.replace(
    "    reject: {from: quality-lead, at: item.site, position: reject, at_least: 1}\n    approve:\n      all:\n"
    "        - {from: quality-lead, at: item.site, at_least: 1}\n        - {from: engineering, at_least: 2}",
    "    override: {by: sponsor, reason: required}\n"
    "    reject: {from: quality-lead, at: item.site, position: reject, at_least: 1}\n    approve:\n      all:\n"
    "        - {from: quality-lead, at: item.site, at_least: 1}\n        - {from: engineering, at_least: 2}",
)
ADMINISTRATIVE = LIBRARY.replace(
    "\npolicies:\n", "\nadministrative:\n  void: {to: withdrawn, by: {role: pmo-lead}, reason: required}\n\npolicies:\n"
)


def test_an_override_and_an_administrative_move(small_world: World) -> None:
    """With the reasons given."""
    publish(small_world, OVERRIDDEN)
    key = small_world.change_in_round()
    small_world.register.override(key, "approved", small_world.by("sam"), "The line stands still.")
    publish(small_world, ADMINISTRATIVE)
    other = small_world.change(author="dan")
    small_world.register.act(other, "void", small_world.by("cid"), "Entered twice.")
    assert (only(small_world, "override").who, only(small_world, "administrative").item) == ("sam", other)
    assert "The line stands still." in only(small_world, "override").sentence


def publish(world: World, source: str) -> None:
    world.register.publish_process(source, "engineering-change.yaml", Actor("cid"))


def test_rules_changed_in_flight(world: World) -> None:
    """SOX-1: a text published while rounds were open names them; each item moved to it has a row of its own."""
    key = world.change_in_round()
    done = world.change_in_round()
    for person in ("mei", "ana", "ben"):
        world.sign(person, done)
    publish(world, LIBRARY.replace("engineering, at_least: 2}", "engineering, at_least: 3}"))
    world.register.migrate_item(key, world.by("cid"), "Three, from now on.")
    publishing, migrating = found(world.register.exceptions(), "policy-changed-in-flight")
    assert publishing.item == "@rulebook"
    assert publishing.sentence == f"Version 2 of engineering-change was published while 1 round was open: {key}."
    assert (migrating.item, migrating.who) == (key, "cid")


def test_a_period_and_kinds_narrow_it(world: World) -> None:
    """A11-11, A11-09: views of critical events: by kind, and from a moment to before another."""
    key = world.change_in_round()
    token = world.token("ana", key)
    world.sign("ana", key)
    world.register.withdraw_decision(token, secret=SECRET, reason="Too soon.")
    world.pass_time(days=4)
    world.sign("ana", key)
    assert {row.kind for row in world.register.exceptions().rows} == {"withdrawn", "late"}
    later = START + timedelta(days=1)
    assert [row.kind for row in world.register.exceptions(since=later).rows] == ["late"]
    assert [row.kind for row in world.register.exceptions(until=later).rows] == ["withdrawn"]
    assert world.register.exceptions(until=START).items == 0
    assert [row.kind for row in world.register.exceptions(kinds=("late",)).rows] == ["late"]
    with pytest.raises(BadInput, match="Did you mean late"):
        world.register.exceptions(kinds=("latte",))


def test_a_record_that_cannot_be_followed_stops_the_report(small_world: World) -> None:
    """P11-08: a report that left it out would say less than is there."""
    key = small_world.change()
    with small_world.store.writing() as connection:
        connection.execute(text("DROP TRIGGER entries_no_update"))
        connection.execute(
            text("UPDATE entries SET body = replace(body, 'process_digest', 'process_digits') WHERE chain = :key"),
            {"key": key},
        )
    small_world.is_tampered = True
    with pytest.raises(RecordBroken, match=f"tollgate record verify {key}"):
        small_world.register.exceptions()
