"""`tollgate doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from policies.errors import TollgateError
from workflows.cli.output import NO, AsJson, emit

if TYPE_CHECKING:
    from datetime import datetime

    from gates.service import Register
    from workflows.settings import Settings

MOST_NAMED = 5
"""Changed entries named one by one."""
OURS = ("gates", "workflows", "policies", "notifications")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ok, warn or fail, with the remedy in the sentence."""

    state: str
    what: str
    said: str


def doctor(as_json: AsJson = False) -> None:
    """Look at the installation, the database, the mail server and Prefect; exit 1 when something fails."""
    findings = [*_installation(), *_settings()]
    text = "\n".join(f"{one.state:<4}  {one.what}: {one.said}" for one in findings)
    emit(findings, text, as_json)
    if any(one.state == "fail" for one in findings):
        raise typer.Exit(NO)


def _installation() -> Iterator[Finding]:
    import sys
    from importlib.metadata import packages_distributions, version

    yield Finding("ok", "python", sys.version.split()[0])
    yield Finding("ok", "tollgate", version("tollgate"))
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, ())) - {"tollgate"})
        if others:
            said = f"{', '.join(others)} installs a package of that name too. Give Tollgate an environment of its own."
            yield Finding("fail", f"package {name}", said)


def _settings() -> Iterator[Finding]:
    from workflows.settings import link_key, load_settings

    try:
        settings = load_settings()
    except TollgateError as error:
        yield Finding("fail", "settings", str(error))
        return
    yield Finding("ok", "settings", f"home {settings.home}, address {settings.address}")
    yield _home(settings.home)
    path = settings.link_key_file or settings.home / "link.key"
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding("warn", "link key", f"{path} can be read by others. Run: chmod 600 {path}")
    if settings.link_key.get_secret_value() or path.exists():
        try:
            link_key(settings)
            yield Finding("ok", "link key", "there, and long enough")
        except TollgateError as error:
            yield Finding("fail", "link key", str(error))
    yield from _database(settings)
    yield from _mail(settings)
    if settings.templates is not None:
        yield _templates(settings.templates)
    yield from _prefect(settings.prefect_api_url, settings.require_prefect)


def _home(home: Path) -> Finding:
    """Tried, not asked: whoever is root is told that everything may be written."""
    import tempfile

    place = next((one for one in (home.absolute(), *home.absolute().parents) if one.exists()), Path("/"))
    try:
        with tempfile.TemporaryDirectory(prefix=".tollgate-", dir=place):
            return Finding("ok", "home", f"{place} can be written")
    except OSError as error:
        said = f"{home} cannot be written: {error.strerror}. Set TOLLGATE_HOME to a folder of your own."
        return Finding("fail", "home", said)


def _templates(folder: Path) -> Finding:
    """A template that cannot be used loses no mail, but its author wants to know."""
    from workflows.cli.mail import faults_in

    faults = faults_in(folder)
    if not faults:
        return Finding("ok", "mail templates", f"every mail can be written with {folder}")
    more = f" (and {len(faults) - 1} more: tollgate mail check)" if len(faults) > 1 else ""
    return Finding("warn", "mail templates", f"the built-in ones stand in: {faults[0]}{more}")


def _database(settings: Settings) -> Iterator[Finding]:
    from gates.store.engine import HEAD
    from workflows.wiring import inspect_store, wire

    try:
        version = inspect_store(settings)
    except TollgateError as error:
        yield Finding("fail", "database", str(error))
        return
    if version is None:
        yield Finding("warn", "database", "nothing there yet; the first command that needs it sets it up")
    elif version != HEAD:
        yield Finding("fail", "database", f"at version {version}, this program needs {HEAD}: tollgate db upgrade")
    else:
        yield Finding("ok", "database", f"version {version}")
        services = wire(settings, create=False)
        try:
            for look in (_log, _staffing, _proofs, _api, _pauses, _access):
                yield from look(settings, services.register)
        finally:
            services.close()


