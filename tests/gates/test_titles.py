"""What roles are called where the roster gives them no title, and how capacities are said."""

from __future__ import annotations

import pytest
from world import World

from gates.roster.titles import with_titles
from policies.rolewords import role_words


@pytest.mark.parametrize(
    ("role", "words"),
    [("pmo-lead", "PMO lead"), ("it-lead", "IT lead"), ("quality-lead", "quality lead"), ("mes-owner", "MES owner")],
)
def test_abbreviations_keep_their_capitals(role: str, words: str) -> None:
    """PMO, QA, IT, OT, MES and ERP are no words."""
    assert role_words(role) == words


def test_a_title_of_the_roster_goes_before_what_its_name_would_give() -> None:
    """Only what has no title, and an abbreviation, is added."""
    given = {"it-lead": "Head of computing"}
    assert with_titles({"it-lead", "ot-lead", "sponsor"}, given) == {**given, "ot-lead": "OT lead"}


def test_roles_are_told_with_their_capitals(small_world: World) -> None:
    """On people's pages and in every sentence."""
    roles = {one.id: one.roles for one in small_world.register.people()}
    assert "PMO lead" in roles["cid"]
    assert {"IT lead", "OT lead"} <= set(roles["sam"])
