"""Every setting, from the environment (`TOLLGATE_…`), frozen. Documented in docs/reference/settings.md.

Nothing here opens or makes anything except the link key, which is made once when Tollgate runs embedded.
"""

from __future__ import annotations

import json
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gates.signoff import MIN_KEY_BYTES
from workflows.clock import DEMO_MARK
from workflows.errors import SettingsError


class Settings(BaseSettings):
    """One field a setting; its name in the environment is `TOLLGATE_` and the name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="TOLLGATE_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    home: Path = Path("tollgate-data")
    """The folder for what Tollgate keeps when it runs embedded: database, link key, logs."""
    database_url: str = ""
    """`postgresql+psycopg://user@host/name`, or `sqlite:///path`. Empty: `tollgate.db` in the home folder."""
    host: str = "127.0.0.1"
    """The address pages are served on."""
    port: int = Field(default=8123, ge=0, le=65535)
    """The port pages are served on."""
    public_url: str = ""
    """The address people reach the pages by, as it stands in mails. Empty: http://host:port."""
    site_name: str = "Tollgate"
    """The name in the head of pages and mails."""
    link_key: SecretStr = SecretStr("")
    """The key sign-off links are derived under, at least 64 hex digits; the same for every server and worker."""
    link_key_file: Path | None = None
    """A file with that key. Empty: `link.key` in the home folder, made on first use with SQLite."""
    log_key: SecretStr = SecretStr("")
    """The key the log's checkpoints are signed with, as a key file holds it: `PRIVATE+KEY+name+hash+base64`."""
    log_key_file: Path | None = None
    """A file with that key, on its own line. Empty: `log.key` in the home folder, made on first use with SQLite."""
    log_origin: str = ""
    """The log's name, as its checkpoints state it; fixed by the first seal. Empty: the public address and `/log`."""
    seal_s: float = Field(default=5, ge=0)
    """How long entries may wait to be sealed into the log."""
    mail_from: str = "tollgate@localhost.localdomain"
    """The mailbox mails come from."""
    mail_reply_to: str = ""
    """The human whom questions go to where no process, owner or author names another: `Name <mailbox>`.
    Empty: whoever holds a role of TOLLGATE_ROSTER_ROLES."""
    templates: Path | None = None
    """A folder of mail templates of your own, which go before the built-in ones. `tollgate mail check` reads them."""
    bundle_s: float = Field(default=10, ge=0, le=3600)
    """How long an ask waits for others to the same person, to go in one mail with them. What is due by then goes."""
    mail_dir: Path | None = None
    """Write mails as files into this folder instead of sending them."""
    smtp_host: str = ""
    """The mail server. Empty: mails are written to `mail` in the home folder."""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    """The mail server's port."""
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    """How the connection to the mail server is secured."""
    smtp_user: str = ""
    """The user at the mail server, if it asks for one."""
    smtp_password: SecretStr = SecretStr("")
    """That user's password."""
    smtp_authorities: Path | None = None
    """A file of certificates to trust beside those of the system, for a mail server of the house."""
    dkim_key_file: Path | None = None
    """The private RSA key (PEM) mails are signed with; without it they are not."""
    dkim_selector: str = "tollgate"
    """The name the public half is published under: `selector._domainkey.domain`."""
    dkim_domain: str = ""
    """The domain that signs; empty: that of TOLLGATE_MAIL_FROM."""
    desk_roles: str = "auditor,compliance"
    """The roles that may use the compliance desk, with commas between."""
    sign_networks: str = ""
    """The networks that signatures, overrides, lifts and closings of a round may come from, with commas between:
    `10.0.0.0/8,2001:db8::/32`. Empty: any. Behind a proxy, set FORWARDED_ALLOW_IPS to its address (127.0.0.1 on this
    machine), or the proxy's own address counts."""
    access_review_days: int = Field(default=90, ge=1)
    """After how many days `tollgate doctor` warns that who may do what was not reviewed on the record."""
    read_only_role: str = "auditor"
    """The role that reads everything and changes nothing: whoever holds no other is refused every act."""
    roster_roles: str = "pmo-lead"
    """The roles that keep everybody's absences on the pages, and are told what the roster cannot meet, with commas
    between."""
    directory_groups: str = ""
    """What groups of a directory stand for: `GRP-Quality=quality-lead@Lyon`, with commas between. A group that is named
    `role@site` needs no line."""
    absence_feeds: Path | None = None
    """A YAML file that names people's calendars, from which a worker takes their absences."""
    absence_feeds_s: float = Field(default=900, gt=0)
    """How often a worker reads those calendars."""
    absence_feeds_private: bool = False
    """Whether calendars at private addresses may be read."""
    proof_officer_role: str = "proof-officer"
    """The role on the roster whose holders, two at a time, let people set up passwords, codes, passkeys."""
    oidc_issuer: str = ""
    """The OpenID Connect provider for `proof: sso`, as it names itself. Empty: no single sign-on."""
    oidc_client_id: str = ""
    """What this installation is called there."""
    oidc_client_secret: SecretStr = SecretStr("")
    """The secret it has there."""
    require_prefect: bool = False
    """Carry nothing while the Prefect server cannot be reached, instead of carrying it without a recorded run."""
    carry_grace_s: float = Field(default=30, ge=0)
    """How long owed work waits for a Prefect server that cannot be reached before it is carried without one."""
    poll_s: float = Field(default=0.25, gt=0, le=60)
    """How often a worker looks for owed work."""
    mail_ceiling: int = Field(default=60, ge=1)
    """How many mails a person is sent on one day of theirs. What asks them to sign, and receipts, go all the same;
    the rest goes the next morning."""
    chat_rooms: dict[str, str] = Field(default={}, repr=False)
    """Chat rooms that hooks may tell, as JSON: name -> address as apprise writes it. Addresses are secrets."""
    hooks_may_be_private: bool = False
    """Whether a web hook may be at an address inside a private network."""
    sweep_s: float = Field(default=60, gt=0)
    """How often a worker looks for timers that are due and work that is stuck."""
    clock_file: Path | None = None
    """Demo only: a file that holds how far the demo's clock is ahead, in seconds."""

    @field_validator("sign_networks")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        """What names no network would let everybody in, or nobody."""
        for one in text.split(",") if text.strip() else ():
            ip_network(one.strip())
        return text

    @field_validator("mail_reply_to")
    @classmethod
    def _is_mailbox(cls, text: str) -> str:
        """Read once here, and not found out with every mail."""
        if text:
            from notifications.addresses import normal_address
            from notifications.errors import BadAddress

            try:
                normal_address(text.rstrip("> ").rpartition("<")[2])
            except BadAddress as error:
                raise ValueError(str(error)) from None
        return text

    @property
    def store_url(self) -> str:
        """The database to open."""
        return self.database_url or f"sqlite:///{(self.home / 'tollgate.db').absolute()}"

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the embedded one."""
        return self.store_url.startswith("sqlite")

    @property
    def address(self) -> str:
        """The address people reach the pages by, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def desk_role_names(self) -> frozenset[str]:
        """The roles that may use the desk."""
        return frozenset(role.strip() for role in self.desk_roles.split(",") if role.strip())

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks that signatures may come from; none: any."""
        return tuple(ip_network(one.strip()) for one in self.sign_networks.split(",") if one.strip())

    @property
    def roster_role_names(self) -> frozenset[str]:
        """The roles that keep everybody's absences, and are told what the roster cannot meet."""
        return frozenset(role.strip() for role in self.roster_roles.split(",") if role.strip())

    @property
    def house(self) -> dict[str, frozenset[str]]:
        """What these settings let roles do beside what the processes say."""
        return {"compliance desk": self.desk_role_names, "everybody's absences and preferences": self.roster_role_names}

    @property
    def group_roles(self) -> dict[str, str]:
        """What groups of a directory stand for, by their names."""
        lines = (line.partition("=") for line in self.directory_groups.split(",") if "=" in line)
        return {name.strip(): role.strip() for name, _, role in lines}

    @property
    def origin(self) -> str:
        """The name the log is opened under."""
        return self.log_origin or f"{urlsplit(self.address).netloc}/log"

    @property
    def prefect_api_url(self) -> str:
        """Where the Prefect server is: Prefect's own setting, PREFECT_API_URL."""
        return os.environ.get("PREFECT_API_URL", "")


