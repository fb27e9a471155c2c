"""Acts, timers and waiting states on the virtual clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from trial import MONDAY, YES, days, ends, plan, process, report

from policies.errors import ProcessError
from policies.library import library_text
from policies.load import load_process

DESK = {"ana": "analyst"}
LOOK = """\
fields: {risk: {type: choice, of: [low, high]}, live-on: {type: date, required: false}}
start: draft
states:
  draft: {acts: {submit: {to: look}, drop: {to: dropped}}, no_deadline: test}
  look:
    acts:
      accept: {to: done, by: {role: analyst}, when: item.risk == "low"}
      return: {to: draft, by: {role: analyst}}
    due: {within: 1wd}
    ladder: [{after: 2wd, notify: {role: analyst}}, {after: 3wd, to: dropped}]
  done: {end: done}
  dropped: {end: withdrawn}
"""


def test_people_take_the_acts_that_lead_to_a_good_end() -> None:
    """Submit and accept, four hours each; never drop or return."""
    data = report(process(LOOK), DESK)
    assert (days(data)[0], ends(data)) == (1.0, {"done": 1.0})
    assert [(one["state"], one["working_days"]["mean"], one["share"]) for one in data["states"]] == [
        ("draft", 0.5, 0.5),
        ("look", 0.5, 0.5),
    ]
    assert [one["role"] for one in data["roles"]] == ["Analyst", "Author"]


def test_weights_take_the_place_of_good_ends() -> None:
    """One of four is dropped; the rest go on."""
    data = report(process(LOOK), DESK, YES + "acts: {draft: {submit: 3, drop: 1}}", runs=1000)
    assert ends(data)["dropped"] == pytest.approx(0.25, abs=0.04)


def test_an_act_that_is_closed_to_the_item_is_told_with_its_condition() -> None:
    """And the timer of the ladder moves it on in the end."""
    data = report(process(LOOK), DESK, item="fields: {risk: high}")
    assert (days(data)[0], ends(data)) == (3.5, {"dropped": 1.0})
    told = " ".join(line["what"] for line in data["typical"]["story"])
    assert "The timer moves it" in told
    (due,) = data["deadlines"]
    assert (due["chance"], due["late_by"]) == (1.0, 2.0)
    assert [(one["after"], one["does"], one["chance"]) for one in data["ladder"]] == [
        ("2 working days", "notifies", 1.0),
        ("3 working days", "moves it to dropped", 1.0),
    ]


def test_an_act_that_nobody_may_take_is_told_with_whom_it_is_for() -> None:
    """Without a timer that is the end of it."""
    loaded = process(LOOK.replace(", {after: 3wd, to: dropped}", ""))
    (group,) = report(loaded, {"ben": "other"})["unfinished"]
    assert group["stuck"]
    assert group["reason"] == (
        "Nobody to act. “Accept” is for the analyst, and nobody is. “Return” is for the analyst, and nobody is."
    )
    (group,) = report(loaded, DESK, item="fields: {risk: high}")["unfinished"]
    assert "“Accept” is closed: It is open only when" in group["reason"]
    assert "Open, but not towards a good end: “Return”." in group["reason"]


def test_an_act_waits_for_its_day() -> None:
    """Ten days ahead, at the hour in which work begins."""
    loaded = process(LOOK.replace("accept: {", "accept: {not_before: live-on, "))
    day = (MONDAY + timedelta(days=10)).isoformat()
    data = report(loaded, DESK, item=f"fields: {{risk: low, live-on: {day}}}".replace("risk: low", "risk: low"))
    assert ends(data)["dropped"] == 1.0  # its ladder is faster
    patient = process(
        LOOK.replace("accept: {", "accept: {not_before: live-on, ").replace(", {after: 3wd, to: dropped}", "")
    )
    data = report(patient, DESK, item=f"fields: {{risk: low, live-on: {day}}}")
    assert data["typical"]["story"][-1]["at"] == f"{day}T09:00:01+00:00"


def test_an_item_nobody_touches_falls_asleep() -> None:
    """The inactivity timer counts the days of the calendar."""
    text = LOOK.replace("no_deadline: test", "inactive: {after: 2d, to: dropped}")
    habits = YES + f"people: {{author: {{absent: [{{from: {MONDAY}, to: 2027-01-31}}]}}}}"
    data = report(process(text), DESK, habits)
    assert (days(data), ends(data)) == ((2.0, 2.0), {"dropped": 1.0})


def test_other_items_are_waited_for_as_long_as_is_said() -> None:
    """Two working days, or not at all."""
    text = LOOK.replace("submit: {to: look}", "submit: {to: entry}").replace(
        "  look:\n", "  entry: {depends_on: {be: [done], to: look}, no_deadline: test}\n  look:\n"
    )
    assert days(report(process(text), DESK))[0] == 1.0
    assert days(report(process(text), DESK, YES + "waits: {entry: {median: 2d}}"))[0] == 3.0


def test_going_round_in_circles_comes_to_an_end() -> None:
    """An analyst who always returns it."""
    (group,) = report(process(LOOK), DESK, YES + "acts: {look: {return: 1}}", days=3650, runs=1)["unfinished"]
    assert (group["stuck"], group["reason"]) == (
        True,
        "It goes round in circles: 300 changes of state and no end.",
    )


def test_a_run_may_start_in_any_state() -> None:
    """With `origin`; the clock starts there."""
    assert days(report(process(LOOK), DESK, origin="look"))[0] == 0.5


@pytest.mark.parametrize("name", ["engineering-change", "mes-site-rollout", "escalation"])
def test_every_shipped_process_can_be_simulated_without_a_file(name: str) -> None:
    """With made-up people who all agree, each run comes to a good end."""
    from gates.simulate import item_of, made_up_roster, read_item

    loaded = load_process(library_text(name), name)
    facts, _ = item_of(loaded, read_item(None), None, site=None, start=MONDAY)
    data = report(loaded, made_up_roster(loaded, facts))
    assert (data["ended"], len(data["ends"])) == (20, 1)
    assert data["ends"][0]["end"] in ("done", "passed")


@pytest.mark.parametrize(
    ("habits", "said"),
    [
        ("people: {anna: {}}", "people.yaml:1:10: TG007 there is no person 'anna' on the roster. Did you mean ana?"),
        ("roles: {board: {}}", "there is no role 'board' on the roster. There is: analyst."),
        ("defaults: {says: {maybe: 1}}", "there is no position 'maybe' in any policy of this process."),
        (
            "defaults: {says: {approve: 0.9, reject: 0.2}}",
            "1:18: TG009 the chances add up to 1.1; they may add up to 1",
        ),
        ("defaults: {says: {approve: 1.x}}", "'1.x' is no share such as 0.9 or 90%."),
        ("defaults: {response: {median: 2mo}}", "2mo is no working time; write 90m, 4h, 2d or 1w."),
        ("defaults: {response: {median: 2d, p90: 4h}}", "nine of ten within 4h is sooner than the median 2d."),
        ("defaults: {works: 17:00-09:00}", "17:00-09:00 ends before it begins."),
        ("people: {ana: {absent: [{from: 2026-12-24, to: 2026-12-01}]}}", "the absence ends on 2026-12-01"),
        ("people: {ana: {absent: [{from: 2026-13-24}]}}", "month must be in 1..12"),
        ("people: {ana: {site: Paris}}", "there is no site 'Paris' on the roster. There is: Lyon."),
        ("acts: {lok: {accept: 1}}", "there is no state 'lok' where people act outside a round. Did you mean look?"),
        ("acts: {look: {acept: 1}}", "there is no act 'acept' in look. Did you mean accept?"),
        ("waits: {look: {median: 1d}}", "there is no state 'look' that depends on other items or on conditions."),
        ("defaults: {say: {}}", "1:12: TG007 the key `say` is not known here. Did you mean `says`?"),
    ],
)
def test_a_people_file_that_does_not_fit_is_refused_with_its_line(habits: str, said: str) -> None:
    """With the place, the value and the choices."""
    with pytest.raises(ProcessError) as refused:
        plan(process(LOOK), DESK, habits)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("fields: {risk: huge}", "item.yaml:1:16: TG009 risk: 'huge' is not one of: low, high."),
        ("fields: {rsk: low}", "there is no field 'rsk'. Did you mean risk?"),
        ("criteria_met: [impact]", "there is no criterion 'impact'. There is: none."),
    ],
)
def test_an_item_file_that_does_not_fit_is_refused_with_its_line(item: str, said: str) -> None:
    """As above."""
    with pytest.raises(ProcessError) as refused:
        plan(process(LOOK), DESK, item=item)
    assert said in str(refused.value)


def test_what_is_left_out_of_an_item_is_made_up_by_its_type() -> None:
    """Everything without a file; with one, only what is required."""
    from gates.simulate import item_of, read_item
    from policies.load import read_document

    loaded = process(LOOK)
    facts, said = item_of(loaded, read_item(None), None, site="Lyon", start=MONDAY)
    assert facts.fields == {"risk": "low", "live-on": MONDAY + timedelta(days=30)}
    assert said == ["risk: low", "live-on: 13 Jan 2027"]
    document = read_document("site: Linz", "item.yaml")
    facts, said = item_of(loaded, read_item(document), document, site="Lyon", start=MONDAY)
    assert (facts.site, facts.fields, said) == ("Linz", {"risk": "low"}, ["risk: low"])


def test_dates_that_a_state_clears_are_given_anew_as_far_ahead() -> None:
    """Else an item that is sent back would be past its day."""
    text = LOOK.replace("look:\n", "look:\n    clears: [live-on]\n", 1)
    given: Any = plan(process(text), DESK, YES.replace("4h", "3d"))
    from random import Random

    from gates.simulate.course import Course
    from gates.simulate.run import Run

    run = Run(given, Course(given), Random(1))
    run.go()
    assert run.item.fields["live-on"] == given.item.fields["live-on"] + timedelta(days=2)


PROMISED = """\
start: gate
states:
  gate: {round: vote, when: {approved: waiting}, due: {within: 5wd}}
  waiting: {conditions: {due: 4d, met: {to: done}, lapse: {to: held}}}
  held: {acts: {resume: {to: done, by: {role: analyst}}}, no_deadline: test}
  done: {end: done}
policies: {vote: {positions: {approve: {conditions: required}}, approve: {from: analyst, at_least: 1}}}
"""


def test_conditions_are_met_when_they_are_due_or_after_the_wait_that_is_given() -> None:
    """And lapse where the wait is longer."""
    assert days(report(process(PROMISED), DESK, YES))[1] >= 4.0
    short = report(process(PROMISED), DESK, YES + "waits: {waiting: {median: 1h, p90: 1h}}")
    assert days(short)[1] < 2.0
    long = report(process(PROMISED), DESK, YES + "waits: {waiting: {median: 9d, p90: 9d}}")
    assert any("held" in str(one) for one in long["states"])


def test_what_is_in_force_expires_in_a_simulation() -> None:
    """After its time the timer moves it."""
    text = PROMISED.replace(
        "conditions: {due: 4d, met: {to: done}, lapse: {to: held}}", "expires: {after: 3d, to: done}"
    )
    text = text.replace("  held: {acts: {resume: {to: done, by: {role: analyst}}}, no_deadline: test}\n", "")
    assert days(report(process(text), DESK, YES))[1] >= 3.0