def _log(settings: Settings, register: Register) -> Iterator[Finding]:
    """Is every entry in the log or waiting for it, is its key at hand, is the newest seal recent?"""
    from workflows.keys import key_file, key_ring

    log, lost, now = register.log(), register.unaccounted(), register.now()
    changed = register.changed_house()
    if lost:
        said = f"{lost} entries are neither in the log nor waiting for it: somebody changed the database"
        yield Finding("fail", "log", said)
    for one in changed[:MOST_NAMED]:
        yield Finding("fail", "record", f"{one}: somebody changed the database")
    if len(changed) > MOST_NAMED:
        more = f"and {len(changed) - MOST_NAMED:,} more"
        yield Finding("fail", "record", f"{more}; `tollgate record rebuild --check` names them")
    if not changed:
        yield Finding("ok", "record", "the register's own chains are as they were entered in the log")
    held = key_ring(settings).names if key_file(settings).exists() or settings.log_key.get_secret_value() else []
    if log.keys and log.keys[-1] not in held:
        yield Finding("warn", "log key", f"not at hand here: {log.keys[-1]} (whoever seals needs it)")
    elif not held:
        yield Finding("warn", "log key", "none yet; the first worker makes one, or `tollgate log make-key`")
    late = log.pending and log.sealed_at is not None and now - log.sealed_at > timedelta(minutes=5)
    said = f"{log.size:,} entries sealed, {log.pending:,} waiting"
    yield Finding("warn", "log", f"{said}: no worker seals") if late else Finding("ok", "log", said)


def _staffing(_settings: Settings, register: Register) -> Iterator[Finding]:
    """Can the people on the roster meet what is published, in the next 90 days?"""
    from gates.staffing import staff_of
    from policies.rolewords import role_words
    from policies.staffing import unmeetable
    from workflows.cli.publishing import published

    book, today = register.roster_book(), register.now().date()
    for line in register.processes() if book.people else ():
        loaded = register.process(line.name)
        found = unmeetable(loaded, staff_of(book, today))
        for one in found:
            yield Finding("warn", f"people for {line.name}", f"{one.code} {one.message} {one.remedy}")
        if not found:
            yield Finding("ok", f"people for {line.name}", "the roster can meet it for the next 90 days")
    for raised, named, remedy in register.unknown_escalations():
        said = f"{named} raises escalations in {raised}, which is not published. {published(raised, remedy)}"
        yield Finding("warn", "escalations", said)
    titles = register.titles()
    for gap in register.gaps():
        where = f" at {', '.join(gap.sites)}" if gap.sites else ""
        zone = ZoneInfo(gap.zone)
        days = f"{gap.since.astimezone(zone):%Y-%m-%d} to {_last_day(gap.until, zone)}"
        said = f"{gap.name} is away {days} and {gap.why}"
        roles = ", ".join(titles.get(role) or role_words(role) for role in gap.roles)
        held = f"{roles}{where} is asked by {', '.join(gap.policies)}"
        yield Finding("warn", "stand-ins", f"{said}; {held}. Name somebody: tollgate roster away")


def _last_day(until: datetime, zone: ZoneInfo) -> str:
    """The day of the last moment before `until`: midnight is the end of the day before."""
    return f"{(until - timedelta(microseconds=1)).astimezone(zone):%Y-%m-%d}"


def _proofs(settings: Settings, register: Register) -> Iterator[Finding]:
    """Can everybody who may be asked sign at the level their policy demands?"""
    from workflows.single_sign_on import single_sign_on

    try:
        single_sign_on(settings)
    except TollgateError as error:
        yield Finding("fail", "single sign-on", str(error))
    if not register.people():
        return
    able = [one for one in register.proofs() if one.is_officer and one.proofs]
    if len(able) < 2:
        said = f"{len(able)} of the people with the role {settings.proof_officer_role} can act; two are needed"
        yield Finding("warn", "proof officers", f"{said} to set up proofs. Give the role in the roster.")
    lacking: dict[tuple[str, str, str], list[str]] = {}
    for one in register.lacking():
        lacking.setdefault((one.process, one.policy, one.level), []).append(one.name)
    for (process, policy, level), names in lacking.items():
        said = f"{policy} asks for {level}, and nothing that meets it is set up for {', '.join(names)}"
        yield Finding("warn", f"proofs for {process}", f"{said}. Two officers: tollgate people enrol")
    if not lacking:
        yield Finding("ok", "proofs", "everybody who may be asked can sign at the level asked")


