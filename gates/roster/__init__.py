"""The roster: people, their roles per site, program and vendor with from and until, who is away, the sites' clocks.

`file` has the words of the YAML, `book` what the store holds, `state` what the entries tell, `sheet` the roster as a
table, `feed` absences out of a calendar.
"""

from gates.roster.book import (
    BookAbsence,
    BookHolding,
    BookPerson,
    RosterBook,
    absence_of,
    book_from_file,
    book_person,
    capacity_words,
    holdings_of,
    line_of,
    read_book,
    scope_text,
)
from gates.roster.file import (
    AbsenceLine,
    HoldingLine,
    PersonLine,
    RoleLine,
    RosterFile,
    SiteLine,
    day_end,
    day_start,
    known_zone,
)

__all__ = [
    "AbsenceLine",
    "BookAbsence",
    "BookHolding",
    "BookPerson",
    "HoldingLine",
    "PersonLine",
    "RoleLine",
    "RosterBook",
    "RosterFile",
    "SiteLine",
    "absence_of",
    "book_from_file",
    "book_person",
    "capacity_words",
    "day_end",
    "day_start",
    "holdings_of",
    "known_zone",
    "line_of",
    "read_book",
    "scope_text",
]
