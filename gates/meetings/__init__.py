"""Meetings: when they come again in a site's calendar, and one of them as its entries tell it. Pure."""

from gates.meetings.fold import Action, Correction, Meeting, Note, Spell, Wish, apply, fold
from gates.meetings.recurrence import Occurrence, local_moment, occurrences, times_of
from gates.meetings.rows import KEYS, rows_of

__all__ = [
    "KEYS",
    "Action",
    "Correction",
    "Meeting",
    "Note",
    "Occurrence",
    "Spell",
    "Wish",
    "apply",
    "fold",
    "local_moment",
    "occurrences",
    "rows_of",
    "times_of",
]
