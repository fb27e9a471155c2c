"""Files and addresses the roster is read from: CSV and XLSX tables, and calendars. Hostile ones are refused early."""

from __future__ import annotations

import csv
import io
import socket
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from lzma import LZMAError
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit

from gates.roster.feed import MOST_BYTES, FeedError
from gates.roster.sheet import MOST_ROWS, CellFault, SheetError
from notifications.reach import is_public

MOST_FILE = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_COLUMNS = 60
SECONDS = 10
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, LZMAError, NotImplementedError, RuntimeError, OSError, ValueError, EOFError
)  # fmt: skip
"""What an archive comes to that is none, or is damaged somewhere in the middle."""


def read_table(raw: bytes, name: str) -> Iterator[list[str]]:
    """The rows of a `.csv` or `.xlsx` file as texts, its first sheet. Raises SheetError."""
    if len(raw) > MOST_FILE:
        raise _refused(f"the file has {len(raw):,} bytes; {MOST_FILE:,} are read")
    return _xlsx(raw) if name.casefold().endswith(".xlsx") else _csv(raw)


def _refused(why: str) -> SheetError:
    return SheetError([CellFault(1, "file", why)])


def _csv(raw: bytes) -> Iterator[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("it is not written in UTF-8; save it as CSV UTF-8") from error
    first = text.partition("\n")[0]
    mark = max((",", ";", "\t"), key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=mark, strict=True), 1):
            _check_size(number, row)
            yield row
    except csv.Error as error:
        raise _refused(f"it is no CSV: {error}") from error


def _check_size(number: int, row: list[str]) -> None:
    if number > MOST_ROWS + 1:
        raise _refused(f"it has more than {MOST_ROWS:,} rows")
    if len(row) > MOST_COLUMNS:
        raise _refused(f"row {number} has {len(row)} columns; {MOST_COLUMNS} are read")


def _xlsx(raw: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as found:
            unpacked = sum(one.file_size for one in found.infolist())
            # Sizes that are stated may lie: what is unpacked is counted too.
            if unpacked > MOST_UNPACKED or _unpacked(found) > MOST_UNPACKED:
                raise _refused(f"it unpacks to more than {MOST_UNPACKED:,} bytes")
    except _DAMAGED as error:
        raise _refused("it is no XLSX file") from error
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheet = book.get_sheet_by_index(0)
        height, width = sheet.total_height + 1, sheet.total_width + 1  # what is told is the last place, from 0
        if height > MOST_ROWS + 1 or width > MOST_COLUMNS:
            raise _refused(f"it has {height:,} rows and {width:,} columns; {MOST_ROWS:,} and {MOST_COLUMNS} are read")
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _refused("it is no XLSX file with a sheet") from error
    for row in rows:
        yield [_text(cell) for cell in row]


def _unpacked(found: zipfile.ZipFile) -> int:
    seen = 0
    for one in found.infolist():
        with found.open(one) as part:
            while piece := part.read(1024 * 1024):
                seen += len(piece)
                if seen > MOST_UNPACKED:
                    return seen
    return seen


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def read_calendar(place: str, *, private: bool = False) -> bytes:
    """A calendar out of a file or from an `https` address. Raises FeedError; no error holds the address's path or
    query, which may be a secret."""
    if "://" not in place:
        try:
            with Path(place).open("rb") as found:
                return found.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "that is no name of a file"
            raise FeedError(f"The calendar {place} cannot be read: {why}.") from error
    try:
        parts = urlsplit(place)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError as error:
        raise FeedError("The address of the calendar cannot be read.") from error
    if parts.scheme not in ("https", "http", "webcal") or not parts.hostname:
        raise FeedError("A calendar is a file, or an address that begins with https://.")
    if not private and parts.scheme == "http":
        raise FeedError("A calendar comes over https, so that nobody on the way can write it.")
    host = parts.hostname
    address = _public(host, port, private=private)
    return _fetched(parts.scheme, host, port, address, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")


def _public(host: str, port: int, *, private: bool) -> str:
    """The address to connect to: looked up once and checked, so that no second answer can lead elsewhere."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FeedError(f"There is no host {host[:80]}.") from error
    addresses = [str(one[4][0]) for one in found]
    inside = [one for one in addresses if not is_public(one)]
    if inside and not private:
        raise FeedError(
            f"{host} is at a private address. TOLLGATE_ABSENCE_FEEDS_PRIVATE=true allows that, for every calendar."
        )
    return addresses[0]


def _fetched(scheme: str, host: str, port: int, address: str, path: str) -> bytes:
    import http.client
    import ssl
    import time

    start = time.monotonic()
    try:
        with socket.create_connection((address, port), timeout=SECONDS) as plain:
            secure = ssl.create_default_context()
            line = plain if scheme == "http" else secure.wrap_socket(
                plain, server_hostname=host, do_handshake_on_connect=False
            )  # fmt: skip
            with _until(line):
                body = _read(line, host, port, path)
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() - start > SECONDS:
            raise FeedError(f"{host} takes longer than {SECONDS} s.") from error
        raise FeedError(f"{host} cannot be reached: {type(error).__name__}.") from error
    if time.monotonic() - start > SECONDS:
        raise FeedError(f"{host} takes longer than {SECONDS} s.")
    return body


@contextmanager
def _until(line: socket.socket) -> Iterator[None]:
    """End the connection when its time is over: whoever sends a byte now and then is never late for a single read."""
    end = Timer(SECONDS, lambda: socket.socket.shutdown(line, socket.SHUT_RDWR))
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        end.cancel()


def _read(line: socket.socket, host: str, port: int, path: str) -> bytes:
    import http.client
    import ssl

    if isinstance(line, ssl.SSLSocket):
        line.do_handshake()
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    connection.sock = line
    connection.request("GET", path, headers={"accept": "text/calendar", "user-agent": "tollgate"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise FeedError(f"{host} answered {answer.status}, and no calendar. Addresses that lead on are not followed.")
    body = b""
    while len(body) <= MOST_BYTES and (piece := answer.read1(65536)):
        body += piece
    return body
