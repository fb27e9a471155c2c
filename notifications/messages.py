"""The one typed context that mails are written from: what the register gathered, in words ready to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gates.items import Change, CriterionLine, FieldLine, Receipt, SignView
from gates.letters import LetterFacts, MeetingFacts
from notifications import words
from notifications.languages import Language, language_of
from notifications.speech import say, spoken
from policies.phrases import joined, phrase

MESSAGES = (
    "ask",
    "reminder",
    "changed",
    "fresh-link",
    "receipt",
    "outcome",
    "not-needed",
    "notice",
    "escalated",
    "proof",
    "proof-link",
    "proof-officers",
    "token",
    "meeting",
    "meeting-cancelled",
    "action",
    "unmet",
    "bundle",
    "digest",
)
ASKING = frozenset({"ask", "reminder", "changed", "fresh-link"})
MOST_LINKS = 3
MOST_KEYS = 5
"""Items named in the subject of a mail that holds several."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a daily mail: what happened, when, why its reader is told, and the `message` it would have been."""

    message: str
    when: str
    sentence: str
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a template may name. What does not belong to a message is empty."""

    message: str
    name: str
    lang: str
    key: str
    title: str
    site: str
    amount: str
    process: str
    state: str
    sentence: str
    reason: str
    item_url: str
    host: str
    site_name: str
    question: str = ""
    description: str = ""
    capacity: str = ""
    due: str = ""
    due_day: str = ""
    was_due: str = ""
    """Before it was extended, by whom and why; '' where it was not."""
    escalations: tuple[str, ...] = ()
    """Its open escalations, each with its state."""
    is_late: bool = False
    """Whether the due time is past."""
    sign_url: str = ""
    fingerprint: str = ""
    revision: int = 0
    meaning: str = ""
    criteria: tuple[CriterionLine, ...] = ()
    criteria_met: int = 0
    fields: tuple[FieldLine, ...] = ()
    evidence: tuple[CriterionLine, ...] = ()
    signed: int = 0
    asked: int = 0
    tally: str = ""
    """What was said so far, of how many."""
    absent_said: str = ""
    """What the absent person had said in whose place the reader is asked; '' where they said nothing."""
    needs: str = ""
    """Whose signatures are still needed, by name: the reader's among them."""
    since: int = 0
    changes: tuple[Change, ...] = ()
    fell: str = ""
    who_to_ask: str = ""
    expires: str = ""
    receipt: Receipt | None = None
    signed_utc: str = ""
    signed_local: str = ""
    checkpoint: str = ""
    when: str = ""
    """From when until when a meeting is held, on the reader's clock."""
    place: str = ""
    chair: str = ""
    is_held: bool = False
    """Whether a meeting is held that its reader is invited to no more."""
    agenda: tuple[str, ...] = ()
    preferences_url: str = ""
    """Where the reader says how notices reach them."""
    keys: str = ""
    """Of a mail that holds several: their items, the first few by name."""
    count: int = 0
    """Of a daily mail: how much happened."""
    parts: tuple[Context, ...] = ()
    """Of a mail that holds several: each, as its own mail would have it; of a daily one, one for each item."""
    told: tuple[Told, ...] = ()
    """What happened to an item, in a daily mail; the newest first."""


def context_of(letter: LetterFacts, site_name: str) -> Context:
    """The context of one letter, in its reader's language. Raises ValueError when an asking letter has no sign view,
    CatalogueError."""
    language = language_of(letter.to.locale)
    letter = spoken(letter, language, letter.to.zone)
    item, person = letter.item, letter.to
    if letter.meeting is not None:
        return _about_a_meeting(letter, letter.meeting, site_name, language)
    if letter.parts:
        return _of_several(letter, site_name, language)
    if item is None:
        return _about_no_item(letter, site_name, language)
    sign, receipt = letter.sign, letter.receipt
    base = Context(
        message=letter.message,
        name=person.name,
        lang=language.tag,
        key=item.key,
        title=item.title,
        site=item.site or "",
        amount=item.amount,
        process=item.process_title,
        state=item.state_title,
        sentence=letter.sentence,
        reason=letter.reason_for_mail,
        item_url=f"{letter.public_url}/items/{item.key}",
        host=letter.public_url.split("://", 1)[-1],
        site_name=site_name,
        was_due=_was_due(letter, language),
        escalations=tuple(f"{key}, {state}" for key, state in item.escalations),
        preferences_url=_preferences_url(letter),
    )
    if receipt is not None:
        return replace(
            base,
            receipt=receipt,
            fingerprint=words.fingerprint(receipt.revision_digest),
            revision=receipt.revision,
            signed_utc=words.utc(receipt.at),
            signed_local=words.when(receipt.at, receipt.zone, language),
            checkpoint=letter.checkpoint,
        )
    if sign is None or letter.token is None:
        if letter.message in ASKING:
            raise ValueError(f"the letter {letter.message} asks for a signature and has nothing to sign")
        return base
    return replace(
        base,
        question=sign.question,
        description=sign.description,
        capacity=sign.capacity,
        due=words.when(sign.round.due_at, person.zone, language) if sign.round.due_at else "",
        due_day=words.day(sign.round.due_at, person.zone, letter.now, language) if sign.round.due_at else "",
        is_late=sign.round.due_at is not None and sign.round.due_at < sign.item.counts_until(letter.now),
        sign_url=f"{letter.public_url}/s/{letter.token}",
        fingerprint=words.fingerprint(sign.revision_digest),
        revision=sign.revision,
        meaning=sign.meaning,
        criteria=sign.criteria,
        criteria_met=sum(1 for line in sign.criteria if line.met),
        fields=tuple(line for line in sign.fields if line.text),
        evidence=tuple(line for line in sign.criteria if line.evidence)[:MOST_LINKS],
        signed=sign.round.signed,
        asked=sign.round.asked,
        tally=sign.round.tally,
        absent_said=_absent_said(sign, person.zone, language),
        needs=sign.round.verdict.sentence if sign.round.verdict is not None else "",
        since=sign.since_revision or 0,
        changes=sign.changes,
        fell=sign.decided.position_title if sign.decided and sign.decided.set_aside else "",
        who_to_ask=letter.reply_to,
        expires=words.when(sign.expires_at, person.zone, language),
    )


