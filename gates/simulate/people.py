"""The people file: how long people take, what they tend to say, when they work and when they are away.

    defaults: {response: {median: 4h, p90: 2d}, says: {approve: 0.9, reject: 0.1}}
    people:
      mei: {absent: [{from: 2026-12-24, to: 2027-01-06}]}

What a person's line leaves out is taken from the first of their roles that says it, then from the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from math import exp, log
from random import Random
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator

from gates.simulate.clock import HOUR, Days, Hours
from policies.durations import parse_duration
from policies.model.base import Duration, Model, Name

Z90 = 1.2815515655446004
"""The standard normal's ninetieth per cent."""

POINT = "·"
"""How the reader of people files writes the point of a chance; see `gates.simulate.reading`."""


def _number(value: Any) -> float:
    """`0.9`, `90%` or a whole number. Raises ValueError."""
    text = str(value).replace(POINT, ".")
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
    """State with `depends_on` or `conditions` -> how long those take; left out: the items it depends on are done
    already, and conditions are met on the day they are due."""


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
    median = working_seconds(line.median, hours)
    p90 = working_seconds(line.p90 or line.median, hours)
    return Response(median, log(max(p90, median) / median) / Z90)


def working_seconds(text: str, hours: Hours) -> int:
    """`2d` -> the seconds that two working days of these hours have."""
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
