"""Rounds on the virtual clock: times that are known beforehand, and people who are away."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from trial import BOTH, ROUND, TWO, YES, days, ends, plan, policy, report, roster

from gates.simulate import simulate
from policies.facts import Roster, StandIn

FOUR_AND_SIX = YES + "people: {mei: {response: {median: 4h}}, eva: {response: {median: 6h}}}\n"


def test_two_who_must_both_approve_take_as_long_as_the_slower() -> None:
    """Four and six hours of working days of eight: three quarters of a day."""
    data = report(policy(BOTH), TWO, FOUR_AND_SIX)
    assert days(data) == (0.75, 0.25)
    assert ends(data) == {"done": 1.0}
    assert [(one["person"], one["role"], one["times"]) for one in data["waited_for"]] == [("eva", "Finance", 20)]


def test_one_of_two_takes_as_long_as_the_faster() -> None:
    """Four hours, and nobody waits for the other."""
    data = report(policy("approve: {from: [quality, finance], at_least: 1}"), TWO, FOUR_AND_SIX)
    assert days(data) == (0.5, 0.17)
    assert [one["person"] for one in data["waited_for"]] == ["mei"]


def test_a_day_that_is_over_goes_on_the_next_working_day() -> None:
    """Asked on Friday for twelve hours of work: Monday at 13:00."""
    habits = "defaults: {response: {median: 12h}, says: {approve: 1}}"
    data = report(policy(BOTH), TWO, habits, start=date(2026, 12, 18))
    assert days(data) == (1.5, 3.17)
    assert data["typical"]["story"][-1] == {"at": "2026-12-21T13:00:00+00:00", "what": "→ Done"}


@pytest.mark.parametrize(("absent", "working", "back"), [("", 2.0, "2026-12-24"), ("absent", 10.0, "2027-01-07")])
def test_an_absence_over_christmas_delays_by_its_working_days(absent: str, working: float, back: str) -> None:
    """Two days of work asked on the 23rd. Away from the 24th to 6 January: eight working days, the holidays not counted."""
    away = "people: {mei: {absent: [{from: 2026-12-24, to: 2027-01-06}]}}\n" if absent else ""
    lyon = roster(TWO, "{zone: Europe/Paris, country: FR}")
    habits = "defaults: {response: {median: 2d}, says: {approve: 1}}\n" + away
    data = report(policy(BOTH), lyon, habits, start=date(2026, 12, 23))
    assert days(data)[0] == working
    assert data["typical"]["story"][-1]["at"] == f"{back}T17:00:00+01:00"


def test_absences_may_come_from_elsewhere() -> None:
    """From a roster, say: they count beside those of the people file."""
    data = report(policy(BOTH), TWO, YES, absences={"eva": [(date(2026, 12, 14), date(2026, 12, 15))]})
    assert days(data)[0] == 2.5


def test_response_times_have_the_median_and_the_p90_they_were_given() -> None:
    """Of 2,000 runs with one person: 8 and 24 working hours, within a tenth."""
    habits = "defaults: {response: {median: 1d, p90: 3d}, says: {approve: 1}}"
    cycle = report(policy("approve: {from: quality, at_least: 1}"), TWO, habits, runs=2000)["cycle"]["working_days"]
    assert cycle["p50"] == pytest.approx(1.0, rel=0.1)
    assert cycle["p90"] == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize(("within", "chance"), [("2h", 1.0), ("1wd", 0.0)])
def test_a_deadline_is_always_or_never_missed(within: str, chance: float) -> None:
    """Six hours against two hours, and against a day."""
    loaded = policy(BOTH, ROUND.replace("1wd", within))
    (line,) = report(loaded, TWO, FOUR_AND_SIX)["deadlines"]
    assert (line["chance"], line["runs"]) == (chance, 20)
    assert line["late_by"] == (0.5 if chance else None)


def test_the_chance_of_a_deadline_is_that_of_the_slower_of_two() -> None:
    """Both answer within the median in one case of four: the deadline is missed in three."""
    loaded = policy(BOTH, ROUND.replace("1wd", "4h"))
    habits = "defaults: {response: {median: 4h, p90: 2d}, says: {approve: 1}}"
    (line,) = report(loaded, TWO, habits, runs=2000)["deadlines"]
    assert line["chance"] == pytest.approx(0.75, abs=0.04)


def test_a_veto_ends_as_many_runs_as_it_is_said_in() -> None:
    """Three of ten, before the other has answered."""
    habits = FOUR_AND_SIX.replace("mei: {", "mei: {says: {approve: 70%, reject: 30%}, ")
    assert ends(report(policy(BOTH), TWO, habits, runs=2000))["refused"] == pytest.approx(0.3, abs=0.03)


def test_a_role_without_members_is_a_deadlock_told_with_an_example() -> None:
    """The reason is the verdict's own sentence."""
    data = report(policy(BOTH), {"mei": "quality"})
    (group,) = data["unfinished"]
    assert (data["ended"], data["stuck"], data["cycle"], data["typical"]) == (0, 20, None, None)
    assert (group["state"], group["stuck"], group["runs"]) == ("sign-off", True, 20)
    assert "Deadlock: nobody left on the roster can give 1 more of Finance." in group["reason"]
    assert group["example"]["story"][-1]["what"] == f"Stuck: {group['reason']}"
    (line,) = data["deadlines"]
    assert (line["chance"], line["never_left"]) == (1.0, 20)


