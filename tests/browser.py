"""The browser of the tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def chromium() -> str:
    """The Chromium on this machine. Fails the test when there is none: `make test` installs one."""
    for name in (os.environ.get("TOLLGATE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    installed = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    if installed:
        return str(installed[-1])
    pytest.fail("There is no Chromium. `make chromium` installs one, or set TOLLGATE_CHROMIUM.")
