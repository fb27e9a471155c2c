"""Requirements that no test of a feature shows by itself: see docs/compliance/requirements.yaml."""

from __future__ import annotations

import inspect
import json
import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from one_policy import publish
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError
from world import ROSTER, World

from gates.errors import BadInput, Refused
from gates.ledger.entries import Kind
from gates.service import Register, SignRequest
from gates.store import tables as t
from policies.library import library_names, library_text
from policies.load import load_process

AUTHOR_STANDS_IN = """
absences:
  - {person: mei, from: 2026-08-17, until: 2026-08-21, stand_in: dan}
"""


def entries(world: World, chain: str) -> list[dict[str, Any]]:
    with world.store.reading() as connection:
        rows = connection.execute(text("SELECT body FROM entries WHERE chain = :chain ORDER BY seq"), {"chain": chain})
        return [json.loads(bytes(body)) for (body,) in rows]


def test_no_act_of_another_state_is_taken(world: World) -> None:
    """P11-09: called directly, every act of every other state is refused, and the item stays where it is."""
    states = load_process(library_text("engineering-change"), "x").process.states
    key = world.change("dan")
    here = set(states["draft"].acts)
    elsewhere = {name for state in states.values() for name in state.acts} - here
    assert len(elsewhere) >= 5
    for name in sorted(elsewhere):
        for person in ("dan", "cid", "mei", "sam"):
            with pytest.raises(Refused):
                world.register.act(key, name, world.by(person), reason="by direct call")
    assert world.state(key) == "draft"
    assert "item:moved" not in world.kinds(key)
    assert world.is_whole(key)


def test_one_of_many_parallel_acts_moves_the_item(world: World) -> None:
    """P11-09, I5: eight people press the same button at once; it moves once, the rest are refused."""
    key = world.change("dan")
    gate, said = threading.Barrier(8), []

    def press() -> None:
        gate.wait()
        try:
            said.append(world.register.submit(key, world.by("dan")))
        except Refused as error:
            said.append(type(error).__name__)

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(said)["Refused"] == 7
    assert world.kinds(key).count("item:moved") == 1
    assert world.is_whole(key)


@pytest.mark.parametrize("same", ["id", "email"])
def test_the_database_keeps_people_unique(world: World, same: str) -> None:
    """P11-25, A11-13: a second row with an id or a mailbox that is taken is refused by the database itself."""
    row = {"id": "new", "name": "N", "email": "new@example.com", "zone": "UTC", "locale": "en", "active": True}
    row[same] = {"id": "ana", "email": "ana@example.com"}[same]
    with pytest.raises(IntegrityError), world.store.writing() as connection:
        connection.execute(insert(t.people).values(**row))


def test_an_id_is_never_given_to_somebody_else(world: World) -> None:
    """P11-18: another name and another mailbox at once is somebody else; a new name or a new mailbox is taken."""
    ana = "name: Ana Ruiz, email: ana@example.com"
    with pytest.raises(BadInput, match="never given to somebody else") as refused:
        world.import_roster(ROSTER.replace(ana, "name: Bo Berg, email: bo@example.com"))
    assert list(refused.value.faults) == ["ana"]
    assert world.register.person("ana").name == "Ana Ruiz"
    for line in ("name: Ana Berg, email: ana@example.com", "name: Ana Berg, email: ana.berg@example.com"):
        world.import_roster(ROSTER.replace(ana, line))
    assert world.register.person("ana").name == "Ana Berg"


def test_no_act_takes_a_time() -> None:
    """ALC-3: no act of the register can be told when it happened; only a worker says when to try again, and a reader
    as of when to look, or from where in a list. Until when a condition or an item is given time, when a meeting is held and an action is due is
    what is decided, no time of the act."""
    given: dict[str, set[str]] = {}
    for name, method in inspect.getmembers(Register, inspect.isfunction):
        parameters = inspect.signature(method).parameters.values()
        times = {one.name for one in parameters if "date" in str(one.annotation) or "time" in str(one.annotation)}
        if times and not name.startswith("_"):
            given[name] = times
    reads = {
        "by_clock_since": {"moment"},
        "as_of": {"moment"},
        "access": {"moment"},
        "exceptions": {"since", "until"},
        "conditions": {"until"},
        "items": {"after"},
    }
    asked = {"ask_for_time": {"until"}, "add_meeting": {"when"}, "move_meeting": {"when"}, "set_action": {"due_on"}}
    retried = {"failed": {"retry_at"}, "failed_together": {"retry_at"}}
    assert given == {**retried, "put_back": {"due_at"}, "extend_condition": {"due"}, **reads, **asked}
    assert not [name for name in SignRequest.__dataclass_fields__ if name in ("at", "now", "time", "date")]


