"""A group between the register and SCIM's Group: read from a body or a patch, written as a resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gates.service.directorygroups import Group
from workflows.web.scim.errors import bad
from workflows.web.scim.values import folded, items, mapping, optional, text

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MOST_MEMBERS = 2000
MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"]{1,80})"\s*\]', re.IGNORECASE)


def from_body(body: Mapping[str, Any], group: str = "") -> Group:
    """The group a POST or PUT describes. Raises ScimError."""
    given = folded(body)
    return Group(
        name=text(given.get("displayname"), "displayName"),
        external_id=optional(given.get("externalid"), "externalId", most=320),
        members=_members(given.get("members")),
        id=group,
    )


def _members(value: Any) -> tuple[str, ...]:
    if value is None or value == []:
        return ()
    found = [folded(one).get("value") for one in items(value, "members", MOST_MEMBERS)]
    return tuple(dict.fromkeys(text(one, "members.value", most=80) for one in found))


def changed(group: Group, verb: str, path: str, value: Any) -> Group:
    """The group after one operation. Raises ScimError."""
    if path == "":
        for name, inner in mapping(value, "value").items():
            group = changed(group, verb, name, inner)
        return group
    word = path.removeprefix(f"{GROUP}:")
    named = MEMBER.fullmatch(word)
    if named is not None and verb == "remove":
        return replace(group, members=tuple(member for member in group.members if member != named[1]))
    if word.casefold() == "members":
        return replace(group, members=_after(group.members, verb, value))
    if verb == "remove":
        raise bad(f"{path[:80]} cannot be removed from a Group.", "mutability")
    if word.casefold() == "displayname":
        return replace(group, name=text(value, "displayName"))
    if word.casefold() == "externalid":
        return replace(group, external_id=optional(value, "externalId", most=320))
    if word.casefold() in ("id", "schemas", "meta"):
        return group
    raise bad(f"A Group has no {path[:80]}.", "invalidPath")


def _after(before: tuple[str, ...], verb: str, value: Any) -> tuple[str, ...]:
    if verb == "replace":
        return _members(value)
    if verb == "add":
        return tuple(dict.fromkeys((*before, *_members(value))))
    gone = set(_members(value)) if value is not None else set(before)
    return tuple(member for member in before if member not in gone)


def resource(group: Group, base: str) -> dict[str, Any]:
    """The Group as SCIM has it, without its `meta.version`."""
    assert group.made_at is not None
    assert group.changed_at is not None
    return {
        "schemas": [GROUP],
        "id": group.id,
        **({"externalId": group.external_id} if group.external_id else {}),
        "displayName": group.name,
        "members": [{"value": person, "$ref": f"{base}/Users/{person}"} for person in group.members],
        "meta": {
            "resourceType": "Group",
            "created": group.made_at.isoformat(),
            "lastModified": group.changed_at.isoformat(),
            "location": f"{base}/Groups/{group.id}",
        },
    }
