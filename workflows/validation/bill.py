"""A bill of materials of this environment: CycloneDX 1.6 JSON, from what is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import Distribution, distributions
from typing import Any
from urllib.parse import quote

OURS = "tollgate"
_REQUIRED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def bill_of_materials(now: datetime) -> bytes:
    """The bill as JSON: each distribution once, with version, package address, licence as stated, and what it needs."""
    found = {_name(one): one for one in distributions() if one.metadata["Name"]}
    ours = found.pop(OURS)
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {**_component(ours), "type": "application"},
        },
        "components": [_component(found[name]) for name in sorted(found)],
        "dependencies": [
            {"ref": _ref(one), "dependsOn": sorted(_ref(found[name]) for name in set(_needs(one)) & set(found))}
            for one in (ours, *(found[name] for name in sorted(found)))
        ],
    }
    return (json.dumps(bill, ensure_ascii=False, indent=1) + "\n").encode()


def _component(one: Distribution) -> dict[str, Any]:
    licence = (one.metadata.get_all("License-Expression") or [""])[0]
    classified = [c.split(" :: ")[-1] for c in one.metadata.get_all("Classifier") or () if c.startswith("License ::")]
    stated = [{"expression": licence}] if licence else [{"license": {"name": name}} for name in sorted(set(classified))]
    return {
        "type": "library",
        "bom-ref": _ref(one),
        "name": _name(one),
        "version": one.version,
        "purl": _ref(one),
        **({"licenses": stated} if stated else {}),
    }


def _ref(one: Distribution) -> str:
    return f"pkg:pypi/{quote(_name(one))}@{quote(one.version)}"


def _name(one: Distribution) -> str:
    return _normal(str(one.metadata["Name"]))


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _needs(one: Distribution) -> Iterator[str]:
    """The names of what a distribution requires, extras included: a bill lists what is there."""
    for requirement in one.requires or ():
        found = _REQUIRED.match(requirement)
        if found is not None:
            yield _normal(found[0])
