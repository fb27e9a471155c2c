"""What follows a decision as entries tell it: conditions and reviews. `fold` applies `KEPT` with its other effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gates.ledger.entries import unstamp


@dataclass
class Condition:
    """One condition of a conditional decision. `state` is open, met, waived, lapsed or dropped."""

    number: int
    place: str
    text: str
    owner: str
    due_at: datetime
    asked_by: list[str]
    set_at: datetime
    state: str = "open"
    evidence: str = ""
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None


@dataclass
class Review:
    """One review after the fact that was made about the item."""

    occasion: int
    review: str
    process: str
    due_at: datetime


def drop_open(item: Any) -> None:
    """The item leaves its state: what is still open binds nobody any more."""
    for condition in item.conditions.values():
        if condition.state == "open":
            condition.state = "dropped"


def _condition_set(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    said = entry["data"]
    item.conditions[said["number"]] = Condition(
        number=said["number"],
        place=said["place"],
        text=said["text"],
        owner=said["owner"],
        due_at=unstamp(said["due_at"]),
        asked_by=said["asked_by"],
        set_at=at,
    )


def _condition_claimed(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    said = entry["data"]
    one = item.conditions[said["number"]]
    one.evidence, one.claimed_by, one.claimed_at = said["evidence"], said["by"], at


def _condition_returned(item: Any, entry: Mapping[str, Any], _at: datetime, _texts: Any) -> None:
    one = item.conditions[entry["data"]["number"]]
    one.claimed_by = one.claimed_at = None


def _condition_settled(state: str) -> Callable[..., None]:
    def effect(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
        said = entry["data"]
        one = item.conditions[said["number"]]
        one.state, one.settled_by, one.settled_at = state, said.get("by"), at
        one.evidence = said.get("evidence", one.evidence)

    return effect


def _condition_extended(item: Any, entry: Mapping[str, Any], _at: datetime, _texts: Any) -> None:
    said = entry["data"]
    one = item.conditions[said["number"]]
    one.state, one.due_at, one.settled_at = "open", unstamp(said["due_at"]), None


def _review_opened(item: Any, entry: Mapping[str, Any], _at: datetime, _texts: Any) -> None:
    said = entry["data"]
    item.reviews.append(Review(said["occasion"], said["review"], said["process"], unstamp(said["due_at"])))


KEPT: dict[str, Callable[[Any, Mapping[str, Any], datetime, Any], None]] = {
    "item:condition:set": _condition_set,
    "item:condition:claimed": _condition_claimed,
    "item:condition:returned": _condition_returned,
    "item:condition:met": _condition_settled("met"),
    "item:condition:waived": _condition_settled("waived"),
    "item:condition:lapsed": _condition_settled("lapsed"),
    "item:condition:extended": _condition_extended,
    "item:review:opened": _review_opened,
}
"""Kind of entry -> its effect on the item."""
