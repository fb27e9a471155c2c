"""Turns words for people (`author`, `{role: …, at: item.site}`) into people, and owes them mails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from gates.roster import BookPerson, capacity_words
from gates.store import Unit
from policies.facts import RELATIONS, ItemFacts, Roster
from policies.model import OfThoseAsked, Selector
from policies.model.process import Who
from policies.phrases import Phrase, as_data, from_data, phrase

MADE = "made"
"""Where a payload keeps how its sentences were made."""

NOW = "now"
"""How a notice goes that waits for nothing: neither for the daily mail nor for quiet hours to end."""


def resolve(who: Who, item: ItemFacts, roster: Roster) -> dict[str, str]:
    """The active people `who` means for this item: person id -> capacity in words."""
    found: dict[str, str] = {}
    roster = roster.about(item)
    for one in who if isinstance(who, tuple) else (who,):
        for person, capacity in _resolve_one(one, item, roster):
            if person in roster.people:
                found.setdefault(person, capacity)
    return found


def _resolve_one(one: str | Selector, item: ItemFacts, roster: Roster) -> Iterable[tuple[str, str]]:
    if isinstance(one, str):
        one = Selector(role=one)
    if one.person is not None:
        return [(one.person, phrase("named in the process"))]
    word = one.role or ""
    if word in RELATIONS:
        return [(person, word.replace("_", " ").capitalize()) for person in item.related(word)]
    site = item.site if one.at == "item.site" else one.at
    return [
        (held.person, capacity_words(roster.title(held.role), held.site))
        for held in roster.holdings
        if held.role == word and (site is None or held.site in (None, site))
    ]


def neighbour(people: Mapping[str, BookPerson], person: str, who: OfThoseAsked) -> str | None:
    """The stand-in or the manager of `person`, as `who` says; None where the roster names none."""
    other = people[person].stand_in if who.stand_in else people[person].manager
    return other if other in people else None


def owe_mail(
    unit: Unit,
    item: str,
    message: str,
    person: str,
    once: str,
    *,
    due: datetime | None = None,
    **payload: Any,
) -> None:
    """Owe `person` one mail; `once` names the occasion, so that a step run twice owes it once. Sentences in the
    payload keep how they were made, so that the mail can say them in its reader's language."""
    made = {name: as_data(said) for name, said in payload.items() if isinstance(said, Phrase)}
    if made:
        payload[MADE] = made
    unit.owe(
        "mail",
        item,
        f"mail:{message}:{item}:{once}:{person}",
        {"message": message, "person": person, **payload},
        due,
    )


def told(payload: Mapping[str, Any], name: str) -> str:
    """A sentence of an owed mail, as it was made; '' where it has none."""
    made = payload.get(MADE, {}).get(name)
    return str(payload.get(name, "")) if made is None else from_data(made)


def watchers(row: Row[Any], roster: Roster) -> list[str]:
    """The people who follow an item as its own: author and owner, if they are active."""
    return [p for p in dict.fromkeys((row.author, row.owner)) if p and p in roster.people]
