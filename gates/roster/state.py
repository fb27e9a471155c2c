"""The roster as its entries tell it: apply them one by one, oldest first. Pure; the tables are held against it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gates.ledger.entries import Kind, stamp, unstamp
from gates.preferences import Preferences, as_data, from_data
from gates.roster.book import BookAbsence, absence_of, holdings_of, scope_text
from gates.roster.file import PersonLine, RosterFile

Row = dict[str, Any]


@dataclass
class Kept:
    """One person: the line in force, the mailbox in its normal form, and whether they are active."""

    line: PersonLine
    address: str
    active: bool


@dataclass
class Group:
    """One group of a directory, with the role its members hold (None: it stands for none)."""

    name: str
    external_id: str | None
    role: str | None
    site: str | None
    members: list[str]
    made_at: datetime
    changed_at: datetime


@dataclass
class Called:
    """What a directory calls a person."""

    user_name: str
    external_id: str | None
    made_at: datetime
    changed_at: datetime


@dataclass
class RosterState:
    """See the module docstring."""

    file: RosterFile = field(default_factory=lambda: RosterFile(people={}))
    people: dict[str, Kept] = field(default_factory=dict)
    absences: dict[str, BookAbsence] = field(default_factory=dict)
    """By what they are called; those of the file are in `file`."""
    preferences: dict[str, Preferences] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    called: dict[str, Called] = field(default_factory=dict)


def fold_roster(entries: Sequence[Mapping[str, Any]]) -> RosterState:
    """The roster after all of `entries` of its chain; kinds that change nobody are passed over."""
    state = RosterState()
    for entry in entries:
        apply_entry(state, entry)
    return state


def apply_entry(state: RosterState, entry: Mapping[str, Any]) -> bool:
    """Apply one entry of the roster's chain; False for a kind that changes nobody."""
    effect = _EFFECTS.get(entry["kind"])
    if effect is None:
        return False
    effect(state, entry["data"], unstamp(entry["at"]))
    return True


def _imported(state: RosterState, data: Mapping[str, Any], _at: datetime) -> None:
    state.file = RosterFile.model_validate_json(json.dumps(data["roster"]))
    for known in state.people.values():
        known.active, known.line = False, known.line.model_copy(update={"roles": ()})
    for person, line in state.file.people.items():
        state.people[person] = Kept(line, data["addresses"][person], active=True)


def _person(active: bool | None) -> Callable[[RosterState, Mapping[str, Any], datetime], None]:
    def effect(state: RosterState, data: Mapping[str, Any], at: datetime) -> None:
        before = state.people.get(data["person"])
        is_active = active if active is not None else before is not None and before.active
        line = PersonLine.model_validate_json(json.dumps(data["line"]))
        state.people[data["person"]] = Kept(line, data["address"], is_active)
        if data.get("directory") is None:
            if "directory" in data:
                state.called.pop(data["person"], None)
        else:
            named, known = data["directory"], state.called.get(data["person"])
            made = known.made_at if known else at
            state.called[data["person"]] = Called(named["user_name"], named["external_id"], made, at)

    return effect


def absence_as_data(one: BookAbsence) -> dict[str, Any]:
    """An absence as its entry states it."""
    scopes = {"roles": one.roles, "sites": one.sites, "processes": one.processes}
    return {
        "absence": one.id,
        "person": one.person,
        "since": stamp(one.since),
        "until": stamp(one.until),
        "stand_in": one.stand_in,
        "chain": one.chain,
        "source": one.source,
        "occurrence": one.occurrence,
        **{name: sorted(words) for name, words in scopes.items() if words is not None},
    }


def _absence_set(state: RosterState, data: Mapping[str, Any], _at: datetime) -> None:
    scopes = {name: frozenset(data[name]) if name in data else None for name in ("roles", "sites", "processes")}
    state.absences[data["absence"]] = BookAbsence(
        data["person"],
        unstamp(data["since"]),
        unstamp(data["until"]),
        data["stand_in"],
        **scopes,
        chain=data["chain"],
        id=data["absence"],
        source=data["source"],
        occurrence=data["occurrence"],
    )


def _absence_ended(state: RosterState, data: Mapping[str, Any], _at: datetime) -> None:
    if data["until"] is None:
        del state.absences[data["absence"]]
    else:
        one = state.absences[data["absence"]]
        state.absences[data["absence"]] = replace(one, until=unstamp(data["until"]))


def _preferences_set(state: RosterState, data: Mapping[str, Any], _at: datetime) -> None:
    state.preferences[data["person"]] = from_data(data["after"])


