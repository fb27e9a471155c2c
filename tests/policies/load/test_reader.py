"""The closed reader: what YAML may bring, and what it may not."""

from __future__ import annotations

import time

import pytest
from faults import found
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import ProcessError
from policies.library import library_text
from policies.load import load_process, read_document

DOUBLING = "rules:\n  r0: {from: eng, at_least: 1}\n" + "".join(
    f"  r{n}: {{all: [r{n - 1}, r{n - 1}]}}\n" for n in range(1, 36)
)
GUARDED = DOUBLING.replace("at_least: 1}", "at_least: 1, when: item.revision > 1}")
AROUND = """\
process: example
title: Example
kind: issue
numbering: "EX-{n}"
start: a
states:
  a: {round: x, when: {approved: z}, no_deadline: why}
  z: {end: done}
policies: {x: {approve: r35}}
"""
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)

BOMBS = {
    "aliases in aliases": (LAUGHS, "TG005"),
    "merge of merges": ("a: {b: 1}\nc:\n  <<: {d: 1}\n", "TG005"),
    "flow depth": ("a: " + "[" * 100_000, "TG010"),
    "block depth": ("- " * 100_000, "TG010"),
    "mapping depth": ("".join(" " * n + "a:\n" for n in range(200)), "TG010"),
    "flow mappings": ("{a: " * 50_000, "TG010"),
    "rules that double": (AROUND + DOUBLING, "TG122"),
    "guarded rules that double": (AROUND + GUARDED, "TG122"),
    "one long word": ("process: " + "x" * 260_000, "TG008"),
    "too many bytes": ("x" * 262_145, "TG002"),
    "too many bytes of few characters": ("é" * 131_073, "TG002"),
    "a tag that runs code": ("process: !!python/object/apply:os.system [x]\n", "TG006"),
    "a local tag": ("process: !include /etc/passwd\n", "TG006"),
    "a tag handle": ("%TAG ! tag:example.com,2000:\n---\nprocess: !x y\n", "TG006"),
    "a second document": ("process: x\n---\nprocess: y\n", "TG003"),
    "an anchor nobody uses": ("process: &p x\n", "TG005"),
    "a key that is a list": ("? [a, b]\n: c\n", "TG009"),
    "a key that is a number": ("1: x\n", "TG009"),
    "a key twice, quoted once": ("process: x\n'process': y\n", "TG004"),
    "a raw NUL": ("process: a\0b\n", "TG003"),
    "half a pair": ("process: a\ud800b\n", "TG001"),
    "UTF-16": ("process: x".encode("utf-16"), "TG001"),
    "nothing": ("", "TG003"),
    "only a comment": ("# nothing\n", "TG003"),
    "a list": ("- process\n", "TG009"),
    "a word": ("process\n", "TG009"),
    "a tab": ("a:\n\tb: 1\n", "TG003"),
}


@pytest.mark.parametrize(("text", "code"), BOMBS.values(), ids=BOMBS)
def test_what_could_surprise_or_explode_is_refused_soon(text, code):
    """Anchors, tags, merges, doubles, depth and size end in a code, without a traceback and soon (PR-09, I8)."""
    started = time.process_time()
    codes = {fault[2] for fault in found(text)}
    assert time.process_time() - started < 2
    assert code in codes


PLAIN = """\
no: no
off: off
time: 1:30
octal: 0o17x
version: "1.10"
yes: true
nothing: ~
number: 007
text: |
  two
  lines
folded: >-
  one
  line
quoted: "tab\\tnew\\nline"
"""


def test_scalars_mean_what_they_look_like():
    """Only true, false, null and whole numbers are more than text: no country is false, no time a number."""
    assert read_document(PLAIN, "x").data == {
        "no": "no",
        "off": "off",
        "time": "1:30",
        "octal": "0o17x",
        "version": "1.10",
        "yes": True,
        "nothing": None,
        "number": 7,
        "text": "two\nlines\n",
        "folded": "one line",
        "quoted": "tab\tnew\nline",
    }


@pytest.mark.parametrize("number", ["1.5", "1e3", ".5", "0x1F", "0o17", ".inf", ".nan", "1" * 16, "-2.0"])
def test_numbers_that_readers_disagree_on_are_refused(number):
    """Fractions, other bases and numbers past any use have to be written as text."""
    with pytest.raises(ProcessError, match="Write a whole number"):
        read_document(f"a: {number}\n", "x")


def test_a_byte_order_mark_is_no_part_of_the_text():
    """A file saved by an editor that marks UTF-8 reads like any other."""
    assert read_document(b"\xef\xbb\xbfa: b\n", "x").data == {"a": "b"}


def test_line_ends_of_any_kind_read_the_same():
    """A file saved on another system has the same digest."""
    text = library_text("escalation")
    assert load_process(text.replace("\n", "\r\n"), "x").digest == load_process(text, "x").digest


def test_a_duplicate_key_names_both_lines():
    """Who wrote a key twice is told where both stand (PR-09)."""
    with pytest.raises(ProcessError, match="x:3:1: TG004 the key 'a' stands here again; it is on line 1"):
        read_document("a: 1\nb: 2\na: 3\n", "x")


LINES = library_text("engineering-change").splitlines(keepends=True)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(LINES) - 1),
    st.sampled_from(["", "?", ":", "- ", "{", "}", "&a ", "*a", "!x ", "\t", "'", '"', "#", "|", "null", "\\ud800"]),
    st.integers(0, 40),
)
def test_a_damaged_line_never_ends_in_anything_but_faults(number, piece, column):
    """Whatever is put into or taken out of a line, the answer is a process or a list of faults (PR-09, I8)."""
    line = LINES[number]
    damaged = line[:column] + piece + line[column:] if piece else ""
    text = "".join([*LINES[:number], damaged, *LINES[number + 1 :]])
    for line_number, column_number, code in found(text):
        assert 1 <= line_number <= text.count("\n") + 1
        assert column_number >= 1
        assert code.startswith("TG")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("announce: owner", "announce: {to: owner, how: weekly}", "'weekly' is not one of: 'immediate', 'digest'."),
        ("announce: owner", "announce: {how: digest}", "the key `to` is missing."),
        ("announce: owner", "announce: {role: lead, to: owner}", "the key `role` does not go with the others here."),
        ("currency: EUR", "currency: Euro", "'Euro' is not in the form that is read here."),
    ],
)
def test_a_word_with_several_shapes_is_told_what_its_own_shape_lacks(before: str, after: str, said: str) -> None:
    """Not that the other shapes do not know its keys."""
    text = (
        "process: p\ntitle: P\nkind: risk\nnumbering: 'P-{n}'\nfields:\n  cost: {type: money, currency: EUR}\n"
        "start: open\nstates:\n  open: {acts: {end: {to: done}}, announce: owner}\n  done: {end: done}\n"
    )
    with pytest.raises(ProcessError) as raised:
        load_process(text.replace(before, after).encode(), "p.yaml")
    first, *others = raised.value.faults
    assert first.message == said
    assert "Did you mean" not in " ".join(one.remedy for one in (first, *others))
