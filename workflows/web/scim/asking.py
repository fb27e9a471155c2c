"""What a client asks for: filters, pages, and the operations of a PATCH."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.web.machines import json_of
from workflows.web.scim.errors import ScimError, bad
from workflows.web.scim.values import folded, items, mapping, text

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FILTER = re.compile(r'\s*([A-Za-z.:0-9]{1,80})\s+eq\s+("(?:[^"\\]|\\.){0,400}")\s*', re.IGNORECASE)
MOST_PAGE = 200
MOST_START = 10_000_000
MOST_OPERATIONS = 100
VERBS = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a PATCH. `path` is '' where the value names what it sets."""

    verb: str
    path: str
    value: Any


def where(asked: str | None, names: Mapping[str, str]) -> dict[str, str]:
    """What a filter asks, by our name: `userName eq "mei"`. Raises ScimError for any other filter."""
    if asked is None:
        return {}
    found = FILTER.fullmatch(asked)
    known = {name.casefold(): ours for name, ours in names.items()}
    if found is None or found[1].casefold() not in known:
        raise bad(f'This filter cannot be followed; there is {", ".join(names)}, each with eq "…".', "invalidFilter")
    try:
        value = json.loads(found[2])
    except ValueError as error:
        raise bad("The value of the filter is no text.", "invalidFilter") from error
    if "\0" in value or any(0xD800 <= ord(sign) < 0xE000 for sign in value):
        raise bad("The value of the filter is no text.", "invalidFilter")
    return {known[found[1].casefold()]: value}


def page(start: str | None, count: str | None) -> tuple[int, int]:
    """The first place (from 1) and how many: what is below or beyond is brought within. Raises ScimError."""
    return _number(start, "startIndex", 1, 1, MOST_START), _number(count, "count", 100, 0, MOST_PAGE)


def _number(value: str | None, name: str, default: int, least: int, most: int) -> int:
    if value is None or value == "":
        return default
    if not re.fullmatch(r"-?[0-9]{1,12}", value):
        raise bad(f"{name} is to be a whole number.")
    return min(max(int(value), least), most)


def body_of(raw: bytes) -> dict[str, Any]:
    """The object a client sent. Raises ScimError."""
    try:
        return mapping(json_of(raw), "The body")
    except ValueError as error:
        raise bad("The body is no JSON.", "invalidSyntax") from error


def operations(body: Mapping[str, Any]) -> list[Operation]:
    """The operations of a PATCH, in order. Raises ScimError."""
    given = folded(body)
    found = given.get("operations")
    if found is None or found == []:
        raise bad("A PATCH names its Operations.", "invalidSyntax")
    return [_operation(folded(one)) for one in items(found, "Operations", MOST_OPERATIONS)]


def _operation(given: Mapping[str, Any]) -> Operation:
    verb = text(given.get("op"), "op").casefold()
    if verb not in VERBS:
        raise bad(f"There is no operation {verb[:40]!r}; there is {', '.join(VERBS)}.", "invalidSyntax")
    path = given.get("path")
    plain = "" if path is None or path == "" else text(path, "path", most=400)
    if verb == "remove" and not plain:
        raise bad("remove names its path.", "noTarget")
    return Operation(verb, plain, given.get("value"))


def check_match(asked: str | None, version: str) -> None:
    """`If-Match` names the version that is there. Raises ScimError 412."""
    if asked is None or asked.strip() == "*":
        return
    if version not in [one.strip() for one in asked.split(",")]:
        raise ScimError(412, "It changed since you read it. Read it again.")