def _group_set(state: RosterState, data: Mapping[str, Any], at: datetime) -> None:
    known = state.groups.get(data["group"])
    made = known.made_at if known else at
    state.groups[data["group"]] = Group(
        data["name"], data["external_id"], data["role"], data["site"], list(data["members"]), made, at
    )


def _group_removed(state: RosterState, data: Mapping[str, Any], _at: datetime) -> None:
    del state.groups[data["group"]]


_EFFECTS: Mapping[str, Callable[[RosterState, Mapping[str, Any], datetime], None]] = {
    Kind.ROSTER_IMPORTED.value: _imported,
    Kind.PERSON_ADDED.value: _person(True),
    Kind.PERSON_CHANGED.value: _person(None),
    Kind.PERSON_DEACTIVATED.value: _person(False),
    Kind.PERSON_REACTIVATED.value: _person(True),
    Kind.ABSENCE_SET.value: _absence_set,
    Kind.ABSENCE_ENDED.value: _absence_ended,
    Kind.PREFERENCES_SET.value: _preferences_set,
    Kind.GROUP_SET.value: _group_set,
    Kind.GROUP_REMOVED.value: _group_removed,
}

KEYS: Mapping[str, tuple[str, ...]] = {
    "people": ("id",),
    "roles": ("name",),
    "sites": ("name",),
    "holdings": ("person", "role", "site", "since", "until", "program", "vendor"),
    "absences": ("person", "since", "until", "stand_in", "absence"),
    "preferences": ("person",),
    "directory_people": ("person",),
    "directory_groups": ("id",),
    "directory_members": ("group_id", "person"),
}
"""By what the rows of each table are told apart."""


def rows_of_roster(state: RosterState) -> dict[str, list[Row]]:
    """Every row of the roster's tables, as the entries alone say they must be."""
    absences = [absence_of(line, state.file.people[line.person].zone) for line in state.file.absences]
    return {
        "people": [person_row(name, one.line, one.address, active=one.active) for name, one in state.people.items()],
        "roles": [{"name": name, "title": line.title} for name, line in state.file.roles.items()],
        "sites": [
            {"name": name, "zone": line.zone, "country": line.country, "region": line.region}
            for name, line in state.file.sites.items()
        ],
        "holdings": [row for name, one in state.people.items() for row in holding_rows(name, one.line)],
        "absences": [absence_row(one) for one in (*absences, *state.absences.values())],
        "preferences": [{"person": person, **as_data(one)} for person, one in state.preferences.items()],
        "directory_people": [
            {
                "person": person,
                "user_name": one.user_name,
                "user_name_folded": one.user_name.casefold(),
                "external_id": one.external_id,
                "made_at": one.made_at,
                "changed_at": one.changed_at,
            }
            for person, one in state.called.items()
        ],
        "directory_groups": [
            {
                "id": name,
                "name": one.name,
                "external_id": one.external_id,
                "role": one.role,
                "site": one.site,
                "made_at": one.made_at,
                "changed_at": one.changed_at,
            }
            for name, one in state.groups.items()
        ],
        "directory_members": [
            {"group_id": name, "person": person} for name, one in state.groups.items() for person in one.members
        ],
    }


def person_row(person: str, line: PersonLine, address: str, *, active: bool) -> Row:
    """The row of one person."""
    return {
        "id": person,
        "name": line.name,
        "email": address,
        "zone": line.zone,
        "locale": line.locale,
        "site": line.site,
        "kind": line.kind,
        "company": line.company,
        "manager": line.manager,
        "stand_in": line.stand_in,
        "active": active,
        "attributes": json.dumps(line.attributes, ensure_ascii=False) if line.attributes else None,
    }


def holding_rows(person: str, line: PersonLine) -> list[Row]:
    """The rows of what one person holds."""
    return [
        {
            "person": person,
            "role": one.role,
            "site": one.site,
            "since": one.since,
            "until": one.until,
            "program": one.program,
            "vendor": one.vendor,
        }
        for one in holdings_of(person, line)
    ]


def absence_row(one: BookAbsence) -> Row:
    """The row of one absence."""
    return {
        "person": one.person,
        "since": one.since,
        "until": one.until,
        "stand_in": one.stand_in,
        "roles": scope_text(one.roles),
        "sites": scope_text(one.sites),
        "processes": scope_text(one.processes),
        "chain": one.chain,
        "absence": one.id,
        "source": one.source,
        "occurrence": one.occurrence,
    }