def _api(settings: Settings, register: Register) -> Iterator[Finding]:
    """By how many tokens programs act for people, and which of them soon ends."""
    from workflows.cli.tokens import used

    now = register.now()
    live = [one for one in register.tokens() if one.standing == "live"]
    where = f"{settings.address}/api/v1"
    if not live:
        yield Finding("ok", "api", f"{where}; no token opens it yet: tollgate person token")
        return
    soon = [one for one in live if one.expires_at - now < timedelta(days=14) and one.used_at is not None]
    if soon:
        first = min(soon, key=lambda one: one.expires_at)
        said = f"“{first.name}” of {first.person_name}, last used {used(first)} UTC, ends {first.expires_at:%Y-%m-%d}"
        yield Finding("warn", "api", f"{where}; {said}. Make another: tollgate person token")
        return
    last = max((one for one in live if one.used_at is not None), key=lambda one: one.used_at or now, default=None)
    said = f"last used {used(last)} UTC" if last is not None else "never used"
    yield Finding("ok", "api", f"{where}; {len(live)} {'token' if len(live) == 1 else 'tokens'}, {said}")


def _pauses(_settings: Settings, register: Register) -> Iterator[Finding]:
    """Does an escalation stop the clocks of an item for longer than people notice?"""
    for item, escalation, since in register.long_pauses():
        said = f"those of {item} stand still since {since:%Y-%m-%d}, for {escalation}"
        yield Finding("warn", "clocks", f"{said}. End it, or give its process an end: `clock: {{pause: 10wd}}`")


def _access(settings: Settings, register: Register) -> Iterator[Finding]:
    """Was it looked through who may do what, and how long ago?"""
    if not register.people():
        return
    try:
        last, now = register.last_access_review(), register.now()
    except TollgateError as error:
        yield Finding("fail", "access", str(error))
        return
    how = "Look through `tollgate record access --held`, then: tollgate record review-access"
    if last is None:
        yield Finding("warn", "access", f"who may do what was never reviewed on the record. {how}")
    elif (now - last.at).days > settings.access_review_days:
        yield Finding("warn", "access", f"who may do what was last reviewed {(now - last.at).days} days ago. {how}")
    else:
        yield Finding("ok", "access", last.sentence)


def _mail(settings: Settings) -> Iterator[Finding]:
    from notifications.errors import SendError
    from notifications.transports import SmtpTransport
    from workflows.wiring import transport_of

    transport = transport_of(settings)
    if not isinstance(transport, SmtpTransport):
        where: Path = getattr(transport, "folder", Path())
        yield Finding("warn", "mail", f"mails are written to {where}; set TOLLGATE_SMTP_HOST to send them")
        return
    try:
        transport.connect().quit()
        yield Finding("ok", "mail", f"{transport.host}:{transport.port} answers")
    except SendError as error:
        yield Finding("fail", "mail", f"{error} Check TOLLGATE_SMTP_HOST and TOLLGATE_SMTP_PORT.")


def _prefect(url: str, required: bool) -> Iterator[Finding]:
    from workflows.flows.prefect_door import PrefectDoor

    if not url:
        yield Finding("ok", "prefect", "PREFECT_API_URL is not set: `tollgate serve` starts one of its own")
        return
    door = PrefectDoor(url)
    if door.knock():
        yield Finding("ok", "prefect", f"{url} answers")
    else:
        state = "fail" if required else "warn"
        yield Finding(state, "prefect", f"{url} does not answer ({door.error}). Start it: prefect server start")
