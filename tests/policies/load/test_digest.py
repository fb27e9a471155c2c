"""The digest of a process: what it depends on, and reading back what was stored."""

from __future__ import annotations

import pytest
from scenes import load_example

from policies.errors import EvaluationError
from policies.library import library_names, library_text
from policies.load import LoadedProcess, load_process, process_from_canonical

LIBRARY = {name: load_process(library_text(name), f"{name}.yaml") for name in library_names()}
CHANGE = library_text("engineering-change")
GATE = """
outcomes:
  hold: {rule: {from: keepers, position: hold, at_least: 2}}
  go: {rule: {from: keepers, position: go, at_least: 3}}
  conditional_go: {rule: {from: keepers, position: go, at_least: 3}, counts: [go, conditional_go]}
"""
EVERY_WORD = """
title: Release
description: What it is
question: Release it?
exclude: [author]
one_seat: false
stale_on: [cost, impact]
none_required: never mind
signature: {meaning: Approved, proof: link}
positions: {approve: {title: Yes, reason: required}}
reject: {any: [quorum, {from: a, at: item.site, except: [b], position: reject, more_than: 1/2, of: cast}]}
approve: {n_of: 1, of: [{rule: quorum, when: item.urgent}, {all: [quorum], one_seat: true, title: T}]}
"""
QUORUM = "quorum: {from: [a, owner], at_least: 2/3, exclude: [], title: Quorum}"


def digest(text: str) -> str:
    return load_process(text, "x.yaml").digest


@pytest.mark.parametrize(
    "loaded",
    [*LIBRARY.values(), load_example(GATE), load_example(EVERY_WORD, QUORUM)],
    ids=[*LIBRARY, "gate", "every word"],
)
def test_what_was_stored_reads_back_as_it_was(loaded: LoadedProcess):
    """Canonical bytes give the same process, digest, policies and conditions, outcomes in their order."""
    again = process_from_canonical(loaded.canonical)
    assert (again.digest, again.canonical, again.process) == (loaded.digest, loaded.canonical, loaded.process)
    assert set(again.conditions) == set(loaded.conditions)
    for name, policy in loaded.policies.items():
        assert [o.name for o in again.policies[name].outcomes] == [o.name for o in policy.outcomes]
        assert again.policies[name].positions == policy.positions
    assert list(again.process.states) == list(loaded.process.states)
    assert list(again.process.fields) == list(loaded.process.fields)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Cost}", "title: Cost, required: true}"),
        ("required: false}", "required: false, when: 'true'}"),
        ("exclude: [author]", "exclude: [author]"),
        ("    stale_on: [cost", "    one_seat: true\n    stale_on: [cost"),
        ("    stale_on: [cost", "    exclude: [author, editors]\n    stale_on: [cost"),
        (
            "    signature: {meaning: Approved as",
            "    stale_on: any_edit\n    signature: {meaning: Approved as",
        ),
        ("release, proof: secret}", "release}"),
        ("- {from: engineering, at_least: 2}", "- {from: engineering, position: approve, at_least: 2}"),
        ("- {from: change-board, at_least: 2/3}", "- {from: change-board, at_least: 2/3, of: roster}"),
        ("withdraw: {to: withdrawn, reason: optional}", "withdraw: {to: withdrawn}"),
        ("submit:   {to: screening,", "submit:   {to: screening, by: author, early: refuse,"),
        ("    evidence: link", "    evidence: link\n    must: true"),
        ("start: draft", "rules: {}\nadministrative: {}\nstart: draft"),
        ("kind: change_request\n", "kind: 'change_request'   # a comment\n\n"),
        (
            "title: Engineering change\nkind: change_request",
            "kind: change_request\ntitle: Engineering change",
        ),
        ("budget: {field: cost}", "budget:\n  field: cost"),
    ],
)
def test_what_means_the_same_has_the_same_digest(old, new):
    """A default written out, a comment, a quote, a layout or the order of fixed words changes no digest."""
    text = CHANGE if old in CHANGE else library_text("escalation")
    assert old in text
    same = "when: 'true'" not in new
    assert (digest(text.replace(old, new, 1)) == digest(text)) is same


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("at_least: 2}", "at_least: 3}"),
        ("title: Cost}", "title: The cost}"),
        ("item.cost > 50000", "item.cost > 50001"),
        ("exclude: [author]", "exclude: [author, editors]"),
        ("due: {within: 3wd", "due: {within: 3d"),
    ],
)
def test_what_means_something_else_has_another_digest(old, new):
    """A number, a word that people read, a condition or a deadline changes the digest (P11-13)."""
    text = CHANGE if old in CHANGE else library_text("escalation")
    assert digest(text.replace(old, new, 1)) != digest(text)


def test_the_order_of_outcomes_is_part_of_the_digest():
    """Outcomes are judged in their order, so another order is another process."""
    hold, go, conditional = GATE.strip().splitlines()[1:]
    other = "\n".join(["outcomes:", go, hold, conditional])
    assert load_example(other).digest != load_example(GATE).digest


def test_what_looks_the_same_has_the_same_digest():
    """Composed and decomposed letters are one text."""
    composed = CHANGE.replace("title: Cost}", "title: Co\u00fbt}")
    decomposed = CHANGE.replace("title: Cost}", "title: Cou\u0302t}")
    assert digest(composed) == digest(decomposed) != digest(CHANGE)


def test_folded_text_is_plain_text():
    """A description over several lines reads as one line of printable words."""
    description = LIBRARY["engineering-change"].process.description
    assert description is not None
    assert description.isprintable()
    assert "small, well understood changes; the full track has" in description


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{}",
        b"[]",
        b"no json",
        b"\xff",
        LIBRARY["escalation"].canonical.replace(b'"at_least":1', b'"at_leest":1'),
        LIBRARY["escalation"].canonical.replace(b'"at_least":1', b'"position":"approve"'),
        LIBRARY["engineering-change"].canonical.replace(b"item.cost > 50000", b"item.cots > 50000"),
    ],
)
def test_stored_bytes_that_were_spoilt_are_refused(stored):
    """What was altered in the store is refused in words, never half read."""
    with pytest.raises(EvaluationError):
        process_from_canonical(stored)


SITED = """
process: sited
title: Sited
kind: change_request
numbering: "SIT-{n:04}"
fields: {cost: {type: integer, title: Cost}}
start: asked
states:
  asked: {round: release, when: {approved: done, rejected: done}, no_deadline: a test}
  done:  {title: Done, end: done}
policies:
  release:
    signature: {meaning: Agreed, proof: secret}
    stale_on: [site, cost]
    reject: {from: a, position: reject, at_least: 1}
    approve: {all: [{from: a, at_least: 1}, {from: b, at_least: 1, stale_on: [site]}]}
"""


def test_an_edit_of_the_site_may_ask_again():
    """`site` in `stale_on` is the item's, as edits name it; the file keeps its word."""
    loaded = load_process(SITED, "sited.yaml")
    for one in (loaded, process_from_canonical(loaded.canonical)):
        found = {leaf.stale_on for leaf in one.policies["release"].leaves}
        assert found == {("item.site", "cost"), ("item.site",)}
        assert one.process.policies["release"].stale_on == ("site", "cost")


def test_a_field_called_site_is_meant_by_its_name():
    """Where a process has a field of that name, `stale_on` means it."""
    loaded = load_process(SITED.replace("fields: {", "fields: {site: {type: text, title: Where}, "), "sited.yaml")
    assert {leaf.stale_on for leaf in loaded.policies["release"].leaves} == {("site", "cost"), ("site",)}
