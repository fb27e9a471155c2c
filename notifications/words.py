"""Times, amounts and marks in the words of a mail, in the forms of its reader's language and locale."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, get_timezone_gmt, get_timezone_name
from babel.numbers import format_currency, format_decimal

from notifications.languages import Language, language_of

END_OF_WORK = (17, 0)
"""A due time at this minute means the day it names; at any other, the time has to be said."""
LONG = 6
"""From so many letters on the name of a zone is none that is written behind a time."""
ENGLISH = language_of("en")
_LETTER_AND_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])")
"""Where a code such as EUR stands beside a number with nothing between, for want of a symbol in the locale."""


def day(moment: datetime, zone: str, now: datetime, language: Language = ENGLISH) -> str:
    """`Thu 20 Aug`, in the reader's zone; `Wed 25 Nov 02:10`, `Mon 4 Jan 2027` where the day alone would mislead."""
    local = moment.astimezone(ZoneInfo(zone))
    is_other_year = local.year != now.astimezone(ZoneInfo(zone)).year
    has_time = (local.hour, local.minute) != END_OF_WORK
    if language.is_english:
        year = f" {local:%Y}" if is_other_year else ""
        return f"{local:%a} {local.day} {local:%b}{year}{f' {local:%H:%M}' if has_time else ''}"
    said = format_skeleton("yMMMEd" if is_other_year else "MMMEd", local, locale=language.locale)
    return f"{said}, {clock(local, language)}" if has_time else said


def when(moment: datetime, zone: str, language: Language = ENGLISH) -> str:
    """`Thu 20 Aug 2026, 17:00 CEST`, in the reader's zone."""
    local = moment.astimezone(ZoneInfo(zone))
    if language.is_english:
        return f"{at_place(local, language)} {local.tzname()}"
    return f"{at_place(local, language)} {_zone_name(local, language)}"


def _zone_name(local: datetime, language: Language) -> str:
    """`MESZ`; where the language has no short name for the zone, the one that is known everywhere, or its distance
    from UTC."""
    name = str(get_timezone_name(local, width="short", locale=language.locale))
    if name.isalpha() and len(name) < LONG:
        return name
    known = local.tzname() or ""
    return known if known.isalpha() else str(get_timezone_gmt(local, width="long", locale=language.locale))


def at_place(local: datetime, language: Language = ENGLISH) -> str:
    """`Thu 20 Aug 2026, 17:00`, on the clock of the place it is about."""
    if language.is_english:
        return f"{local:%a} {local.day} {local:%b} {local:%Y}, {local:%H:%M}"
    return f"{format_skeleton('yMMMEd', local, locale=language.locale)}, {clock(local, language)}"


def clock(local: datetime, language: Language = ENGLISH) -> str:
    """`17:00`."""
    return f"{local:%H:%M}" if language.is_english else str(format_time(local, "short", locale=language.locale))


def on(one: date, language: Language = ENGLISH) -> str:
    """`20 Aug 2026`, a day without a time."""
    return f"{one.day} {one:%b %Y}" if language.is_english else str(format_date(one, "medium", locale=language.locale))


def money(text: str, number: str, currency: str, language: Language = ENGLISH) -> str:
    """An amount that reads `text` in English; cents are shown only where there are some."""
    if language.is_english or not currency:
        return text
    try:
        value = Decimal(number)
    except InvalidOperation:
        return text
    form = language.locale.currency_formats["standard"].pattern
    if value == value.to_integral_value():
        form = re.sub(r"\.0+", "", form)
    said = str(format_currency(value, currency, form, locale=language.locale, currency_digits=False))
    return _LETTER_AND_DIGIT.sub("\u00a0", said)


def decimal(text: str, language: Language = ENGLISH) -> str:
    """A number that is written `text` in English."""
    if language.is_english:
        return text
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    places = max(-int(value.as_tuple().exponent), 0)
    return str(format_decimal(value, f"#,##0.{'0' * places}" if places else "#,##0", locale=language.locale))


def span(since: datetime, until: datetime, zone: str, language: Language = ENGLISH) -> str:
    """`Tue 1 Dec 2026, 10:00–11:00 CET`, in the reader's zone; with the day of the end where it is another."""
    first, last = since.astimezone(ZoneInfo(zone)), until.astimezone(ZoneInfo(zone))
    if first.date() != last.date():
        return f"{at_place(first, language)} – {when(until, zone, language)}"
    name = last.tzname() if language.is_english else _zone_name(last, language)
    return f"{at_place(first, language)}–{clock(last, language)} {name}"


def clock_in(moment: datetime, zone: str, language: Language = ENGLISH) -> str:
    """`10:05`, in a zone that is named beside it."""
    return clock(moment.astimezone(ZoneInfo(zone)), language)


def utc(moment: datetime) -> str:
    """`2026-08-20 15:00:00 UTC`, the same in every language."""
    return f"{moment.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S} UTC"


def fingerprint(digest: str) -> str:
    """The first twelve hex digits in groups of four, as people compare them."""
    return " ".join(digest[i : i + 4] for i in range(0, 12, 4))
