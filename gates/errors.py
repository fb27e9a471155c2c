"""What the register refuses, and how it says so.

TollgateError
└── RegisterError
    ├── NotFound                  no such item, person, process, round
    ├── Refused                   the act is not open to this person in this state (carries a code)
    ├── BadInput                  a value does not fit its field; carries every fault
    ├── StaleRevision             what was on the screen is no longer the current revision
    ├── ProofFailed               name or secret did not match; says how many tries are left
    │   └── ProofLocked           too many tries; says until when
    ├── TokenProblem              a program's token is not taken (carries a code)
    ├── LinkProblem               unknown, used, expired or revoked; carries the way on
    ├── AlreadyDecided            this person has a standing decision in this round; carries it
    ├── LogKeyMissing             the key that signs the log is not at hand
    ├── RecordBroken              the record does not hold, so nothing is certified
    └── StoreError                the database cannot be used as it is
        ├── StoreTooNew           made by a newer version
        ├── StoreTooOld           needs `tollgate db upgrade`
        └── StoreUnwritable       read-only file or folder
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from policies.errors import TollgateError
from policies.phrases import joined, phrase

LinkState = Literal["unknown", "used", "expired", "revoked"]


class RegisterError(TollgateError):
    """The register refused the act; nothing was changed."""


class NotFound(RegisterError):
    """There is no such thing in the register. `tollgate item list` shows what there is."""


class Refused(RegisterError):
    """The act is not open. `code` is stable; the message says why and what is."""

    def __init__(self, sentence: str, *, code: str = "refused", remedy: str = "") -> None:
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        super().__init__(joined([sentence, remedy]))


class LogKeyMissing(RegisterError):
    """Entries are kept and wait to be sealed; nothing is lost."""

    def __init__(self, key: str) -> None:
        self.key = key
        named = f"The log is signed by {key}, and that key is not" if key else "No key to sign the log with is"
        super().__init__(
            f"{named} at hand. Put its line into TOLLGATE_LOG_KEY or the file TOLLGATE_LOG_KEY_FILE names "
            "(`tollgate log make-key` makes a first one)."
        )


class BadInput(RegisterError):
    """One or more values do not fit. `faults` maps the field's name to a sentence."""

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        *others, last = [f"{name}: {sentence}" for name, sentence in faults.items()] or [""]
        super().__init__("; ".join([*(one.removesuffix(".") for one in others), last]))


class StaleRevision(RegisterError):
    """The item, or what else was shown, changed after the page was shown. Look at the difference and sign again."""

    def __init__(self, shown: str, current: str, sentence: str = "") -> None:
        self.shown = shown
        self.current = current
        said = phrase("The item changed after this page was shown. Look at the difference and sign again.")
        super().__init__(sentence or said)


class ProofFailed(RegisterError):
    """The proof did not match; nothing was recorded as a decision."""

    def __init__(self, sentence: str, tries_left: int | None = None) -> None:
        self.tries_left = tries_left
        super().__init__(sentence)


class ProofLocked(ProofFailed):
    """Too many tries. `until` says when the next one is taken."""

    def __init__(self, sentence: str, until: datetime) -> None:
        self.until = until
        super().__init__(sentence, 0)


class TokenProblem(RegisterError):
    """The token of a program is not taken, or not for this. `code` is stable: unknown, expired, ended, scope,
    read-only, too-many."""

    def __init__(self, sentence: str, *, code: str, remedy: str = "") -> None:
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        super().__init__(joined([sentence, remedy]))


class LinkProblem(RegisterError):
    """The sign-off link cannot be used. `state` says which way; `sentence` is for its holder, `person` where known."""

    def __init__(
        self, state: LinkState, sentence: str, *, item: str | None = None, title: str = "", person: str | None = None
    ) -> None:
        self.state = state
        self.sentence = sentence
        self.item = item
        self.title = title
        self.person = person
        super().__init__(sentence)


class AlreadyDecided(RegisterError):
    """This person has already decided in this round. `decision_id` is the one that stands."""

    def __init__(self, decision_id: str) -> None:
        self.decision_id = decision_id
        super().__init__(phrase("You have already decided in this round; the decision on file stands."))


class RecordBroken(RegisterError):
    """The record does not hold. `tollgate record verify KEY` says where; compare with a backup."""


class StoreError(RegisterError):
    """The database cannot be used as it is."""


class StoreTooNew(StoreError):
    """The database was made by a newer version of Tollgate. Upgrade the program; the data is untouched."""


class StoreTooOld(StoreError):
    """The database is from an older version. Back it up and run `tollgate db upgrade`."""


class StoreUnwritable(StoreError):
    """The database cannot be written. Check the owner and the free space of its folder."""


MOST_CHOICES = 12
"""How many things a message lists; how many it leaves out is said."""


def choices(word: str, known: Sequence[str]) -> str:
    """` Did you mean X?` or the list of what there is, for the end of a message."""
    from difflib import get_close_matches

    by_plain = {one.casefold(): one for one in known}
    near = get_close_matches(word.casefold(), list(by_plain), n=1)
    if near:
        return f"Did you mean {by_plain[near[0]]}?"
    shown, more = sorted(known)[:MOST_CHOICES], len(known) - MOST_CHOICES
    return f"There is: {', '.join(shown) or 'none yet'}{f', and {more} more' if more > 0 else ''}."
