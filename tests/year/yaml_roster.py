"""The program's roster as the file the PMO would import: everybody's absences with a stand-in who holds the same role."""

from __future__ import annotations

import json

from year.plant import SHUT, SITES, Program


def written(program: Program) -> str:
    """roster.yaml (JSON is YAML)."""
    sites = {name: {"zone": zone, "country": country} for name, (zone, country, _) in SITES.items()}
    return json.dumps({"sites": sites, "people": program.people, "absences": list(_absences(program))})


def calendars() -> str:
    """sites.yaml: the same sites with their shut-downs."""
    lines = {
        name: {
            "zone": zone,
            "country": country,
            "closed": [
                {"from": one.since.isoformat(), "until": one.until.isoformat(), "why": one.why}
                for one in SHUT.get(name, ())
            ],
        }
        for name, (zone, country, _) in SITES.items()
    }
    return json.dumps({"sites": lines})


def _absences(program: Program) -> list[dict[str, str]]:
    found = []
    for away in program.away:
        line = {"person": away.person, "from": away.since.isoformat(), "until": away.until.isoformat()}
        stand_in = _stand_in(program, away.person, away)
        found.append({**line, **({"stand_in": stand_in} if stand_in else {})})
    return found


def _stand_in(program: Program, person: str, away: object) -> str | None:
    first = program.people[person]["roles"][0]  # type: ignore[index]
    others = [one for one in program.holders(str(first)) if one != person]
    here = [one for one in others if not _overlap(program, one, away)]
    return (here or others or [None])[0]


def _overlap(program: Program, person: str, away: object) -> bool:
    return any(
        one.person == person and one.since <= away.until and away.since <= one.until  # type: ignore[attr-defined]
        for one in program.away
    )
