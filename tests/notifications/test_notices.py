"""When notices reach people, and how: quiet hours, the daily mail, several asks in one. Each test is one story."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from one_policy import publish
from sqlalchemy import select, update
from world import KillAt, World
from world import test_settings as settings

from gates.items import Actor
from gates.preferences import Preferences
from gates.roster import PersonLine
from gates.service.desk import item_row
from gates.service.gather import open_round_of
from gates.service.people import owe_mail
from gates.service.timers import set_alarm
from gates.store import work_tables as w
from gates.store.roster_tables import preferences
from notifications.transports import MemoryTransport
from workflows.steps import deliver_step

ONE = "approve: {from: quality-lead, at: item.site, at_least: 1}"


def prefer(world: World, person: str, **words: Any) -> None:
    world.register.set_preferences(person, Preferences(**words), world.by(person))


def tell(world: World, person: str, *sentences: str, key: str = "ECR-0001", **more: Any) -> None:
    """Owe `person` a notice for each sentence."""

    def owe(unit: Any) -> None:
        for said in sentences:
            owe_mail(unit, key, "notice", person, said, sentence=said, reason="A test.", **more)

    world.register._desk.work(owe)


def words_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def rows(world: World, person: str) -> list[dict[str, Any]]:
    query = select(w.outbox).where(w.outbox.c.person == person).order_by(w.outbox.c.id)
    with world.store.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def paris(hour: int, minute: int = 0, day: int = 17) -> datetime:
    """A moment of August 2026 by the clock of Paris."""
    return datetime(2026, 8, day, hour - 2, minute, tzinfo=UTC)


# -- the daily mail -------------------------------------------------------------------------------------


def test_a_daily_mail_has_what_happened_by_item_the_newest_first(small_world: World) -> None:
    """One mail at seven the next morning; each item with its link and its lines; nothing of it came by itself."""
    world = small_world
    prefer(world, "ana", notices="daily", hour=7)
    first, second = world.change(), world.change()
    tell(world, "ana", "The first moved.", key=first)
    world.clock.move_on(hours=1)
    tell(world, "ana", "The second moved.", key=second)
    world.clock.move_on(hours=1)
    tell(world, "ana", "The first moved again.", key=first)
    world.carry()
    assert world.mails("ana@") == []
    world.clock.at = paris(6, 59, day=18)
    world.carry()
    assert world.mails("ana@") == []
    world.pass_time(minutes=1)
    (mail,) = world.mails("ana@")
    assert str(mail["Subject"]) == f"[Your day] 3 things happened: {first}, {second}"
    text = words_of(mail)
    order = [text.index(said) for said in ("The first moved again.", "The first moved.", "The second moved.")]
    assert order == sorted(order)
    assert text.count(f"/items/{first}") == text.count(f"/items/{second}") == 1
    assert "Mon 17 Aug 2026, 13:00 CEST" in text
    world.pass_time(days=1)
    assert len(world.mails("ana@")) == 1, "nothing happened since: no empty mail"


def test_asks_receipts_and_proofs_are_in_no_daily_mail(small_world: World) -> None:
    """Whoever wants one mail a day is asked at once all the same, and gets the receipt at once."""
    world = small_world
    prefer(world, "mei", notices="daily", quiet_from="00:00", quiet_until="23:59")
    prefer(world, "ana", notices="daily")
    key = world.change_in_round()
    assert len(world.mails("ana@", "[Sign by")) == 1
    world.clock.at = paris(23, 59)
    world.carry()
    world.sign("mei", key)
    world.clock.at = paris(9, day=18)
    world.carry()
    assert len(world.mails("mei@", "[Receipt]")) == 1, "in the middle of quiet hours"


def test_each_row_tells_which_mail_it_went_in(small_world: World) -> None:
    """The record of each item has the Message-ID of the daily mail, and says that it was one."""
    world = small_world
    prefer(world, "ana", notices="daily")
    keys = [world.change(), world.change()]
    for key in keys:
        tell(world, "ana", f"{key} moved.", key=key)
    world.pass_time(days=1)
    (mail,) = world.mails("ana@")
    for key in keys:
        bodies = [json.loads(body) for body in world.register.read_record(key).bodies]
        (sent,) = [one["data"] for one in bodies if one["kind"] == "item:notice:sent"]
        assert (sent["message_id"], sent["in"]) == (str(mail["Message-ID"]), "digest")
        assert world.is_whole(key)


def test_a_change_of_mind_holds_for_what_waits(small_world: World) -> None:
    """Back to immediate: what was kept for tomorrow goes now, each in a mail of its own."""
    world = small_world
    world.change()
    prefer(world, "ana", notices="daily")
    tell(world, "ana", "One.", "Two.")
    world.carry()
    assert world.register.preferences("ana").waiting == 2
    prefer(world, "ana", notices="immediate")
    world.carry()
    assert sorted("Two." in words_of(mail) for mail in world.mails("ana@")) == [False, True]


@contextmanager
def dying(world: World, after: int) -> Iterator[None]:
    """The worker dies in the middle of a delivery: when `after` mails have left, before it can say so."""

    class Dies(MemoryTransport):
        def send(self, mail: EmailMessage) -> str:
            super().send(mail)
            if len(self.sent) == after:
                raise KillAt("after the mail has left")
            return "250 kept"

    services, peer = world.services, Dies()
    with pytest.raises(KillAt):
        deliver_step(replace(services, transport=peer), world.register.claim("mail", "dies"))
    world.post.sent += peer.sent
    yield


def test_a_worker_that_dies_loses_nothing_and_sends_the_same_again(world: World) -> None:
    """It died after the daily mail left: the next worker sends the very same one, with the same Message-ID; what
    came meanwhile is in the next day's."""
    world.change()
    prefer(world, "ana", notices="daily")
    tell(world, "ana", "One.", "Two.")
    world.carry()
    world.clock.at = paris(7, day=18)
    with dying(world, after=1):
        tell(world, "ana", "Three.")
    world.clock.move_on(seconds=61)
    world.carry()
    first, again = world.mails("ana@")
    assert first["Message-ID"] == again["Message-ID"]
    assert words_of(first) == words_of(again)
    world.clock.at = paris(7, day=19)
    world.carry()
    assert [("One." in words_of(mail), "Three." in words_of(mail)) for mail in world.mails("ana@")] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_two_workers_send_one_daily_mail(world: World) -> None:
    """Whatever is owed to one reader is claimed by one worker, beyond the limit of a batch."""
    world.change()
    prefer(world, "ana", notices="daily")
    tell(world, "ana", *(f"Number {n}." for n in range(5)))
    world.carry()
    world.clock.at = paris(7, day=18)
    mine = world.register.claim("mail", "one", limit=2)
    assert (len(mine), world.register.claim("mail", "two", limit=2)) == (5, [])
    deliver_step(world.services, mine)
    assert len(world.mails("ana@", "5 things happened")) == 1


