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

    from workflows.settings import Settings

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
    from workflows.wiring import inspect_store

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
        yield from _log(settings)
        yield from _staffing(settings)
        yield from _proofs(settings)
        yield _api(settings)
        yield from _access(settings)


def _log(settings: Settings) -> Iterator[Finding]:
    """Is every entry in the log or waiting for it, is its key at hand, is the newest seal recent?"""
    from workflows.keys import key_file, key_ring
    from workflows.wiring import wire

    services = wire(settings, create=False)
    try:
        log, lost = services.register.log(), services.register.unaccounted()
        now = services.register.now()
    finally:
        services.close()
    if lost:
        said = f"{lost} entries are neither in the log nor waiting for it: somebody changed the database"
        yield Finding("fail", "log", said)
    held = key_ring(settings).names if key_file(settings).exists() or settings.log_key.get_secret_value() else []
    if log.keys and log.keys[-1] not in held:
        yield Finding("warn", "log key", f"not at hand here: {log.keys[-1]} (whoever seals needs it)")
    elif not held:
        yield Finding("warn", "log key", "none yet; the first worker makes one, or `tollgate log make-key`")
    late = log.pending and log.sealed_at is not None and now - log.sealed_at > timedelta(minutes=5)
    said = f"{log.size:,} entries sealed, {log.pending:,} waiting"
    yield Finding("warn", "log", f"{said}: no worker seals") if late else Finding("ok", "log", said)


def _staffing(settings: Settings) -> Iterator[Finding]:
    """Can the people on the roster meet what is published, in the next 90 days?"""
    from gates.roster.titles import role_words
    from gates.staffing import staff_of
    from policies.staffing import unmeetable
    from workflows.cli.publishing import published
    from workflows.wiring import wire

    services = wire(settings, create=False)
    try:
        book, today = services.register.roster_book(), services.register.now().date()
        for line in services.register.processes() if book.people else ():
            loaded = services.register.process(line.name)
            found = unmeetable(loaded, staff_of(book, today))
            for one in found:
                yield Finding("warn", f"people for {line.name}", f"{one.code} {one.message} {one.remedy}")
            if not found:
                yield Finding("ok", f"people for {line.name}", "the roster can meet it for the next 90 days")
        for raised, named, remedy in services.register.unknown_escalations():
            said = f"{named} raises escalations in {raised}, which is not published. {published(raised, remedy)}"
            yield Finding("warn", "escalations", said)
        titles = services.register.titles()
        for gap in services.register.gaps():
            where = f" at {', '.join(gap.sites)}" if gap.sites else ""
            zone = ZoneInfo(gap.zone)
            days = f"{gap.since.astimezone(zone):%Y-%m-%d} to {_last_day(gap.until, zone)}"
            said = f"{gap.name} is away {days} and {gap.why}"
            roles = ", ".join(titles.get(role) or role_words(role) for role in gap.roles)
            held = f"{roles}{where} is asked by {', '.join(gap.policies)}"
            yield Finding("warn", "stand-ins", f"{said}; {held}. Name somebody: tollgate roster away")
    finally:
        services.close()


def _last_day(until: datetime, zone: ZoneInfo) -> str:
    """The day of the last moment before `until`: midnight is the end of the day before."""
    return f"{(until - timedelta(microseconds=1)).astimezone(zone):%Y-%m-%d}"


def _proofs(settings: Settings) -> Iterator[Finding]:
    """Can everybody who may be asked sign at the level their policy demands?"""
    from workflows.single_sign_on import single_sign_on
    from workflows.wiring import wire

    try:
        single_sign_on(settings)
    except TollgateError as error:
        yield Finding("fail", "single sign-on", str(error))
    services = wire(settings, create=False)
    try:
        register = services.register
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
    finally:
        services.close()


def _api(settings: Settings) -> Finding:
    """By how many tokens programs act for people, and which of them soon ends."""
    from workflows.cli.tokens import used
    from workflows.wiring import wire

    services = wire(settings, create=False)
    try:
        now = services.register.now()
        live = [one for one in services.register.tokens() if one.standing == "live"]
    finally:
        services.close()
    where = f"{settings.address}/api/v1"
    if not live:
        return Finding("ok", "api", f"{where}; no token opens it yet: tollgate person token")
    soon = [one for one in live if one.expires_at - now < timedelta(days=14) and one.used_at is not None]
    if soon:
        first = min(soon, key=lambda one: one.expires_at)
        said = f"“{first.name}” of {first.person_name}, last used {used(first)} UTC, ends {first.expires_at:%Y-%m-%d}"
        return Finding("warn", "api", f"{where}; {said}. Make another: tollgate person token")
    last = max((one for one in live if one.used_at), key=used, default=None)
    said = f"last used {used(last)} UTC" if last is not None else "never used"
    return Finding("ok", "api", f"{where}; {len(live)} {'token' if len(live) == 1 else 'tokens'}, {said}")


def _access(settings: Settings) -> Iterator[Finding]:
    """Was it looked through who may do what, and how long ago?"""
    from workflows.wiring import wire

    services = wire(settings, create=False)
    try:
        register = services.register
        if not register.people():
            return
        reviews, now = register.access().reviews, register.now()
    finally:
        services.close()
    how = "Look through `tollgate record access --held`, then: tollgate record review-access"
    if not reviews:
        yield Finding("warn", "access", f"who may do what was never reviewed on the record. {how}")
    elif (now - reviews[-1].at).days > settings.access_review_days:
        days = (now - reviews[-1].at).days
        yield Finding("warn", "access", f"who may do what was last reviewed {days} days ago. {how}")
    else:
        yield Finding("ok", "access", reviews[-1].sentence)


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