def test_a_round_in_which_all_have_answered_without_deciding_is_stuck() -> None:
    """An objection that is no veto, and a person who never answers, are told apart."""
    said = report(policy(BOTH), TWO, YES + "people: {eva: {says: {reject: 1}}}")["unfinished"][0]
    assert said["reason"] == "Everybody asked has answered. Needs Finance (Eva)."
    said = report(policy(BOTH), TWO, YES + "people: {eva: {says: {}}}")["unfinished"][0]
    assert said["reason"] == "Eva did not answer. Needs Finance (Eva)."


def test_whoever_is_away_to_the_end_leaves_it_open() -> None:
    """That is not stuck: they will be back."""
    data = report(policy(BOTH), TWO, YES + "people: {eva: {absent: [{from: 2026-12-01, to: 2027-12-31}]}}", days=30)
    (group,) = data["unfinished"]
    assert (data["open"], group["stuck"], group["reason"]) == (20, False, "Needs Finance (Eva).")


def test_a_role_that_begins_later_is_waited_for() -> None:
    """Finance is filled from Monday the 21st; four hours later it is signed."""
    data = report(policy(BOTH), {"mei": "quality", "eva": "{role: finance, from: 2026-12-21}"})
    assert days(data)[0] == 5.5


def test_a_role_that_ends_takes_its_answer_with_it() -> None:
    """Asked for three days of work, in the role for two."""
    habits = YES + "people: {eva: {response: {median: 3d}}}"
    data = report(policy(BOTH), {"mei": "quality", "eva": "{role: finance, until: 2026-12-15}"}, habits)
    assert "Deadlock" in data["unfinished"][0]["reason"]


