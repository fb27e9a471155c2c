"""Context -> subject, text and HTML. Strict: a misspelt name fails the render, never sends a hole.

The stylesheet is set inline once per template when it is loaded (mail clients drop style blocks); the block
itself stays for the dark colours. A folder of the operator's own templates goes before the built-in ones, unless what
it makes cannot be sent (`notifications.overrides`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from html import escape
from pathlib import Path

import css_inline
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError

from notifications.errors import OverrideError, RenderError
from notifications.languages import ENGLISH, Language, language_of
from notifications.messages import MESSAGES, Context
from notifications.overrides import PARTS, Sandbox, bounded, check_source, overridden

log = logging.getLogger(__name__)
TEMPLATES = Path(__file__).parent / "templates"
SPOILT = (
    TemplateError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, SyntaxError,
)  # fmt: skip
"""What a template and its context come to where they do not fit. SyntaxError: what Python cannot compile."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail as written. `instead` says why it is written with the built-in templates; '' where nothing is wrong."""

    subject: str
    text: str
    html: str
    instead: str = ""


@lru_cache(maxsize=32)
def _environment(language: Language, *, html: bool) -> Environment:
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701  (text parts must not be escaped; HTML is)
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    _equip(environment, language)
    return environment


@lru_cache(maxsize=32)
def _sandbox(folder: Path, stamp: int, language: Language, *, html: bool) -> Sandbox:  # noqa: ARG001
    """The environment of a folder of overrides; `stamp` makes it anew when a file of it changes."""
    sandbox = Sandbox(
        extensions=["jinja2.ext.i18n"],
        loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(TEMPLATES)]),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    _equip(sandbox, language)
    return sandbox


def _equip(environment: Environment, language: Language) -> None:
    environment.filters["pad"] = partial(_pad, colon=language.gettext(":"))
    environment.filters["plain"] = _plain
    environment.tests["link"] = _is_link
    speak(environment, language)


def _pad(label: str, colon: str) -> str:
    """A label before its value, in columns where it is short; French sets its colon apart."""
    return f"{label}{colon}".ljust(13)


def _is_link(text: str) -> bool:
    """Whether evidence can be opened by a click."""
    return text.startswith(("https://", "http://"))


def _plain(text: str) -> str:
    """Arrows as every mail client shows them."""
    return text.replace("→", "->")


def speak(environment: Environment, language: Language) -> None:
    """Let the templates of an environment speak a language: `_`, `ngettext` and `{% trans %}`, with named
    placeholders that are escaped as the environment escapes."""
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


def render(context: Context, templates: Path | None = None) -> Rendered:
    """Write one mail, with the operator's templates in `templates` where they can be used. Raises RenderError."""
    if context.message not in MESSAGES:
        raise RenderError(f"There is no mail {context.message!r}; there is: {', '.join(MESSAGES)}.")
    instead = ""
    if templates is not None:
        try:
            return render_overridden(context, templates)
        except OverrideError as error:
            instead = str(error)
            log.warning("the mail %r is written with the built-in templates: %s", context.message, error)
    try:
        return _written(context, instead)
    except SPOILT as error:
        if language_of(context.lang).is_english:
            raise RenderError(f"The mail {context.message!r} could not be written: {error}") from error
        # A message of a catalogue does not fit its places: not worth losing a mail for.
        log.warning("the mail %r is written in English instead of %r: %s", context.message, context.lang, error)
        return render(replace(context, lang=ENGLISH))


def _written(context: Context, instead: str) -> Rendered:
    subject, text, html = (_fill(context, part, html=part.endswith("html")) for part in PARTS)
    return Rendered(" ".join(subject.split()), _tidy(text), _inliner().inline(html), instead)


def render_overridden(context: Context, templates: Path) -> Rendered:
    """The same with the operator's templates alone deciding. Raises OverrideError: what is wrong with them."""
    stamp, made, language = _stamp(templates), [], language_of(context.lang)
    for part in PARTS:
        sandbox = _sandbox(templates, stamp, language, html=part.endswith("html"))
        _check_all(sandbox, templates, stamp)
        try:
            made.append(bounded(sandbox.get_template(f"{context.message}/{part}").generate(m=context)))
        except (OverrideError, *SPOILT) as error:
            raise OverrideError(f"{context.message}/{part}: {error}") from error
    try:
        rendered = Rendered(" ".join(made[0].split()), _tidy(made[1]), _inliner().inline(made[2]))
    except ValueError as error:
        raise OverrideError(f"{context.message}/body.html: {error}") from error
    _check_made(context, rendered)
    return rendered


def _stamp(folder: Path) -> int:
    """Changes with every change of a file in the folder. Raises OverrideError where there is no folder."""
    if not folder.is_dir():
        raise OverrideError(f"there is no folder {folder}")
    try:
        return hash(tuple((str(one), (folder / one).stat().st_mtime_ns) for one in overridden(folder)))
    except OSError as error:
        raise OverrideError(f"{folder} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=64)
def _check_all(sandbox: Sandbox, folder: Path, stamp: int) -> None:  # noqa: ARG001
    """Read every template of a folder once. Raises OverrideError for the first that says what it may not."""
    for name in overridden(folder):
        check_source(sandbox, folder, name)


def _check_made(context: Context, rendered: Rendered) -> None:
    """What a reader must find whatever a template says. Raises OverrideError."""
    if not rendered.subject:
        raise OverrideError(f"{context.message}/subject.txt: the subject is empty")
    for link in (context.sign_url, *(part.sign_url for part in context.parts)):
        if link and link not in rendered.text:
            raise OverrideError(f"{context.message}/body.txt: the link to sign by (m.sign_url) is missing")
        if link and f'href="{escape(link)}"' not in rendered.html:
            raise OverrideError(f"{context.message}/body.html: the link to sign by (m.sign_url) is missing")


def _fill(context: Context, part: str, *, html: bool) -> str:
    template = _environment(language_of(context.lang), html=html).get_template(f"{context.message}/{part}")
    fill: Callable[..., str] = template.render
    return fill(m=context)


def _tidy(text: str) -> str:
    """At most one empty line in a row, none at the ends."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        plain = line.rstrip()
        if plain or (lines and lines[-1]):
            lines.append(plain)
    return "\n".join(lines) + "\n"
