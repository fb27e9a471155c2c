"""A verdict as data, text, Markdown and words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from scenes import example, judge, roster

from policies.canonical import canonical
from policies.explain import rule_in_words, verdict_as_data, verdict_as_markdown, verdict_as_text

TEAM = {"ana": "engineering", "ben": "engineering", "eva": "finance", "mei": "quality-lead@Lyon"}
RELEASE = """
reject: {from: quality-lead, at: item.site, position: reject, at_least: 1}
approve:
  all:
    - {from: quality-lead, at: item.site, at_least: 1}
    - {from: engineering, at_least: 2}
    - {from: finance, at_least: 1, when: item.cost > 50000}
"""
WAITING = judge(RELEASE, TEAM, "ana approve", "zoe approve", "mei approve", fields={"cost": Decimal(100)})

TEXT = """\
Needs Engineering (Ben).
  ○ Rejected: 0 of 1 rejection from Quality lead, Lyon.
  ○ Approved: 1 of 2 parts are met.
    ✓ Quality lead, Lyon: 1 of 1 approval from Quality lead, Lyon. Mei.
    ○ Engineering: 1 of 2 approvals from Engineering. Ana.
    – Finance: Not asked: item.cost > 50000 (cost is 100).
  Set aside: approve of zoe: author.
  Could decide it alone: Mei (reject → rejected) and Ben (approve → approved)."""


def test_the_tree_reads_as_text():
    """Every rule has a mark, a sentence and the people it counted; what was set aside says why."""
    assert verdict_as_text(WAITING, roster(TEAM)) == TEXT


def test_the_tree_reads_as_markdown():
    """The same tree as nested lists, under the sentence."""
    head, blank, *rest = verdict_as_markdown(WAITING, roster(TEAM)).splitlines()
    assert (head, blank) == ("**Needs Engineering (Ben).**", "")
    assert [line.replace("- ", "  ", 1) for line in rest] == TEXT.splitlines()[1:]


def test_the_data_is_canonical_and_whole():
    """The ledger keeps the whole answer: it has a canonical form and names everybody in it."""
    data = verdict_as_data(WAITING, roster(TEAM))
    assert canonical(data)
    assert (data["standing"], data["outcome"]) == ("pending", None)
    assert data["missing"] == [
        {
            "count": 1,
            "rule": "approved.all[1]",
            "label": "Engineering",
            "position": "approve",
            "candidates": ["ben"],
        }
    ]
    assert data["names"] == {"ana": "Ana", "ben": "Ben", "mei": "Mei", "zoe": "zoe"}


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (
            RELEASE,
            [
                "Rejected: 1 rejection from Quality lead, the item's site.",
                "Approved: 1 approval from Quality lead, the item's site, 2 approvals from Engineering and "
                "1 approval from Finance, when item.cost > 50000.",
            ],
        ),
        (
            "approve: {any: [{from: finance, at_least: all}, {from: board, at_least: 2/3}]}",
            ["Approved: everyone who is Finance or at least 2/3 of all who are Board."],
        ),
        (
            "approve: {any: [{from: board, at_least: majority, of: cast}, {from: owner, at_least: 1}]}",
            ["Approved: a majority of those who vote who are Board or 1 approval from Owner."],
        ),
        (
            "approve: {all: [{from: it, at_least: 1}, {from: ot, position: reject, at_most: 0}]}",
            ["Approved: 1 approval from It and at most 0 rejections from Ot."],
        ),
    ],
)
def test_a_policy_reads_in_words(policy, words):
    """Approvers read what is asked as sentences, one for each outcome."""
    assert rule_in_words(example(policy), roster(TEAM)) == words
