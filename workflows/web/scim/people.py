"""A person between the register and SCIM's User: read from a body or a patch, written as a resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gates.roster import known_zone
from gates.service.directory import User
from workflows.web.scim.errors import bad
from workflows.web.scim.values import address, folded, items, mapping, optional, text, truth

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LOCALE = re.compile(r"([a-z]{2})(?:[-_]([A-Za-z]{2}))?")
MOST_ADDRESSES = 20
KNOWN = frozenset({
    "schemas", "id", "meta", "externalid", "username", "name", "displayname", "nickname", "profileurl", "title",
    "usertype", "preferredlanguage", "locale", "timezone", "active", "password", "emails", "phonenumbers", "ims",
    "photos", "addresses", "groups", "entitlements", "roles", "x509certificates",
})  # fmt: skip
"""Attributes of the core schema; those the roster does not keep are taken and left."""
EMAIL_PATH = re.compile(r'emails(?:\[\s*(?:type|primary)\s+eq\s+(?:"[a-z]{1,20}"|true)\s*\])?(?:\.value)?')


def from_body(body: Mapping[str, Any], person: str = "") -> User:
    """The person a POST or PUT describes. Raises ScimError."""
    given = folded(body)
    user_name = text(given.get("username"), "userName", most=320)
    mailbox = _mailbox(given.get("emails")) or user_name
    return User(
        user_name=user_name,
        external_id=optional(given.get("externalid"), "externalId", most=320),
        name=_name(given, user_name),
        address=address(mailbox, "emails"),
        zone=_zone(given.get("timezone")),
        locale=_locale(given.get("preferredlanguage") or given.get("locale")),
        active=truth(given.get("active", True), "active"),
        person=person,
    )


def _name(given: Mapping[str, Any], default: str) -> str:
    shown = optional(given.get("displayname"), "displayName", most=120)
    if shown:
        return shown
    parts = folded(mapping(given.get("name") or {}, "name"))
    return _whole_name(parts) or default[:120]


def _whole_name(parts: Mapping[str, Any]) -> str:
    formatted = optional(parts.get("formatted"), "name.formatted", most=120)
    both = [optional(parts.get(part), f"name.{part}") for part in ("givenname", "familyname")]
    return (formatted or " ".join(filter(None, both)))[:120]


def _mailbox(value: Any) -> str | None:
    """The primary mailbox, else that of work, else the first."""
    if value is None or value == []:
        return None
    found = [folded(one) for one in items(value, "emails", MOST_ADDRESSES)]
    if not found:
        return None
    primary = [one for one in found if one.get("primary") in (True, "true", "True")]
    work = [one for one in found if one.get("type") == "work"]
    return text((primary or work or found)[0].get("value"), "emails.value", most=320)


def _zone(value: Any) -> str:
    zone = optional(value, "timezone")
    try:
        return known_zone(zone) if zone else "UTC"
    except ValueError as error:
        raise bad(f"timezone: {error}.") from error


def _locale(value: Any) -> str:
    found = LOCALE.match(optional(value, "locale") or "en")
    if found is None:
        return "en"
    return f"{found[1]}-{found[2].upper()}" if found[2] else found[1]


def changed(user: User, path: str, value: Any) -> User:
    """The person after one operation that sets `path` ('' for several at once). Raises ScimError."""
    if path == "":
        for name, inner in mapping(value, "value").items():
            user = changed(user, name, inner)
        return user
    word = path.removeprefix(f"{USER}:").casefold()
    if EMAIL_PATH.fullmatch(word):
        given = value if isinstance(value, str) else _mailbox(value)
        return replace(user, address=address(given, "emails"))
    if word == "name":
        return replace(user, name=_whole_name(folded(mapping(value, "name"))) or user.name)
    if word in ("displayname", "name.formatted"):
        return replace(user, name=text(value, path, most=120))
    if word in ("name.givenname", "name.familyname"):
        return replace(user, name=_with_part(user.name, text(value, path), is_given=word == "name.givenname"))
    if word == "username":
        return replace(user, user_name=text(value, "userName", most=320))
    if word == "externalid":
        return replace(user, external_id=optional(value, "externalId", most=320))
    if word == "active":
        return replace(user, active=truth(value, "active"))
    if word == "timezone":
        return replace(user, zone=_zone(value))
    if word in ("locale", "preferredlanguage"):
        return replace(user, locale=_locale(value))
    if re.split(r"[.\[]", word)[0] in KNOWN or word.startswith("urn:ietf:params:scim:schemas:extension:"):
        return user
    raise bad(f"A User has no {path[:80]}.", "invalidPath")


def _with_part(name: str, part: str, *, is_given: bool) -> str:
    given, _, family = name.partition(" ")
    return f"{part} {family}".strip()[:120] if is_given else f"{given} {part}".strip()[:120]


def resource(user: User, base: str) -> dict[str, Any]:
    """The User as SCIM has it, without its `meta.version`."""
    given, _, family = user.name.partition(" ")
    assert user.made_at is not None
    assert user.changed_at is not None
    return {
        "schemas": [USER],
        "id": user.person,
        **({"externalId": user.external_id} if user.external_id else {}),
        "userName": user.user_name,
        "name": {"formatted": user.name, "givenName": given, **({"familyName": family} if family else {})},
        "displayName": user.name,
        "active": user.active,
        "timezone": user.zone,
        "locale": user.locale,
        "emails": [{"value": user.address, "type": "work", "primary": True}],
        "groups": [{"value": group, "display": name, "$ref": f"{base}/Groups/{group}"} for group, name in user.groups],
        "meta": {
            "resourceType": "User",
            "created": user.made_at.isoformat(),
            "lastModified": user.changed_at.isoformat(),
            "location": f"{base}/Users/{user.person}",
        },
    }
