"""The people file: how long people take, what they tend to say, when they work and when they are away.

    defaults: {response: {median: 4h, p90: 2d}, says: {approve: 0.9, reject: 0.1}}
    people:
      mei: {absent: [{from: 2026-12-24, to: 2027-01-06}]}

What a person's line leaves out is taken from the first of their roles that says it, then from the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from math import exp, log
from random import Random
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator

from gates.simulate.clock import HOUR, Days, Hours
from policies.durations import parse_duration
from policies.errors import Fault, ProcessError
from policies.load import Document, LoadedProcess, build, read_document
from policies.model.base import Duration, Model, Name

Z90 = 1.2815515655446004
"""The standard normal's ninetieth per cent."""

_DECIMAL = re.compile(r"(?<=[:\s])([01]?)\.([0-9]+)(?=[\s,}]|$)")
_POINT = "·"


def _number(value: Any) -> float:
    """`0.9`, `90%` or a whole number. Raises ValueError."""
    text = str(value).replace(_POINT, ".")
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{0,4}(?:\.[0-9]{1,6})?%?", text) or text in ("", "%"):
        raise ValueError(f"{text!r} is no share such as 0.9 or 90%")
    return float(text.rstrip("%")) / (100 if text.endswith("%") else 1)


def _day(value: str) -> str:
    date.fromisoformat(value)
    return value


Share = Annotated[float, BeforeValidator(_number)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_day)]


class ResponseLine(Model):
    """A response time in working time: a working day is `1d` or `1wd`, five of them are `1w`."""

    median: Duration
    p90: Duration | None = None
    """Nine of ten answer within; left out: always the median."""

    @field_validator("median", "p90")
    @classmethod
    def _no_months(cls, value: str | None) -> str | None:
        if value is not None and value.endswith("mo"):
            raise ValueError(f"{value} is no working time; write 90m, 4h, 2d or 1w")
        return value


class AbsentLine(Model):
    """Days away."""

    from_: Day = Field(alias="from")
    to: Day | None = None
    """The last day away; left out: the one day."""

    @property
    def days(self) -> Days:
        first = date.fromisoformat(self.from_)
        return first, date.fromisoformat(self.to) if self.to else first


class HabitLine(Model):
    """What is known of a person, of the holders of a role, or of everybody."""

    response: ResponseLine | None = None
    says: dict[Name, Share] | None = None
    """Position -> chance. What is missing to 1 is the chance of no answer at all."""
    works: Annotated[str, StringConstraints(pattern=r"^[0-2]\d:[0-5]\d-[0-2]\d:[0-5]\d$")] | None = None
    """Working hours by the local clock, for instance 09:00-17:00."""
    absent: tuple[AbsentLine, ...] = ()
    site: str | None = None
    """The site whose holidays they keep."""

    @field_validator("says")
    @classmethod
    def _adds_up(cls, value: dict[str, float] | None) -> dict[str, float] | None:
        if value is not None and sum(value.values()) > 1.000001:
            raise ValueError(f"the chances add up to {sum(value.values()):g}; they may add up to 1, or 100%")
        return value

    @field_validator("works")
    @classmethod
    def _is_a_day(cls, value: str | None) -> str | None:
        if value is not None and hours_of(value).seconds <= 0:
            raise ValueError(f"{value} ends before it begins")
        return value


class PeopleFile(Model):
    """One people file."""

    defaults: HabitLine = HabitLine()
    roles: dict[Name, HabitLine] = {}
    people: dict[Name, HabitLine] = {}
    acts: dict[Name, dict[Name, Share]] = {}
    """State -> act -> weight, in place of the acts that lead towards a good end."""
    waits: dict[Name, ResponseLine] = {}
    """State with `depends_on` -> how long the items it depends on take; left out: they are done already."""


DEFAULT_RESPONSE = ResponseLine(median="4h", p90="2d")
DEFAULT_SAYS = {"approve": 0.9, "reject": 0.1}


