"""`tollgate demo --tour`: the whole story unattended, with a real Prefect server, real flow runs, a real mail server.

Everything goes the way people go: links are taken from the mails that arrived by SMTP, fetched by GET and HEAD
first, and signed by POST through the pages. Ends with the records verified, exported and judged again.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import typer

from gates.items import Actor
from policies.errors import TollgateError
from workflows.demo.seed import PASSWORD, stock
from workflows.errors import DriverError
from workflows.runtime.children import QUIET_PREFECT, Children, free_port
from workflows.settings import Settings, load_settings
from workflows.wiring import Services, wire

PATIENCE_S = 100.0
LINK = re.compile(r"http://127\.0\.0\.1:\d+/s/[a-z2-7]{52}")


class TourFailed(DriverError):
    """The tour did not see what it should have seen."""


@dataclass
class Tour:
    """What has been seen so far."""

    as_json: bool
    steps: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[dict[str, Any]]:
        """One step: printed with its duration once it is over."""
        seen: dict[str, Any] = {"step": title}
        start = time.monotonic()
        yield seen
        seen["seconds"] = round(time.monotonic() - start, 2)
        self.steps.append(seen)
        if not self.as_json:
            note = f"  ({seen['note']})" if seen.get("note") else ""
            typer.echo(f"{seen['seconds']:>7.2f} s  {title}{note}")


class Peer:
    """A real mail server (aiosmtpd) that keeps what arrives."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        self.mails: list[EmailMessage] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Called by aiosmtpd for each mail."""
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"

    def find(self, to: str, words: str) -> EmailMessage | None:
        """The newest mail to `to` whose subject holds `words`."""
        fitting = (m for m in reversed(self.mails) if to in str(m["To"]) and words in str(m["Subject"]))
        return next(fitting, None)


def run_tour(*, as_json: bool) -> int:
    """Walk the story. Returns the exit code."""
    tour = Tour(as_json)
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="tollgate-tour-") as folder:
            _walk(tour, Path(folder))
    except (TollgateError, httpx.HTTPError) as error:
        typer.echo(f"The tour stopped: {error}", err=True)
        return 1
    took = time.monotonic() - start
    if as_json:
        typer.echo(json.dumps({"ok": True, "seconds": round(took, 2), "steps": tour.steps}, indent=2))
    else:
        typer.echo(f"{took:>7.2f} s  in all; every record verified.")
    return 0


def _walk(tour: Tour, home: Path) -> None:
    with ExitStack() as stack:
        peer = Peer()
        with tour.step("a mail server listens"):
            peer.controller.start()
            stack.callback(peer.controller.stop)
        settings = _settings(home, peer.controller.port)
        children = stack.enter_context(Children(home / "logs"))
        api = _start(children, settings, home)
        services = wire(settings)
        stack.callback(services.close)
        with tour.step("processes published, people imported"):
            stock(services.register)
        with tour.step("pages answer"):
            stack.enter_context(_pages(services))
        with tour.step("the Prefect server and the worker are ready") as seen:
            _until(lambda: any(w.state == "ready" for w in services.register.workers()), "the worker", home)
            seen["note"] = api
        walker = Walker(services, peer, tour, home)
        change = walker.change()
        gate = walker.gate()
        with tour.step("Prefect knows the runs, all completed") as seen:
            seen["note"] = _runs(api, (change, gate))
        for key in (change, gate):
            with tour.step(f"the record of {key} verified") as seen:
                steps = services.register.verify_record(key)
                if not all(step.ok for step in steps):
                    raise TourFailed(f"The record of {key} does not hold: {steps[-1].said}")
                seen["note"] = f"{steps[0].said}, {len(steps)} checks"
        _prove(tour, settings, home)


