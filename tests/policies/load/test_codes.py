"""Every check: a file that it finds something in, and where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from examples import ABOUT_BYTES, BASE, EXAMPLES, mended, refused
from faults import found, marked
from roster_examples import ROSTER_EXAMPLES

import policies
from policies.codes import CODES
from policies.errors import ProcessError
from policies.library import library_names, library_text
from policies.load import load_process

CASES = [
    pytest.param(code, text, id=f"{code}-{number}") for code in EXAMPLES for number, text in enumerate(refused(code))
]


@pytest.mark.parametrize(("code", "text"), CASES)
def test_each_check_finds_its_fault_where_it_stands(code, text):
    """A file with one fault gets one line, with the code, the line and the column of that fault."""
    plain, line, column = marked(text)
    assert found(plain) == [(line, column, code)]


@pytest.mark.parametrize(
    ("code", "data", "line", "column"),
    [(code, *example) for code, examples in ABOUT_BYTES.items() for example in examples],
)
def test_each_check_of_bytes_finds_its_fault(code, data, line, column):
    """What is no text, or too much of it, is refused before it is read."""
    assert found(data) == [(line, column, code)]


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_mended_example_passes(code):
    """What mends the first example of a code leaves no fault and no warning."""
    assert found(mended(code)) == []


def test_every_code_has_an_example():
    """No check is listed that nothing here shows."""
    assert set(EXAMPLES) | set(ABOUT_BYTES) | set(ROSTER_EXAMPLES) == set(CODES)


def test_every_code_in_the_source_is_listed():
    """No check is made that the list does not explain, and none listed that is never made."""
    root = Path(policies.__file__).parent
    used = {
        code
        for path in root.rglob("*.py")
        if path.name != "codes.py"
        for code in re.findall(r'"(TG\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert used == set(CODES)


def test_the_file_behind_the_examples_has_no_fault():
    """What the examples change is whole: each fault comes of its change."""
    assert found(BASE) == []


@pytest.mark.parametrize("name", library_names())
def test_the_shipped_processes_have_no_fault(name):
    """The library passes every check, with no warning either."""
    assert load_process(library_text(name), f"{name}.yaml").warnings == ()


@pytest.mark.parametrize(("code", "text"), CASES)
def test_each_fault_is_one_line_that_a_person_can_act_on(code, text):
    """A fault prints as one line: file, line, column, code, what is wrong, ending in a stop or question."""
    plain, line, column = marked(text)
    try:
        faults = load_process(plain, "file.yaml").warnings
    except ProcessError as error:
        faults = tuple(error.faults)
    (said,) = [fault.at("file.yaml") for fault in faults]
    assert said.startswith(f"file.yaml:{line}:{column}: {code} ")
    assert len(said.splitlines()) == 1
    assert said[-1] in ".?"