def test_the_process_says_how_a_notice_goes(small_world: World) -> None:
    """`how: digest` goes in the daily mail of who prefers none; `how: immediate` goes at once to who prefers it; a
    condition that does not hold tells nobody."""
    world = small_world
    world.register.publish_process(
        """
process: told
title: Told
kind: issue
numbering: "T-{n}"
fields: {cost: {type: money, currency: EUR, required: false}}
start: draft
states:
  draft: {acts: {submit: {to: done}}}
  done:
    end: done
    announce:
      - {to: {person: ana}, how: digest}
      - {to: [{person: ben}, {person: eve}], how: immediate}
      - {to: {person: otto}, when: item.cost > 50000}
      - {person: sam}
""",
        "told.yaml",
        Actor(None, "import"),
    )
    prefer(world, "ben", notices="daily")
    key = world.register.create_item("told", "Something", world.by("dan"), fields={"cost": "10"})
    world.register.submit(key, world.by("dan"))
    world.carry()
    assert {who: len(world.mails(f"{who}@")) for who in ("ana", "ben", "eve", "otto", "sam")} == {
        "ana": 0,
        "ben": 1,
        "eve": 1,
        "otto": 0,
        "sam": 1,
    }
    world.pass_time(days=1)
    (mail,) = world.mails("ana@")
    assert "T-1 is now in Done." in words_of(mail)


# -- quiet hours ----------------------------------------------------------------------------------------


def test_an_ask_waits_until_quiet_ends(small_world: World) -> None:
    """Asked at half past seven in the evening, due in days: the mail comes at seven in the morning."""
    world = small_world
    prefer(world, "ana", quiet_from="19:00", quiet_until="07:00")
    world.clock.at = paris(19, 30)
    world.change_in_round()
    assert (len(world.mails("ana@")), len(world.mails("ben@"))) == (0, 1)
    world.clock.at = paris(6, 59, day=18)
    world.carry()
    assert world.mails("ana@") == []
    world.pass_time(minutes=1)
    assert len(world.mails("ana@", "[Sign by")) == 1


