"""`tollgate log …`: the one log that all entries are sealed into, its checkpoints and its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, plain_errors, talk
from workflows.cli.wired import operator, services

log_app = typer.Typer(help="The log of all entries: checkpoints, proofs, keys.", no_args_is_help=True)


@log_app.command()
def show(as_json: AsJson = False) -> None:
    """Show the log: its name, size, what waits, its keys, and the newest checkpoint (keep a copy elsewhere)."""
    with services(create=False) as built:
        log = built.register.log()
    if not log.keys:
        waits = "1 entry waits" if log.pending == 1 else f"{log.pending:,} entries wait"
        text = f"Nothing is sealed yet; {waits}. A worker seals every few seconds."
    else:
        keys = [f"key       {key}" for key in log.keys[-1:]] + [f"retired   {key}" for key in log.keys[:-1]]
        head = [f"log       {log.origin}", f"entries   {log.size:,} sealed, {log.pending:,} waiting", *keys]
        text = "\n".join([*head, "", log.note.rstrip("\n")])
    emit(log, text, as_json)


@log_app.command()
def checkpoint(as_json: AsJson = False) -> None:
    """Print the newest checkpoint alone, to be kept where the register's operators cannot change it."""
    with services(create=False) as built:
        log = built.register.log()
    if not log.note:
        fail("Nothing is sealed yet, so there is no checkpoint. A worker seals every few seconds.")
    emit({"checkpoint": log.note}, log.note.rstrip("\n"), as_json)


@log_app.command()
def seal(as_json: AsJson = False) -> None:
    """Seal what waits now, as a worker does every few seconds."""
    from workflows.steps import seal_step

    with services() as built:
        done = seal_step(built)
        log = built.register.log()
    entries = sum(one.entries for one in done)
    text = f"{entries:,} entries sealed; the log has {log.size:,}." if done else "Nothing waits to be sealed."
    emit({"sealed": entries, "size": log.size, "checkpoint": log.note}, text, as_json)


@log_app.command()
def proof(
    key: Annotated[str, typer.Argument(help="The item's key.")],
    seq: Annotated[int, typer.Argument(min=1, help="The entry's number on its record.")],
    as_json: AsJson = False,
) -> None:
    """Print one entry's place in the log as a C2SP tlog-proof, which other tools can check."""
    with services(create=False) as built:
        text = built.register.log_proof(key, seq)
    emit({"proof": text}, text.rstrip("\n"), as_json)


@log_app.command("make-key")
def make_key(
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The file. Else TOLLGATE_LOG_KEY_FILE.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key to sign the log with. It is written to a file that only you can read, never into the database."""
    from workflows.keys import fresh_key, keep_keys, key_file
    from workflows.settings import load_settings

    with plain_errors():
        settings = load_settings()
        path = out or key_file(settings)
        if path.exists():
            fail(f"{path} is there already. To hand the log over to a fresh key: `tollgate log rotate-key`.", MISUSE)
        signer = fresh_key(settings)
        keep_keys(path, [signer])
    emit({"file": str(path), "key": str(signer.key)}, f"{path} is made. The public key is\n{signer.key}", as_json)


@log_app.command("rotate-key")
def rotate_key(
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes on the record.")],
    as_json: AsJson = False,
) -> None:
    """Hand the log over to a fresh key: both sign one checkpoint, and the old one signs nothing after it."""
    from gates.ledger.signer import KeyRing
    from policies.errors import TollgateError
    from workflows.keys import fresh_key, keep_keys, kept_keys, key_file

    with services() as built:
        path = key_file(built.settings)
        if not path.exists():
            fail(f"There is no key file at {path}: a key kept elsewhere is handed over where it is kept.", MISUSE)
        held, fresh = kept_keys(path), fresh_key(built.settings)
        # The fresh key is on disk before the log names it: a crash in between must not lose it.
        keep_keys(path, [fresh, *held])
        try:
            done = built.register.rotate_log_key(KeyRing([*held, fresh]), fresh, operator(), reason)
        except TollgateError:
            keep_keys(path, held)
            raise
        keep_keys(path, [fresh])
    talk("Give the new public key out as you did the old one, and keep the checkpoint below: both keys signed it.")
    emit({"key": str(fresh.key), "checkpoint": done.note}, f"{fresh.key}\n\n{done.note.rstrip()}", as_json)
