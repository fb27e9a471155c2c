"""Absences as people live them: asks go over to the stand-in at the minute, and come back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from one_policy import publish
from world import ROSTER, World

from gates.errors import BadInput, LinkProblem, NotFound, Refused
from gates.service.absences import Absence

LEAD = "approve: {all: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}"
FRIDAY_SIX = datetime(2026, 8, 21, 16, 0, tzinfo=UTC)
"""18:00 in Paris, where Mei works; the world begins on the Monday before."""
TWO_WEEKS_ON = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)


def away(world: World, by: str = "mei", **more: object) -> str:
    wish = Absence("mei", FRIDAY_SIX, TWO_WEEKS_ON, "ben", **more)  # type: ignore[arg-type]
    return world.register.set_absence(wish, world.by(by)).absence


def until(world: World, moment: datetime) -> None:
    world.pass_time(seconds=(moment - world.clock.at).total_seconds())


def said(world: World, key: str) -> list[str]:
    return [line.sentence for line in world.register.item(key).timeline]


def test_mei_goes_away_and_ben_signs_for_her(world: World) -> None:
    """Friday 18:00 her time, to the minute and once: Ben is asked by mail; both names are in the record (ALC-1)."""
    key = publish(world, LEAD)
    hers = world.token("mei", key)
    away(world)
    until(world, datetime(2026, 8, 21, 15, 59, tzinfo=UTC))
    assert not world.mails("ben@example.com")
    until(world, FRIDAY_SIX)
    world.pass_time(minutes=5)
    (asked,) = world.mails("ben@example.com")
    assert "Quality lead, Lyon, for Mei Chen" in asked.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    world.sign("ben", key, token=world.link_in(asked))
    assert "Approve by Ben Roth for Mei Chen as Quality lead, Lyon, for Mei Chen, on revision 1." in said(world, key)
    with pytest.raises(Refused, match="Ben Roth signed in your place"):
        world.sign("mei", key, token=hers)
    assert world.register.inbox("mei") == []
    until(world, TWO_WEEKS_ON)
    assert not world.mails("ben@example.com", "othing")
    world.sign("eve", key)
    assert world.state(key) == "done"
    assert world.is_whole(key)


def test_mei_is_back_early(world: World) -> None:
    """The ask goes back at once: Ben hears that nothing is left to do and his link ends; Mei hears it is hers again."""
    key = publish(world, LEAD)
    absence = away(world)
    until(world, FRIDAY_SIX)
    token = world.token("ben", key)
    world.pass_time(days=3)
    world.register.end_absence(absence, world.by("mei"), "back early")
    world.carry()
    (over,) = world.mails("ben@example.com")[1:]
    text = over.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "You no longer sit for Mei Chen here. Nothing is left to do." in text
    with pytest.raises(LinkProblem, match="You no longer sit for Mei Chen here"):
        world.sign("ben", key, token=token)
    back = world.mails("mei@example.com")[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Ben Roth no longer signs in your place: it is yours again." in back
    world.sign("mei", key)
    world.sign("eve", key)
    assert world.state(key) == "done"
    assert "Ben Roth is asked no more: You no longer sit for Mei Chen here. Nothing is left to do." in said(world, key)


def test_it_comes_back_by_itself_at_the_end(small_world: World) -> None:
    """Nobody has to think of it: at the end of the absence, once."""
    world = small_world
    key = publish(world, LEAD)
    away(world)
    until(world, FRIDAY_SIX)
    until(world, TWO_WEEKS_ON)
    world.pass_time(days=1)
    assert sum("Ben Roth is asked no more" in line for line in said(world, key)) == 1
    assert [ask.item.key for ask in world.register.inbox("mei")] == [key]
    assert world.register.inbox("ben") == []


def test_mei_signs_after_all(world: World) -> None:
    """From the beach, by her old link: the first signature counts, and Ben is asked no more."""
    key = publish(world, LEAD)
    token = world.token("mei", key)
    away(world)
    until(world, FRIDAY_SIX)
    world.pass_time(days=2)
    assert world.register.sign_view(token).sits_in == "Ben Roth"
    world.sign("mei", key, token=token)
    world.carry()
    assert any(line.startswith("Mei Chen signs in person although recorded as absent") for line in said(world, key))
    assert "Ben Roth is asked no more: Mei Chen signed in person." in said(world, key)
    assert world.register.inbox("ben") == []
    world.sign("eve", key)
    assert world.state(key) == "done"
    other = publish(world, LEAD)
    assert [ask.item.key for ask in world.register.inbox("ben")] == [other]


def test_an_absence_dropped_before_it_begins_leaves_no_trace_in_the_round(small_world: World) -> None:
    """Nobody hears of it; the entries say that it was planned and dropped."""
    world = small_world
    key = publish(world, LEAD)
    absence = away(world)
    world.register.end_absence(absence, world.by("mei"))
    until(world, FRIDAY_SIX)
    assert not world.mails("ben@example.com")
    assert world.register.absences() == []
    with pytest.raises(NotFound, match="There is no absence"):
        world.register.end_absence(absence, world.by("mei"))
    world.sign("mei", key)


def test_who_may_not_sit_is_said_when_it_is_set(small_world: World) -> None:
    """By name and with the reason, in the items that wait now."""
    world = small_world
    key = world.change_in_round("ben")
    wish = Absence("mei", FRIDAY_SIX, TWO_WEEKS_ON, "ben")
    done = world.register.set_absence(wish, world.by("mei"))
    assert done.warnings == (f"Ben Roth may not sit for Mei Chen in {key}: Ben Roth wrote it.",)


def test_what_was_signed_before_leaving_is_said_to_wait(small_world: World) -> None:
    """Whoever sets the absence learns which signature does not count while somebody sits in that place."""
    key = publish(small_world, LEAD)
    small_world.sign("mei", key)
    wish = Absence("mei", small_world.clock.at, TWO_WEEKS_ON, "ben")
    (told,) = small_world.register.set_absence(wish, small_world.by("mei")).warnings
    assert told == f"“Approve” of Mei Chen on {key} does not count meanwhile: Ben Roth is asked anew in their place."
    small_world.carry()
    assert small_world.mails("ben@example.com")


def test_no_chain_unless_said(small_world: World) -> None:
    """Ben is away too: it is said, nobody sits, and the gap is listed with the policies and sites it holds up."""
    world = small_world
    publish(world, LEAD)
    away(world)
    later = Absence("ben", FRIDAY_SIX, TWO_WEEKS_ON, "dan")
    assert world.register.set_absence(later, world.by("cid")).warnings == ()
    (gap,) = [one for one in world.register.gaps() if one.person == "mei"]
    assert (gap.why, gap.sites) == ("Ben Roth is away too", ("Lyon",))
    assert {"example/rule"} <= set(gap.policies)
    assert world.register.gaps(days=2) == []


def test_an_absence_is_scoped(small_world: World) -> None:
    """For one process only: elsewhere Mei is asked herself."""
    world = small_world
    away(world, processes=frozenset({"engineering-change"}))
    until(world, FRIDAY_SIX)
    key = publish(world, LEAD)
    assert [ask.item.key for ask in world.register.inbox("mei")] == [key]
    assert world.register.inbox("ben") == []


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Absence("mei", TWO_WEEKS_ON, FRIDAY_SIX, "ben"), "The end is not after the beginning"),
        (Absence("mei", FRIDAY_SIX, TWO_WEEKS_ON, "mei"), "cannot sit for themselves"),
        (Absence("mei", FRIDAY_SIX, TWO_WEEKS_ON, "zoe"), "'zoe' is nobody active on the roster"),
        (Absence("mei", FRIDAY_SIX, FRIDAY_SIX.replace(year=2029), "ben"), "more than 730 days ahead"),
        (Absence("mei", FRIDAY_SIX.replace(year=2025), FRIDAY_SIX.replace(year=2025, month=9)), "over already"),
        (Absence("mei", FRIDAY_SIX, TWO_WEEKS_ON, "ben", roles=frozenset({"lead"})), "There is no role 'lead'"),
        (Absence("mei", FRIDAY_SIX, TWO_WEEKS_ON, "ben", sites=frozenset({"Rome"})), "There is no site 'Rome'"),
    ],
)
def test_absences_that_make_no_sense_are_refused(small_world: World, wish: Absence, said: str) -> None:
    """With the value and the choices; nothing is entered."""
    with pytest.raises(BadInput, match=said):
        small_world.register.set_absence(wish, small_world.by("mei"))
    assert small_world.register.absences() == []


def test_a_roster_file_leaves_what_people_set_themselves(small_world: World) -> None:
    """Importing replaces the absences of the file alone."""
    away(small_world)
    small_world.import_roster(ROSTER)
    (view,) = small_world.register.absences("mei")
    assert (view.stand_in_name, view.source) == ("Ben Roth", "person")
