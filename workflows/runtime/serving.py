"""`tollgate serve`: the pages, and with the embedded default a Prefect server and a worker beside them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from workflows.errors import SettingsError
from workflows.runtime.children import Children, check_port, start_embedded
from workflows.runtime.pages import believes_proxies, serve_app
from workflows.settings import Settings
from workflows.web.app import create_app
from workflows.web.keys import form_key
from workflows.web.state import Pages
from workflows.wiring import wire

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve_pages(settings: Settings, embedded: bool | None, say: Callable[[str], None]) -> None:
    """Serve until told to stop; then end what was started here. Raises SettingsError, PortBusy, StoreError."""
    if settings.host not in LOOPBACK and not settings.public_url:
        raise SettingsError(
            f"TOLLGATE_HOST is {settings.host}, and mails need an address people can reach. "
            "Set TOLLGATE_PUBLIC_URL, for instance https://sign.example.com."
        )
    check_port(settings.host, settings.port, "Choose another with --port or TOLLGATE_PORT.")
    if embedded is None:
        embedded = settings.is_embedded and not settings.prefect_api_url
    with ExitStack() as stack:
        services = wire(settings)
        stack.callback(services.close)
        if embedded:
            children = stack.enter_context(Children(settings.home / "logs"))
            start_embedded(children, settings.home, environment_of(settings))
        say(f"Serving {settings.address} with {services.store.engine.dialect.name}. Ctrl-C stops.")
        app = create_app(Pages(services, form_key(services)))
        serve_app(app, settings.host, settings.port, proxy_headers=believes_proxies(settings))


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings that were given on the command line, as a child process reads them."""
    return {
        "TOLLGATE_HOME": str(settings.home.absolute()),
        "TOLLGATE_HOST": settings.host,
        "TOLLGATE_PORT": str(settings.port),
    }
