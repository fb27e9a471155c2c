"""`tollgate mail …`: what mails look like, and whether templates of your own can be used. Only `returned` opens the
register."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.cli.output import NO, AsJson, emit, fail
from workflows.cli.returns import returned

mail_app = typer.Typer(
    help="What mails look like, templates of your own, and mails that came back.", no_args_is_help=True
)
mail_app.command()(returned)
Templates = Annotated[Path | None, typer.Option(help="A folder of templates. Default: TOLLGATE_TEMPLATES.")]


@mail_app.command()
def show(
    message: Annotated[str, typer.Argument(help="Which mail: ask, reminder, receipt, outcome, …")],
    lang: Annotated[str, typer.Option(help="The reader's locale: en, de, de-AT, fr, es, …")] = "en",
    html: Annotated[bool, typer.Option("--html", help="Print the HTML instead of the text.")] = False,
    templates: Templates = None,
    catalogues: Annotated[Path | None, typer.Option(help="A folder of catalogues to try instead of our own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print one mail, about an invented item, as its reader would get it."""
    from notifications.examples import example
    from notifications.languages import language_of, languages, read_catalogue, read_from
    from notifications.messages import MESSAGES, context_of
    from notifications.render import render

    settings = _settings()
    if message not in MESSAGES:
        fail(f"There is no mail {message!r}. There is: {', '.join(MESSAGES)}.")
    if catalogues is not None:
        read_from(catalogues)
    for one in languages()[1:]:
        read_catalogue(one)
    if language_of(lang).tag != lang.partition("-")[0].lower():
        fail(f"Nobody is written to in {lang!r}. There is: {', '.join(languages())}; docs/howto/translate.md adds one.")
    made = render(context_of(example(message, lang), settings[1]), templates or settings[0])
    text = made.html if html else f"Subject: {made.subject}\n\n{made.text}"
    if made.instead:
        typer.echo(f"The built-in templates stand in: {made.instead}.", err=True)
    emit({"subject": made.subject, "text": made.text, "html": made.html, "instead": made.instead}, text, as_json)


@mail_app.command()
def check(templates: Templates = None, as_json: AsJson = False) -> None:
    """Write every mail in every language with templates of your own; exit 1 when one cannot be used."""
    folder = templates or _settings()[0]
    if folder is None:
        fail("No templates of your own are set. Give --templates FOLDER, or set TOLLGATE_TEMPLATES.")
    faults = faults_in(folder)
    text = "\n".join(faults) if faults else f"Every mail can be written with {folder}, in every language."
    emit({"templates": str(folder), "faults": faults}, text, as_json)
    if faults:
        raise typer.Exit(NO)


def faults_in(folder: Path) -> list[str]:
    """What is wrong with a folder of templates, each once."""
    from notifications.errors import OverrideError
    from notifications.examples import every
    from notifications.languages import languages
    from notifications.messages import context_of
    from notifications.render import render_overridden

    found: dict[str, None] = {}
    for language in languages():
        for letter in every(language):
            try:
                render_overridden(context_of(letter, "Tollgate"), folder)
            except OverrideError as error:
                found.setdefault(f"{error}.")
    return list(found)


def _settings() -> tuple[Path | None, str]:
    from workflows.settings import load_settings

    settings = load_settings()
    return settings.templates, settings.site_name
