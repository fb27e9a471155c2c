"""What followed a decision, judged again: conditions that were met by whoever may, reviews held, acts that rested on
what was in force. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from gates.around import Around, Held, Linked
from gates.ledger.entries import unstamp
from gates.moves import may
from gates.rejudge.fold import Item
from gates.rejudge.kept import Condition
from gates.rejudge.windows import found_of
from policies.facts import Holding, ItemFacts, Person, Roster
from policies.model import Conditions

Difference = tuple[str, str]
"""What was expected, and what was found."""


def around_of(data: Mapping[str, Any], at: datetime) -> Around:
    """What an entry says its act rested on; nothing where it says nothing. No entry says that a site was missing: the
    register alone holds an act to that, by the roster of the day."""
    reviews = tuple(Held(one["review"], one["title"], one["ended"]) for one in data.get("reviews", ()))
    taken, said = data.get("window"), data.get("under")
    windows = {} if taken is None else {str(data["cause"]["name"]): found_of(taken)}
    if said is None:
        return Around(at, reviews, windows=windows)
    until = None if said["until"] is None else unstamp(said["until"])
    words = {name: said[name] for name in ("state", "state_title", "owner", "revision", "revision_digest")}
    linked = Linked(key=said["item"], process_digest=said["process_digest"], until=until, **words)
    return Around(at, reviews, {said["field"]: linked}, windows)


def reviews_told(item: Item, data: Mapping[str, Any]) -> Iterator[Difference]:
    """An act that needed reviews names each that was made about the item."""
    if "reviews" in data:
        made, told = {one.review for one in item.reviews}, {one["review"] for one in data["reviews"]}
        if made - told:
            yield f"the reviews {', '.join(sorted(made))}", ", ".join(sorted(told)) or "none"


def of_stay(item: Item) -> list[Condition]:
    """The conditions of the present stay."""
    return [one for one in item.conditions.values() if one.set_at >= item.entered_at]


def all_met(item: Item) -> bool:
    """Whether the present stay has conditions, and every one is met or waived."""
    here = of_stay(item)
    return bool(here) and all(one.state in ("met", "waived") for one in here)


def has_lapsed(item: Item, at: datetime) -> bool:
    """Whether a condition of the present stay lapsed at this very moment."""
    return any(one.state == "lapsed" and one.settled_at == at for one in of_stay(item))


def condition_acts(
    item: Item, entry: Mapping[str, Any], here: Conditions | None, facts: ItemFacts
) -> Iterator[Difference]:
    """An act on a condition was taken by somebody who may; a lapse came when it was due."""
    kind, data = entry["kind"], entry["data"]
    if kind == "item:condition:set":
        return
    one = item.conditions.get(data["number"])
    if here is None or one is None or one.state not in ("open", "lapsed"):
        yield f"an open condition {data['number']}", "none"
        return
    if kind == "item:condition:lapsed":
        if unstamp(entry["at"]) < one.due_at:
            yield f"condition {one.number} to lapse at {one.due_at}", str(entry["at"])
        return
    person = data["by"]
    roster = Roster(
        {person: Person(person, person)}, tuple(Holding(person, role, site) for role, site in data["roles"])
    )

    def among(who: Any) -> bool:
        return who is not None and may(who, person, facts, roster)

    owns = person == one.owner
    if kind == "item:condition:claimed" or (kind == "item:condition:met" and data["claimed_by"] is None):
        right = owns or among(here.met_by)
        right = right and (kind == "item:condition:claimed") == (here.confirmed_by is not None)
    elif kind in ("item:condition:met", "item:condition:returned"):
        right = among(here.confirmed_by) and not owns and one.claimed_by not in (None, person)
    else:
        right = among(here.waived_by) and not owns
    if not right:
        yield f"somebody who may do this to condition {one.number}", str(person)