def test_a_stand_in_answers_in_place_of_the_absent() -> None:
    """Ben sits for Eva, who is away all month."""
    book = roster({**TWO, "ben": "other"})
    month = (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

    class Book(type(book)):  # type: ignore[misc]
        def at(self, now: datetime) -> Roster:
            found = book.at(now)
            return Roster(found.people, found.holdings, found.role_titles, (StandIn("eva", "ben", *month),))

    data = report(policy(BOTH), Book(book.people, book.holdings, book.titles, book.sites), FOUR_AND_SIX)
    assert days(data)[0] == 0.5
    assert "Ben for Eva: approve" in [line["what"] for line in data["typical"]["story"]]


# -- the rest of the policy language ------------------------------------------------------------------


def test_steps_are_asked_one_after_the_other() -> None:
    """Two steps of four hours, and a day of waiting between them."""
    text = "approve: {in_order: [{from: quality, at_least: 1}, {from: finance, at_least: 1}]}"
    assert days(report(policy(text), TWO)) == (1.0, 0.33)
    text = text.replace("{from: finance", "{after: 24h, since: step_opened}, {from: finance")
    assert days(report(policy(text), TWO)) == (2.0, 1.33)


def test_lazy_consensus_is_met_by_time_alone() -> None:
    """72 hours after the round opened."""
    text = "approve: {all: [{after: 72h}, {from: quality, position: reject, at_most: 0}]}"
    data = report(policy(text), TWO, "defaults: {says: {}}")
    assert days(data) == (3.0, 3.0)
    assert data["waited_for"] == []


def test_a_deadline_of_the_policy_decides() -> None:
    """Two working days of silence, then it is rejected."""
    text = BOTH + "deadline: {in: 2wd, then: reject}\n"
    data = report(policy(text), TWO, "defaults: {says: {}}")
    assert (days(data)[0], ends(data)) == (2.0, {"refused": 1.0})


def test_the_chair_closes_when_all_who_will_have_answered() -> None:
    """Four hours for the answers, four for the chair."""
    text = """\
    settle: at_close
    chair: chair
    approve: {from: [quality, finance], more_than: 1/2, of: present}
    """
    people = {**TWO, "pia": "chair"}
    data = report(policy(text), people, YES + "people: {eva: {says: {}}}")
    assert days(data)[0] == 1.0
    assert data["waited_for"][0]["role"] == "Chair"


def test_a_live_verdict_moves_on_by_the_act_that_names_it() -> None:
    """Four hours for the answers, four for the act."""
    start = ROUND.replace(
        "due: {within: 1wd}", "due: {within: 1wd}, acts: {release: {to: done, by: {role: quality}, verdict: approved}}"
    )
    data = report(policy("settle: live\n" + BOTH, start), TWO)
    assert (days(data)[0], ends(data)) == (1.0, {"done": 1.0})
    assert data["typical"]["story"][-2]["what"] == "Mei: Release"


def test_each_entry_of_a_list_asks_its_own_people() -> None:
    """And a list that was made up asks those who were made up."""
    from gates.simulate import made_up_roster

    text = "approve: {for_each: functions, as: function, rule: {from: '{function}', at_least: 1}}"
    loaded = policy(text, "fields: {functions: {type: list}}\n" + ROUND)
    data = report(loaded, TWO, item="fields: {functions: [quality, finance]}")
    assert days(data)[0] == 0.5
    given = plan(loaded, TWO, item="fields: {functions: [pilots]}")
    assert [held.role for held in made_up_roster(loaded, given.item).holdings] == ["pilots"] * 3


def test_positions_that_ask_for_conditions_are_given_some() -> None:
    """A conditional go counts."""
    text = """\
    positions: {go: {title: Go}, conditional_go: {title: With conditions, conditions: required}}
    outcomes:
      approved: {rule: {from: quality, position: go, at_least: 1}, counts: [go, conditional_go]}
      rejected: {rule: {from: quality, position: hold, at_least: 1}}
    """
    assert ends(report(policy(text), TWO, YES + "people: {mei: {says: {conditional_go: 1}}}")) == {"done": 1.0}
    assert ends(report(policy(text), TWO, YES + "people: {mei: {says: {reject: 1}}}")) == {"refused": 1.0}
    assert ends(report(policy(text), TWO)) == {"done": 1.0}


def test_the_same_seed_gives_the_same_runs_and_more_runs_keep_the_first() -> None:
    """Another seed gives others."""
    habits = "defaults: {says: {approve: 0.8, reject: 0.2}}"
    given = plan(policy(BOTH), TWO, habits)
    first, again, other = (simulate(given, runs=50, seed=seed).as_text() for seed in (1, 1, 2))
    assert first == again
    assert first != other
    few, many = simulate(given, runs=50, seed=1), simulate(given, runs=80, seed=1)
    assert many.tally.cycles[: len(few.tally.cycles)] == few.tally.cycles
