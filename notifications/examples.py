"""One letter of each kind, of an invented item: to look at, and to check templates with. No register is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from gates.items import AskLine, Change, CriterionLine, FieldLine, ItemLine, PersonView, Receipt, RoundView, SignView
from gates.letters import LetterFacts, MeetingFacts
from notifications.messages import ASKING, MESSAGES
from policies.phrases import amount, at_moment, joined, on_day, phrase, phrases
from policies.verdict import Standing, Verdict

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
    why_extended="Dan Roth: the supplier was late",
    escalations=(("ESC-0007", "Open"),),
)
ASKED = phrase("Needs %(parts)s.", parts=joined(["Quality lead, Lyon", phrase("(%(names)s)", names="Ana Ruiz")]))
DECIDED = phrase("%(outcome)s: %(item)s goes to %(state)s.", outcome=phrase("Approved"), item="ECR-0042",
                 state="Implementation")  # fmt: skip
UNMET = phrase(
    "%(process)s is published, and the people on the roster cannot meet all of it.", process="Engineering change"
)
OWN = phrase("You are the author or the owner.")
MEETINGS = frozenset({"meeting", "meeting-cancelled", "action"})
NO_ITEM = frozenset({"proof", "proof-link", "proof-officers", "token", "unmet"}) | MEETINGS
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
        person="Ana Ruiz",
        proof=phrase("passkey"),
        how="in person, with her badge",
    ),
    "token": phrase(
        "%(name)s made a token by which a program acts for you until %(day)s: %(token)s. If you did not want it, end "
        "it on your account's page.",
        name="Ana Ruiz",
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
        item=None if message in NO_ITEM else ITEM,
        sentence=SENTENCES.get(message, ""),
        public_url=ADDRESS,
        message_id="<example@tollgate.example.com>",
        thread_id="<thread@tollgate.example.com>",
        now=NOW,
        at=NOW,
        reason_for_mail=OWN if message in SENTENCES else phrase("You were asked to sign and have not yet."),
        reply_to="Dan Roth <dan@example.com>",
        preferences="example",
    )
    if message in ASKING:
        return replace(letter, sign=_sign(reader), token=EXAMPLE)
    if message in MEETINGS:
        return replace(letter, meeting=_meeting(reader, message))
    if message == "receipt":
        return replace(letter, receipt=_receipt(reader), checkpoint="42 0a1b2c3d")
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
    parts = ("ask", "changed") if message == "bundle" else ("outcome", "escalated", "notice")
    letters = tuple(example(one, reader.locale, reader.zone) for one in parts)
    other = replace(ITEM, key="ECR-0043", title="Torque of the flange bolts")
    letters = (*letters[:-1], replace(letters[-1], item=other))
    return replace(letters[0], message=message, item=None, sign=None, token=None, parts=letters)


def _sign(reader: PersonView) -> SignView:
    mine = AskLine(reader.id, reader.name, "Quality lead, Lyon", position="approve", position_title=phrase("Approve"),
                   at=NOW, set_aside=phrase("given for revision %(revision)s; %(fields)s changed since", revision=2,
                                            fields="cost"))  # fmt: skip
    asks = (mine, AskLine("ben", "Ben Ito", "Engineering, Lyon"))
    held = RoundView(id="example", number=1, policy="release", policy_title="Release", question="Release this change?",
                     revision=3, opened_at=NOW, due_at=DUE, closed_at=None, outcome=None, asks=asks, signed=1,
                     asked=2, verdict=Verdict("release", Standing.PENDING, ASKED))  # fmt: skip
    return SignView(
        person=reader,
        capacity="Quality lead, Lyon",
        item=ITEM,
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
        since_revision=2,
        changes=(
            Change("cost", "Cost", amount("€58,500.50", "58500.50", "EUR"), ITEM.amount),
            Change("start", "Start", "", on_day("7 Dec 2026", DUE.date() + timedelta(days=4))),
        ),
        positions=(),
        decided=mine,
        expires_at=DUE + timedelta(days=14),
        who_to_ask="Dan Roth <dan@example.com>",
    )


def _receipt(reader: PersonView) -> Receipt:
    one = phrases("%(num)s approval", "%(num)s approvals", 2)
    said = phrase("%(count)s of %(wanted)s from %(who)s.", count=1, wanted=one, who="Engineering, Lyon")
    return Receipt(
        decision_id="example",
        item_key=ITEM.key,
        item_title=ITEM.title,
        person=reader.id,
        name=reader.name,
        capacity="Quality lead, Lyon",
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
        sentence=joined([said, ASKED]),
        level="L1",
        how=phrase("one-time code"),
        zone=reader.zone,
        on_behalf_of="Mei Tan",
    )
