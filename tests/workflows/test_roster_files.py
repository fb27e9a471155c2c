"""Files and addresses that the roster is read from, damaged or hostile: refused in words, in time, and alone."""

from __future__ import annotations

import io
import socket
import threading
import time
import zipfile
from contextlib import suppress

import pytest

from gates.roster.feed import FeedError
from gates.roster.sheet import SheetError
from workflows.roster_files import read_calendar, read_table
from workflows.tables import write_xlsx


def test_a_workbook_damaged_in_the_middle_is_refused_in_words() -> None:
    """The archive is whole by its list; what is packed in it cannot be unpacked."""
    raw = write_xlsx("People", ["person", "name"], [[f"p{n}", "N"] for n in range(200)])
    with zipfile.ZipFile(io.BytesIO(raw)) as found:
        at = found.getinfo("xl/worksheets/sheet1.xml").header_offset
    damaged = bytearray(raw)
    damaged[at + 80 : at + 120] = b"\xff" * 40
    with pytest.raises(SheetError, match="it is no XLSX file"):
        list(read_table(bytes(damaged), "people.xlsx"))


@pytest.mark.parametrize(
    "place",
    ["https://[x", "https://h.example:99999/", f"https://{'a' * 70}.example/", "https://\u2100.example/", "a\0b",
     "https://[64:ff9b::a9fe:a9fe]/"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_one_fault_and_stops_no_other_calendar(place: str) -> None:
    """A worker reads many, one after the other, and goes on after a FeedError."""
    with pytest.raises(FeedError):
        read_calendar(place)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"])
def test_a_calendar_that_comes_a_byte_at_a_time_is_given_up(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    """In its head as in its body: each single read is in time, and the whole would take for ever."""
    monkeypatch.setattr("workflows.roster_files.SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                line.send(begun)
                for letter in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 60:
                    line.send(bytes([letter]))
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        start = time.monotonic()
        with pytest.raises(FeedError, match="takes longer than"):
            read_calendar(f"http://127.0.0.1:{server.getsockname()[1]}/", private=True)
        assert time.monotonic() - start < 4