@pytest.mark.parametrize(
    ("due", "waits"),
    [
        ("due: {within: 6h}", False),
        ("due: {within: 30h}", True),
        ("due: {within: 30h, remind: [10%]}", False),
        ("due: {within: 30h}\n    ladder: [{after: 15m, notify: author, every: 15m, times: 4}]", False),
        ("due: {within: 30h}\n    ladder: [{after: 20h, notify: author}]", True),
    ],
    ids=["due tonight", "due tomorrow", "reminded tonight", "an emergency", "a ladder tomorrow"],
)
def test_an_ask_that_cannot_wait_goes_in_quiet_hours(small_world: World, due: str, waits: bool) -> None:
    """Its due time, a reminder or a step of the ladder falls before quiet ends: it goes at once."""
    world = small_world
    prefer(world, "mei", quiet_from="19:00", quiet_until="07:00")
    world.clock.at = paris(20)
    publish(world, ONE, due=due)
    assert (world.mails("mei@") == []) is waits


def test_what_waits_is_looked_at_again_when_a_clock_changes(small_world: World) -> None:
    """Asked in the evening and due in days, it waits for the morning; then a signature sets the clock of a step that
    falls at night, and it goes at once."""
    world = small_world
    prefer(world, "ana", quiet_from="19:00", quiet_until="07:00")
    world.clock.at = paris(20)
    key = world.change_in_round()
    assert world.mails("ana@") == []

    def alarm(unit: Any) -> None:
        row, round_row = item_row(unit.connection, key), open_round_of(unit.connection, key)
        assert round_row is not None
        set_alarm(unit, row, round_row.id, paris(23))

    world.register._desk.work(alarm)
    world.carry()
    assert len(world.mails("ana@", "[Sign by")) == 1


def test_an_emergency_tells_whoever_it_tells_at_once(small_world: World) -> None:
    """A ladder counted in minutes waits for nobody's quiet hours and for no daily mail, its last step included."""
    world = small_world
    prefer(world, "sam", notices="daily", quiet_from="19:00", quiet_until="07:00")
    world.clock.at = paris(20)
    publish(
        world,
        ONE,
        due="due: {within: 30h}\n    ladder: [{after: 15m, notify: {role: sponsor}, every: 15m, times: 2}]",
    )
    for _ in range(2):
        world.pass_time(minutes=15)
    assert len(world.mails("sam@", "[Needs attention]")) == 2


def test_days_off_are_quiet_by_the_calendar_of_the_site(small_world: World) -> None:
    """Friday evening and the holiday behind the weekend: the notice comes on Tuesday morning (Lyon, Easter 2027)."""
    world = small_world
    line = world.register.person_line("ana")
    world.register.put_person("ana", line.model_copy(update={"site": "Lyon"}), "ana@example.com", world.by("cid"))
    prefer(world, "ana", quiet_from="18:00", quiet_until="08:00", days_off=True)
    world.change()
    world.clock.at = datetime(2027, 3, 26, 17, 30, tzinfo=UTC)  # Friday, 18:30; Monday is Easter Monday
    tell(world, "ana", "It moved.")
    world.carry()
    world.clock.at = datetime(2027, 3, 30, 5, 59, tzinfo=UTC)
    world.carry()
    assert world.mails("ana@") == []
    world.pass_time(minutes=1)
    assert len(world.mails("ana@")) == 1


def test_what_was_never_asked_is_not_taken_back(small_world: World) -> None:
    """The round closed while the ask waited for the morning: neither it nor `nothing to do any more` arrives; who
    was asked in time is told that nothing is left to do."""
    world = small_world
    prefer(world, "ana", quiet_from="19:00", quiet_until="07:00")
    world.clock.at = paris(20)
    key = world.change_in_round()
    world.register.withdraw(key, world.by("dan"))
    world.clock.at = paris(9, day=18)
    world.carry()
    assert world.mails("ana@") == []
    assert len(world.mails("ben@", "[Nothing to do any more]")) == 1
    assert {json.loads(one["receipt"])["skipped"] for one in rows(world, "ana")} == {
        "the round is closed",
        "they were not asked by mail yet",
    }


# -- several asks in one ----------------------------------------------------------------------------------


