"""Installation qualification: what is installed here, whether it is what was delivered, and whether it is set up.

Run it where Tollgate runs: `tollgate validation installation`. Nothing is changed; what is tried on the database is
rolled back.
"""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path
from urllib.parse import urlsplit

from notifications.errors import SendError
from notifications.transports import SmtpTransport
from policies.errors import TollgateError
from workflows.settings import Settings
from workflows.wiring import probe_store, transport_of

MOST_SKEW_S = 2.0
SOON_D = 21
"""A certificate that ends within so many days is a deviation: someone has to act."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `state` is ok, note (nothing to do, but read it) or deviation."""

    area: str
    what: str
    state: str
    said: str


def installation_checks(settings: Settings) -> list[Check]:
    """Every check of this environment, in the order they are reported."""
    return [
        *_program(),
        *_files(distribution("tollgate")),
        *_settings(settings),
        *_database(settings),
        *_address(settings.address),
        _mail(settings),
    ]


def checks_as_data(checks: list[Check], now: datetime) -> bytes:
    """A file that `tollgate validation report --installation` takes, so that the tests may run elsewhere."""
    found = {
        "format": "tollgate-installation/1",
        "host": socket.gethostname(),
        "at": now.isoformat(),
        "checks": [asdict(one) for one in checks],
    }
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _program() -> Iterator[Check]:
    yield Check("Program", "Tollgate", "ok", distribution("tollgate").version)
    yield Check("Program", "Python", "ok", f"{platform.python_implementation()} {platform.python_version()}")
    yield Check("Program", "Machine", "ok", f"{platform.platform()}, {platform.machine()}")
    yield Check("Program", "Environment", "ok", sys.prefix)


def _files(installed: Distribution) -> Iterator[Check]:
    """Every file of the wheel against the hash it was installed with."""
    if _is_editable(installed):
        said = "Run from a clone, so there are no hashes of installed files. Qualify an installation of the wheel."
        yield Check("Files", "Hashes", "note", said)
        return
    stated = [file for file in installed.files or () if file.hash is not None]
    wrong = [str(file) for file in stated if _hash(Path(str(file.locate()))) != file.hash.value]  # type: ignore[union-attr]
    if not stated:
        yield Check("Files", "Hashes", "deviation", "RECORD holds no hash. Install the wheel with pip or uv.")
    elif wrong:
        shown = ", ".join(wrong[:10])
        said = f"{len(wrong)} of {len(stated)} differ from RECORD: {shown}. Install the wheel anew."
        yield Check("Files", "Hashes", "deviation", said)
    else:
        yield Check("Files", "Hashes", "ok", f"{len(stated)} files have the hashes of RECORD")


def _is_editable(installed: Distribution) -> bool:
    stated = json.loads(installed.read_text("direct_url.json") or "{}")
    return bool(stated.get("dir_info", {}).get("editable"))


def _hash(path: Path) -> str:
    """SHA-256 as RECORD writes it; '' for a file that is gone."""
    if not path.is_file():
        return ""
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()


def _settings(settings: Settings) -> Iterator[Check]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value != type(settings).model_fields[name].default:
            yield Check("Settings", f"TOLLGATE_{name.upper()}", "ok", _shown(name, str(value)))


def _shown(name: str, value: str) -> str:
    """A value without what is secret in it; secrets of their own type print as stars already."""
    if name != "database_url":
        return value
    parts = urlsplit(value)
    user = f"{parts.username}:***@" if parts.password else f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"


def _database(settings: Settings) -> Iterator[Check]:
    try:
        found = probe_store(settings)
    except TollgateError as error:
        yield Check("Database", "Access", "deviation", str(error))
        return
    yield Check("Database", "Kind", "ok", found.server)
    yield Check("Database", "Version of its tables", "ok", found.version)
    for statement, refused in found.refused.items():
        what = f"Refuses: {' '.join(statement.split()[:3])}"
        said = "tried on an entry, refused, rolled back" if refused else "was NOT refused: put the triggers back"
        yield Check("Database", what, "ok" if refused else "deviation", said)
    if found.is_sqlite:
        said = "Whoever may write the file can drop its triggers: here a change is detected rather than prevented."
        yield Check("Database", "Limit", "note", said)
    state = "ok" if abs(found.skew_s) <= MOST_SKEW_S else "deviation"
    yield Check(
        "Clock", "Against the database", state, f"{found.skew_s:+.1f} s, at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )


def _address(address: str) -> Iterator[Check]:
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https":
        state = "note" if host in ("127.0.0.1", "localhost", "::1") else "deviation"
        yield Check("Address", "Encryption", state, f"{address} is not encrypted. Set TOLLGATE_PUBLIC_URL to https://…")
        return
    try:
        with (
            socket.create_connection((host, port), timeout=10) as raw,
            ssl.create_default_context().wrap_socket(raw, server_hostname=host) as wrapped,
        ):
            version, certificate = wrapped.version(), wrapped.getpeercert() or {}
    except (OSError, ssl.SSLError) as error:
        yield Check(
            "Address", "Encryption", "deviation", f"{address} does not answer with a trusted certificate: {error}"
        )
        return
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    left = (until - datetime.now(UTC)).days
    state = "ok" if left > SOON_D else "deviation"
    yield Check(
        "Address", "Encryption", state, f"{address}: {version}, certificate until {until:%Y-%m-%d} ({left} days)"
    )


def _mail(settings: Settings) -> Check:
    transport = transport_of(settings)
    if not isinstance(transport, SmtpTransport):
        return Check("Mail", "Server", "note", "Mails are written to a folder; set TOLLGATE_SMTP_HOST to send them.")
    try:
        transport.connect().quit()
    except SendError as error:
        return Check("Mail", "Server", "deviation", f"{error} Check TOLLGATE_SMTP_HOST and TOLLGATE_SMTP_PORT.")
    plain = " without encryption" if settings.smtp_security == "none" else f" with {settings.smtp_security}"
    local = settings.smtp_host in ("127.0.0.1", "localhost", "::1")
    state = "deviation" if settings.smtp_security == "none" and not local else "ok"
    return Check("Mail", "Server", state, f"{transport.host}:{transport.port} answers{plain}")
