"""Tries a process on people and dates before anybody meets it: many runs of one item on a virtual clock. Pure.

Every move is proposed by `gates.moves` and every round is judged by `policies.evaluate`, as in the register, so
that what a simulation shows is what the process allows. Nobody's real habits are known here: response times,
positions and absences come in as arguments. It does not simulate edits of the item, and an escalation that a
ladder raises is counted, not followed.

>>> simulate(plan, runs=1000, seed=1).as_data()["cycle"]["working_days"]["p50"]
"""

from gates.simulate.item import ItemFile, item_of, read_item
from gates.simulate.people import PeopleFile
from gates.simulate.plan import Plan
from gates.simulate.reading import check_people, read_people
from gates.simulate.report import Report, simulate
from gates.simulate.staff import book_of, made_up_roster, make_plan, with_author

__all__ = [
    "ItemFile",
    "PeopleFile",
    "Plan",
    "Report",
    "book_of",
    "check_people",
    "item_of",
    "made_up_roster",
    "make_plan",
    "read_item",
    "read_people",
    "simulate",
    "with_author",
]
