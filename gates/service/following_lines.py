"""What follows a decision as sentences of a record: conditions, reviews, and what an act rested on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gates.service.linewords import minute

Data = Mapping[str, Any]


class FollowingWriter:
    """The methods of the timeline's writer for these kinds."""

    name: Callable[[str | None], str]

    def item_condition_set(self, data: Data) -> tuple[str, tuple[str, ...]]:
        asked = ", ".join(self.name(person) for person in data["asked_by"])
        said = f"Condition {data['number']}: {data['text']}. {self.name(data['owner'])}, by {minute(data['due_at'])}."
        return said, (f"Asked for by {asked}.",)

    def item_condition_claimed(self, data: Data) -> tuple[str, tuple[str, ...]]:
        said = f"Condition {data['number']} called met by {self.name(data['by'])}; it waits to be confirmed."
        return said, (f"Evidence: {data['evidence']}",)

    def item_condition_returned(self, data: Data) -> str:
        return f"Condition {data['number']} not confirmed by {self.name(data['by'])}: {data['reason']}"

    def item_condition_met(self, data: Data) -> tuple[str, tuple[str, ...]]:
        how = "confirmed" if data["claimed_by"] else "called met"
        return f"Condition {data['number']} met, {how} by {self.name(data['by'])}.", (f"Evidence: {data['evidence']}",)

    def item_condition_waived(self, data: Data) -> str:
        return f"Condition {data['number']} waived by {self.name(data['by'])}: {data['reason']}"

    def item_condition_extended(self, data: Data) -> str:
        until = minute(data["due_at"])
        return f"Condition {data['number']} given time until {until} by {self.name(data['by'])}: {data['reason']}"

    def item_condition_lapsed(self, data: Data) -> str:
        return f"Condition {data['number']} lapsed: it was due {minute(data['due_at'])}."

    def item_review_opened(self, data: Data) -> str:
        return f"Review {data['review']} was made about it, to be held by {minute(data['due_at'])}."


def rested(data: Data) -> tuple[str, ...]:
    """What a move rested on, a line each."""
    under = data.get("under")
    lines = [f"After the review {one['review']} ({one['ended']})." for one in data.get("reviews", ())]
    if under is not None:
        until = f" until {minute(under['until'])}" if under["until"] else ""
        mark = under["revision_digest"][:12]
        lines.append(f"Under {under['item']}, revision {under['revision']} ({mark}), {under['state_title']}{until}.")
    return tuple(lines)
