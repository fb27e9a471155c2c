"""Gate attempts of a small handmade log: each outcome, the moment that counts, and what a misfit is told.

The log is of another house than Kubernetes: plant gates, where a quality lead signs for each gate of a site.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gates.replay import AttemptReplay, AttemptReport, AttemptsMap, LogFault, new_replay
from gates.replay.attempts.tracks import version
from policies.errors import ProcessError
from policies.load import load_process, read_document

PROCESS = """\
process: plant-gate
title: Plant gate
kind: stage_gate
numbering: "PG-{n}"
fields:
  status: {type: choice, of: [open, asked]}
  gate: {type: choice, of: [g1, g2], required: false}
  release: {type: integer, required: false}
  cost: {type: money, currency: EUR, required: false}
  sites: {type: list, required: false}
  on-file: {type: boolean}
  signed: {type: boolean}
start: open
states:
  open: {acts: {ask: {to: asked}}}
  asked:
    round: gate
    no_deadline: A small test.
    when: {no_gate: open, small: done, early: open, unsigned: open, pass: done, outsider: open}
  done: {end: done}
policies:
  gate:
    exclude: []
    stale_on: never
    outcomes:
      no_gate: {refusal: true, rule: {check: '!has(item.gate)', title: No gate}}
      small: {rule: {check: item.cost < 1000, title: Too small to ask}}
      early: {refusal: true, rule: {check: '!has(item.release) || item.release < 2001', title: Too early}}
      unsigned: {refusal: true, rule: {check: '!item.signed', title: Nobody signed}}
      pass: {rule: {all: [{from: [quality, deputy], at_least: 1}]}}
      outsider: {refusal: true, rule: {check: item.signed, title: An outsider signed}}
"""

MAP = """\
judge: attempts
columns: {item: key, at: at, transaction: batch, event: what, name: name, to: value, scope: site}
events: {changed: [edit], signed: [sign], created: [new], deleted: [drop], ignored: [note]}
policy: gate
attempt:
  changes: [Status, Gate]
  while: {Status: [asked]}
exempt: [small]
fields:
  status: {from: Status}
  gate: {from: Gate}
  release: {from: Release, as: version}
  cost: {from: Cost}
  sites: {from: Sites, split: "/"}
sign_offs: {scope: Site, key: Gate, any_field: on-file, key_field: signed}
people:
  author: {from: Writers}
  editors: {from: Writers}
groups:
  columns: {at: at, group: group, members: members}
  roles: {Quality: quality, Deputies: deputy}
by: [gate]
what_if:
  no writer may sign: {exclude: [author, editors]}
overlaps:
  a reader writes: {some: Readers, among: Writers}
  all readers write: {every: Readers, among: Writers}
follow:
  Gate: {days_between: [[g1, g2]]}