def test_the_time_of_an_act_is_the_server_s(world: World) -> None:
    """ALC-3, P11-06: each entry has the time at the server, to the microsecond and in UTC."""
    key = world.change_in_round()
    world.clock.at = datetime(2026, 8, 18, 7, 30, 15, 123456, tzinfo=UTC)
    world.sign("ana", key)
    (signed,) = [e for e in entries(world, key) if e["kind"] == Kind.DECISION_RECORDED]
    assert signed["at"] == "2026-08-18T07:30:15.123456Z"
    assert signed["data"]["zone"] == "Europe/Paris"


def test_an_edit_is_recorded_with_old_and_new_value_person_and_reason(world: World) -> None:
    """P11-06, A11-01, A11-03, A11-06, A11-07: and the earlier revision stays readable."""
    key = world.change("cid")
    world.register.edit_item(key, world.by("cid"), fields={"cost": "14000"}, reason="New quote")
    edited = entries(world, key)[-1]
    assert edited["kind"] == Kind.ITEM_EDITED
    assert edited["actor"] == {"person": "cid", "via": "web", "origin": "test"}
    assert edited["data"]["changed"] == {"cost": ["12500.00", "14000.00"]}
    assert edited["data"]["reason"] == "New quote"
    assert b'"12500.00"' in world.register.read_record(key).revisions[1]


def test_changes_of_rights_and_proofs_are_on_the_trail(world: World) -> None:
    """A11-06, P11-06: a roster as imported, a password that was set, a sign-in that failed; never a secret (I9)."""
    world.import_roster(ROSTER.replace("roles: [finance]", "roles: [finance, sponsor]"))
    world.register.set_secret("eve", "a further horse", world.by("cid"))
    with pytest.raises(Exception, match="do not go together"):
        world.register.check_sign_in("eve@example.com", "guess-me", "test")
    with world.store.reading() as connection:
        rows = connection.execute(text("SELECT kind, body FROM entries WHERE chain LIKE '@%'")).all()
    kinds = Counter(row.kind for row in rows)
    assert kinds[Kind.ROSTER_IMPORTED] == 2
    assert kinds[Kind.SECRET_SET] == 9
    assert kinds[Kind.SIGN_IN_REFUSED] == 1
    every = b"".join(bytes(row.body) for row in rows)
    assert b"sponsor" in every
    for secret in (b"horse", b"guess-me", b"argon2"):
        assert secret not in every


def test_every_entry_names_who_or_what_acted(world: World) -> None:
    """ALC-1, ALC-6: a person, or the engine with the policy, timer, cause or mail that made it act."""
    key = world.change_in_round()
    world.pass_time(days=8)
    for person in ("ana", "mei", "ben"):
        world.sign(person, key)
    world.carry()
    told = entries(world, key)
    assert {e["kind"] for e in told} >= {Kind.TIMER_FIRED, Kind.ROUND_CLOSED, Kind.ITEM_MOVED, Kind.NOTICE_SENT}
    for entry in told:
        rule = {"policy", "timer", "cause", "message", "escalation"} & set(entry["data"])
        assert entry["actor"]["person"] or (entry["actor"]["via"] == "engine" and rule), entry
    for entry in told:
        if entry["kind"] == Kind.DECISION_RECORDED:
            assert entry["data"]["capacity"]
            assert len(entry["data"]["process_digest"]) == 64


def test_the_author_does_not_approve_by_way_of_somebody_else_s_absence(world: World) -> None:
    """SOX-1, P11-10, DEV-1: standing in for the only quality lead gives the author no vote."""
    world.import_roster(ROSTER + AUTHOR_STANDS_IN)
    key = publish(world, "exclude: [author]\napprove: {from: quality-lead, at: item.site, at_least: 1}")
    view = world.register.item(key).round
    assert view is not None
    assert "dan" not in {ask.person for ask in view.asks}
    assert world.register.inbox("dan") == []
    assert world.state(key) == "vote"


