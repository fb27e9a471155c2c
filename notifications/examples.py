"""One letter of each kind, of an invented item: to look at, and to check templates with. No register is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from gates.items import AskLine, Change, CriterionLine, FieldLine, ItemLine, PersonView, Receipt, RoundView, SignView
from gates.letters import LetterFacts, MeetingFacts
from notifications.messages import ASKING, MESSAGES
from policies.phrases import amount, at_moment, joined, on_day, phrase, stored
from policies.verdict import Standing, Verdict, fallen

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=3, hours=7)
DIGEST = "4a1f9c0db7e25386" * 4
EXAMPLE = "example"
ADDRESS = "https://tollgate.example.com"
ITEM = ItemLine(
    key="ECR-0042",
    title="New seal for pump P-101",
    process="engineering-change",
    process_title="Engineering change",
    kind="change_request",
    state="sign-off",
    state_title="Sign-off",
    site="Lyon",
    amount=amount("€62,000", "62000.00", "EUR"),
    revision=3,
    author_name="Dan Roth",
    updated_at=NOW,
    ended=False,
    signed=1,
    asked=2,
    due_at=DUE,
    first_due_at=DUE - timedelta(days=2),
    extended=1,
    why_extended=phrase("%(name)s: %(why)s", name="Dan Roth", why="the supplier was late"),
    escalations=(("ESC-0007", "Open"),),
)
ASKED = phrase("Needs %(parts)s.", parts=joined(["Quality lead, Lyon", phrase("(%(names)s)", names="Ana Ruiz")]))
LATER = replace(ITEM, state="implementation", state_title="Implementation", due_at=None, first_due_at=None, extended=0,
                why_extended="", escalations=())  # fmt: skip
"""The item once it is decided."""
SO_FAR = phrase(
    "%(said)s, of %(asked)s asked",
    said=phrase("%(count)s × %(position)s", count=1, position=phrase("Approve")),
    asked=2,
)
FIRST = replace(ITEM, first_due_at=None, extended=0, why_extended="", escalations=())
"""The item when it is asked for the first time."""
OTHER = replace(FIRST, key="ECR-0043", title="Torque of the flange bolts", amount=amount("€8,400", "8400.00", "EUR"))
DECIDED = phrase("%(outcome)s: %(item)s goes to %(state)s.", outcome=phrase("Approved"), item="ECR-0042",
                 state="Implementation")  # fmt: skip
UNMET = joined(
    [
        phrase(
            "%(process)s is published, and the people on the roster cannot meet all of it.",
            process="Engineering change",
        ),
        stored("At Linz nobody holds the role quality-lead, which `sign-off` asks."),
        stored("Give somebody the role."),
    ]
)
OWN = phrase("You are the author or the owner.")
ASKED_BEFORE = phrase("You were asked to sign and have not yet.")
PROOF = phrase("It is about how you prove yourself when you sign.")
REASONS = {
    "ask": phrase("You are asked to sign as %(capacity)s.", capacity="Quality lead, Lyon"),
    "changed": phrase("You were asked to sign, and the content has changed."),
    "fresh-link": phrase("You asked for a fresh link."),
    "reminder": ASKED_BEFORE,
    "receipt": phrase("You signed. Keep this mail as your proof."),
    "outcome": OWN,
    "not-needed": phrase("You were asked to sign in this round."),
    "notice": OWN,
    "escalated": OWN,
    "proof": PROOF,
    "proof-link": PROOF,
    "proof-officers": phrase("You are a proof officer."),
    "token": phrase("A program may act in your name."),
    "meeting": phrase("You are on the list of those invited to this meeting."),
    "meeting-cancelled": phrase("You were invited to this meeting."),
    "action": phrase("It was agreed at %(meeting)s.", meeting="Change advisory board"),
    "unmet": phrase("You hold the role %(role)s.", role="PMO lead"),
}
"""Why each mail reaches its reader, as the register says it."""
PAGES = {"token": "account/tokens", "unmet": "processes/engineering-change"}
MEETINGS = frozenset({"meeting", "meeting-cancelled", "action"})
NO_ITEM = frozenset({"proof", "proof-link", "proof-officers", "token", "unmet"}) | MEETINGS
ITEMS = {"ask": FIRST, "outcome": LATER, "not-needed": LATER}
SENTENCES = {
    "outcome": DECIDED,
    "not-needed": DECIDED,
    "notice": phrase("%(item)s is waiting and will soon be due.", item="ECR-0042"),
    "escalated": phrase(
        "%(item)s has been in %(state)s since %(since)s without a decision.",
        item="ECR-0042",
        state="Sign-off",
        since=at_moment("2026-11-23 09:00 UTC", NOW - timedelta(days=7)),
    ),
    "unmet": UNMET,
    "meeting": phrase("You are invited."),
    "meeting-cancelled": phrase("It is cancelled: %(why)s.", why="Nothing to decide"),
    "action": phrase(
        "You are to do this: %(text)s. Due %(day)s.",
        text="Clear the label stock",
        day=on_day("11 Dec 2026", date(2026, 12, 11)),
    ),
    "proof": phrase(
        "Set up: %(proof)s. If it was not you, report it to a proof officer at once.", proof=phrase("one-time codes")
    ),
    "proof-link": phrase(
        "%(first)s asked for it and %(second)s confirmed it: you may set up your %(proof)s now.",
        first="Eve Lang",
        second="Otto Berg",
        proof=phrase("passkey"),
    ),
    "proof-officers": phrase(
        "%(name)s asks that %(person)s may set up: %(proof)s. Identity checked: %(how)s. Confirm it if it is right.",
        name="Eve Lang",
        person="Ben Ito",
        proof=phrase("passkey"),
        how="in person, with his badge",
    ),
    "token": phrase(
        "%(name)s made a token by which a program acts for you until %(day)s: %(token)s. If you did not want it, end "
        "it on your account's page.",
        name="Eve Lang",
        day=on_day("11 Dec 2026", date(2026, 12, 11)),
        token="board in hall 3",  # noqa: S106  (what it is called)
    ),
}


def example(message: str, locale: str, zone: str = "Europe/Paris") -> LetterFacts:
    """The letter of one kind to a reader with this locale. Raises KeyError for a message there is none of."""
    reader = PersonView("ana", "Ana Ruiz", "ana@example.com", zone, locale)
    if message in ("bundle", "digest"):
        return _several(message, reader)
    letter = LetterFacts(
        message=message,
        to=reader,
        item=None if message in NO_ITEM else ITEMS.get(message, ITEM),
        sentence=SENTENCES.get(message, ""),
        public_url=ADDRESS,
        message_id="<example@tollgate.example.com>",
        thread_id="<thread@tollgate.example.com>",
        now=NOW,
        at=NOW,
        reason_for_mail=REASONS[message],
        page=PAGES.get(message, ""),
        reply_to="Dan Roth <dan@example.com>",
        preferences="example",
    )
    if message in ASKING:
        return replace(letter, sign=_sign(reader, message), token=EXAMPLE)
    if message in MEETINGS:
        return replace(letter, meeting=_meeting(reader, message))
    if message == "receipt":
        return replace(letter, item=FIRST, receipt=_receipt(reader), checkpoint="42 0a1b2c3d")
    return replace(letter, token=EXAMPLE) if message == "proof-link" else letter


def _meeting(reader: PersonView, message: str) -> MeetingFacts:
    chair = PersonView("dan", "Dan Roth", "dan@example.com", "Europe/Paris")
    return MeetingFacts(
        key="cab-2026-12-08",
        title="Change advisory board",
        method={"meeting": "REQUEST", "meeting-cancelled": "CANCEL"}.get(message, ""),
        sequence=1,
        uid="cab-2026-12-08@tollgate.example.com",
        starts_at=datetime(2026, 12, 8, 9, 0, tzinfo=UTC),
        ends_at=datetime(2026, 12, 8, 10, 0, tzinfo=UTC),
        zone="Europe/Paris",
        place="Room 3",
        description="",
        url=f"{ADDRESS}/meetings/cab-2026-12-08",
        chair=chair,
        guests=(chair, reader),
        agenda=("ECR-0042 New seal for pump P-101",),
    )


def every(locale: str) -> list[LetterFacts]:
    """One letter of each kind there is."""
    return [example(message, locale) for message in MESSAGES]


def _several(message: str, reader: PersonView) -> LetterFacts:
    if message == "bundle":
        letters = [example("ask", reader.locale, reader.zone), _about_the_other("changed", reader)]
    else:
        # The newest first, and what is said of one item fits where it is now.
        told = [("outcome", LATER, 0), ("escalated", LATER, 4)]
        letters = [
            replace(example(one, reader.locale, reader.zone), item=item, at=NOW - timedelta(hours=hours))
            for one, item, hours in told
        ]
        letters.append(replace(_about_the_other("notice", reader), at=NOW - timedelta(hours=9)))
    return replace(letters[0], message=message, item=None, sign=None, token=None, parts=tuple(letters))


def _about_the_other(message: str, reader: PersonView) -> LetterFacts:
    letter = example(message, reader.locale, reader.zone)
    if letter.sign is not None:
        return replace(letter, item=OTHER, sign=replace(letter.sign, item=OTHER), token=f"{EXAMPLE}-2")
    said = phrase("%(item)s is waiting and will soon be due.", item=OTHER.key)
    return replace(letter, item=OTHER, sentence=said)


def _sign(reader: PersonView, message: str) -> SignView:
    """What is signed. Who is told that it changed had signed before; the others see it unsigned by them."""
    is_first, fell = message == "ask", message == "changed"
    mine = AskLine(reader.id, reader.name, "Quality lead, Lyon")
    if fell:
        why = fallen(2, ["cost"])
        mine = replace(
            mine, position="approve", position_title=phrase("Approve"), at=NOW, set_aside=why, again_since=NOW
        )
    ben = AskLine("ben", "Ben Ito", "Engineering, Lyon", position="approve", position_title=phrase("Approve"), at=NOW)
    held = RoundView(id="example", number=1, policy="release", policy_title="Release", question="Release this change?",
                     revision=3, opened_at=NOW, due_at=DUE, closed_at=None, outcome=None, asks=(mine, ben), signed=1,
                     asked=2, tally=SO_FAR, verdict=Verdict("release", Standing.PENDING, ASKED))  # fmt: skip
    return SignView(
        person=reader,
        capacity="Quality lead, Lyon",
        item=FIRST if is_first else ITEM,
        description="",
        question="Release this change for implementation?",
        meaning="Approved for release",
        proof="secret",
        round=held,
        fields=(FieldLine("cost", "Cost", ITEM.amount, "62000.00"),),
        criteria=(
            CriterionLine("impact", "Impact assessed", True, True, "https://qms.example.com/IA-118"),
            CriterionLine("trial", "Trial run passed", True, False),
        ),
        revision=3,
        revision_digest=DIGEST,
        since_revision=None if is_first else 2,
        changes=()
        if is_first
        else (
            Change("cost", "Cost", amount("€58,500.50", "58500.50", "EUR"), ITEM.amount),
            Change("start", "Start", "", on_day("7 Dec 2026", DUE.date() + timedelta(days=4))),
        ),
        positions=(),
        decided=mine if fell else None,
        expires_at=DUE + timedelta(days=14),
        who_to_ask="Dan Roth <dan@example.com>",
    )


def _receipt(reader: PersonView) -> Receipt:
    open_one = joined(["Engineering, Lyon", phrase("(%(names)s)", names="Ben Ito")])
    return Receipt(
        decision_id="example",
        item_key=ITEM.key,
        item_title=ITEM.title,
        person=reader.id,
        name=reader.name,
        capacity=phrase("%(most)s and %(last)s", most="Quality lead, Lyon", last="Engineering"),
        position="approve",
        position_title=phrase("Approve"),
        meaning="Approved for release",
        proof="secret",
        comment="",
        at=NOW,
        revision=3,
        revision_digest=DIGEST,
        entry_seq=17,
        entry_digest=DIGEST,
        sentence=phrase("Needs %(parts)s.", parts=open_one),
        level="L1",
        how=phrase("one-time code"),
        zone=reader.zone,
        on_behalf_of="Mei Tan",
    )
