"""Templates: strict, escaped, with the words of the mails for times and marks.

The pages that mails lead to speak their reader's language; the others are English (`SPOKEN`).
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gates.items import PersonView
from gates.ledger.entries import unstamp
from gates.values import choice_text
from notifications import words
from notifications.languages import Language, language_of, preferred
from notifications.render import speak
from notifications.speech import say_marked, spoken
from workflows.web.access import forgery_value, keep_nonce, pages_of
from workflows.web.headers import SCRIPT_POLICY
from workflows.web.runner import chip_title, runner_status

HERE = Path(__file__).parent


SPOKEN = frozenset({"sign.html", "receipt.html", "link_problem.html", "sent.html", "inbox.html", "preferences.html"})
"""Pages in every language: those a mail leads to, and the inbox."""


@lru_cache(maxsize=16)
def environment(language: Language) -> Environment:
    """The template environment of a language."""
    env = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    speak(env, language)
    env.filters["span"] = partial(words.span, language=language)
    env.filters["clock"] = partial(words.clock_in, language=language)
    env.filters["stamp"] = unstamp
    env.filters["when"] = partial(words.when, language=language)
    env.filters["day"] = partial(words.day, language=language)
    env.filters["say"] = partial(say_marked, language=language)
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
    reader: PersonView | None = None,
    **context: Any,
) -> HTMLResponse:
    """One page, for `reader` or whoever is signed in. Personal pages are not to be kept by caches; a scripted one may
    load our script for passkeys.

    A page that another site led to is not sent this browser's cookies, and must not replace its nonce.
    """
    pages, me = pages_of(request), getattr(request.state, "person", None)
    reader = reader or me
    language = _language(request, template, reader)
    html = (
        environment(language)
        .get_template(template)
        .render(
            request=request,
            site_name=pages.services.settings.site_name,
            demo=pages.demo,
            command=pages.demo.command if pages.demo else "tollgate",
            present=pages.services.clock.now(),
            me=me,
            reader=reader,
            lang=language.tag,
            at_desk=_at_desk(request),
            runner=runner_status(pages.services),
            forgery=lambda purpose: forgery_value(request, purpose),
            zone=_zone(request),
            **spoken(context, language, reader.zone if reader is not None else "UTC"),
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


def _language(request: Request, template: str, reader: PersonView | None) -> Language:
    """The reader's language; the browser's where nobody is known; English on pages that are in English alone."""
    if template not in SPOKEN:
        return language_of("en")
    return language_of(reader.locale) if reader is not None else preferred(request.headers.get("accept-language", ""))


def _at_desk(request: Request) -> bool:
    """Whether the desk is open to the signed-in person."""
    person, services = getattr(request.state, "person", None), pages_of(request).services
    return person is not None and services.register.holds_any(person.id, services.settings.desk_role_names)


def _zone(request: Request) -> str:
    person = getattr(request.state, "person", None)
    return person.zone if person is not None else "UTC"