def _absent_said(sign: SignView, zone: str, language: Language) -> str:
    was = sign.absent_said
    if was is None or was.at is None:
        return ""
    at = words.when(was.at, zone, language)
    parts = [
        phrase(
            "%(name)s, for whom you sign, said %(position)s on %(at)s.",
            name=was.name,
            position=was.position_title,
            at=at,
        ),
        phrase("“%(text)s”", text=was.comment) if was.comment else "",
        phrase("It no longer counts: %(why)s.", why=was.set_aside) if was.set_aside else "",
    ]
    return say(joined(parts), language, zone)


def _was_due(letter: LetterFacts, language: Language) -> str:
    item = letter.item
    if item is None or item.first_due_at is None:
        return ""
    when = words.when(item.first_due_at, letter.to.zone, language)
    return extended_words(language, item.extended) % {"when": when, "who": item.why_extended}


def extended_words(language: Language, count: int) -> str:
    """How often a due time was extended, and by whom last: a pattern with `when` and `who`."""
    if count == 1:
        return language.gettext("%(when)s, extended once, last by %(who)s")
    if count == 2:
        return language.gettext("%(when)s, extended twice, last by %(who)s")
    return language.gettext("%(when)s, extended %(count)s times, last by %(who)s").replace("%(count)s", str(count))


def _preferences_url(letter: LetterFacts) -> str:
    return f"{letter.public_url}/preferences/{letter.preferences}"


def _of_several(letter: LetterFacts, site_name: str, language: Language) -> Context:
    """The context of a mail that holds several letters."""
    parts = tuple(context_of(one, site_name) for one in letter.parts)
    if letter.message == "digest":
        parts = _by_item(letter.parts, parts, language)
    first = parts[0]
    return replace(
        first,
        message=letter.message,
        key="",
        title="",
        sentence="",
        reason="",
        item_url=letter.public_url,
        who_to_ask=letter.reply_to,
        preferences_url=_preferences_url(letter),
        keys=_keys(parts),
        count=len(letter.parts),
        parts=parts,
    )


def _keys(parts: Sequence[Context]) -> str:
    found = [part.key for part in parts]
    return ", ".join(found[:MOST_KEYS]) + (f" + {len(found) - MOST_KEYS}" if len(found) > MOST_KEYS else "")


def _by_item(letters: Sequence[LetterFacts], parts: Sequence[Context], language: Language) -> tuple[Context, ...]:
    """One context an item, in the order of what happened last, with every line about it."""
    found: dict[str, Context] = {}
    for one, part in zip(letters, parts, strict=True):
        line = Told(part.message, words.when(one.at, one.to.zone, language), part.sentence, part.reason)
        known = found.get(part.key, part)
        found[part.key] = replace(known, told=(*known.told, line))
    return tuple(found.values())


def _about_no_item(letter: LetterFacts, site_name: str, language: Language) -> Context:
    """The context of a letter about proofs, or about a process."""
    page = letter.page or ("officer" if letter.message == "proof-officers" else "account")
    return Context(
        message=letter.message,
        name=letter.to.name,
        lang=language.tag,
        key="",
        title="",
        site="",
        amount="",
        process="",
        state="",
        sentence=letter.sentence,
        reason=letter.reason_for_mail,
        item_url=f"{letter.public_url}/{page}",
        host=letter.public_url.split("://", 1)[-1],
        site_name=site_name,
        sign_url=f"{letter.public_url}/enrol/{letter.token}" if letter.token else "",
        preferences_url=_preferences_url(letter),
    )


def _about_a_meeting(letter: LetterFacts, meeting: MeetingFacts, site_name: str, language: Language) -> Context:
    """The context of a letter about a meeting, or about what was agreed there."""
    return replace(
        _about_no_item(letter, site_name, language),
        key=meeting.key,
        title=meeting.title,
        item_url=meeting.url,
        description=meeting.description,
        when=words.span(meeting.starts_at, meeting.ends_at, letter.to.zone, language),
        place=meeting.place,
        chair=meeting.chair.name if meeting.chair is not None else "",
        agenda=meeting.agenda,
        is_held=meeting.is_held,
    )
