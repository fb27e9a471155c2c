"""The JSON Schema of a process file, for editors: completion, hover text and errors as one types."""

from __future__ import annotations

from typing import Any

from policies.model import Process


def process_schema() -> dict[str, Any]:
    """JSON Schema (2020-12). Put it beside your files and name it in a first line:
    `# yaml-language-server: $schema=process.schema.json`."""
    schema = Process.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tollgate process",
        **{key: value for key, value in schema.items() if key != "title"},
    }
