"""The key file of the log: made once when Tollgate runs embedded, readable by its owner only, never in the database."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_bytes, token_hex

from gates.ledger.proof.notes import BadNote
from gates.ledger.signer import FileSigner, KeyRing, read_signer
from workflows.errors import SettingsError
from workflows.settings import Settings


def key_file(settings: Settings) -> Path:
    """Where the key is kept when it is not in the environment."""
    return settings.log_key_file or settings.home / "log.key"


def key_ring(settings: Settings) -> KeyRing:
    """The keys at hand, the newest first. With the embedded database a missing file is made; with a shared one it
    is not, for two machines would make two. Raises SettingsError."""
    text, path = settings.log_key.get_secret_value(), key_file(settings)
    if not text:
        if not path.exists():
            if not settings.is_embedded:
                return KeyRing()
            keep_keys(path, [fresh_key(settings)])
        text = _read(path)
    try:
        return KeyRing(read_signer(line) for line in text.splitlines() if line.strip())
    except BadNote as fault:
        raise SettingsError(f"TOLLGATE_LOG_KEY or {path}: {fault}.") from None


def fresh_key(settings: Settings) -> FileSigner:
    """A new key under the log's name; not written anywhere yet."""
    return FileSigner(settings.origin, token_bytes(32))


def keep_keys(path: Path, signers: list[FileSigner]) -> None:
    """Write the key file, whole or not at all. Raises SettingsError."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.{token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write("".join(f"{one.written()}\n" for one in signers))
        os.replace(partial, path)
    except OSError as error:
        raise SettingsError(
            f"The log's key {path} cannot be written: {error.strerror}. Name a folder you may write to."
        ) from error


def kept_keys(path: Path) -> list[FileSigner]:
    """The keys of a key file. Raises SettingsError."""
    try:
        return [read_signer(line) for line in _read(path).splitlines() if line.strip()]
    except BadNote as fault:
        raise SettingsError(f"{path}: {fault}.") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The log's key {path} cannot be read: {error}.") from error