def test_asks_that_come_together_are_one_mail(world: World) -> None:
    """Its subject counts them and names the earliest due time; each has its question, due time and link, and both
    items have the Message-ID on the record."""
    keys = []
    for _ in range(2):
        world.clock.move_on(hours=2)
        key = world.change(author="dan")
        world.register.submit(key, world.by("dan"))
        world.register.act(key, "accept-fast", world.by("cid"))
        world.register.open_round(key)
        keys.append(key)
    world.carry()
    (mail,) = world.mails("ana@")
    assert str(mail["Subject"]) == "[2 signatures asked, the first by Thu 20 Aug 13:00] ECR-0001, ECR-0002"
    text = words_of(mail)
    links = re.findall(r"/s/([a-z2-7]{52})", text)
    assert links == [world.token("ana", key) for key in keys]
    assert text.count("Release this change for implementation?") == 2
    due = [text.index(f"Sign by: Thu 20 Aug 2026, {hour}:00 CEST") for hour in (13, 15)]
    assert due == sorted(due)
    for key in keys:
        bodies = [json.loads(body) for body in world.register.read_record(key).bodies]
        sent = [one["data"] for one in bodies if one["kind"] == "item:notice:sent" and one["data"]["person"] == "ana"]
        assert [(one["message_id"], one["in"]) for one in sent] == [(str(mail["Message-ID"]), "bundle")]
    world.sign("ana", keys[1], token=links[1])
    assert [ask.item.key for ask in world.register.inbox("ana")] == keys[:1]


def test_a_reminder_follows_on_the_mail_that_asked(small_world: World) -> None:
    """Both asked in one mail; the reminder of one is in the thread of its item and answers that mail."""
    world = small_world
    first, second = world.change(author="dan"), world.change(author="dan")
    for key in (first, second):
        world.register.submit(key, world.by("dan"))
        world.register.act(key, "accept-fast", world.by("cid"))
    world.carry()
    (asked,) = world.mails("ben@")
    world.sign("ben", first)
    world.pass_time(hours=37)
    (reminder,) = world.mails("ben@", "[Still open")
    assert second in str(reminder["Subject"])
    assert reminder["In-Reply-To"] == asked["Message-ID"]
    thread = str(reminder["References"]).split()[0]
    assert thread in str(asked["References"])


def test_an_ask_alone_is_as_it_was(small_world: World) -> None:
    """One ask, one mail about it."""
    small_world.change_in_round()
    (mail,) = small_world.mails("ana@")
    assert str(mail["Subject"]).startswith("[Sign by Thu 20 Aug 11:00] ECR-0001")
    assert mail["References"] == mail["In-Reply-To"]


def test_an_ask_waits_a_little_for_others_to_come_along(small_world: World) -> None:
    """Owed within the window they go together, when the first has waited its time; what is due by then does not wait."""
    world = small_world
    world.services = replace(world.services, settings=settings(bundle_s=60))
    first = world.change_in_round()
    assert world.mails("ana@") == []
    world.clock.move_on(seconds=40)
    second = world.change_in_round()
    assert world.mails("ana@") == []
    world.clock.move_on(seconds=20)
    deliver_step(world.services, world.register.claim("mail", "w", together_s=60))
    (mail,) = world.mails("ana@")
    assert f"{first}, {second}" in str(mail["Subject"])
    publish(world, ONE, due="due: {within: 1m}")
    assert len(world.mails("mei@", "EX-1")) == 1


def test_asks_held_overnight_come_in_one_mail_in_the_morning(small_world: World) -> None:
    """Two rounds opened in the evening, and one of the two was edited at night: it is asked once, as it is now."""
    world = small_world
    prefer(world, "ana", quiet_from="19:00", quiet_until="07:00")
    world.clock.at = paris(20)
    first, _ = world.change_in_round(), world.change_in_round()
    world.register.edit_item(first, world.by("dan"), fields={"cost": "14000"})
    world.clock.at = paris(7, day=18)
    world.carry()
    (mail,) = world.mails("ana@")
    assert str(mail["Subject"]).startswith("[2 signatures asked, the first by")
    assert words_of(mail).count(f"Review and sign {first}") == 1
    assert "has changed" not in words_of(mail), "they had not been asked before"
    assert {one["receipt"] is None for one in rows(world, "ana")} == {False}