"""

HEAD = "key,at,batch,what,name,value,site\n"
GROUPS = "at,group,members\n2026-01-01T00:00:00Z,Quality,ann;bob\n2026-03-01T00:00:00Z,Deputies,bob\n2026-03-01T00:00:00Z,Quality,ann\n"
READY = "new,,,\nedit,Status,asked,\nedit,Release,2.1,\nedit,Site,Lyon,\nedit,Writers,wim,"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def log(*batches: tuple[str, str]) -> str:
    """Batches of one item: (the time, lines of `what,name,value,site`)."""
    lines = [f"A,{at},b{n},{line}" for n, (at, batch) in enumerate(batches) for line in batch.split("\n")]
    return HEAD + "\n".join(lines)


def replay_of(mapping: str = MAP, groups: str | None = GROUPS, process: str = PROCESS) -> AttemptReplay:
    loaded = load_process(process, "gate.yaml")
    found = new_replay(loaded, read_document(mapping, "map.yaml"), None if groups is None else rows(groups))
    assert isinstance(found, AttemptReplay)
    return found


def report_of(text: str, **changes: Any) -> AttemptReport:
    replay = replay_of(**changes)
    for number, row in enumerate(rows(text), 2):
        replay.row(row, number)
    return replay.finish()


def attempt(*lines: str, at: str = "2026-02-01T00:00:00Z") -> AttemptReport:
    """One attempt: everything ready, then these lines, all in one batch."""
    return report_of(log((at, "\n".join([READY, *lines]))))


GATE = "edit,Gate,g1,"


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((), "no_gate"),
        ((GATE, "edit,Release,1.9,"), "early"),
        ((GATE, "edit,Release,soon,"), "early"),
        ((GATE,), "unsigned"),
        ((GATE, "sign,g2,ann,Lyon"), "unsigned"),
        ((GATE, "sign,g1,ann,Linz"), "unsigned"),
        ((GATE, "sign,g1,ann,Lyon", "sign,g1,,Lyon"), "unsigned"),
        ((GATE, "sign,g1,zoe,Lyon"), "outsider"),
    ],
)
def test_each_refusal_has_its_name(lines: tuple[str, ...], outcome: str) -> None:
    """The first outcome met, with the item, the time and the batch."""
    report = attempt(*lines)
    assert (dict(report.refusals), report.passes.total()) == ({outcome: 1}, 0)
    (refused,) = report.refused
    assert (refused.item, refused.at, refused.transaction) == ("A", "2026-02-01T00:00:00Z", "b0")


def test_a_signature_for_the_gate_passes() -> None:
    """Judged after the whole batch, whatever the order of its rows."""
    report = attempt("sign,g1,ann,Lyon", GATE)
    assert dict(report.passes) == {"pass": 1} == dict(report.final)
    assert (dict(report.seats), dict(report.signers)) == ({"quality": 1}, {"ann": 1})
    (passed,) = report.passed
    assert (passed.rests_on, passed.signed_by, passed.falls) == ("quality", ("ann",), ())


def test_exempt_is_no_attempt() -> None:
    """It is counted beside them."""
    report = attempt(GATE, "edit,Cost,999.00,")
    assert (report.attempts, dict(report.exempt), report.refused) == (0, {"small": 1}, [])


def test_an_attempt_needs_its_status_and_a_change() -> None:
    """An edit of anything else is none, and neither is one of an item that nobody asked for."""
    ready = log(
        ("2026-02-01T00:00:00Z", READY),
        ("2026-02-02T00:00:00Z", "edit,Cost,5000,"),
        ("2026-02-03T00:00:00Z", "edit,Status,open,"),
        ("2026-02-04T00:00:00Z", GATE),
        ("2026-02-05T00:00:00Z", "note,x,y,"),
    )
    report = report_of(ready)
    assert (report.attempts, report.transactions) == (1, 5)


@pytest.mark.parametrize(
    ("person", "at", "rests"),
    [
        ("ann", "2025-12-31T23:59:59Z", None),
        ("ann", "2026-01-01T00:00:00Z", "quality"),
        ("bob", "2026-02-28T23:59:59Z", "quality"),
        ("bob", "2026-03-01T00:00:00Z", "deputy"),
    ],
)
def test_the_group_of_the_moment_counts(person: str, at: str, rests: str | None) -> None:
    """A change of membership is in force from its very moment on."""
    report = attempt(GATE, f"sign,g1,{person},Lyon", at=at)
    assert dict(report.seats) == ({rests: 1} if rests else {})
    assert dict(report.refusals) == ({} if rests else {"outsider": 1})


def test_passes_are_judged_again_by_the_groups_at_the_end() -> None:
    """Bob left quality and is a deputy now; with Ann alone left, his pass rests on nobody."""
    signed = log(("2026-02-01T00:00:00Z", f"{READY}\n{GATE}\nsign,g1,bob,Lyon"))
    assert dict(report_of(signed).seats_at_end) == {"deputy": 1}
    alone = GROUPS.replace("Deputies,bob", "Deputies,ann")
    assert dict(report_of(signed, groups=alone).seats_at_end) == {"nobody: it would not pass": 1}


@pytest.mark.parametrize("word", ["editors", "performed_by"])
def test_what_if_the_writers_were_excluded(word: str) -> None:
    """The same policy, changed in one word, judges every pass again."""
    lines = (READY, GATE, "edit,Writers,wim;ann,", "edit,Readers,ann,", "sign,g1,ann,Lyon")
    report = report_of(log(("2026-02-01T00:00:00Z", "\n".join(lines))), mapping=MAP.replace("editors", word))
    assert {title: dict(found) for title, found in report.what_if.items()} == {"no writer may sign": {"outsider": 1}}
    assert report.passed[0].falls == ("no writer may sign",)
    assert dict(report.overlaps) == {"a reader writes": 1, "all readers write": 1}


def test_deleted_items_are_left_out_in_the_end() -> None:
    """They were judged while they lived."""
    report = report_of(log(("2026-02-01T00:00:00Z", f"{READY}\n{GATE}"), ("2026-02-02T00:00:00Z", "drop,,,")))
    assert (report.items, report.live, report.attempts, dict(report.final)) == (1, 0, 1, {})


def test_changes_and_days_are_followed() -> None:
    """From first having one value to first having the other."""
    report = report_of(log(("2026-02-01T00:00:00Z", GATE), ("2026-02-03T12:00:00Z", "edit,Gate,g2,")))
    assert dict(report.changes["Gate"]) == {"g1 -> g2": 1}
    assert report.days["Gate"] == {"g1 to g2": {"n": 1, "p25": 2.5, "p50": 2.5, "p75": 2.5, "p90": 2.5}}


def test_a_name_that_never_comes_is_reported() -> None:
    """It is likely misspelt, and the figures are then not what they seem."""
    report = attempt(GATE)
    assert report.unseen == ["Cost", "Readers", "Sites"]
    assert "The map reads names that never come in the log: Cost, Readers, Sites" in report.as_text()


def test_the_text_for_people() -> None:
    """Attempts, passes, refusals, and on what the passes rest."""
    text = attempt(GATE, "sign,g1,ann,Lyon").as_text()
    for line in ("1 attempts in 1 transactions", "By gate\n  g1: 1 pass", "Passes rest on\n       1  quality"):
        assert line in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key,at\nA,2026-02-01T00:00:00Z", "Row 2 has no column 'batch'; it has: key, at."),
        (log(("yesterday", GATE)), "Row 2: 'yesterday' is no time such as"),
        (log(("2026-02-01T00:00:00Z", "edti,Gate,g1,")), "Row 2: the map does not know the event 'edti'; there is: "),
        (log(("2026-02-01T00:00:00Z", "edit,Gate,g3,")), "Row 2: 'g3' is not one of: g1, g2. It is meant for the fi"),
        (log(("2026-02-01T00:00:00Z", "edit,Cost,1.000,50,")), "Row 2: '1.000' is not an amount in EUR"),
        (log(("2026-02-02T00:00:00Z", GATE), ("2026-02-01T00:00:00Z", GATE)), "Row 3: 2026-02-01T00:00:00Z comes be"),
        (
            HEAD + "".join(f"A,2026-02-01T00:00:00Z,{batch},edit,Gate,g1,\n" for batch in "bcb"),
            "Row 4: the transaction 'b' is over. Rows of one transaction stand together.",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_refused_by_number(text: str, said: str) -> None:
    """The place, the value, the choices."""
    with pytest.raises(LogFault, match=re.escape(said)):
        report_of(text)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("at,group\n2026-01-01T00:00:00Z,Quality", "Groups, row 2 has no column 'members'"),
        (GROUPS.replace("2026-03-01T00:00:00Z,Q", "spring,Q"), "Groups, row 4: 'spring' is no time"),
        (GROUPS.replace("Deputies", "Quallity"), "Groups, row 3: the map does not know the group 'Quallity'"),
        (GROUPS.replace("03-01T00:00:00Z,Q", "02-01T00:00:00Z,Q"), "Groups, row 4: 2026-02-01T00:00:00Z comes before"),
        (None, "The map speaks of groups, and there is no log of them: give it with --groups."),
    ],
)
def test_a_log_of_groups_that_does_not_fit_is_refused(groups: str | None, said: str) -> None:
    """By its own row number."""
    with pytest.raises(LogFault, match=re.escape(said)):
        replay_of(groups=groups)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("policy: gate", "policy: gates", "the policy 'gates', which the process has not; there is: gate. Did you"),
        ("[small]", "[smal]", "the outcome 'smal', which the policy has not"),
        ("  cost:", "  costs:", "the field 'costs', which the process has not"),
        ("by: [gate]", "by: [gates]", "the field 'gates', which the process has not"),
        ("gate: {from: Gate}", "gate: {from: Gate, as: version}", "'gate' with what is integer; the process says it"),
        ("any_field: on-file", "any_field: cost", "'cost' with what is boolean; the process says it is money"),
        ("Deputies: deputy", "Deputies: deputies", "the role 'deputies', which the policy does not ask"),
        ("key: Gate,", "key: Gate, position: aprove,", "a signature is 'aprove', which nobody may say"),
        ("[author, editors]", "[writers]", "excludes 'writers', which is neither a relation nor a role"),
        ("{some: Readers, ", "{some: Readers, every: Readers, ", "'a reader writes' has one of `some` and `every`"),
        ("scope: Site, ", "", "`scope` stands both under `columns` and under `sign_offs`"),
        ("ignored: [note]", "ignored: [edit]", "The map says that 'edit' is both changed and ignored."),
    ],
)
def test_a_map_that_does_not_fit_its_process_is_refused(old: str, new: str, said: str) -> None:
    """Before a row is read."""
    assert MAP.count(old) == 1
    with pytest.raises(LogFault, match=re.escape(said)):
        replay_of(MAP.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("judge: attempts", "judge: atempts", "map.yaml:1:8: TG009 `judge` is 'atempts', which is not one of: moves,"),
        ("attempt:\n", "atempt:\n", "TG007 the key `atempt` is not known here. Did you mean `attempt`?"),
        ("as: version", "as: versoin", "TG009 'versoin' is not one of: 'version'."),
    ],
)
def test_a_map_of_the_wrong_form_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    """The map is read like a process file."""
    with pytest.raises(ProcessError, match=re.escape(said)):
        replay_of(MAP.replace(old, new))


def test_groups_without_a_meaning_are_refused() -> None:
    """By both kinds of map."""
    start, end = MAP.index("groups:"), MAP.index("by:")
    with pytest.raises(LogFault, match="There is a log of groups, and the map does not say what it means"):
        replay_of(MAP[:start] + MAP[end:])
    eip = Path(__file__).parents[3] / "docs" / "replay" / "eip-1"
    loaded = load_process((eip / "eip-1.yaml").read_text(), "eip-1.yaml")
    with pytest.raises(LogFault, match="A map that judges moves reads no groups"):
        new_replay(loaded, read_document((eip / "map.yaml").read_text(), "map.yaml"), rows(GROUPS))


@pytest.mark.parametrize(
    ("text", "number"),
    [("v1.21", 1021), ("1.21.3", 1021), ("0.0", 0), ("v1.100", 1100), ("v2.0", 2000), ("TBD", None), ("v1", None)],
)
def test_a_release_reads_as_a_number(text: str, number: int | None) -> None:
    """In the order of the releases; the hundredth minor one comes before the next major one."""
    assert version(text) == number


def test_every_word_of_the_map_is_in_the_guide() -> None:
    """`docs/howto/replay-a-log.md` names each key."""
    guide = (Path(__file__).parents[3] / "docs" / "howto" / "replay-a-log.md").read_text()
    missing = [key for key in sorted(keys_of(AttemptsMap)) if not re.search(rf"`[^`]*\b{key}\b[^`]*`", guide)]
    assert missing == []


def keys_of(model: type[BaseModel]) -> set[str]:
    found = set()
    for name, info in model.model_fields.items():
        found.add(info.alias or name)
        for inner in (info.annotation, *getattr(info.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= keys_of(inner)
    return found
