"""The one typed context that mails are written from: what the register gathered, in words ready to print."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gates.items import Change, CriterionLine, FieldLine, Receipt
from gates.letters import LetterFacts, MeetingFacts
from notifications import words

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
    "meeting",
    "meeting-cancelled",
    "action",
)
ASKING = frozenset({"ask", "reminder", "changed", "fresh-link"})
MOST_LINKS = 3


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
    by: str = "sign by"
    """What the due time is called: `sign by`, or `overdue since` once it is past."""
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
    agenda: tuple[str, ...] = ()


def context_of(letter: LetterFacts, site_name: str) -> Context:
    """The context of one letter. Raises ValueError when an asking letter has no sign view."""
    item, person = letter.item, letter.to
    if letter.meeting is not None:
        return _about_a_meeting(letter, letter.meeting, site_name)
    if item is None:
        return _about_proofs(letter, site_name)
    sign, receipt = letter.sign, letter.receipt
    base = Context(
        message=letter.message,
        name=person.name,
        lang=person.locale,
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
        was_due=_was_due(letter),
        escalations=tuple(f"{key}, {state}" for key, state in item.escalations),
    )
    if receipt is not None:
        return replace(
            base,
            receipt=receipt,
            fingerprint=words.fingerprint(receipt.revision_digest),
            revision=receipt.revision,
            signed_utc=words.utc(receipt.at),
            signed_local=words.when(receipt.at, receipt.zone),
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
        due=words.when(sign.round.due_at, person.zone) if sign.round.due_at else "",
        due_day=words.day(sign.round.due_at, person.zone, letter.now) if sign.round.due_at else "",
        by="overdue since" if sign.round.due_at and sign.round.due_at < letter.now else "sign by",
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
        since=sign.since_revision or 0,
        changes=sign.changes,
        fell=sign.decided.position_title if sign.decided and sign.decided.set_aside else "",
        who_to_ask=sign.who_to_ask,
        expires=words.when(sign.expires_at, person.zone),
    )


def _was_due(letter: LetterFacts) -> str:
    item = letter.item
    if item is None or item.first_due_at is None:
        return ""
    times = {1: "once", 2: "twice"}.get(item.extended, f"{item.extended} times")
    return f"{words.when(item.first_due_at, letter.to.zone)}, extended {times}, last by {item.why_extended}"


def _about_proofs(letter: LetterFacts, site_name: str) -> Context:
    """The context of a letter about proofs, which is about no item."""
    page = "officer" if letter.message == "proof-officers" else "account"
    return Context(
        message=letter.message,
        name=letter.to.name,
        lang=letter.to.locale,
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
    )


def _about_a_meeting(letter: LetterFacts, meeting: MeetingFacts, site_name: str) -> Context:
    """The context of a letter about a meeting, or about what was agreed there."""
    return Context(
        message=letter.message,
        name=letter.to.name,
        lang=letter.to.locale,
        key=meeting.key,
        title=meeting.title,
        site="",
        amount="",
        process="",
        state="",
        sentence=letter.sentence,
        reason=letter.reason_for_mail,
        item_url=meeting.url,
        host=letter.public_url.split("://", 1)[-1],
        site_name=site_name,
        description=meeting.description,
        when=words.span(meeting.starts_at, meeting.ends_at, letter.to.zone),
        place=meeting.place,
        chair=meeting.chair.name if meeting.chair is not None else "",
        agenda=meeting.agenda,
    )
