"""Rules that change: versions, a gate of their own, open items that go on under them, and what they would have done."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from world import ROSTER, World

from gates.errors import NotFound, Refused
from gates.items import Actor
from gates.store import work_tables as w
from policies.evaluate import settled
from policies.library import library_text
from policies.load import load_process

COMPLIANCE = ROSTER + "  vera: {name: Vera Lund, email: vera@example.com, roles: [compliance]}\n"
RELEASE = library_text("engineering-change")
LOOSER = RELEASE.replace("- {from: engineering, at_least: 2}", "- {from: engineering, at_least: 1}")
STRICTER = RELEASE.replace("at_least: 1, when: item.cost > 50000}", "at_least: 1, when: item.cost > 5000}", 1)

SOONER = RELEASE.replace(
    "due: {within: 3wd, remind: [50%, 80%], extend", "due: {within: 2wd, remind: [50%, 80%], extend"
)


def publish(world: World, text: str) -> str:
    return world.register.publish_process(text, "engineering-change.yaml", Actor(None, "import"))


def current(world: World) -> tuple[int, str]:
    line = next(line for line in world.register.processes() if line.name == "engineering-change")
    return line.version, line.digest


def clocks_of(world: World, key: str) -> list[tuple[str, datetime]]:
    """The timers of an item that have not fired."""
    mine = w.timers.c.item == key, w.timers.c.fired_at.is_(None), w.timers.c.cancelled_at.is_(None)
    with world.store.reading() as connection:
        rows = connection.execute(select(w.timers.c.name, w.timers.c.due_at).where(*mine).order_by(w.timers.c.id))
        return [(row.name, row.due_at) for row in rows]


def test_an_earlier_text_becomes_current_anew(world: World) -> None:
    """Going back is a version of its own; publishing what is current changes nothing."""
    version, first = current(world)
    second = publish(world, LOOSER)
    assert current(world) == (version + 1, second)
    assert publish(world, RELEASE) == first
    assert current(world) == (version + 2, first)
    assert publish(world, RELEASE) == first
    assert current(world) == (version + 2, first)


def test_a_policy_change_passes_a_gate(world: World) -> None:
    """Two keys: the text is current when the proposal is approved, not before, and the record says by which (P11-13)."""
    world.import_roster(COMPLIANCE)
    world.set_secret("vera")
    assert not world.register.is_gated()
    world.register.publish_process(library_text("policy-change"), "policy-change.yaml", Actor(None, "import"))
    assert world.register.is_gated()
    before = current(world)
    key = world.register.propose_process(
        LOOSER, "new.yaml", world.by("dan"), difference="Engineering: 1 instead of 2.", consequences="Nothing yet."
    )
    world.carry()
    assert current(world) == before
    view = world.register.sign_view(world.token("vera", key))
    assert "Engineering: 1 instead of 2." in {line.text for line in view.fields}
    world.sign("vera", key)
    assert current(world) == before
    world.sign("cid", key)
    assert world.state(key) == "published"
    assert current(world)[0] == before[0] + 1
    assert world.is_whole(key)
    with pytest.raises(Refused, match="This is the current text of engineering-change already"):
        world.register.propose_process(LOOSER, "new.yaml", world.by("dan"), difference="", consequences="")


def test_a_rejected_change_changes_nothing(small_world: World) -> None:
    """The old text stays current (P11-13)."""
    world = small_world
    world.register.publish_process(library_text("policy-change"), "policy-change.yaml", Actor(None, "import"))
    before = current(world)
    key = world.register.propose_process(LOOSER, "new.yaml", world.by("dan"), difference="x", consequences="y")
    world.carry()
    world.sign("cid", key, "reject")
    assert world.state(key) == "rejected"
    assert current(world) == before


def test_an_open_item_goes_on_under_the_new_text(world: World) -> None:
    """On the record; what was signed stays, and what it now comes to happens at once (PR-09)."""
    key = world.change_in_round()
    world.sign("mei", key)
    world.sign("ana", key)
    assert world.state(key) == "sign-off"
    publish(world, LOOSER)
    assert world.state(key) == "sign-off"  # items stay on the text they were opened under
    said = world.register.migrate_item(key, world.by("cid"), "One engineer is enough.")
    assert said == f"{key} goes on under version 2; every signature still counts. It is in Implementation."
    lines = [line.sentence for line in world.register.item(key).timeline]
    assert "Went on under version 2 of its process (One engineer is enough.)." in lines
    assert world.is_whole(key)


def test_what_the_new_text_says_as_before_stays_due_when_it_was(world: World) -> None:
    """A due time, its reminders and a ladder that did not change run on, and what is overdue stays so."""
    key = world.change_in_round()
    world.pass_time(days=9)
    before = world.register.item(key).line
    assert before.due_at is not None
    assert before.due_at < world.register.now()
    pending = clocks_of(world, key)
    publish(world, STRICTER)
    said = world.register.migrate_item(key, world.by("cid"))
    assert said.endswith("It is in Fast-track sign-off.")
    assert world.register.item(key).line.due_at == before.due_at
    clocks = world.register.clocks(key)
    assert (clocks.due_at, clocks.first_due_at) == (before.due_at, None)
    assert clocks_of(world, key) == pending
    assert world.is_whole(key)


def test_another_due_time_says_what_it_was(world: World) -> None:
    """Where the new text has another due time, the old one is named with it, on the record too."""
    key = world.change_in_round()
    world.pass_time(days=9)
    was = world.register.item(key).line.due_at
    assert was is not None
    publish(world, SOONER)
    said = world.register.migrate_item(key, world.by("cid"))
    clocks = world.register.clocks(key)
    assert clocks.due_at is not None
    assert clocks.due_at > world.register.now()
    assert clocks.first_due_at == was
    assert "; it was due 2" in said
    assert said.endswith("under the earlier text.")
    assert any("It was due " in line.sentence for line in world.register.item(key).timeline)
    assert world.is_whole(key)


def test_a_migrated_round_asks_whom_the_new_text_asks(small_world: World) -> None:
    """Finance is asked now, by mail."""
    world = small_world
    key = world.change_in_round()
    publish(world, STRICTER)
    world.register.migrate_item(key, world.by("cid"))
    world.carry()
    assert world.mails("eve@example.com")
    for person in ("mei", "ana", "ben"):
        world.sign(person, key)
    assert world.state(key) == "sign-off"
    world.sign("eve", key)
    assert world.state(key) == "implementation"


def test_what_cannot_migrate_says_why(small_world: World) -> None:
    """The current text, an end, a state that is no more, an item that is none."""
    world = small_world
    key = world.change()
    with pytest.raises(Refused, match="is on the current text already, version 1"):
        world.register.migrate_item(key, world.by("cid"))
    publish(world, RELEASE.replace("draft", "drafting"))
    with pytest.raises(Refused, match="Version 2 has no state draft"):
        world.register.migrate_item(key, world.by("cid"))
    world.register.withdraw(key, world.by("cid"))
    with pytest.raises(Refused, match="has ended"):
        world.register.migrate_item(key, world.by("cid"))
    with pytest.raises(NotFound):
        world.register.migrate_item("ECR-9", world.by("cid"))


def test_past_decisions_are_judged_by_another_text(world: World) -> None:
    """With the people, the revision and the signatures of then: the same text says the same, a stricter one why not."""
    key = world.change_in_round()
    for person in ("mei", "ana", "ben"):
        world.sign(person, key)
    other = world.change_in_round(author="dan")
    world.sign("mei", other, "reject")
    world.pass_time(days=30)
    world.import_roster(COMPLIANCE.replace("roles: [engineering]", "roles: []"))
    past = world.register.past_rounds("engineering-change")
    assert [(one.key, one.outcome) for one in past] == [(key, "approved"), (other, "rejected")]

    def under(text: str) -> list[str]:
        policy = load_process(text, "x.yaml").policies["release"]
        verdicts = [settled(policy, one.facts)[0] for one in past]
        return [verdict.outcome or verdict.sentence for verdict in verdicts]

    assert under(RELEASE) == ["approved", "rejected"]
    assert under(STRICTER) == ["Needs Finance (Eve Moro).", "rejected"]
