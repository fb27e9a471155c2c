"""Values out of a client's JSON: what is not of the right kind is refused with its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from notifications.addresses import normal_address
from notifications.errors import BadAddress
from workflows.web.scim.errors import bad

MOST_TEXT = 200


def text(value: Any, name: str, *, most: int = MOST_TEXT) -> str:
    """A text of one line, in NFC. Raises ScimError."""
    if not isinstance(value, str):
        raise bad(f"{name} is to be a text.")
    plain = unicodedata.normalize("NFC", value).strip()
    if not plain or len(plain) > most:
        raise bad(f"{name} has {len(plain)} characters; 1 to {most} are taken.")
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for sign in plain):
        raise bad(f"{name} holds a character that no text of one line has.")
    return plain


def optional(value: Any, name: str, *, most: int = MOST_TEXT) -> str | None:
    """A text, or None where there is none."""
    return None if value is None or value == "" else text(value, name, most=most)


def truth(value: Any, name: str) -> bool:
    """A boolean; the texts `True` and `False` are taken too, for a client in wide use sends them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    raise bad(f"{name} is to be true or false.")


def mapping(value: Any, name: str) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise bad(f"{name} is to be an object.")
    return value


def items(value: Any, name: str, most: int) -> list[dict[str, Any]]:
    """A list of objects; one alone is taken as a list of one."""
    found = value if isinstance(value, list) else [value]
    if len(found) > most:
        raise bad(f"{name} has {len(found)} values; {most} are taken at once.", "tooMany")
    return [mapping(one, name) for one in found]


def folded(given: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes by their names in lower case: SCIM does not tell them apart by case. Raises ScimError for two
    that are one."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name.casefold() in found:
            raise bad(f"{text(name, 'an attribute')} is given twice.", "invalidSyntax")
        found[name.casefold()] = value
    return found


def address(value: Any, name: str) -> str:
    """A mailbox in its normal form."""
    try:
        return normal_address(text(value, name, most=320))
    except BadAddress as error:
        raise bad(f"{name}: {error}") from error
