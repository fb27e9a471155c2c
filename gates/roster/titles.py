"""What roles are called where the roster gives them no title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.rolewords import role_words


def with_titles(roles: Iterable[str], titles: Mapping[str, str]) -> dict[str, str]:
    """The titles of the roster, and for roles without one whose name holds an abbreviation their name in words."""
    spelt = {role: role_words(role) for role in roles if role not in titles}
    return {**{role: words for role, words in spelt.items() if words != words.lower()}, **titles}
