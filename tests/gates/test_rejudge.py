"""Rebuilding and judging again: what they find when state, verdicts or moves are not what the entries say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text
from world import ROSTER, World

from gates.meetings import KEYS as MEETING_KEYS
from gates.rejudge.judge import Judge
from gates.rejudge.rows import KEYS
from gates.roster.state import KEYS as ROSTER_KEYS
from gates.service.rebuilding import MOST_SAID


def through(world: World) -> str:
    """An item with an edit in its round, a refused signer, a decision taken back, and an end."""
    key = world.change_in_round()
    world.sign("mei", key)
    world.register.edit_item(key, world.by("dan"), fields={"cost": "13000"}, reason="Quote.")
    world.carry()
    world.register.withdraw_decision(world.token("mei", key), secret="correct horse", reason="Too soon.")
    for person in ("mei", "ana", "ben"):
        world.sign(person, key)
    return key


def entries(world: World, key: str) -> list[dict[str, Any]]:
    return [json.loads(body) for body in world.register.read_record(key).bodies]


def judged(world: World, said: list[dict[str, Any]]) -> list[str]:
    judge = Judge(world.register.process_by_digest)
    judge.judge(said)
    return judge.found.differences


def test_every_table_is_what_its_entries_say(world: World) -> None:
    """ALC-2: any state can be rebuilt from the record alone, and equals what is stored."""
    through(world)
    found = world.register.check_rebuilt()
    assert found.differences == []
    assert found.items == 1
    assert found.rows > 40


@pytest.mark.parametrize("more", [{"title": "Another seal"}, {"site": "Linz"}, {"title": "Another seal", "site": ""}])
def test_an_edit_of_several_things_is_what_its_entry_says(small_world: World, more: dict[str, Any]) -> None:
    """An entry's names are sorted, the title among them (ALC-2); a row that an earlier release wrote in another order
    is no difference, one that leaves a name out is."""
    key, ways = small_world.change(), "UPDATE revisions SET changed = :changed WHERE number = 2"
    small_world.register.edit_item(key, small_world.by("cid"), fields={"cost": "13000"}, reason="Quote.", **more)
    assert small_world.register.check_rebuilt().differences == []
    with small_world.store.writing() as connection:
        written = json.loads(connection.execute(text("SELECT changed FROM revisions WHERE number = 2")).scalar_one())
        assert written == sorted(written)
        connection.execute(text("DROP TRIGGER revisions_no_update"))
        connection.execute(text(ways), {"changed": json.dumps(written[::-1])})
    assert small_world.register.check_rebuilt().differences == []
    with small_world.store.writing() as connection:
        connection.execute(text(ways), {"changed": json.dumps(written[1:])})
    assert "changed: expected" in small_world.register.check_rebuilt().differences[0]
    small_world.is_tampered = True


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE items SET state = 'draft'", "items ECR-0001: state: expected implementation, found draft"),
        ("UPDATE items SET owner = 'ben'", "items ECR-0001: owner: expected None, found ben"),
        ("UPDATE decisions SET position = 'reject' WHERE person = 'ana'", "position: expected approve, found reject"),
        ("DELETE FROM decisions WHERE person = 'ana'", "the entries tell of it, and it is not in the table"),
        ("UPDATE decisions SET withdrawn_at = at WHERE person = 'ben'", "withdrawn_at: expected None"),
        ("DELETE FROM moves", "moves ECR-0001"),
        ("UPDATE rounds SET outcome = 'rejected'", "outcome: expected approved, found rejected"),
        ("UPDATE asks SET capacity = 'Plant manager'", "capacity: expected"),
        ("UPDATE people SET name = 'Anna' WHERE id = 'ana'", "people ana: name: expected Ana Ruiz, found Anna"),
        ("DELETE FROM holdings WHERE person = 'eve'", "holdings eve finance"),
        ("INSERT INTO roles (name, title) VALUES ('king', 'King')", "it is in the table, and no entry tells of it"),
        ("UPDATE processes SET version = 9 WHERE name = 'escalation'", "version: expected 1, found 9"),
        ("UPDATE chains SET seq = 99 WHERE chain = '@roster'", "chains @roster: seq: expected 1, found 99"),
    ],
)
def test_what_somebody_changed_behind_the_program_is_named(world: World, statement: str, said: str) -> None:
    """I5: table, row, column, expected and found."""
    through(world)
    with world.store.writing() as connection:
        connection.execute(text(statement))
    found = world.register.check_rebuilt()
    world.is_tampered = True
    assert any(said in one for one in found.differences), found.differences


def test_every_state_table_is_looked_at() -> None:
    """A new table is either worked out from entries or is work owed, and whoever adds it says which."""
    from gates.store.search_tables import metadata

    rebuilt = {
        *KEYS,
        *ROSTER_KEYS,
        *MEETING_KEYS,
        "calendars",
        "hooks",
        "api_tokens",
        "processes",
        "proposals",
        "chains",
    }
    owed = {"counters", "secrets", "sessions", "links", "timers", "outbox", "workers"} | {
        "intents",
        "sign_ons",
        "proofs",
        "proof_requests",
        "directory_clients",
        "preference_links",
        "api_token_uses",
    }
    record = {"entries", "unsealed", "tags", "leaves", "nodes", "checkpoints"}
    index = {"entry_texts", "entry_people", "indexed"}
    assert set(metadata.tables) == rebuilt | owed | record | index


def test_very_many_differences_are_counted_and_the_first_are_named(small_world: World) -> None:
    """So that a ruined table does not flood the screen."""
    for _ in range(MOST_SAID // 2 + 5):
        small_world.change()
    with small_world.store.writing() as connection:
        connection.execute(text("UPDATE items SET state = 'nowhere', owner = 'x'"))
    found = small_world.register.check_rebuilt()
    small_world.is_tampered = True
    assert found.differing == MOST_SAID + 10
    assert len(found.differences) == MOST_SAID


def test_an_item_without_entries_is_named(small_world: World) -> None:
    """And one whose entries make no sense."""
    key = small_world.change()
    with small_world.store.writing() as connection:
        connection.execute(text("DROP TRIGGER entries_no_delete"))
        connection.execute(text("DELETE FROM entries WHERE chain = :key"), {"key": key})
    found = small_world.register.check_rebuilt()
    small_world.is_tampered = True
    assert f"{key} is in the table items and has no entries" in found.differences


def test_verdicts_and_moves_of_a_record_follow_from_its_rules(small_world: World) -> None:
    """PR-07, P11-09: the record is shown to have been permitted, not merely unaltered."""
    key = through(small_world)
    judge = Judge(small_world.register.process_by_digest)
    judge.judge(entries(small_world, key))
    assert (judge.found.verdicts, judge.found.moves, judge.found.differences) == (2, 3, [])


def forged(kind: str, **data: Any) -> Any:
    def change(said: list[dict[str, Any]]) -> None:
        next(one for one in said[::-1] if one["kind"] == kind)["data"] |= data

    return change


def without_ben(said: list[dict[str, Any]]) -> None:
    """As if one signature had been dropped from the record, and the verdict left."""
    said.remove(next(one for one in said if one["kind"] == "item:decision:recorded" and one["data"]["person"] == "ben"))


def nobody_s_role(said: list[dict[str, Any]]) -> None:
    """As if Ben had not been an engineer."""
    facts = next(one for one in said if one["kind"] == "item:round:closed")["data"]["facts"]
    facts["holdings"] = [line for line in facts["holdings"] if line[0] != "ben"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_ben, "Needs"),
        (nobody_s_role, "Deadlock"),
        (forged("item:round:closed", outcome="rejected"), "the outcome approved, found rejected"),
        (forged("item:decision:recorded", person="eve"), "a decision of somebody who was asked, found eve"),
        (forged("item:decision:recorded", meaning="Seen"), "the meaning “Approved for release”, found “Seen”"),
        (forged("item:decision:recorded", proof="link"), "a proof that meets secret, found link"),
        (forged("item:moved", to="closed"), "from sign-off to implementation, found closed"),
        (forged("item:round:opened", policy="full"), "expected"),
    ],
)
def test_what_the_rules_did_not_permit_is_named(small_world: World, change: Any, said: str) -> None:
    """Each of these records is well formed and joined; only the rule shows that it cannot have come about."""
    key = through(small_world)
    record = entries(small_world, key)
    change(record)
    differences = judged(small_world, record)
    assert any(said in one for one in differences), differences


def test_an_act_by_somebody_without_the_right_is_named(small_world: World) -> None:
    """P11-10: the roles that gave the right are in the entry, and are judged again."""
    key = through(small_world)
    small_world.register.act(key, "implemented", small_world.by("cid"))
    record = entries(small_world, key)
    assert judged(small_world, record) == []
    record[-1]["data"]["roles"] = []
    assert any("is for the change analyst" in one for one in judged(small_world, record))


def test_absences_stand_ins_and_overrides_are_judged_again(small_world: World) -> None:
    """The facts an entry keeps are enough, whatever the roster says today."""
    away = "absences:\n  - {person: mei, stand_in: otto, from: 2026-08-17, until: 2026-08-30}\n"
    small_world.import_roster(ROSTER + away)
    key = small_world.change_in_round()
    for person in ("otto", "ana", "ben"):
        small_world.sign(person, key)
    assert small_world.state(key) == "implementation"
    small_world.import_roster(ROSTER.replace("name: Mei Chen", "name: Mei Chen-Roth"))
    assert judged(small_world, entries(small_world, key)) == []
