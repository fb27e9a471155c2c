"""Templates: strict, escaped, with the words of the mails for times and marks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gates.ledger.entries import unstamp
from gates.values import choice_text
from notifications import words
from notifications.languages import language_of
from notifications.render import speak
from workflows.web.access import forgery_value, keep_nonce, pages_of
from workflows.web.headers import SCRIPT_POLICY
from workflows.web.runner import chip_title, runner_status

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The one template environment."""
    env = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    speak(env, language_of("en"))
    env.filters["when"] = words.when
    env.filters["span"] = words.span
    env.filters["clock"] = words.clock
    env.filters["stamp"] = unstamp
    env.filters["day"] = words.day
    env.filters["utc"] = words.utc
    env.filters["choice"] = choice_text
    env.filters["mark"] = words.fingerprint
    env.filters["linked"] = linked
    env.filters["chip"] = chip_title
    return env


def linked(text: str) -> str | Markup:
    """Evidence as a link where it is one; everything else as text."""
    if text.startswith(("https://", "http://")):
        return Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(text)
    return text


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    personal: bool = True,
    scripted: bool = False,
    keeps_nonce: bool = True,
    **context: Any,
) -> HTMLResponse:
    """One page. Personal pages are not to be kept by caches; a scripted one may load our script for passkeys.

    A page that another site led to is not sent this browser's cookies, and must not replace its nonce.
    """
    pages = pages_of(request)
    html = (
        environment()
        .get_template(template)
        .render(
            request=request,
            site_name=pages.services.settings.site_name,
            demo=pages.demo,
            command=pages.demo.command if pages.demo else "tollgate",
            present=pages.services.clock.now(),
            me=getattr(request.state, "person", None),
            at_desk=_at_desk(request),
            runner=runner_status(pages.services),
            forgery=lambda purpose: forgery_value(request, purpose),
            zone=_zone(request),
            **context,
        )
    )
    response = HTMLResponse(html, status)
    if personal:
        response.headers["cache-control"] = "no-store"
    if scripted:
        response.headers["content-security-policy"] = SCRIPT_POLICY
    if keeps_nonce:
        keep_nonce(request, response)
    return response


def _at_desk(request: Request) -> bool:
    """Whether the desk is open to the signed-in person."""
    person, services = getattr(request.state, "person", None), pages_of(request).services
    return person is not None and services.register.holds_any(person.id, services.settings.desk_role_names)


def _zone(request: Request) -> str:
    person = getattr(request.state, "person", None)
    return person.zone if person is not None else "UTC"
