"""The levels of proof: what a policy asks at least, and what a signer reached.

The words are those of a policy's `signature.proof`, the weakest first. A level is met by itself and by every one
above it; nothing below it ever stands in for it.
"""

from __future__ import annotations

from policies.phrases import phrase

LEVELS: dict[str, str] = {"link": "L0", "secret": "L1", "sso": "L2", "passkey": "L3"}
"""Word of a policy -> level. In ascending order; the order is what `at_least` goes by."""

TITLES: dict[str, str] = {
    "link": phrase("typed full name (an acknowledgement)"),
    "secret": phrase("personal password or one-time code"),
    "sso": phrase("fresh single sign-on"),
    "passkey": phrase("passkey"),
}

KINDS: dict[str, str] = {"password": "secret", "totp": "secret", "sso": "sso", "passkey": "passkey"}
"""Kind of an enrolled proof -> the word of the level it reaches."""

KIND_TITLES: dict[str, str] = {
    "password": phrase("password"),
    "totp": phrase("one-time codes"),
    "sso": phrase("single sign-on"),
    "passkey": phrase("passkey"),
}

EVIDENCE_TITLES: dict[str, str] = {
    "link": phrase("typed full name (an acknowledgement)"),
    "password": phrase("personal password"),
    "totp": phrase("one-time code"),
    "sso": phrase("fresh single sign-on"),
    "passkey": phrase("passkey, bound to this decision"),
}
"""Kind of the evidence in an entry -> how a receipt calls it."""


def at_least(demanded: str) -> tuple[str, ...]:
    """The words that meet `demanded`, the least first."""
    words = list(LEVELS)
    return tuple(words[words.index(demanded) :])
