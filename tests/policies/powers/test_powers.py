"""Whom a process names, and what for: one list for the report of access and for the checks against a roster."""

from __future__ import annotations

from policies.load import build, read_document
from policies.model import Process
from policies.powers import ACT, DECIDE, TOLD, named_in

DUE = "{within: 2d, extend: {by: {role: asker}, approve: {role: granter}, longest: 1d}}"
PROCESS = f"""
process: p
title: P
kind: change_request
numbering: "P-{{n:04}}"
contact: {{role: contacted}}
fields:
  functions: {{type: list, of: [safety, quality]}}
start: a
administrative: {{drop: {{to: b, by: {{role: dropper}}}}}}
states:
  a:
    acts: {{go: {{to: b, by: [author, {{role: actor}}, {{person: zoe}}, anyone]}}}}
    edits: {{by: {{role: editor}}}}
    due: [{{within: 1d, when: 'item.site == "x"', extend: {{by: early, longest: 1d}}}}, {DUE}]
    ladder: [{{after: 1d, owner: {{role: next-owner}}, notify: {{role: notified}}}}]
    announce: {{role: announced}}
    round: r
    when: {{approved: c}}
  c:
    conditions: {{due: 1d, met: {{to: b}}, lapse: {{to: a}}, met_by: {{role: meeter}}, confirmed_by: confirmer,
                 waived_by: {{role: waiver}}}}
  b: {{end: done}}
policies:
  r:
    chair: chair
    override: {{by: [boss, author]}}
    positions: {{reject: {{lifted_by: [lifter, "person:ana"]}}}}
    approve:
      all:
        - {{from: [signer, owner], at_least: 1}}
        - {{for_each: functions, as: f, rule: {{from: "{{f}}", at_least: 1}}}}
        - shared
rules:
  shared: {{from: sharer, at_least: 1}}
meetings:
  board: {{title: B, every: workday 08:30, chair: {{role: convener}}, invite: {{role: guest}}, items: [a]}}
"""


def process() -> Process:
    return build(Process, read_document(PROCESS, "p"))


def roles(what: str) -> set[str]:
    return {role for one in named_in(process()) if one.what == what for role in one.roles}


def test_every_place_that_names_somebody_is_listed():
    """A11-13: whoever decides, acts or is told; never a relation, one person, an entry of a list, or anyone."""
    assert roles(DECIDE) == {"signer", "safety", "quality", "sharer"}
    assert roles(ACT) == {
        *("dropper", "actor", "editor", "early", "asker", "granter", "next-owner", "meeter", "confirmer", "waiver"),
        *("chair", "boss", "lifter", "convener"),
    }
    assert roles(TOLD) == {"contacted", "notified", "announced", "guest"}


def test_each_is_named_with_its_place():
    """So that a check can point at the line."""
    places = {".".join(map(str, one.path)): one.words for one in named_in(process())}
    assert places["states.a.acts.go.by"] == ("author", "actor", "person:zoe", "anyone")
    assert places["states.a.due.1.extend.approve"] == ("granter",)
    assert places["policies.r.positions.reject.lifted_by"] == ("lifter", "person:ana")
    assert places["meetings.board.chair"] == ("convener",)
