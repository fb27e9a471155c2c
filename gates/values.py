"""Field values: what a person typed -> what is stored and signed -> what rules judge -> what people read.

Stored values are canonical JSON: decimals and dates as text, never a float. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from policies.canonical import nfc
from policies.model import Field
from policies.phrases import Phrase, amount, at_clock, number, on_day, phrase

_DECIMAL = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_MONEY = re.compile(r"-?\d{1,15}(?:\.\d{1,2})?")
_INTEGER = re.compile(r"-?\d{1,15}")
_WORDS = re.compile(r"[a-z]+(?:[-_][a-z]+)+")
_KEY = re.compile(r"[A-Za-z0-9_.\-]{1,80}")
_LINK = re.compile(r"(?:https?|file)://\S{1,2000}")
MAX_TEXT = 4000

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


class Misfit(Exception):
    """A value does not fit its field; the message says what would."""


def parse(field: Field, raw: Any) -> Any:
    """The canonical stored value of `raw`, or None for an empty one. Raises Misfit."""
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == []:
        return None
    return _PARSERS[field.type](field, raw)


def to_python(field: Field, stored: Any) -> Any:
    """The value that conditions see (see `policies.facts.ItemFacts`)."""
    if field.type in ("money", "number"):
        return Decimal(stored)
    if field.type == "date":
        return date.fromisoformat(stored)
    if field.type == "moment":
        return datetime.fromisoformat(stored)
    if field.type == "list":
        return tuple(stored)
    return stored


def to_text(field: Field, stored: Any) -> str:
    """The value as people read it; '' when there is none."""
    if stored is None:
        return ""
    if field.type == "money":
        return money_text(stored, field.currency or "")
    if field.type == "boolean":
        return phrase("yes") if stored else phrase("no")
    if field.type == "list":
        return ", ".join(stored)
    if field.type == "choice":
        return choice_text(stored)
    if field.type == "date":
        day = date.fromisoformat(stored)
        return on_day(f"{day.day} {day:%b %Y}", day)
    if field.type == "moment":
        at = datetime.fromisoformat(stored)
        return at_clock(f"{at:%a} {at.day} {at:%b %Y, %H:%M}", at)
    return number(str(stored)) if field.type in ("number", "integer") else str(stored)


def choice_text(option: str) -> str:
    """`use-up` -> `use up`; codes such as `G3` or `A-1` stay as they are."""
    return option.replace("-", " ").replace("_", " ") if _WORDS.fullmatch(option) else option


def money_text(stored: str, currency: str) -> str:
    """`62000.00`, EUR -> `€62,000`; cents are shown only where there are some."""
    value = Decimal(stored)
    shown = f"{abs(value):,.2f}".removesuffix(".00")
    sign = "-" if value < 0 else ""
    symbol = SYMBOLS.get(currency)
    return amount(f"{sign}{symbol}{shown}" if symbol else f"{sign}{shown} {currency}".rstrip(), stored, currency)


_COMPARED: tuple[tuple[str, str, Callable[[str, str], str]], ...] = (
    (" == ", " is ", lambda f, v: phrase("%(field)s is %(value)s", field=f, value=v)),
    (" != ", " is not ", lambda f, v: phrase("%(field)s is not %(value)s", field=f, value=v)),
    (" >= ", " is at least ", lambda f, v: phrase("%(field)s is at least %(value)s", field=f, value=v)),
    (" <= ", " is at most ", lambda f, v: phrase("%(field)s is at most %(value)s", field=f, value=v)),
    (
        " > ",
        " is more than ",
        lambda f, v: phrase("%(field)s is more than %(value)s", field=f, value=v),
    ),
    (
        " < ",
        " is less than ",
        lambda f, v: phrase("%(field)s is less than %(value)s", field=f, value=v),
    ),
)
_FIELD = re.compile(r"\bitem\.([a-z][a-z0-9_-]*)")
_ALONE = re.compile(r"item\.[a-z][a-z0-9_-]*( (?:==|!=|>=|<=|>|<) )[^\s()]+")


def conditions_in_words(words: str, fields: Mapping[str, Field]) -> str:
    """A rule's sentence with its conditions as people read them: `item.cost > 50000` -> `Cost is more than 50000`."""

    def title(match: re.Match[str]) -> str:
        known = fields.get(match[1])
        return (known.title if known else None) or match[1].replace("-", " ").replace("_", " ").capitalize()

    def said(one: str) -> str:
        if _FIELD.search(one) is None:
            return one
        if isinstance(one, Phrase):
            return one.remade(said)
        alone = _ALONE.fullmatch(one)
        for sign, plain, compared in _COMPARED:
            if alone is not None and alone[1] == sign:
                field, value = one.split(sign)
                return compared(_FIELD.sub(title, field), value)
            one = one.replace(sign, plain)
        return _FIELD.sub(title, one)

    return said(words)