def _prove(tour: Tour, settings: Settings, home: Path) -> None:
    """Everything leaves as a bundle and is checked as on a machine that never met the server; the tables are held
    against the entries. By the commands that people type."""
    bundle = str(home / "everything.zip")
    env = {**os.environ, "TOLLGATE_HOME": str(home), "TOLLGATE_DATABASE_URL": settings.store_url}
    for title, words, telling in (
        ("every record exported as a bundle", ["record", "export", "--all", "--complete", "-o", bundle], ""),
        ("the bundle verified and judged again", ["verify", bundle, "--replay", "--all"], "holds:"),
        ("all tables worked out from the entries", ["record", "rebuild", "--check"], ""),
    ):
        with tour.step(title) as seen:
            command = [sys.executable, "-m", "workflows.cli.main", *words]
            done = subprocess.run(  # noqa: S603  (ourselves)
                command, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE_S
            )
            if done.returncode != 0:
                raise TourFailed(f"tollgate {words[0]} failed: {done.stdout[-600:]} {done.stderr[-600:]}")
            said = next(line for line in done.stdout.splitlines() if telling in line)
            seen["note"] = said.replace(f"{home}{os.sep}", "").rstrip(".")


def _settings(home: Path, smtp_port: int) -> Settings:
    port = free_port()
    return load_settings(
        home=home,
        host="127.0.0.1",
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        database_url="",
        smtp_host="127.0.0.1",
        smtp_port=smtp_port,
        smtp_security="none",
        mail_dir=None,
        require_prefect=True,
        bundle_s=0,
        clock_file=None,
    )


def _start(children: Children, settings: Settings, home: Path) -> str:
    """Start Prefect and the worker; every piece of work has to go through a recorded run."""
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    quiet = {**QUIET_PREFECT, "PREFECT_HOME": str(home / "prefect"), "PREFECT_API_URL": api}
    database = f"sqlite+aiosqlite:///{home / 'prefect.db'}"
    children.start("prefect", ["prefect", str(port)], {**quiet, "PREFECT_API_DATABASE_CONNECTION_URL": database})
    env = {
        "TOLLGATE_HOME": str(home),
        "TOLLGATE_PUBLIC_URL": settings.public_url,
        "TOLLGATE_SMTP_HOST": settings.smtp_host,
        "TOLLGATE_SMTP_PORT": str(settings.smtp_port),
        "TOLLGATE_REQUIRE_PREFECT": "true",
        "TOLLGATE_BUNDLE_S": "0",
        "TOLLGATE_DATABASE_URL": settings.store_url,
    }
    os.environ.pop("TOLLGATE_MAIL_DIR", None)
    children.start("worker", ["worker"], {**quiet, **env})
    return api


@contextmanager
def _pages(services: Services) -> Iterator[None]:
    """The pages, served from a thread of this process."""
    import uvicorn

    from workflows.web.app import create_app
    from workflows.web.keys import form_key
    from workflows.web.state import Pages

    settings = services.settings
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(Pages(services, form_key(services))),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _until(lambda: server.started, "the pages", settings.home)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def _until(seen: Callable[[], Any], what: str, home: Path) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = seen()
        if found:
            return found
        time.sleep(0.1)
    logs = "\n".join(f"{p.name}: {p.read_text(errors='replace')[-600:]}" for p in (home / "logs").glob("*.log"))
    raise TourFailed(f"Waited {PATIENCE_S:.0f} s for {what}.\n{logs}")


def _runs(api: str, keys: tuple[str, ...]) -> str:
    """The recorded runs, by way of Prefect's own API."""
    deadline = time.monotonic() + 20
    while True:
        runs = httpx.post(f"{api}/flow_runs/filter", json={"limit": 200}, timeout=20).json()
        names = [run["name"] for run in runs]
        missing = [key for key in keys if not any(name.startswith(f"{key} · review → ") for name in names)]
        open_ones = [run["name"] for run in runs if run["state_type"] != "COMPLETED"]
        if not missing and not open_ones:
            return f"{len(runs)} runs, for instance “{next(n for n in names if n.startswith(keys[0]))}”"
        if time.monotonic() > deadline:
            raise TourFailed(f"Prefect shows no run for {missing}, or open ones: {open_ones}.")
        time.sleep(0.3)