@dataclass(frozen=True, slots=True)
class Response:
    """Log-normal working time, in seconds: its median, and the spread of its logarithm."""

    median: int
    sigma: float

    def draw(self, chance: Random) -> int:
        """One response time in seconds."""
        return round(self.median * exp(self.sigma * chance.gauss(0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class Habit:
    """A person's habits, everything filled in."""

    response: Response
    says: Mapping[str, float]
    hours: Hours
    absent: tuple[Days, ...]
    site: str | None


def hours_of(text: str) -> Hours:
    """`09:00-17:00` -> Hours. Raises ValueError."""
    opens, closes = text.split("-")
    return Hours(time.fromisoformat(opens), time.fromisoformat(closes))


def response_of(line: ResponseLine, hours: Hours) -> Response:
    """The response time of somebody who works these hours."""
    median = _working_seconds(line.median, hours)
    p90 = _working_seconds(line.p90 or line.median, hours)
    return Response(median, log(max(p90, median) / median) / Z90)


def _working_seconds(text: str, hours: Hours) -> int:
    units = {"m": 60, "h": HOUR, "d": hours.seconds, "wd": hours.seconds, "w": 5 * hours.seconds}
    duration = parse_duration(text)
    return duration.count * units[duration.unit]


def habit_of(file: PeopleFile, person: str, roles: Sequence[str]) -> Habit:
    """The habits of `person`: their own line, then those of their roles, then the defaults."""
    lines = [file.people.get(person, HabitLine()), *(file.roles[r] for r in roles if r in file.roles), file.defaults]
    works = next((line.works for line in lines if line.works), None)
    hours = hours_of(works) if works else Hours()
    response = next((line.response for line in lines if line.response), DEFAULT_RESPONSE)
    return Habit(
        response=response_of(response, hours),
        says=next((line.says for line in lines if line.says is not None), DEFAULT_SAYS),
        hours=hours,
        absent=tuple(one.days for line in lines for one in line.absent),
        site=next((line.site for line in lines if line.site), None),
    )


def read_people(text: bytes, source: str) -> tuple[PeopleFile, Document]:
    """A people file and where its words stand. Raises ProcessError with every fault of form."""
    # The closed reader refuses fractions, which no rule may hold. A chance is one: its point goes in disguise,
    # of the same width in characters, so that faults still name the right column.
    document = read_document(_DECIMAL.sub(rf"\1{_POINT}\2", text.decode("utf-8", "surrogateescape")), source)
    return build(PeopleFile, document), document


def check_people(
    file: PeopleFile,
    document: Document,
    loaded: LoadedProcess,
    people: Sequence[str],
    roles: Sequence[str],
    sites: Sequence[str],
) -> None:
    """Hold a people file against the process and the roster. Raises ProcessError with every word unknown there."""
    faults = [
        Fault(*document.place(path, key=is_key), "TG007", f"there is no {what} {word!r} {where}.", _near(word, known))
        for path, is_key, what, word, where, known in _words(file, loaded, people, roles, sites)
        if word not in known
    ]
    for path, line in _responses(file):
        hours = Hours()
        if line.p90 and _working_seconds(line.p90, hours) < _working_seconds(line.median, hours):
            said = f"nine of ten within {line.p90} is sooner than the median {line.median}."
            faults.append(Fault(*document.place((*path, "p90")), "TG009", said, "Give a longer p90."))
    for path, absent in _absences(file):
        if absent.days[1] < absent.days[0]:
            said = f"the absence ends on {absent.to}, before it begins."
            faults.append(Fault(*document.place((*path, "to")), "TG009", said, "`to` is the last day away."))
    if faults:
        raise ProcessError(document.source, faults)


Word = tuple[tuple[str | int, ...], bool, str, str, str, Sequence[str]]


def _words(
    file: PeopleFile, loaded: LoadedProcess, people: Sequence[str], roles: Sequence[str], sites: Sequence[str]
) -> Iterator[Word]:
    """Every word that names something: (path, is it a key, what, word, where it should be, the words known)."""
    states = loaded.process.states
    yield from ((("people", p), True, "person", p, "on the roster", people) for p in file.people)
    yield from ((("roles", r), True, "role", r, "on the roster", roles) for r in file.roles)
    positions = list(DEFAULT_SAYS) + [word for policy in loaded.policies.values() for word in policy.positions]
    for path, line in _lines(file):
        where = "in any policy of this process"
        yield from (((*path, "says", w), True, "position", w, where, positions) for w in line.says or ())
        if line.site is not None:
            yield (*path, "site"), False, "site", line.site, "on the roster", sites
    quiet = [name for name, state in states.items() if state.end is None and state.round is None]
    where = "where people act outside a round"
    yield from ((("acts", s), True, "state", s, where, quiet) for s in file.acts)
    for state, weights in file.acts.items():
        acts = [*states[state].acts, *loaded.process.administrative] if state in states else list(weights)
        yield from ((("acts", state, a), True, "act", a, f"in {state}", acts) for a in weights)
    waiting = [name for name, state in states.items() if state.depends_on is not None]
    yield from ((("waits", s), True, "state", s, "that depends on other items", waiting) for s in file.waits)


def _lines(file: PeopleFile) -> Iterator[tuple[tuple[str | int, ...], HabitLine]]:
    yield ("defaults",), file.defaults
    yield from ((("roles", name), line) for name, line in file.roles.items())
    yield from ((("people", name), line) for name, line in file.people.items())


def _responses(file: PeopleFile) -> Iterator[tuple[tuple[str | int, ...], ResponseLine]]:
    yield from (((*path, "response"), line.response) for path, line in _lines(file) if line.response)
    yield from ((("waits", name), line) for name, line in file.waits.items())


def _absences(file: PeopleFile) -> Iterator[tuple[tuple[str | int, ...], AbsentLine]]:
    for path, line in _lines(file):
        yield from (((*path, "absent", number), one) for number, one in enumerate(line.absent))


def _near(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"There is: {', '.join(dict.fromkeys(known)) or 'none'}."
