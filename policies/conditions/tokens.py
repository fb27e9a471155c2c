"""Text -> tokens, with the limits that keep hostile text from costing anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policies.errors import ConditionError

MAX_LENGTH = 4000
MAX_DIGITS = 18

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!()\[\],.])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_HINTS = {"=": "Compare with `==`.", "&": "Write `&&`.", "|": "Write `||`.", "?": "There is no `? :` here."}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece; `column` counts from 1. `kind` is number, string, name, op or end."""

    kind: str
    text: str
    column: int


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, ending with one of kind `end`. Raises ConditionError."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(
            f"the condition has {len(text):,} characters; {MAX_LENGTH:,} are allowed.",
            remedy="Split it over several rules.",
        )
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _stray(text, place)
        kind = str(match.lastgroup)
        if kind == "number" and len(match[0]) > MAX_DIGITS:
            raise ConditionError(f"the number {match[0][:12]}… is too long.", place + 1)
        if kind != "space":
            tokens.append(Token(kind, match[0], place + 1))
        place = match.end()
    tokens.append(Token("end", "", len(text) + 1))
    return tokens


def unquote(token: Token) -> str:
    """The value of a string token. Raises ConditionError on an escape that is not known."""

    def escape(match: re.Match[str]) -> str:
        known = _ESCAPES.get(match[1])
        if known is None:
            raise ConditionError(rf"the escape \{match[1]} is not known; there is \n \t \\ \" \'.", token.column)
        return known

    return re.sub(r"\\(.)", escape, token.text[1:-1], flags=re.DOTALL)


def _stray(text: str, place: int) -> ConditionError:
    sign = text[place]
    if sign in "\"'":
        return ConditionError("the text starts here and does not end.", place + 1, "Close the quote.")
    shown = sign if sign.isprintable() else f"U+{ord(sign):04X}"
    hint = _HINTS.get(sign, "Names are letters, digits and `_`; text goes in quotes.")
    return ConditionError(f"{shown!r} has no meaning here.", place + 1, hint)
