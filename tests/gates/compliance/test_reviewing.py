"""Review of a trail: recorded, bound to what was reviewed, and refused to whoever had a part in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from world import ROSTER, SECRET, World

from gates.errors import BadInput, NotFound, ProofFailed, Refused
from gates.items import Actor

HOWTO = Path(__file__).parents[3] / "docs" / "howto" / "audit.md"
LEAD = "  pia: {name: Pia Graf, email: pia@example.com, roles: [sponsor]}\n"


def signed(world: World) -> str:
    key = world.change_in_round()
    for person in ("mei", "ana", "ben"):
        world.sign(person, key)
    world.carry()
    return key


def test_a_review_states_what_was_reviewed(world: World) -> None:
    """A11-11, P11-08: up to which entry, its digest, the finding; entries that come later are counted."""
    key = signed(world)
    before = world.register.read_record(key)
    said = world.register.review_trail(key, world.by("sam"), " Nothing to object to. ")
    assert said == f"The trail of {key} is reviewed up to entry {len(before.bodies)}, on the record."
    (review,) = world.register.trail_reviews(key)
    assert (review.entries, review.head) == (len(before.bodies), before.head)
    assert (review.by, review.name, review.finding) == ("sam", "Sam Okoye", "Nothing to object to.")
    assert review.sentence.endswith("by Sam Okoye on 2026-08-17 09:00 UTC; 0 entries since.")
    world.register.act(key, "implemented", world.by("cid"))
    (review,) = world.register.trail_reviews(key)
    assert "; 1 entry since." in review.sentence
    assert world.is_whole(key)
    line = next(one for one in world.register.item(key).timeline if one.kind == "item:trail:reviewed")
    assert (line.who, line.details) == ("Sam Okoye", ("Finding: Nothing to object to.",))


def test_whoever_has_a_part_may_not_review(world: World) -> None:
    """A11-10: author, screener and signers are refused, each refusal on the record; somebody apart is not."""
    key = signed(world)
    for person in ("dan", "cid", "ana", "ben", "mei"):
        with pytest.raises(Refused, match="You had a part in what is reviewed") as caught:
            world.register.review_trail(key, world.by(person), "Fine.")
        assert caught.value.code == "own-acts"
        last = json.loads(world.register.read_record(key).bodies[-1])
        assert (last["kind"], last["actor"]["person"]) == ("item:review:refused", person)
        assert last["data"]["code"] == "own-acts"
    assert world.register.trail_reviews(key) == ()
    world.register.review_trail(key, world.by("eve"), "Five tried who may not.")
    refused = [row for row in world.register.exceptions().rows if "review of the trail was refused" in row.sentence]
    assert [row.who for row in refused] == ["dan", "cid", "ana", "ben", "mei"]


def test_a_gate_waits_for_the_review(small_world: World) -> None:
    """A11-11: the process of the how-to: its act is refused until the review's digest is on file as evidence."""
    (text,) = re.findall(r"```yaml\n(.*?)```", HOWTO.read_text(encoding="utf-8"), flags=re.DOTALL)
    small_world.register.publish_process(text, "release.yaml", Actor(None))
    key = small_world.register.create_item("release", "Release 7", small_world.by("dan"))
    with pytest.raises(Refused, match="Trail reviewed"):
        small_world.register.act(key, "release", small_world.by("dan"))
    small_world.register.review_trail(key, small_world.by("eve"), "One refused act, as it should be.")
    (review,) = small_world.register.trail_reviews(key)
    evidence = {"trail-reviewed": {"met": True, "evidence": review.head}}
    small_world.register.edit_item(key, small_world.by("dan"), criteria=evidence)
    assert small_world.register.act(key, "release", small_world.by("dan")) == "released"


def stand_in(world: World) -> tuple[str, list[str]]:
    away = "absences:\n  - {person: mei, stand_in: otto, from: 2026-08-17, until: 2026-08-30}\n"
    world.import_roster(ROSTER + away)
    key = world.change_in_round()
    world.sign("otto", key)
    return key, ["otto", "mei"]


def taken_back(world: World) -> tuple[str, list[str]]:
    key = world.change_in_round()
    token = world.token("ana", key)
    world.sign("ana", key)
    world.register.withdraw_decision(token, secret=SECRET, reason="Too soon.")
    return key, ["ana"]


def edited(world: World) -> tuple[str, list[str]]:
    key = world.change(author="dan")
    world.register.edit_item(key, world.by("dan"), fields={"cost": "1"})
    return key, ["dan"]


def refused_act(world: World) -> tuple[str, list[str]]:
    key = world.change(author="dan")
    with pytest.raises(Refused):
        world.register.act(key, "submit", world.by("eve"))
    return key, ["eve", "dan"]


def wrong_password(world: World) -> tuple[str, list[str]]:
    key = world.change_in_round()
    with pytest.raises(ProofFailed):
        world.sign("ben", key, secret="wrong horse")
    return key, ["ben"]


def escalated(world: World) -> tuple[str, list[str]]:
    key = world.change(author="dan")
    world.register.raise_escalation(key, "escalation", world.by("sam"), title="Late")
    return key, ["sam"]


@pytest.mark.parametrize("case", [stand_in, taken_back, edited, refused_act, wrong_password, escalated])
def test_every_part_counts(small_world: World, case: Callable[[World], tuple[str, list[str]]]) -> None:
    """A11-10, SOX-1: both ends of a stand-in, what was taken back, edits, refused attempts, escalations."""
    small_world.import_roster(ROSTER + LEAD)
    key, people = case(small_world)
    for person in people:
        with pytest.raises(Refused, match="You had a part"):
            small_world.register.review_trail(key, small_world.by(person), "Fine.")


def test_who_was_merely_asked_may_review_and_again(small_world: World) -> None:
    """Being asked is no act, and neither is an earlier review."""
    key = small_world.change_in_round()
    small_world.register.review_trail(key, small_world.by("ana"), "As it should be.")
    small_world.register.review_trail(key, small_world.by("ana"), "Still.")
    first, second = small_world.register.trail_reviews(key)
    assert second.entries == first.entries + 1
    assert (first.since, second.since) == (0, 0)


def test_bad_reviews_leave_nothing(small_world: World) -> None:
    """No finding, too long a one, nobody, no such item."""
    key = small_world.change()
    before = small_world.register.read_record(key).head
    for finding, said in ((" ", "Say what was found"), ("x" * 4001, "4,000 are allowed")):
        with pytest.raises(BadInput, match=said):
            small_world.register.review_trail(key, small_world.by("ana"), finding)
    with pytest.raises(NotFound, match="nobody on the roster"):
        small_world.register.review_trail(key, Actor("zoe"), "Fine.")
    with pytest.raises(NotFound, match="There is no item"):
        small_world.register.review_trail("ECR-9", small_world.by("ana"), "Fine.")
    with pytest.raises(NotFound):
        small_world.register.trail_reviews("ECR-9")
    assert small_world.register.read_record(key).head == before
