"""IT/OT changes, told as stories: an emergency at night with its review, and a standard change under its model."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from promises import PEOPLE, emergency, held, model, standard
from world import World

from gates.errors import BadInput, Refused
from policies.library import library_text


@pytest.fixture
def works(world: World) -> World:
    """The world with the change processes, and people on call by the night."""
    for name in ("it-ot-change", "emergency-review", "standard-change-model"):
        world.register.publish_process(library_text(name), f"{name}.yaml", world.by("cid"))
    world.import_roster(PEOPLE)
    return world


def test_an_emergency_at_two_in_the_night_is_reviewed_late_and_closed_only_then(works: World) -> None:
    """Two of those on call; the engine makes the review; it is late, which escalates; closing waits for it (SOX-2)."""
    key = emergency(works)
    with pytest.raises(Refused, match="is about to be made"):
        works.register.act(key, "close", works.by("dan"))
    works.carry()
    assert works.register.item("EMR-0001").about == (key, "Orders do not reach the line")
    assert works.register.item("EMR-0001").owner == "cid"
    with pytest.raises(Refused, match="EMR-0001 .* is still open"):
        works.register.act(key, "close", works.by("dan"))
    offer = next(one for one in works.register.item(key, "dan").acts if one.name == "close")
    assert "/items/EMR-0001" in offer.refusal
    assert works.mails("cid@example.com", key)

    works.pass_time(days=8)
    assert [one for one, _ in works.register.item("EMR-0001").escalations] == ["ESC-0001"]
    report = works.register.exceptions(kinds=("emergency-without-review",))
    assert [(row.item, row.kind) for row in report.rows] == [(key, "emergency-without-review")]
    assert "EMR-0001 is still open" in report.rows[0].sentence

    held(works, "EMR-0001")
    assert works.register.act(key, "close", works.by("dan")) == "closed"
    moved = next(line for line in reversed(works.register.item(key).timeline) if line.kind == "item:moved")
    assert "After the review EMR-0001 (held)." in moved.details
    assert works.is_whole(key)


def test_a_review_held_in_time_is_no_exception_even_when_the_change_moved_on(works: World) -> None:
    """Held after two days and closed; when its time is over nothing is raised."""
    key = emergency(works)
    works.carry()
    works.clock.move_on(days=2)
    held(works, "EMR-0001")
    works.register.act(key, "close", works.by("dan"))
    works.pass_time(days=10)
    assert works.register.item("EMR-0001").escalations == ()
    assert works.register.exceptions(kinds=("emergency-without-review",)).rows == ()
    assert "was held" in works.register.item(key).timeline[-1].sentence


def test_a_review_whose_process_is_missing_keeps_the_change_open(world: World) -> None:
    """Nothing is closed for want of a process; the owner is told, and the review comes once it is published."""
    world.register.publish_process(library_text("it-ot-change"), "it-ot-change.yaml", world.by("cid"))
    world.import_roster(PEOPLE)
    key = emergency(world)
    world.carry()
    assert any("could not be made" in str(mail) for mail in world.mails("cid@example.com"))
    with pytest.raises(Refused, match="about to be made"):
        world.register.act(key, "close", world.by("dan"))
    world.register.publish_process(library_text("emergency-review"), "emergency-review.yaml", world.by("cid"))
    world.pass_time(minutes=5)
    held(world, "EMR-0001")
    assert world.register.act(key, "close", world.by("dan")) == "closed"


@pytest.fixture
def patched(works: World) -> World:
    works.import_roster(PEOPLE.replace("roles: [change-board]", "roles: [ot-authority]", 1))
    return works


def test_a_standard_change_the_day_before_and_the_day_after_its_model_expires(patched: World) -> None:
    """Under a model in force it needs no round and the record names the revision; a day later it is refused."""
    key = model(patched)
    before, after = standard(patched, model=key), standard(patched, model=key)
    patched.clock.at = datetime(2027, 8, 16, 9, 0, tzinfo=UTC)
    assert patched.register.act(before, "use-model", patched.by("dan")) == "scheduled"
    view = patched.register.item(before)
    assert view.round is None
    moved = next(line for line in view.timeline if line.kind == "item:moved")
    digest = patched.register.item(key).revision_digest[:12]
    assert any(one.startswith(f"Under {key}, revision 1 ({digest}), In force until") for one in moved.details)

    patched.clock.at = datetime(2027, 8, 18, 9, 0, tzinfo=UTC)
    with pytest.raises(Refused, match=f"{key} is not in force: it expired on 2027-08-17.*Ask Cid Cole"):
        patched.register.act(after, "use-model", patched.by("dan"))
    patched.pass_time(minutes=1)
    assert patched.state(key) == "expired"
    assert any("expires on 17 Aug 2027" in str(mail) for mail in patched.mails("cid@example.com"))
    with pytest.raises(Refused, match="it is in Expired"):
        patched.register.act(after, "use-model", patched.by("dan"))
    assert patched.kinds(after) == ["item:created", "item:act:refused", "item:act:refused"]
    assert patched.is_whole(before)


def test_a_model_that_is_not_there_or_no_model_is_named_as_such(patched: World) -> None:
    """A standard change names a model, and nothing else will do."""
    key, other = model(patched), standard(patched)
    with pytest.raises(Refused, match="Model is empty"):
        patched.register.act(other, "use-model", patched.by("dan"))
    with pytest.raises(BadInput, match="There is no item 'STD-0009'"):
        patched.register.edit_item(other, patched.by("dan"), fields={"model": "STD-0009"})
    with pytest.raises(BadInput, match="takes an item of standard-change-model"):
        patched.register.edit_item(other, patched.by("dan"), fields={"model": other})
    patched.register.edit_item(other, patched.by("dan"), fields={"model": key})
    patched.register.act(key, "suspend", patched.by("cid"), "One of them went wrong.")
    with pytest.raises(Refused, match="it is in Draft. Ask Cid Cole, who owns it"):
        patched.register.act(other, "use-model", patched.by("dan"))
