"""The only place that builds things: store, clock, register, transport, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gates.ports import Clock, Faults, NoFaults, SystemClock
from gates.service import Register
from gates.store import Store, look, open_for_upgrade, open_store
from gates.store.engine import HEAD
from gates.store.probe import probe_append_only
from notifications.dkim_key import DkimKey
from notifications.mailbox import Mailbox
from notifications.transports import FileTransport, SmtpTransport, Transport
from workflows.clock import DEMO_CLOCK, DEMO_MARK, OffsetClock
from workflows.errors import SettingsError
from workflows.settings import Settings, link_key


@dataclass(frozen=True)
class Services:
    """What a driver works with. Build one a process with `wire`."""

    settings: Settings
    store: Store
    clock: Clock
    register: Register
    transport: Transport
    faults: Faults

    @property
    def mailbox(self) -> Mailbox | None:
        """The folder mails are written to, when they are not sent."""
        return Mailbox(self.transport.folder) if isinstance(self.transport, FileTransport) else None

    def close(self) -> None:
        """Give everything back."""
        self.store.close()


def wire(settings: Settings, *, faults: Faults | None = None, create: bool = True) -> Services:
    """Build the services. Raises SettingsError and the StoreError family; nothing is half done.

    Without `create` no file and no folder is made: for commands that only read.
    """
    key = link_key(settings, create=create)
    clock = clock_of(settings)
    store = open_store(settings.store_url, create=create)
    plane = faults or NoFaults()
    register = Register(
        store,
        clock,
        key,
        settings.address,
        plane,
        officer_role=settings.proof_officer_role,
        issuer=settings.oidc_issuer,
        networks=settings.networks,
        house=settings.house,
    )
    return Services(settings, store, clock, register, transport_of(settings), plane)


def clock_of(settings: Settings) -> Clock:
    """The machine's clock; in the demo's folder the demo's, so that no command writes entries of before."""
    if settings.clock_file is not None:
        return OffsetClock(settings.clock_file)
    if not settings.database_url and (settings.home / DEMO_MARK).exists():
        return OffsetClock(settings.home / DEMO_CLOCK)
    return SystemClock()


def transport_of(settings: Settings) -> Transport:
    """Where mails go: the SMTP server, or a folder."""
    if settings.smtp_host and settings.mail_dir is None:
        return SmtpTransport(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password.get_secret_value(),
            authorities=settings.smtp_authorities,
            dkim=dkim_of(settings),
        )
    folder: Path = settings.mail_dir or settings.home / "mail"
    return FileTransport(folder)


def dkim_of(settings: Settings) -> DkimKey | None:
    """The key mails are signed with; None without one. Raises SettingsError when it cannot be read."""
    if settings.dkim_key_file is None:
        return None
    try:
        key = settings.dkim_key_file.read_bytes()
    except OSError as error:
        raise SettingsError(f"The DKIM key {settings.dkim_key_file} cannot be read: {error.strerror}.") from error
    if b"PRIVATE KEY" not in key:
        raise SettingsError(f"{settings.dkim_key_file} is no private key in PEM form.")
    domain = settings.dkim_domain or settings.mail_from.rpartition("@")[2]
    return DkimKey(domain, settings.dkim_selector, key)


def inspect_store(settings: Settings) -> str | None:
    """The version of the database as it is; None when there is nothing yet. Creates nothing.

    Raises StoreError when it cannot be looked at.
    """
    return look(settings.store_url)


@dataclass(frozen=True, slots=True)
class StoreFound:
    """What a probe of the database found. `refused` is by statement; `skew_s` is its clock less this machine's."""

    server: str
    version: str
    is_sqlite: bool
    refused: Mapping[str, bool]
    skew_s: float


def probe_store(settings: Settings) -> StoreFound:
    """Look at the database, and try whether it refuses to change entries; leaves nothing behind.

    Raises the StoreError family.
    """
    store = open_store(settings.store_url, create=False)
    try:
        refused = probe_append_only(store, clock_of(settings))
        name, at = store.server()
        skew = 0.0 if at is None else (at - datetime.now(UTC)).total_seconds()
        return StoreFound(name, store.version() or "", store.is_sqlite, refused, skew)
    finally:
        store.close()


def upgrade_behind(settings: Settings) -> None:
    """Bring a database of an earlier version to this program's. Raises the StoreError family."""
    version = look(settings.store_url)
    if version is not None and version < HEAD:
        upgrade_store(settings)


def grant_to(settings: Settings, role: str) -> None:
    """Give `role` what servers and workers need. Raises the StoreError family."""
    store = open_store(settings.store_url, create=False)
    try:
        store.grant(role)
    finally:
        store.close()


def upgrade_store(settings: Settings) -> str | None:
    """Bring the database to this program's version. Returns it. Raises the StoreError family."""
    store = open_for_upgrade(settings.store_url)
    try:
        store.upgrade()
        return store.version()
    finally:
        store.close()
