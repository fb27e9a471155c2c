"""The words of a capacity that are on the record in English, so that pages and mails say them in another language."""

from __future__ import annotations

import re
from collections.abc import Collection

from policies.facts import RELATIONS
from policies.phrases import phrase


def said_capacity(stored: str, titles: Collection[str]) -> str:
    """A capacity as it is on the record (`Quality lead, Lyon and Engineering`), so that it can be said in another
    language. `titles` tell an "and" between two roles from one within a title."""
    known = tuple(one[:1].upper() + one[1:] for one in (*titles, *RELATIONS, "Named"))
    parts, begun = [], 0
    for sign in re.finditer(" and ", stored):
        rest = stored[sign.end() :]
        if any(rest == one or rest.startswith((f"{one}, ", f"{one} and ")) for one in known):
            parts.append(stored[begun : sign.start()])
            begun = sign.end()
    said = _said_part((*parts, stored[begun:])[0])
    for piece in (*parts, stored[begun:])[1:]:
        said = phrase("%(most)s and %(last)s", most=said, last=_said_part(piece))
    return said


def _said_part(piece: str) -> str:
    place, sign, absent = piece.rpartition(", for ")
    return phrase("%(capacity)s, for %(name)s", capacity=place, name=absent) if sign else piece
