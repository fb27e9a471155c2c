"""`tollgate demo`: seeds a folder once, serves the pages on loopback, and has Prefect started beside them."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workflows.clock import DEMO_CLOCK, DEMO_MARK, OffsetClock
from workflows.demo.guide import guide
from workflows.demo.seed import PASSWORD, seed
from workflows.demo.travel import DemoTime, sights
from workflows.errors import DriverError, SettingsError
from workflows.runtime.children import Children, check_port, start_embedded
from workflows.runtime.pages import serve_app
from workflows.settings import Settings, load_settings
from workflows.web.app import create_app
from workflows.web.keys import form_key
from workflows.web.state import Demo, Pages
from workflows.wiring import Services, upgrade_behind, wire

LOCK = "demo.lock"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class DemoFolder:
    """A folder that holds a demo and nothing else."""

    path: Path

    @property
    def mark(self) -> Path:
        return self.path / DEMO_MARK

    def claim(self, *, reset: bool) -> bool:
        """Make the folder ours. Returns whether it has to be seeded. Raises DriverError for anybody else's."""
        self._check_ours()
        try:
            if self.mark.exists():
                seeded: bool = json.loads(self.mark.read_text(encoding="utf-8")).get("seeded", False)
                if seeded and not reset:
                    return False
                self._empty()  # asked for, or an earlier start was cut off while seeding
            self.path.mkdir(parents=True, exist_ok=True)
            self.note(seeded=False)
        except OSError as error:
            raise self._unwritable(error) from error
        return True

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep the folder to this process. Raises DriverError while another demo runs on it."""
        self._check_ours()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / LOCK).open("a")
        except OSError as error:
            raise self._unwritable(error) from error
        with lock:  # the lock goes with the handle, however this process ends
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DriverError(
                    f"A demo runs on {self.path} already. Stop it with Ctrl-C in its terminal, "
                    "or name another folder with --folder."
                ) from error
            yield

    def _check_ours(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise DriverError(f"{self.path} is a file, no folder. Name another with --folder.")
        if self.path.exists() and not self.mark.exists() and any(p.name != LOCK for p in self.path.iterdir()):
            raise DriverError(f"{self.path} is not empty and holds no demo. Name another folder with --folder.")

    def _empty(self) -> None:
        """Throw everything away but the lock, which is held; the mark goes last, so that a cut leaves it ours."""
        for one in sorted(self.path.iterdir(), key=lambda p: p == self.mark):
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            elif one.name != LOCK:
                one.unlink()

    def _unwritable(self, error: OSError) -> DriverError:
        return DriverError(f"{self.path} cannot be written: {error.strerror}. Name another with --folder.")

    def note(self, *, seeded: bool, address: str = "") -> None:
        """Write down how far the seeding got, and the address it is served at, for commands about this folder."""
        self.mark.write_text(json.dumps({"seeded": seeded, "address": address}), encoding="utf-8")


def demo_settings(folder: Path, port: int) -> Settings:
    """The demo's own settings. Raises SettingsError when the environment names a real database or mail server."""
    for name in ("TOLLGATE_DATABASE_URL", "TOLLGATE_SMTP_HOST"):
        if os.environ.get(name):
            raise SettingsError(f"{name} is set. The demo keeps to itself: unset it, or use `tollgate serve`.")
    return load_settings(
        home=folder.absolute(),
        host=HOST,
        port=port,
        public_url=f"http://{HOST}:{port}",
        site_name="Tollgate",
        mail_dir=folder.absolute() / "mail",
        clock_file=folder.absolute() / DEMO_CLOCK,
        carry_grace_s=0,
        bundle_s=0,  # each mail at its minute
        database_url="",
    )


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as a child process reads them."""
    names = ("home", "host", "port", "public_url", "site_name", "mail_dir", "clock_file", "carry_grace_s", "bundle_s")
    return {f"TOLLGATE_{name.upper()}": str(getattr(settings, name)) for name in names}


def pages_for(services: Services) -> Pages:
    """The pages with everything the demo adds."""
    clock = services.clock
    assert isinstance(clock, OffsetClock)
    home, command = services.settings.home, command_line(services.settings.home)
    demo = Demo(
        lambda: guide(services, command),
        DemoTime(services, clock),
        lambda: sights(services),
        PASSWORD,
        str(home),
        command,
    )
    return Pages(services, form_key(services), demo)


def command_line(home: Path) -> str:
    """`tollgate` as it can be typed where the demo was started, on the demo's data."""
    program = Path(sys.executable).with_name("tollgate")
    typed = _from_here(program) if program.exists() else "tollgate"
    return f"TOLLGATE_HOME={shlex.quote(_from_here(home))} {shlex.quote(typed)}"


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def run_demo(folder: Path, port: int, *, with_prefect: bool, reset: bool, say: Callable[[str], None]) -> None:
    """Seed, serve, and on Ctrl-C stop everything that was started here, and only that."""
    check_port(HOST, port, f"Is a demo running already? Else choose another: `make demo PORT={port + 1}`.")
    settings = demo_settings(folder, port)
    home = DemoFolder(folder)
    with home.hold():
        _run(home, settings, home.claim(reset=reset), with_prefect=with_prefect, say=say)
    say("Stopped. The demo's data is kept; start it again any time.")


def _run(home: DemoFolder, settings: Settings, fresh: bool, *, with_prefect: bool, say: Callable[[str], None]) -> None:
    if not fresh:
        upgrade_behind(settings)  # a demo of an earlier version goes on
    services = wire(settings)
    try:
        if fresh:
            say("Seeding the demo …")
            seed(services)
        home.note(seeded=True, address=settings.address)
        with Children(settings.home / "logs") as children:
            if with_prefect:
                start_embedded(children, settings.home, as_environment(settings))
            else:
                children.start("worker", ["worker"], {**as_environment(settings), "PREFECT_API_URL": ""})
            for line in greeting(services, home.path):
                say(line)
            serve_app(create_app(pages_for(services)), HOST, settings.port)
    finally:
        services.close()


def greeting(services: Services, folder: Path) -> list[str]:
    """What the newcomer reads: the addresses, and the one thing to do now."""
    base = services.settings.address
    steps = guide(services, command_line(services.settings.home))
    now = next((step for step in steps if not step.done), None)
    return [
        "",
        f"  Start here  {base}/",
        f"  Mailbox     {base}/mailbox",
        f"  Items       {base}/items",
        "",
        *([f"  1 thing to do now: {now.title}: {base}{now.href}"] if now else []),
        "",
        f"  Data in {folder}. Nothing leaves this machine. The runner starts in the background. Ctrl-C stops.",
        "",
    ]
