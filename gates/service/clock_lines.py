"""Time under control as sentences of a record: extensions, pauses, handovers, escalations that ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gates.service.linewords import minute

Data = Mapping[str, Any]


RUNS_FOR = {
    "no-part": "Its clocks run on: whoever raised it has no part in the item.",
    "long-enough": "Its clocks run on: they have stood still in this state as long as the process lets them.",
}
"""Why an escalation stopped no clocks, where its process lets one."""


class ClockWriter:
    """The methods of the timeline's writer for these kinds."""

    name: Callable[[str | None], str]

    def item_extension_asked(self, data: Data) -> tuple[str, tuple[str, ...]]:
        said = f"{self.name(data['by'])} asked for time until {minute(data['until'])}{_because(data)}."
        return said, (f"It is due {minute(data['due_at'])}.",)

    def item_extension_granted(self, data: Data) -> tuple[str, tuple[str, ...]]:
        said = f"Due {minute(data['until'])}, was {minute(data['due_at'])}; extended by {self.name(data['by'])}"
        return f"{said}{_because(data)}.", ()

    def item_extension_refused(self, data: Data) -> str:
        return f"{self.name(data['by'])} refused more time: {data['reason']}"

    def item_clock_paused(self, data: Data) -> str:
        at_most = f", until {minute(data['at_most'])} at the latest" if "at_most" in data else ""
        return f"Its clocks stand still while {data['escalation']} is open{at_most}."

    def item_clock_resumed(self, data: Data) -> str:
        said = f"Its clocks run again; they stood still since {minute(data['since'])}, for {data['escalation']}"
        return f"{said}, and no longer than until {minute(data['at_most'])}." if "at_most" in data else f"{said}."

    def item_round_handed(self, data: Data) -> tuple[str, tuple[str, ...]]:
        handed = [f"{self.name(one['person'])} signs for {self.name(one['absent'])}" for one in data["handed"]]
        kept = tuple(f"Not handed over: {self.name(one['person'])}, for {one['why']}." for one in data["kept"])
        return (f"Handed over: {', '.join(handed)}." if handed else "Nobody was handed over."), kept

    def item_escalation_closed(self, data: Data) -> str:
        return str(data["did"])

    def item_escalation_answered(self, data: Data) -> str:
        return f"On {data['about']}: {data['did']}"


def answered(data: Data) -> tuple[str, ...]:
    """What a move was an answer to, a line; nothing where it was not one."""
    named = data.get("escalation")
    return () if named is None else (f"By the end of escalation {named['key']}.",)


def _because(data: Data) -> str:
    return f": {data['reason'].rstrip('.')}" if data.get("reason") else ""
