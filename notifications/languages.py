"""The languages that people are written to in: catalogues of messages, and the forms of the reader's locale.

English is what the messages themselves say; every other language is one file,
`locale/<language>/LC_MESSAGES/tollgate.po`, read as it stands (`docs/howto/translate.md`). A locale that has none
falls back: `de-AT` is written to in German, with Austrian forms of dates and money; an unknown one in English.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from notifications.errors import CatalogueError

log = logging.getLogger(__name__)
CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "tollgate"
ENGLISH = "en"
MOST_WANTED = 10
"""Languages of a browser that are looked at."""


@dataclass(frozen=True, slots=True)
class Language:
    """One way to write to a person. `tag` is the language of the words, for `lang` attributes and headers; `locale`
    has the forms of numbers and dates."""

    tag: str
    locale: Locale
    catalogue: NullTranslations = field(compare=False, repr=False)

    @property
    def is_english(self) -> bool:
        """Whether messages stand as they were written."""
        return self.tag == ENGLISH

    def gettext(self, message: str) -> str:
        """A message in this language; as it stands where the catalogue lacks it."""
        return self.catalogue.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The form of a message that goes with a count."""
        return self.catalogue.ngettext(one, many, count)


def languages() -> tuple[str, ...]:
    """The languages there are, English first: one more for every catalogue in the folder."""
    found = {path.parts[-3] for path in CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return (ENGLISH, *sorted(found - {ENGLISH}))


@lru_cache(maxsize=64)
def language_of(locale: str) -> Language:
    """The language that a person with this locale (`de`, `de-AT`) is written to in. Where its catalogue cannot be
    read, English stands in, and the log says why."""
    tag = locale.replace("_", "-").partition("-")[0].lower()
    if tag == ENGLISH or tag not in languages():
        return Language(ENGLISH, _forms(locale if tag == ENGLISH else ENGLISH, ENGLISH), NullTranslations())
    try:
        return Language(tag, _forms(locale, tag), read_catalogue(tag))
    except CatalogueError as error:
        log.warning("whoever reads %r is written to in English: %s", tag, error)
        return Language(ENGLISH, _forms(ENGLISH, ENGLISH), NullTranslations())


def preferred(accepted: str) -> Language:
    """The first language a browser asks for (its `Accept-Language`) that there is; else English."""
    known = languages()
    for wanted in accepted.split(",")[:MOST_WANTED]:
        locale = wanted.partition(";")[0].strip()
        if locale.replace("_", "-").partition("-")[0].lower() in known:
            return language_of(locale)
    return language_of(ENGLISH)


def _forms(locale: str, tag: str) -> Locale:
    """The forms of a locale, else those of its language."""
    try:
        return Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(tag)


@lru_cache(maxsize=16)
def read_catalogue(tag: str) -> Translations:
    """The catalogue of a language, as it stands in its file. Raises CatalogueError."""
    path = CATALOGUES / tag / "LC_MESSAGES" / f"{DOMAIN}.po"
    packed = BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(packed, read_po(file, locale=tag, domain=DOMAIN, abort_invalid=True))
    except (OSError, ValueError, PoFileError, UnknownLocaleError) as error:
        raise CatalogueError(f"{path.name} of {tag!r} cannot be read: {error}. Mend it, or take it away.") from error
    packed.seek(0)
    return Translations(packed, domain=DOMAIN)


def read_from(folder: Path) -> None:
    """Read catalogues from another folder from now on: to try a translation before it is put in place."""
    global CATALOGUES
    CATALOGUES = folder
    language_of.cache_clear()
    read_catalogue.cache_clear()
