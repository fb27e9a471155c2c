"""The JSON Schema says all that an editor needs, and means what the model means."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from scenes import process_text

from policies.errors import ProcessError
from policies.load import load_process, read_document
from policies.schema import process_schema

SCHEMA = process_schema()
MAPPINGS = {"Process": SCHEMA, **SCHEMA["$defs"]}


def test_every_key_has_hover_text():
    """A key without a text says nothing in an editor: give it a docstring in the model."""
    bare = [
        f"{name}.{key}"
        for name, mapping in MAPPINGS.items()
        for key, value in mapping.get("properties", {}).items()
        if not value.get("markdownDescription")
    ]
    assert bare == []


def test_the_schema_is_one():
    """It holds to the 2020-12 dialect, and every reference leads somewhere."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert {ref.removeprefix("#/$defs/") for ref in references(SCHEMA)} <= set(SCHEMA["$defs"])


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for part in node for ref in references(part)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [ref for part in node.values() for ref in references(part)]


POLICIES = [
    ("approve: {from: engineering, at_least: 1}", True),
    ("approve: {from: [engineering, finance], more_than: 1/2, of: cast}", True),
    ("approve: {all: [{from: engineering, at_least: 60%}, {n_of: 1, of: [{from: a, at_least: 1}]}]}", True),
    ("approve: {from: a, at_least: 1, quorum: 2/3}", True),
    ("approve: {from: a, at_least: 1, quorum: most}", False),
    ("{approve: {from: a, at_least: 1}, stale_on: [cost, impact]}", True),
    ("{approve: {from: a, at_least: 1}, stale_on: never}", True),
    ("{approve: {from: a, at_least: 1}, stale_on: sometimes}", False),
    ("approve: {from: engineering, at_least: many}", False),
    ("approve: {from: engineering, at_least: true}", False),
    ("approve: {from: engineering, at_leest: 1}", False),
    ("approve: {from: Engineering, at_least: 1}", False),
    ("approve: {from: {rôle: a}, at_least: 1}", False),
    ("approve: {any: {from: a, at_least: 1}}", False),
    ("approve: 3", False),
]


@pytest.mark.parametrize(("policy", "fits"), POLICIES)
def test_schema_and_reader_agree(policy, fits):
    """What the editor marks, the reader refuses; the shapes that the reader takes, the editor takes."""
    text = process_text(policy)
    data = _lists(read_document(text, "x.yaml").data)
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(data) is fits
    assert reads(text) is fits


def _lists(value: Any) -> Any:
    """The document as JSON has it."""
    if isinstance(value, dict):
        return {key: _lists(part) for key, part in value.items()}
    return [_lists(part) for part in value] if isinstance(value, list | tuple) else value


def reads(text: str) -> bool:
    try:
        load_process(text, "x.yaml")
    except ProcessError:
        return False
    return True


def test_snippets_hold_what_they_say():
    """A snippet writes keys that there are."""
    for name, mapping in MAPPINGS.items():
        for snippet in mapping.get("defaultSnippets", ()):
            assert set(snippet["body"]) <= set(mapping["properties"]), (name, snippet["label"])
