"""Sentences that remember how they were made, so that a floor above can say them in another language. Pure.

A `Phrase` is an ordinary text in English: it is compared, stored, signed and printed as any other. Beside it lies
what it was made of: a whole sentence pattern with named places, and what stands in them, which may be phrases too.
What people wrote (titles, names, comments) is plain text in a place, and is never translated.

    said = phrase("Needs %(who)s.", who=both(["Ana", "Ben", "Cleo"]))
    said                     -> 'Needs Ana, Ben and Cleo.'
    said.pattern             -> 'Needs %(who)s.'
    as_data(said)            -> what JSON keeps of it; `from_data` makes the phrase of that again
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, Self

Kind = Literal["said", "joined", "lowered", "raised", "stored", "money", "number", "day", "clock", "moment"]
"""How a phrase is made: of a pattern; of parts side by side; of one with a small first letter, or a capital; of what
is on file in English; or it is an amount, a number, a day, a time on the clock of the place, or a moment that each
reader sees on their own clock."""


class Phrase(str):
    """One text and how it was made. `pattern` is the English pattern (`many` its plural, which goes with `number`), the
    text between the parts, a currency or a zone; `places` are what stands in the pattern, or the parts by number."""

    __slots__ = ("kind", "many", "number", "pattern", "places")

    kind: Kind
    pattern: str
    many: str
    number: int
    places: Mapping[str, str | int]

    @classmethod
    def made(
        cls,
        text: str,
        kind: Kind,
        pattern: str,
        places: Mapping[str, str | int],
        many: str = "",
        number: int = 0,
    ) -> Self:
        """A phrase that reads `text` in English."""
        made = cls(text)
        made.kind, made.pattern, made.places, made.many, made.number = kind, pattern, places, many, number
        return made

    def remade(self, change: Callable[[str], str]) -> str:
        """The same phrase with the texts in its places changed; only of a pattern, or of parts side by side."""
        places = {name: change(one) if isinstance(one, str) else one for name, one in self.places.items()}
        if self.kind == "said":
            text = (self.many if self.many and self.number != 1 else self.pattern) % places
        elif self.kind == "joined":
            text = self.pattern.join(str(one) for one in places.values())
        else:
            return self
        return Phrase.made(text, self.kind, self.pattern, places, self.many, self.number)


def phrase(pattern: str, **places: str | int) -> str:
    """A sentence: `phrase("%(count)s of %(wanted)s", count=1, wanted=2)`. A literal percent sign is written `%%`."""
    return Phrase.made(pattern % places, "said", pattern, places)


def phrases(one: str, many: str, count: int, **places: str | int) -> str:
    """A sentence whose form goes with `count`, which is `%(num)s` in it."""
    places = {"num": count, **places}
    return Phrase.made((one if count == 1 else many) % places, "said", one, places, many, count)


def joined(parts: Iterable[str], between: str = " ") -> str:
    """The parts that are not empty, side by side. One alone stays itself."""
    kept = [part for part in parts if part]
    if len(kept) < 2:
        return kept[0] if kept else ""
    return Phrase.made(between.join(kept), "joined", between, {str(i): part for i, part in enumerate(kept)})


def lowered(part: str) -> str:
    """A sentence that goes on another one, after a colon: its first letter is small."""
    return Phrase.made(part[:1].lower() + part[1:], "lowered", "", {"0": part}) if part else ""


def capitalised(part: str) -> str:
    """A clause as a sentence of its own: its first letter is a capital."""
    return Phrase.made(part[:1].upper() + part[1:], "raised", "", {"0": part}) if part else ""


def stored(text: str) -> str:
    """A sentence that is on file as English text: where it is one of the patterns, it is said in other languages."""
    return Phrase.made(text, "stored", text, {}) if text else ""


def said_by(error: BaseException) -> str:
    """What an error says, with how it was made; `str` would lose that."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


def both(words: Iterable[str]) -> str:
    """`a, b and c`."""
    most, last = _split(list(words))
    return phrase("%(most)s and %(last)s", most=most, last=last) if most else last


def either(words: Iterable[str]) -> str:
    """`a, b or c`."""
    most, last = _split(list(words))
    return phrase("%(most)s or %(last)s", most=most, last=last) if most else last


def _split(words: list[str]) -> tuple[str, str]:
    if len(words) < 2:
        return "", words[0] if words else ""
    return joined(words[:-1], ", "), words[-1]


def amount(text: str, number: str, currency: str) -> str:
    """An amount (a decimal as text) that reads `text` in English."""
    return Phrase.made(text, "money", currency, {"0": number})


def number(text: str) -> str:
    """A number, which is written with a point for decimals in English."""
    return Phrase.made(text, "number", "", {"0": text})


def on_day(text: str, at: date) -> str:
    """A day that reads `text` in English."""
    return Phrase.made(text, "day", "", {"0": at.isoformat()})


def at_clock(text: str, at: datetime) -> str:
    """A time without a zone, on the clock of the place it is about, that reads `text` in English."""
    return Phrase.made(text, "clock", "", {"0": at.isoformat()})


def at_moment(text: str, at: datetime, zone: str = "") -> str:
    """A moment that reads `text` in English; elsewhere in `zone`, or in the reader's own where none is given."""
    return Phrase.made(text, "moment", zone, {"0": at.isoformat()})


def as_data(text: str) -> Any:
    """A phrase as JSON can hold it; a plain text as itself."""
    if not isinstance(text, Phrase):
        return text
    places = {name: as_data(one) if isinstance(one, str) else one for name, one in text.places.items()}
    data = {"text": str(text), "kind": text.kind, "pattern": text.pattern, "places": places}
    return {**data, "many": text.many, "number": text.number} if text.many else data


def from_data(data: Any) -> str:
    """The phrase, or the plain text, that `as_data` was made of."""
    if not isinstance(data, Mapping):
        return str(data)
    places = {name: one if isinstance(one, int) else from_data(one) for name, one in data["places"].items()}
    return Phrase.made(data["text"], data["kind"], data["pattern"], places, data.get("many", ""), data.get("number", 0))


_TITLES = {
    "abstain": phrase("Abstain"),
    "approve": phrase("Approve"),
    "approved": phrase("Approved"),
    "conditional_go": phrase("Conditional go"),
    "go": phrase("Go"),
    "hold": phrase("Hold"),
    "kill": phrase("Kill"),
    "recuse": phrase("Recuse"),
    "recycle": phrase("Recycle"),
    "reject": phrase("Reject"),
    "rejected": phrase("Rejected"),
}


def title_of(name: str) -> str:
    """What a position or an outcome is called that has no title of its own: `conditional_go` -> `Conditional go`."""
    return _TITLES.get(name) or name.replace("_", " ").replace("-", " ").capitalize()


def titled(title: str | None, name: str) -> str:
    """What a position or an outcome is called. A policy that writes out the word it would have anyway has that word, so
    that buttons and rules say the same in every language."""
    usual = title_of(name)
    return usual if title is None or title == str(usual) else title