@dataclass
class Walker:
    """The people of the story."""

    services: Services
    peer: Peer
    tour: Tour
    home: Path

    def change(self) -> str:
        """A change request, from submitted to approved."""
        register, tom = self.services.register, Actor("tom", "cli")
        with self.tour.step("Tom submits a change request; Léa accepts it"):
            key = register.create_item(
                "engineering-change",
                "New seal for pump P-17",
                tom,
                fields={
                    "reason": "The old seal swells in the new coolant.",
                    "cost": "12500",
                    "risk": "low",
                    "track": "fast",
                    "drawing": "D-4711 rev B",
                },
                criteria={"impact": {"met": True, "evidence": "https://docs.demo.example/impact"}},
                site="Lyon",
            )
            register.submit(key, tom)
            register.act(key, "accept-fast", Actor("lea", "cli"))
        for person, words in (("mei", "Sign by"), ("ana", "Sign by"), ("ravi", "Sign by")):
            self.sign(person, key, "approve", words)
        self.expect_state(key, "implementation")
        self.expect_mail("tom", "[Decided]", key)
        return key

    def gate(self) -> str:
        """A stage gate, from submitted to passed, releasing its tranche."""
        register, tom = self.services.register, Actor("tom", "cli")
        with self.tour.step("Tom submits gate G3 of Lyon, €120,000"):
            key = register.create_item(
                "mes-site-rollout",
                "Factory acceptance, MES Lyon",
                tom,
                fields={
                    "gate": "G3",
                    "tranche": "120000",
                    "summary": "Acceptance passed; no class-A defect open.",
                },
                criteria={
                    "fat-report": {"met": True, "evidence": "FAT-2027-03"},
                    "cyber": {"met": True, "evidence": "https://docs.demo.example/cyber"},
                },
                site="Lyon",
                owner="pia",
            )
            register.submit(key, tom)
        for person in ("mei", "claire", "nina", "omar"):
            self.sign(person, key, "go", "Sign by")
        self.expect_state(key, "passed")
        self.expect_mail("pia", "[Nothing to do any more]", key)
        return key

    def sign(self, person: str, key: str, position: str, words: str) -> None:
        """Take the link from the mail, look twice as a machine would, then sign as the person."""
        view = self.services.register.person(person)
        with self.tour.step(f"{view.name} gets the mail about {key}") as seen:
            mail = _until(lambda: self.find(view.email, words, key), f"a mail to {view.name} about {key}", self.home)
            seen["note"] = str(mail["Subject"])
        with self.tour.step(f"{view.name} opens the link and signs: {position}") as seen:
            link = LINK.search(mail.get_body(preferencelist=("plain",)).get_content())
            if link is None:
                raise TourFailed(f"The mail to {view.name} holds no link.")
            seen["note"] = sign_by_page(link[0], position, PASSWORD)

    def find(self, address: str, words: str, key: str) -> EmailMessage | None:
        """The mail to `address` about `key`."""
        mail = self.peer.find(address, words)
        return mail if mail is not None and key in str(mail["Subject"]) else None

    def expect_state(self, key: str, state: str) -> None:
        """The decisive signature has moved the item in its own commit."""
        found = self.services.register.item(key).line.state
        if found != state:
            raise TourFailed(f"{key} should be in {state} and is in {found}.")

    def expect_mail(self, person: str, words: str, key: str) -> None:
        """Somebody is told."""
        view = self.services.register.person(person)
        with self.tour.step(f"{view.name} is told: {words}"):
            _until(lambda: self.find(view.email, words, key), f"a mail {words} to {view.name}", self.home)


def sign_by_page(link: str, position: str, secret: str) -> str:
    """Fetch the page by GET and HEAD, send its form, and read the receipt. Returns the receipt's sentence."""
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        for _ in range(2):
            browser.head(link).raise_for_status()
        html = browser.get(link).raise_for_status().text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
        form = {**hidden, "position": position, "comment": "", "secret": secret, "meaning": "yes"}
        answer = browser.post(link, data=form, headers={"origin": link.split("/s/")[0]})
        if answer.status_code != 200 or "Recorded" not in answer.text:
            raise TourFailed(f"The page answered {answer.status_code} to the signature.")
        said = re.search(r"Recorded[^<]*</strong>\s*([^<]+)<", answer.text)
        return " ".join(said[1].split()) if said else "recorded"
