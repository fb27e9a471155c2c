"""Searching the record: everything that was entered is found, on both stores, whatever the accents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from world import SECRET, START, World

from gates.errors import BadInput
from gates.items import Actor
from gates.service.searching import find
from gates.service.searching.find import KINDS, Question, parts_of
from gates.service.searching.texts import plain
from workflows.steps import seal_step


def found(world: World, **asked: Any) -> list[str]:
    return [f"{one.chain} {one.kind}" for one in world.register.search(Question(**asked)).found]


def stocked(world: World) -> str:
    key = world.change_in_round()
    world.sign("mei", key, comment="Geprüft: die Maße stimmen.")
    seal_step(world.services)
    world.clock.move_on(days=2)
    world.sign("ana", key, comment="Looks fine to me.")
    return key


def test_words_phrases_and_reasons_are_found(world: World) -> None:
    """P11-08, A11-09: sort and filter by who, what, when and why; accents and case do not matter."""
    key = stocked(world)
    decision = f"{key} item:decision:recorded"
    assert found(world, words="geprueft") == []
    assert found(world, words="GEPRÜFT maße") == [decision]
    assert found(world, words="geprüft fine") == []
    assert found(world, why='"looks fine"') == [decision]
    assert found(world, why='"fine looks"') == []
    assert found(world, words="pump P-17", kind="edit") == [f"{key} item:created"]
    assert found(world, words=key.lower(), kind="decision") == [decision, decision]


def test_filters_narrow_by_who_what_and_when(world: World) -> None:
    """Each alone and together; newest first."""
    key = stocked(world)
    assert found(world, who="mei", kind="signature") == [f"{key} item:decision:recorded"]
    assert len(found(world, who="mei")) > 1
    assert found(world, kind="signature", until=START + timedelta(days=1)) == [f"{key} item:decision:recorded"]
    assert found(world, kind="signature", process="escalation") == []
    assert len(found(world, item=key, kind="signature", position="approve", level="l1")) == 2
    assert found(world, kind="roster") == ["@roster roster:imported"]
    assert set(found(world, kind="policy")) == {"@rulebook process:published"}
    times = [one.at for one in world.register.search(Question()).found]
    assert times == sorted(times, reverse=True)


def test_an_answer_never_misses_what_was_just_entered(world: World) -> None:
    """Whether it is sealed or waits; and nothing is in the index twice."""
    key = stocked(world)
    entries = len(world.register.read_record(key).bodies)
    assert world.register.search(Question(item=key)).total == entries
    seal_step(world.services)
    world.register.edit_item(key, world.by("dan"), fields={"cost": "13000"}, reason="Offer of Tuesday.")
    assert world.register.search(Question(item=key)).total == len(world.register.read_record(key).bodies)
    assert found(world, words="tuesday") == [f"{key} item:edited"]
    assert world.register.index() == 0


def test_pages_hold_everything_once(world: World) -> None:
    """And say how much there is in all."""
    stocked(world)
    everything = world.register.search(Question(per_page=1000))
    paged = [world.register.search(Question(page=n, per_page=7)) for n in range(1, everything.total // 7 + 2)]
    assert [(e.chain, e.seq) for one in paged for e in one.found] == [(e.chain, e.seq) for e in everything.found]
    assert {(one.total, one.pages) for one in paged} == {(everything.total, -(-everything.total // 7))}


def test_a_whole_list_is_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A11-09: more entries than a database compares at once; one that would be too long is refused, never cut."""
    for _ in range(1100):
        world.register.note_export(Actor("dan", "web", "a test"), "record", {"entries": 1})
    answer = world.register.search(Question(kind="record:exported", is_whole=True, page=7))
    assert (answer.total, len(answer.found), answer.page, answer.pages) == (1100, 1100, 1, 1)
    assert [one.seq for one in answer.found] == list(range(1100, 0, -1))
    monkeypatch.setattr(find, "MOST_IN_A_LIST", 1099)
    with pytest.raises(BadInput, match="1,100 entries fit and a list takes 1,099; ask for a shorter period"):
        world.register.search(Question(kind="record:exported", is_whole=True))


def test_what_was_asked_is_on_the_record_but_is_no_answer(world: World) -> None:
    """A11-06: who asked what; not what was found, not found by asking it again, and no key that was pasted."""
    key = stocked(world)
    token = "z" * 43
    asked = Question(words=f"maße {token}", item=key).asked()
    world.register.note_search(world.by("eve"), asked, 3)
    (entry,) = world.register.search(Question(kind="record:searched")).found
    assert (entry.chain, entry.person, entry.doers) == ("@desk", "eve", ("eve",))
    assert entry.sentence == f"Record searched: item {key}, words maße …."
    assert [one.chain for one in world.register.search(Question(words="maße")).found] == [key]
    assert found(world, words=token) == []


def test_each_entry_says_whose_doing_it_is(world: World) -> None:
    """P11-06: both ends of a signature given for somebody; whom a mail went to did nothing."""
    key = stocked(world)
    by_kind = {one.kind: one.doers for one in world.register.search(Question(item=key)).found}
    assert by_kind["item:decision:recorded"] == ("mei",)
    assert by_kind["item:created"] == ("dan",)
    assert by_kind["item:notice:sent"] == ()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"words": '"open'}, "one of them is missing"),
        ({"words": "???"}, "no word to look for"),
        ({"words": "("}, "no word to look for"),
        ({"who": "anna"}, "Did you mean ana"),
        ({"kind": "decisions"}, "Did you mean decision"),
        ({"process": "engineering-chance"}, "Did you mean engineering-change"),
        ({"item": "ECR-0099"}, "'ECR-0099' is no item's key"),
        ({"level": "L7"}, "is no level of proof"),
    ],
)
def test_what_cannot_be_asked_is_told(small_world: World, asked: dict[str, Any], said: str) -> None:
    """With what may be written."""
    with pytest.raises(BadInput, match=said):
        small_world.register.search(Question(**asked))


@pytest.mark.parametrize(
    "words", ["a' OR 1=1 --", "words : x", "NEAR(a b)", "a*", "^a", "a AND NOT b", "😀 x", "x" * 5000]
)
def test_no_word_is_read_as_a_command(world: World, words: str) -> None:
    """Operators of either engine are letters or nothing (I8)."""
    stocked(world)
    assert found(world, words=words) == [] or plain(words) in ("a", "x")


def test_no_secret_is_in_the_index(world: World) -> None:
    """I9: neither passwords nor tokens nor digests can be searched."""
    key = stocked(world)
    view = world.register.item(key)
    assert found(world, words=SECRET) == []
    assert found(world, words=view.revision_digest) == []


def test_every_word_for_a_kind_names_kinds_that_are() -> None:
    """And the query language is as said."""
    assert parts_of('cost "Test  plan" Ä') == ["cost", "test plan", "a"]
    assert "signature" in KINDS