def load_settings(**overrides: object) -> Settings:
    """The settings of this process. Raises SettingsError naming each that has no meaning."""
    try:
        return _where_the_demo_is(Settings(**overrides))  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"TOLLGATE_{'_'.join(str(part) for part in fault['loc']).upper()} is {fault['input']!r}: {fault['msg']}."
            for fault in error.errors(include_url=False)
        ]
        raise SettingsError("\n".join([*lines, "docs/reference/settings.md says what each takes."])) from None


def _where_the_demo_is(settings: Settings) -> Settings:
    """In a demo's folder the address it was served at last, where no other is set."""
    if settings.database_url or {"public_url", "host", "port"} & settings.model_fields_set:
        return settings
    try:
        address = json.loads((settings.home / DEMO_MARK).read_text(encoding="utf-8")).get("address")
    except (OSError, ValueError, AttributeError):
        return settings
    return settings.model_copy(update={"public_url": address}) if isinstance(address, str) and address else settings


def link_key(settings: Settings, *, create: bool = True) -> bytes:
    """The key of sign-off links. Raises SettingsError when there is none, or it is too short.

    With the embedded database a missing key file is made, readable by its owner only. With a shared one it is
    not: two machines would each make their own, and their links would not open at the other. Without `create`
    nothing is written: whoever only reads gets a key of the moment, which opens no link.
    """
    text = settings.link_key.get_secret_value()
    path = settings.link_key_file or settings.home / "link.key"
    if not text:
        if not path.exists():
            if not settings.is_embedded:
                raise SettingsError(
                    f"There is no link key at {path}. Every server and worker needs the same one: "
                    "set TOLLGATE_LINK_KEY, or TOLLGATE_LINK_KEY_FILE, to 64 hex digits "
                    "(`python -c 'import secrets; print(secrets.token_hex(32))'`)."
                )
            if not create:
                return token_bytes(MIN_KEY_BYTES)
            _make_key(path)
        text = _read_key(path)
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        raise SettingsError("The link key is not written in hex digits. Give at least 64 of them.") from None
    if len(key) < MIN_KEY_BYTES:
        raise SettingsError(f"The link key has {len(key)} bytes; it needs at least {MIN_KEY_BYTES} (64 hex digits).")
    return key


def _make_key(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(token_hex(MIN_KEY_BYTES))
        try:
            os.link(partial, path)  # whole or not at all, and the first of two that start together wins
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    except OSError as error:
        raise SettingsError(
            f"The link key {path} cannot be made: {error.strerror}. Name a folder you may write to."
        ) from error


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The link key {path} cannot be read: {error}.") from error