def test_a_part_that_cannot_be_written_holds_up_none_of_the_others(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them goes by itself then; the one is given up with its error (I8)."""
    world = small_world
    letter = world.register.letter

    def poisoned(owed: Any) -> Any:
        facts = letter(owed)
        return replace(facts, sign=None) if owed.item_key == "ECR-0001" and owed.payload["person"] == "ana" else facts

    monkeypatch.setattr(world.register, "letter", poisoned)
    for _ in range(2):
        key = world.change(author="dan")
        world.register.submit(key, world.by("dan"))
        world.register.act(key, "accept-fast", world.by("cid"))
    world.carry()
    assert ["ECR-0002" in str(mail["Subject"]) for mail in world.mails("ana@")] == [True]
    assert world.register.outbox_count().dead == 1


# -- who is asked, and who answers ------------------------------------------------------------------------


def test_every_mail_names_a_human_to_answer_to(small_world: World) -> None:
    """The process's contact, else the owner, the author, the reader's manager; never the reader; else the setting, the office."""
    world = small_world
    key = world.change_in_round()
    tell(world, "dan", "It moved.", key=key)
    world.carry()
    assert str(world.mails("dan@")[-1]["Reply-To"]) == "Cid Cole <cid@example.com>", "who leads the office"
    world.post.sent.clear()
    world.services = replace(world.services, settings=settings(mail_reply_to="Project office <pmo@example.com>"))
    world.sign("mei", key)
    world.sign("ana", key)
    world.sign("ben", key)
    world.carry()
    assert {str(mail["Reply-To"]) for mail in world.mails("ana@")} == {"Dan Dorn <dan@example.com>"}
    assert {str(mail["Reply-To"]) for mail in world.mails("dan@")} == {"Project office <pmo@example.com>"}
    assert all(mail["Reply-To"] for mail in world.post.sent)
    line = PersonLine(name="Dan Dorn", email="dan@example.com", manager="sam", roles=("engineering",))
    world.register.put_person("dan", line, "dan@example.com", world.by("cid"))
    tell(world, "dan", "It moved on.", key=key)
    world.carry()
    assert str(world.mails("dan@")[-1]["Reply-To"]) == "Sam Okoye <sam@example.com>"


def test_the_process_names_whom_to_ask(small_world: World) -> None:
    """`contact:` goes before the owner and the author, in the header and in the mail."""
    from one_policy import PROCESS

    world = small_world
    text = PROCESS.format(
        name="example", key="EX", when="approved: done", due="no_deadline: a test", acts="", policy=ONE
    )
    text = text.replace("kind: issue", "kind: issue\ncontact: {role: finance}")
    world.register.publish_process(text, "example.yaml", Actor(None, "import"))
    key = world.register.create_item("example", "An example", world.by("dan"), site="Lyon")
    world.register.submit(key, world.by("dan"))
    world.carry()
    (mail,) = world.mails("mei@")
    assert str(mail["Reply-To"]) == "Eve Moro <eve@example.com>"
    assert "Ask Eve Moro <eve@example.com>, or answer this mail." in words_of(mail)


def test_only_who_can_act_now_is_asked_and_the_rest_hear_when_it_is_over(small_world: World) -> None:
    """In order: the second step is asked when the first is done; whoever was asked and is not needed any more hears
    that nothing is left to do."""
    world = small_world
    key = publish(
        world,
        "approve: {in_order: [{from: quality-lead, at: item.site, at_least: 1}, {from: engineering, at_least: 1}]}",
    )
    assert {who for who in ("ana", "ben", "mei") if world.mails(f"{who}@")} == {"mei"}
    world.sign("mei", key)
    world.carry()
    assert {who for who in ("ana", "ben") if world.mails(f"{who}@", "[Please sign]")} == {"ana", "ben"}
    world.sign("ana", key)
    world.carry()
    assert len(world.mails("ben@", "[Nothing to do any more]")) == 1
    assert world.mails("ana@", "[Nothing to do any more]") == []


def test_preferences_that_cannot_be_read_make_no_mail_wait(small_world: World) -> None:
    """Somebody changed the table by hand: that person's mails go at once, each by itself, and so do those of others."""
    world = small_world
    prefer(world, "ana", quiet_from="19:00", quiet_until="07:00")
    with world.store.writing() as connection:
        connection.execute(update(preferences).where(preferences.c.person == "ana").values(quiet_until="25:00"))
    prefer(world, "ben", hour=8)
    world.change()
    tell(world, "ana", "One.", "Two.")
    tell(world, "ben", "Three.")
    world.carry()
    assert [len(world.mails(f"{person}@example.com")) for person in ("ana", "ben")] == [2, 1]
    with world.store.writing() as connection:
        connection.execute(update(preferences).where(preferences.c.person == "ana").values(quiet_until="07:00"))
