"""What roles are called where the roster gives them no title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
