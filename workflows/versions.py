"""The versions that decide how times and working days are read."""

from __future__ import annotations

import sys
import time
import zoneinfo
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def installed_versions() -> dict[str, str]:
    """Tollgate, Python, holidays, the time zone data, and the clock's source."""
    return {
        "tollgate": version("tollgate"),
        "python": sys.version.split()[0],
        "holidays": version("holidays"),
        "tzdata": _zones(),
        "clock": time.get_clock_info("time").implementation,
    }


def _zones() -> str:
    """The release of the time zone data in use: the system's where there is one, else the package's."""
    for folder in zoneinfo.TZPATH:
        for name in ("tzdata.zi", "+VERSION"):
            path = Path(folder) / name
            if path.is_file():
                with path.open(encoding="utf-8", errors="replace") as file:
                    return f"system {file.readline().strip().removeprefix('# version').strip()[:40]}"
        if Path(folder, "UTC").exists():
            return "system"
    try:
        return f"package {version('tzdata')}"
    except PackageNotFoundError:
        return "none"
