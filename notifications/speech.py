"""Sentences from the floors below, said in a reader's language, with dates and money in the reader's forms.

A phrase (`policies.phrases`) remembers how it was made; here it is made once more of the catalogue's pattern.
What people wrote stays as they wrote it, and so does what has no translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

from markupsafe import Markup, escape

from notifications import words
from notifications.languages import Language
from policies.phrases import Phrase

T = TypeVar("T")


def say(text: str, language: Language, zone: str = "UTC") -> str:
    """One text in a language: a phrase is said anew, anything else stays. In English too: moments go by the reader's
    clock."""
    return _say(text, language, zone) if isinstance(text, Phrase) else text


def say_marked(text: str, language: Language, zone: str = "UTC") -> Markup:
    """The same for a page: escaped, and a sentence that is on file in English alone is marked as English."""
    if isinstance(text, Phrase) and not language.is_english:
        if text.kind == "joined":
            return Markup(escape(text.pattern)).join(say_marked(one, language, zone) for one in _parts(text))  # noqa: S704
        if text.kind == "stored" and language.gettext(text) == text:
            return Markup('<span lang="en">{}</span>').format(str(text))
    return escape(say(text, language, zone))


def spoken(value: T, language: Language, zone: str = "UTC") -> T:
    """A view of the register with every sentence in it said in a language."""
    said: T = _spoken(value, language, zone)
    return said


def _spoken(value: Any, language: Language, zone: str) -> Any:
    if isinstance(value, Phrase):
        return _say(value, language, zone)
    if isinstance(value, str | Enum) or value is None:
        return value
    if isinstance(value, tuple | list):
        return type(value)(_spoken(one, language, zone) for one in value)
    if isinstance(value, Mapping):
        return {key: _spoken(one, language, zone) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        named = ((one.name, getattr(value, one.name)) for one in fields(value) if one.init)
        said = {name: (before, _spoken(before, language, zone)) for name, before in named}
        changed = {name: after for name, (before, after) in said.items() if after is not before}
        return replace(value, **changed) if changed else value
    return value


def _parts(said: Phrase) -> list[str]:
    return [str(one) if isinstance(one, int) else one for one in said.places.values()]


def _say(said: Phrase, language: Language, zone: str) -> str:
    if said.kind == "said":
        return _patterned(said, language, zone)
    if said.kind == "joined":
        return said.pattern.join(say(one, language, zone) for one in _parts(said))
    first = _parts(said)[0] if said.places else ""
    match said.kind:
        case "lowered":
            words_ = say(first, language, zone)
            return words_[:1].lower() + words_[1:]
        case "raised":
            words_ = say(first, language, zone)
            return words_[:1].upper() + words_[1:]
        case "stored":
            return language.gettext(said)
        case "money":
            return words.money(str(said), first, said.pattern, language)
        case "number":
            return words.decimal(first, language)
        case "day":
            return words.on(date.fromisoformat(first), language)
        case "clock":
            return words.at_place(datetime.fromisoformat(first), language)
        case _:
            return words.when(datetime.fromisoformat(first), said.pattern or zone, language)


def _patterned(said: Phrase, language: Language, zone: str) -> str:
    """The pattern of the catalogue, filled. A pattern whose places do not fit is not worth losing a mail for."""
    places = {name: say(one, language, zone) if isinstance(one, str) else one for name, one in said.places.items()}
    english = said.many if said.many and said.number != 1 else said.pattern
    translated = language.ngettext(said.pattern, said.many, said.number) if said.many else language.gettext(english)
    try:
        return translated % places
    except (KeyError, ValueError, TypeError):
        return english % places
