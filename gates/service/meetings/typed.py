"""What people type about a meeting: how long it may be, and which characters the record, the stores, mails and
calendars can all hold."""

from __future__ import annotations

import unicodedata

from gates.errors import BadInput
from policies.canonical import nfc

MOST_TEXT = 4000
_NEVER = frozenset({"Cc", "Cs"})
"""Control characters, and halves of a pair."""


def fault_of(text: str, empty: str) -> str:
    """What is wrong with a text, which is `empty` where nothing was typed; '' where nothing is."""
    if not text.strip():
        return empty
    if len(text) > MOST_TEXT:
        return f"It has {len(text):,} characters; {MOST_TEXT:,} are allowed."
    if any(unicodedata.category(sign) in _NEVER and not sign.isspace() for sign in text):
        return "It holds a character that cannot be printed. Remove it."
    return ""


def plain(text: str) -> str:
    """A text that has no fault, as it is kept: in NFC, its lines divided in one way."""
    return nfc("\n".join(text.strip().splitlines()))


def typed(name: str, text: str, empty: str) -> str:
    """A text as it is kept. Raises BadInput about the box `name`."""
    if fault := fault_of(text, empty):
        raise BadInput({name: fault})
    return plain(text)
