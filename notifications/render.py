"""Context -> subject, text and HTML. Strict: a misspelt name fails the render, never sends a hole.

The stylesheet is set inline once per template when it is loaded (mail clients drop style blocks); the block
itself stays for the dark colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from notifications.errors import RenderError
from notifications.languages import Language, language_of
from notifications.messages import MESSAGES, Context

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail as written."""

    subject: str
    text: str
    html: str


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
    speak(environment, language)
    return environment


def speak(environment: Environment, language: Language) -> None:
    """Let the templates of an environment speak a language: `_`, `ngettext` and `{% trans %}`, with named
    placeholders that are escaped as the environment escapes."""
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


def render(context: Context) -> Rendered:
    """Write one mail. Raises RenderError."""
    if context.message not in MESSAGES:
        raise RenderError(f"There is no mail {context.message!r}; there is: {', '.join(MESSAGES)}.")
    try:
        subject = _fill(context, "subject.txt", html=False)
        text = _fill(context, "body.txt", html=False)
        html = _inliner().inline(_fill(context, "body.html", html=True))
    except (TemplateError, ValueError, TypeError) as error:
        raise RenderError(f"The mail {context.message!r} could not be written: {error}") from error
    return Rendered(" ".join(subject.split()), _tidy(text), html)


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
