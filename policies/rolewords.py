"""What roles are called that have no title."""

from __future__ import annotations

ABBREVIATIONS = frozenset(
    "cab ceo cfo cio cto cots crm ehs eln erp fat gmp gxp hr hse ict iq it lims mes mrp oq ot pm pmo pq qa qc qms qp "  # noqa: SIM905
    "rd sat scada sme uat vp wms".split()
)
"""Words in the names of roles that are written in capitals where there is no title."""


def role_words(role: str) -> str:
    """`quality-lead` -> `quality lead`, `pmo-lead` -> `PMO lead`."""
    return " ".join(word.upper() if word in ABBREVIATIONS else word for word in role.replace("_", "-").split("-"))