def test_two_roles_of_one_human_are_one_vote(world: World) -> None:
    """SOX-1, P11-18, I2: who holds both roles that are asked fills one seat."""
    roster = ROSTER.replace("roles: [finance]", "roles: [finance, sponsor]").replace("roles: [sponsor, ", "roles: [")
    world.import_roster(roster)
    key = publish(world, "approve: {all: [{from: finance, at_least: 1}, {from: sponsor, at_least: 1}]}")
    world.sign("eve", key)
    assert world.state(key) == "vote"


def test_nothing_is_implemented_before_all_approvals_of_the_current_revision(world: World) -> None:
    """DEV-3, P11-09: two of three signed, one fell with an edit, the act is called directly: still not implemented."""
    key = world.change_in_round()
    world.sign("ana", key)
    world.sign("mei", key)
    world.register.edit_item(key, world.by("dan"), fields={"cost": "14000"}, reason="New quote")
    world.sign("ben", key)
    assert world.state(key) == "sign-off"
    with pytest.raises(Refused):
        world.register.act(key, "implemented", world.by("cid"))
    world.sign("ana", key)
    assert world.state(key) == "sign-off"
    world.sign("mei", key)
    assert world.state(key) == "implementation"
    (closed,) = [e for e in entries(world, key) if e["kind"] == Kind.ROUND_CLOSED]
    assert (closed["data"]["revision"], closed["data"]["outcome"]) == (2, "approved")


def test_a_closed_change_holds_review_authorisation_and_actions(world: World) -> None:
    """ISO-1, ISO-2, DEV-2: results of the review, who authorised it, and what was done after, on one record."""
    key = world.change_in_round()
    for person in ("ana", "mei", "ben"):
        world.sign(person, key, comment=f"{person}: fits the drawing")
    world.register.act(key, "implemented", world.by("cid"), "Seal changed, spares updated")
    world.register.act(key, "verified", world.by("mei"), "Ran for a week without loss")
    assert world.state(key) == "closed"
    told = entries(world, key)
    signed = [e["data"] for e in told if e["kind"] == Kind.DECISION_RECORDED]
    assert [(one["name"], one["comment"]) for one in signed] == [
        ("Ana Ruiz", "ana: fits the drawing"),
        ("Mei Chen", "mei: fits the drawing"),
        ("Ben Roth", "ben: fits the drawing"),
    ]
    reasons = [e["data"]["cause"]["reason"] for e in told if e["kind"] == Kind.ITEM_MOVED]
    assert reasons[-2:] == ["Seal changed, spares updated", "Ran for a week without loss"]
    assert world.is_whole(key)


def test_each_signature_identifies_one_signatory(world: World) -> None:
    """EID-1, A11-04, P11-18: one person, one printed name, bound to one revision and one time."""
    key = world.change_in_round()
    world.sign("mei", key)
    (signed,) = [e for e in entries(world, key) if e["kind"] == Kind.DECISION_RECORDED]
    data = signed["data"]
    assert (data["person"], data["name"], signed["actor"]["person"]) == ("mei", "Mei Chen", "mei")
    assert data["revision_digest"] == world.register.item(key).revision_digest


def test_each_opening_asks_for_all_components(world: World) -> None:
    """P11-20, P11-22: having signed by one mail link does not spare the password at the next."""
    first, second = world.change_in_round(), world.change_in_round()
    world.sign("ana", first)
    token = world.token("ana", second)
    assert world.register.sign_view(token).proof == "secret"
    with pytest.raises(Exception, match="password was not right"):
        world.sign("ana", second, secret="", token=token)
    assert "item:decision:recorded" not in world.kinds(second)


def test_every_shipped_process_asks_a_password_where_money_or_quality_is_decided() -> None:
    """P11-20, A11-12: a mailed link alone signs nothing but acknowledgements of escalations."""
    found = {
        (name, policy): loaded.policy.signature.proof
        for name in library_names()
        for policy, loaded in load_process(library_text(name), name).policies.items()
    }
    assert {name for (name, _), proof in found.items() if proof == "link"} <= {"escalation"}


def test_nothing_stops_the_trail() -> None:
    """P11-07, PR-06: no setting is about the record, and no door of the register offers to skip, pause or purge it."""
    from workflows.settings import Settings

    words = ("audit", "ledger", "trail", "entries", "purge", "delete", "disable", "skip", "pause")
    settings = [name for name in Settings.model_fields if any(word in name for word in words)]
    doors = [name for name in dir(Register) if any(word in name for word in words)]
    readers, adds = {"trail_reviews", "long_pauses"}, {"review_trail"}
    assert (settings, set(doors)) == ([], readers | adds)
