"""Commands about a demo's folder name the pages where the demo is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.demo.run import DemoFolder
from workflows.settings import load_settings


def test_commands_name_the_address_the_demo_was_served_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the demo noted it in its folder; whatever is set goes before, and a mark without it changes nothing."""
    monkeypatch.setenv("TOLLGATE_HOME", str(tmp_path))
    assert load_settings().address == "http://127.0.0.1:8123"
    folder = DemoFolder(tmp_path)
    folder.note(seeded=True)
    assert load_settings().address == "http://127.0.0.1:8123"
    folder.note(seeded=True, address="http://127.0.0.1:8200")
    assert load_settings().address == "http://127.0.0.1:8200"
    monkeypatch.setenv("TOLLGATE_PUBLIC_URL", "https://sign.example.com")
    assert load_settings().address == "https://sign.example.com"
    monkeypatch.delenv("TOLLGATE_PUBLIC_URL")
    (tmp_path / "demo.json").write_text("[]", encoding="utf-8")
    assert load_settings().address == "http://127.0.0.1:8123"
