"""What roles are called, and the words of a capacity as people read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from policies.facts import RELATIONS
from policies.phrases import phrase

ABBREVIATIONS = frozenset(
    "cab ceo cfo cio cto cots crm ehs eln erp fat gmp gxp hr hse ict iq it lims mes mrp oq ot pm pmo pq qa qc qms qp "  # noqa: SIM905
    "rd sat scada sme uat vp wms".split()
)
"""Words in the names of roles that are written in capitals where the roster gives no title."""


def role_words(role: str) -> str:
    """`quality-lead` -> `quality lead`, `pmo-lead` -> `PMO lead`."""
    return " ".join(word.upper() if word in ABBREVIATIONS else word for word in role.replace("_", "-").split("-"))


def with_titles(roles: Iterable[str], titles: Mapping[str, str]) -> dict[str, str]:
    """The titles of the roster, and for roles without one whose name holds an abbreviation their name in words."""
    spelt = {role: role_words(role) for role in roles if role not in titles}
    return {**{role: words for role, words in spelt.items() if words != words.lower()}, **titles}


def said_capacity(stored: str, titles: Collection[str]) -> str:
    """A capacity as it is on the record (`Quality lead, Lyon and Engineering`), so that it can be said in another
    language. `titles` tell an "and" between two roles from one within a title."""
    known = [one[:1].upper() + one[1:] for one in (*titles, *RELATIONS, "Named")]
    parts: list[str] = []
    for piece in stored.split(" and "):
        if parts and not any(piece == one or piece.startswith(f"{one}, ") for one in known):
            parts[-1] += f" and {piece}"
        else:
            parts.append(piece)
    said = _said_part(parts[0])
    for piece in parts[1:]:
        said = phrase("%(most)s and %(last)s", most=said, last=_said_part(piece))
    return said


def _said_part(piece: str) -> str:
    place, sign, absent = piece.rpartition(", for ")
    return phrase("%(capacity)s, for %(name)s", capacity=place, name=absent) if sign else piece
