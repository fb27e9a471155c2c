"""The processes that ship with Tollgate, as text. The one place in this package that opens files: its own."""

from __future__ import annotations

from importlib.resources import files


def library_names() -> list[str]:
    """The names of the shipped processes."""
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".yaml") and not entry.name.endswith(".cases.yaml")
    )


def library_text(name: str) -> str:
    """The YAML of one shipped process. Raises FileNotFoundError."""
    return (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")


def library_cases(name: str) -> str:
    """The cases beside one shipped process. Raises FileNotFoundError."""
    return (files(__name__) / f"{name}.cases.yaml").read_text(encoding="utf-8")
