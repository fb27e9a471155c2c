"""Mailboxes: one normal form, and a plain refusal of everything that is not exactly one."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from notifications.errors import BadAddress


def normal_address(text: str) -> str:
    """The normal form of one bare mailbox (NFC, domain in lower case). Raises BadAddress.

    Display names are refused on purpose: parsers disagree on which address `a@good.test <b@evil.test>` is.
    Nothing is looked up in the network. Names reserved for tests and documentation are taken.
    """
    plain = text.strip()
    try:
        found = validate_email(plain, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise BadAddress(f"{plain[:80]!r} is no mailbox that mail can be sent to: {error}") from error
    return found.normalized