def _text(_field: Field, raw: Any) -> str:
    if not isinstance(raw, str):
        raise Misfit(f"{raw!r} is not text.")
    plain = nfc(raw.replace("\r\n", "\n").strip())
    if len(plain) > MAX_TEXT:
        raise Misfit(f"The text has {len(plain):,} characters; {MAX_TEXT:,} are allowed. Link a document instead.")
    if any(ord(c) < 32 and c not in "\n\t" for c in plain):
        raise Misfit("The text holds a control character. Remove it.")
    return plain


def _decimal(_field: Field, raw: Any) -> str:
    return _matching(_DECIMAL, raw, "a number such as 12.5 (a point for decimals, no thousands signs)")


def _money(field: Field, raw: Any) -> str:
    text = str(raw).strip()
    for sign in (SYMBOLS.get(field.currency or ""), field.currency):
        if sign:
            text = text.removeprefix(sign).removesuffix(sign).strip()
    wanted = f"an amount in {field.currency} such as 62000 or 62000.50 (no thousands signs)"
    return f"{Decimal(_matching(_MONEY, text, wanted)):.2f}"


def _integer(_field: Field, raw: Any) -> int:
    return int(_matching(_INTEGER, raw, "a whole number such as 12"))


def _matching(pattern: re.Pattern[str], raw: Any, wanted: str) -> str:
    text = str(raw).strip()
    if isinstance(raw, bool | float) or not text.isascii() or not pattern.fullmatch(text):
        raise Misfit(f"{str(raw)[:60]!r} is not {wanted}.")
    return text


def _choice(field: Field, raw: Any) -> str:
    options = field.of or ()
    if raw not in options:
        raise Misfit(f"{str(raw)[:60]!r} is not one of: {', '.join(options)}.")
    return str(raw)


def _date(_field: Field, raw: Any) -> str:
    try:
        return date.fromisoformat(str(raw).strip()).isoformat()
    except ValueError:
        raise Misfit(f"{str(raw)[:60]!r} is not a day such as 2026-08-20.") from None


def _moment(_field: Field, raw: Any) -> str:
    wanted = f"{str(raw)[:60]!r} is not a day and a time such as 2026-08-20T06:00, by the clock of the item's site."
    try:
        at = datetime.fromisoformat(str(raw).strip())
    except ValueError:
        raise Misfit(wanted) from None
    if at.tzinfo is not None or at.second or at.microsecond or not 1970 <= at.year < 2200:
        raise Misfit(wanted)
    return f"{at:%Y-%m-%dT%H:%M}"


def _boolean(_field: Field, raw: Any) -> bool:
    words = {True: True, False: False, "yes": True, "no": False, "true": True, "false": False, "on": True}
    try:
        return words[raw.strip().lower() if isinstance(raw, str) else raw]
    except (KeyError, TypeError):
        raise Misfit(f"{str(raw)[:60]!r} is neither yes nor no.") from None


def _link(_field: Field, raw: Any) -> str:
    text = str(raw).strip()
    if not _LINK.fullmatch(text):
        raise Misfit(f"{text[:60]!r} is not an address that starts with https://, http:// or file://.")
    return nfc(text)


def _item(_field: Field, raw: Any) -> str:
    text = str(raw).strip()
    if not _KEY.fullmatch(text):
        raise Misfit(f"{text[:60]!r} is not the key of an item such as STD-0003.")
    return text


def _list(field: Field, raw: Any) -> list[str]:
    parts = [part.strip() for part in raw.split(",")] if isinstance(raw, str) else list(raw)
    plain = [_text(field, part) for part in parts if part]
    if len(plain) > 100:
        raise Misfit(f"The list has {len(plain)} entries; 100 are allowed.")
    for part in plain if field.of else ():
        _choice(field, part)
    return plain


_PARSERS = {
    "text": _text,
    "number": _decimal,
    "integer": _integer,
    "money": _money,
    "choice": _choice,
    "date": _date,
    "moment": _moment,
    "boolean": _boolean,
    "person": _text,
    "link": _link,
    "item": _item,
    "list": _list,
}
