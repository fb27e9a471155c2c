"""Booked times as sentences of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gates.ledger.entries import unstamp
from gates.windows import clock

Data = Mapping[str, Any]


class WindowWriter:
    """The methods of the timeline's writer for these kinds."""

    name: Callable[[str | None], str]

    def item_window_booked(self, data: Data) -> tuple[str, tuple[str, ...]]:
        begins, ends = (clock(unstamp(data[word]), data["zone"]) for word in ("begins_at", "ends_at"))
        where = f"{data['line']} at {data['site']}" if data["line"] else data["site"]
        how = f" in the window {data['window']}" if data["window"] and not data["against"] else ""
        how = " as an exception that is to be decided" if data["against"] else how
        return f"{where} booked from {begins} to {ends}{how}.", tuple(data["against"])

    def item_window_released(self, data: Data) -> str:
        return f"Booking {data['number']} given free by {self.name(data['by'])}: {data['reason']}"
