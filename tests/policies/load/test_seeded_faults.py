"""The shipped engineering change with one fault at a time, as an author would make it."""

from __future__ import annotations

import pytest
from faults import MARK, marked

from policies.errors import ProcessError
from policies.library import library_text
from policies.load import load_process

SOURCE = "engineering-change.yaml"
TEXT = library_text("engineering-change")

# What stands in the file, what stands there instead (@@ marks the place), the code, a piece of the message.
SEEDED = [
    ("kind: change_request", "kind: @@change_requst", "TG009", "Did you mean 'change_request'?"),
    ("start: draft", "start: @@drafft", "TG101", "Did you mean `draft`?"),
    ("currency: EUR", "@@curency: EUR", "TG007", "Did you mean `currency`?"),
    ("of: [low, medium, high], title: Risk", "title: Risk", "TG115", "no values"),
    ('when: item.track == "full"}', 'when: item.track == @@"ful"}', "TG130", "Did you mean 'full'?"),
    ('when: item.risk != "low"', 'when: @@item.rsk != "low"', "TG130", "Did you mean risk?"),
    ("budget: {field: cost}", "budget: {field: @@costs}", "TG116", "Did you mean `cost`?"),
    ("submit:   {to: screening", "submit:   {to: @@screning", "TG101", "Did you mean `screening`?"),
    ("needs: [fields, criteria]", "needs: [fields, @@criterias]", "TG009", "Did you mean 'criteria'?"),
    ("reason: optional", "reason: @@maybe", "TG009", "'required', 'optional'"),
    ("round: release", "round: @@relaese", "TG102", "Did you mean `release`?"),
    ("{approved: implementation, rejected: draft}", "{approved: implementation}", "TG103", "`rejected`"),
    ("{approved: impact-board,", "{@@aproved: impact-board,", "TG103", "Did you mean `approved`?"),
    ("due: {within: 3wd", "due: {within: @@3 wd", "TG009", "Write 90m"),
    ("remind: [50%, 80%]", "remind: [50%, @@80]", "TG009", "80"),
    ("notify: {role: line-manager}", "notify: {@@roll: line-manager}", "TG007", "Did you mean `role`?"),
    ("{after: 10wd, raise: escalation}", "{@@raise: escalation}", "TG008", "`after`"),
    ("  rejected:  {title", "  @@closed: {end: done}\n  rejected:  {title", "TG004", "closed"),
    ("stale_on: [cost, drawing", "stale_on: [cost, @@drawin", "TG119", "Did you mean `drawing`?"),
    ("release, proof: secret", "release, proof: @@fax", "TG009", "'link', 'secret'"),
    ("- {from: engineering, at_least: 2}", "- {from: engineering, at_least: @@0}", "TG109", "met by nobody"),
    ("at_least: 2/3", "at_least: @@4/3", "TG009", "more than the whole body"),
    ("- {from: supply-chain, at_least: 1}", "- {@@from: supply-chain}", "TG109", "how many"),
    ("  draft:\n    title: Draft", "  draft\n    title@@: Draft", "TG003", "not YAML"),
    ("title: Engineering change", "title: @@&title Engineering change", "TG005", "refused"),
    ("  withdrawn: {title: Withdrawn, end", "  withdrawn: {title: @@no: 1, end", "TG003", "not YAML"),
    ("    reject: {from", "    @@reject:\n    description2: {from", "TG009", "nothing stands after `reject`"),
]  # fmt: skip


def seeded(old: str, new: str) -> str:
    assert old in TEXT, old
    return TEXT.replace(old, new if MARK in new else MARK + new, 1)


def faults(text: str) -> list[str]:
    with pytest.raises(ProcessError) as refused:
        load_process(text, SOURCE)
    return str(refused.value).splitlines()


@pytest.mark.parametrize(("old", "new", "code", "piece"), SEEDED, ids=[f"{s[2]}-{s[1][:30]}" for s in SEEDED])
def test_one_fault_is_one_line_with_the_right_number(old, new, code, piece):
    """One slip of the author is told in one line that names its line, its code and the way on (PR-09)."""
    text, line, _ = marked(seeded(old, new))
    (said,) = faults(text)
    assert said.startswith(f"{SOURCE}:{line}:")
    assert f" {code} " in said
    assert piece in said


def test_at_least_twenty_faults_are_seeded():
    """The table covers a good part of what goes wrong in practice."""
    assert len(SEEDED) >= 20


def test_several_faults_are_told_together_in_order():
    """An author sees all faults of one kind at once, from top to bottom."""
    text = TEXT.replace("start: draft", "start: drafft").replace("round: release", "round: relaese")
    lines = faults(text.replace("{to: withdrawn}", "{to: withdrwn}"))
    numbers = [int(said.split(":")[1]) for said in lines]
    assert len(lines) > 3
    assert numbers == sorted(numbers)
