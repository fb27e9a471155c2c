"""What the second text says that the first does not, in sentences; and nothing where they mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from policies.diff import diff_processes
from policies.errors import ProcessError
from policies.library import library_names, library_text
from policies.load import LoadedProcess, load_process

BASE = """\
process: example
title: Example
kind: issue
numbering: "EX-{n}"
fields:
  cost: {type: money, currency: EUR, title: Cost}
  risk: {type: choice, of: [low, high], title: Risk}
start: draft
states:
  draft: {title: Draft, acts: {submit: {to: sign-off}, drop: {to: dropped}}}
  sign-off:
    title: Sign-off
    round: release
    when: {rejected: draft, approved: done}
    due: {within: 3wd}
    ladder: [{after: 5wd, notify: owner}]
  done: {title: Done, end: done}
  dropped: {title: Dropped, end: dropped}
policies:
  release:
    title: Release
    reject: {from: quality-lead, at: item.site, position: reject, at_least: 1}
    approve:
      all:
        - {from: quality-lead, at: item.site, at_least: 1}
        - {from: engineering, at_least: 2}
"""
ENGINEERS = "- {from: engineering, at_least: 2}"
TITLE = "    title: Release\n"

SAID: list[tuple[str, str, list[str]]] = [
    (ENGINEERS, f"{ENGINEERS}\n        - {{from: finance, at_least: 1, when: item.cost > 50000}}", ["Finance now also signs above €50,000 in Release."]),
    (f"        {ENGINEERS}\n", "", ["Engineering no longer signs in Release."]),
    (ENGINEERS, "- {from: engineering, at_least: 1}", ["Engineering in Release: 1 instead of 2."]),
    (ENGINEERS, '- {from: engineering, at_least: 2, when: item.risk == "high"}', ["Engineering signs only when Risk is high in Release (before: always)."]),
    (ENGINEERS, "- {from: engineering, at_least: 2, quorum: 1/2}", ["Engineering in Release: the quorum is 1/2 (before: nobody in particular)."]),
    ("      all:\n", "      any:\n", ["In Release asks, put together otherwise: either Quality lead at the item's site (1) or Engineering (2)."]),
    (TITLE, f"{TITLE}    exclude: [author]\n", ["The editors may sign in Release now."]),
    (TITLE, f"{TITLE}    stale_on: [cost]\n", ["In Release, an edit of Cost asks again (before: every edit)."]),
    (TITLE, f"{TITLE}    deadline: {{in: 10wd, then: reject}}\n", ["In Release, after 10 working days without a verdict it comes to reject (before: no deadline)."]),
    (TITLE, f"{TITLE}    override: {{by: sponsor}}\n", ["In Release, Sponsor may override with a reason (before: nobody may override)."]),
    (TITLE, f"{TITLE}    signature: {{meaning: Agreed, proof: link}}\n", ["In Release, a signature means “Agreed” and takes the typed name (before: “Approved”, the signer's password or code)."]),
    ("within: 3wd", "within: 5wd", ["In Sign-off, it is due within 5 working days (before: 3 working days)."]),
    ("[{after: 5wd, notify: owner}]", "[{after: 5wd, notify: owner}, {after: 10wd, raise: escalation}]", ["In Sign-off, after 10 working days escalation is raised now."]),
    ("{rejected: draft, approved: done}", "{rejected: dropped, approved: done}", ["In Sign-off, Rejected leads to Dropped (before: Draft)."]),
    ("submit: {to: sign-off}", "submit: {to: sign-off, by: owner}", ["In Draft, “Submit” is for the owner (before: the author)."]),
    ("drop: {to: dropped}", "drop: {to: dropped}, cancel: {to: dropped, by: {role: pmo-lead}}", ["In Draft, PMO lead may now take “Cancel”, which leads to Dropped."]),
    ("  risk: {type: choice, of: [low, high], title: Risk}\n", "", ["The field Risk is gone."]),
    ("title: Example", "title: Sample", ["The title of the process is now “Sample” (before: “Example”)."]),
    ("  done: {title: Done", "  finished: {title: Done", ["The state Done is called finished now.", "In Sign-off, Approved leads to Done (before: Done)."]),
]  # fmt: skip


def changed(old: str, new: str) -> str:
    assert old in BASE, old
    text = BASE.replace(old, new)
    return text.replace("approved: done", "approved: finished") if "finished" in new else text


@pytest.mark.parametrize(("old", "new", "said"), SAID, ids=lambda one: str(one)[:30] if isinstance(one, str) else "")
def test_a_change_is_said_in_a_sentence(old, new, said):
    """And nothing else is said."""
    found = diff_processes(load_process(BASE, "a.yaml"), load_process(changed(old, new), "b.yaml"))
    assert list(found.sentences) == said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approve:\n      all:\n", "outcomes:\n      approved:\n       rule:\n        all:\n"),
        (ENGINEERS, "- {all: [{from: engineering, at_least: 2}]}"),
        (ENGINEERS, "- {from: [engineering], at_least: 2, position: approve}"),
        (TITLE, f"{TITLE}    exclude: [author, editors]\n    one_seat: true\n"),
    ],
)
def test_the_same_in_other_words_says_nothing(old, new):
    """Shorthand written out, defaults said, a list of one: no change."""
    text = BASE.replace(old, new)
    if "outcomes" in new:
        text = text.replace("    reject: {from", "    reject_: {from")
        text = text.replace("    reject_: {from: quality-lead, at: item.site, position: reject, at_least: 1}\n", "")
        rule = "{from: quality-lead, at: item.site, position: reject, at_least: 1}"
        text = text.replace("    outcomes:\n", f"    outcomes:\n      rejected: {{rule: {rule}}}\n")
        text = text.replace("        - {from", "          - {from")
    found = diff_processes(load_process(BASE, "a.yaml"), load_process(text, "b.yaml"))
    assert found.sentences == ()
    assert found.as_text().startswith("The two say the same")


def test_a_text_and_itself_are_the_same():
    """Every shipped process."""
    for name in library_names():
        loaded = load_process(library_text(name), name)
        assert diff_processes(loaded, loaded).as_text() == "The two say the same. Their digests are equal."


# -- nothing goes unsaid ---------------------------------------------------------------------------------


def mutants(name: str) -> Iterator[tuple[str, LoadedProcess]]:
    """The process with each one of its values changed or left out, where what comes of it still loads."""
    plain = YAML(typ="safe").load(library_text(name))
    for path in list(places(plain, ())):
        for value in (None, "other", "2wd", 7, "editors", ["owner"], True, "0.5"):
            data = YAML(typ="safe").load(library_text(name))
            put(data, path, value)
            try:
                yield f"{'.'.join(map(str, path))} = {value}", load_process(dump(data), "mutant.yaml")
            except ProcessError:
                continue


def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def put(data: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        data = data[key]
    if value is None:
        del data[path[-1]]
    else:
        data[path[-1]] = value


def dump(data: Any) -> str:
    import json

    return json.dumps(data, ensure_ascii=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["escalation", "policy-change"])
def test_whatever_changes_is_said(name):
    """Two texts with other digests, and other meanings, never pass for the same."""
    before = load_process(library_text(name), name)
    tried = 0
    for what, after in mutants(name):
        if after.digest == before.digest:
            continue
        tried += 1
        assert diff_processes(before, after).sentences, what
        assert diff_processes(after, before).sentences, what
    assert tried > 80


KEPT = "done: {title: Done, end: done}"
CONDITIONAL = """waiting: {title: Waiting, conditions: {due: 20wd, met: {to: done}, lapse: {to: draft}, confirmed_by: pmo-lead}}
  done: {title: Done, end: done}"""


def following(**words: str) -> str:
    """BASE with conditions, a review, an expiry and an act that rests on a model."""
    text = BASE.replace(KEPT, words.get("waiting", CONDITIONAL)).replace("approved: done", "approved: waiting")
    text = text.replace("    reject: {", "    positions: {approve: {conditions: required}}\n    reject: {")
    text = text.replace("  risk: {", "  model: {type: item, title: Model}\n  risk: {")
    return text.replace("drop: {to: dropped}}}", words.get("acts", "drop: {to: dropped}}}"))


@pytest.mark.parametrize(
    ("word", "now", "said"),
    [
        ("waiting", CONDITIONAL.replace("20wd", "5wd"), "within 5 working days; once all are met it goes to Done"),
        ("waiting", CONDITIONAL.replace("{to: draft}", "{raise: escalation}"), "when one lapses escalation is raised"),
        ("waiting", CONDITIONAL.replace("20wd", "20wd, remind: [80%]"), "remind is now “80%” (before: not said)"),
        ("acts", "drop: {to: dropped, under: {item: model, be: [in-force]}}}}", "only while its Model is in force"),
        (
            "acts",
            "drop: {to: dropped, needs: [review]}}, review: {process: after, within: 5wd}}",
            "after follows within 5 working days; when it is late the author and the owner are told (before: no review)",
        ),
        (
            "acts",
            "drop: {to: dropped}}, expires: {after: 12mo, to: dropped}}",
            "it is in force for 12 months and then goes to Dropped (before: no expiry)",
        ),
    ],
)
def test_what_follows_a_decision_is_said(word: str, now: str, said: str) -> None:
    """Conditions, reviews, expiries and what an act rests on: each change in a sentence."""
    before, after = (load_process(text, "p.yaml") for text in (following(), following(**{word: now})))
    found = [change.sentence for change in diff_processes(before, after).changes]
    assert any(said.lower() in one.lower() for one in found), found
