"""How people want their notices: the hours of a day, what is entered, and that nothing is lost or late for it."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_policy import publish
from sqlalchemy import func, select
from world import KEY, ROSTER, START, World

from gates.errors import BadInput, NotFound
from gates.items import Actor
from gates.preferences import NONE, Preferences, faults_of
from gates.service.people import owe_mail
from gates.service.posting import ASKS
from gates.signoff import preference_person, preference_token
from gates.store import tables as t
from gates.store import work_tables as w
from policies.shifts import WorkCalendar

WEEK = WorkCalendar()
PARIS = "Europe/Paris"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("after", "moment"),
    [
        (utc(2026, 10, 24, 6), utc(2026, 10, 25, 0)),  # 02:00 in summer time, the first of two
        (utc(2026, 10, 25, 0), utc(2026, 10, 26, 1)),  # not again when the clock shows it a second time
        (utc(2027, 3, 27, 12), utc(2027, 3, 28, 1)),  # 02:00 is skipped: at 03:00 of that day
        (utc(2027, 3, 28, 1), utc(2027, 3, 29, 0)),
    ],
)
def test_the_daily_mail_goes_once_a_day_whatever_the_clocks_do(after: datetime, moment: datetime) -> None:
    """At the hour of the reader's zone, on the days the clocks change too."""
    assert Preferences("daily", 2).digest_at(after, PARIS) == moment


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (utc(2026, 8, 17, 17, 0), utc(2026, 8, 18, 5)),  # 19:00 in Paris, until 07:00
        (utc(2026, 8, 18, 4, 59), utc(2026, 8, 18, 5)),
        (utc(2026, 8, 18, 5, 0), None),
        (utc(2026, 8, 17, 16, 59), None),
        (utc(2026, 8, 21, 17, 0), utc(2026, 8, 24, 5)),  # Friday evening, over the weekend
        (utc(2026, 10, 24, 18, 0), utc(2026, 10, 26, 6)),  # over the change of the clocks
    ],
)
def test_quiet_ends_by_the_readers_clock(now: datetime, end: datetime | None) -> None:
    """From seven to seven, and on days off."""
    wish = Preferences(quiet_from="19:00", quiet_until="07:00", days_off=True)
    assert wish.quiet_end(now, PARIS, WEEK) == end


def test_an_hour_that_comes_twice_ends_quiet_once() -> None:
    """Quiet until 02:30: in the second 02:10 of the night it ends twenty minutes later, not a day later."""
    wish = Preferences(quiet_from="22:00", quiet_until="02:30")
    assert wish.quiet_end(utc(2026, 10, 25, 1, 10), PARIS, WEEK) == utc(2026, 10, 25, 1, 30)


@settings(deadline=None)
@given(
    st.integers(0, 17_000).map(lambda hour: utc(2026, 1, 1) + timedelta(hours=hour, minutes=7)),
    st.sampled_from([PARIS, "UTC", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.integers(0, 23),
)
def test_every_day_has_one_daily_mail(start: datetime, zone: str, hour: int) -> None:
    """One after the other, they are a day apart but for the hours the clocks change by, and on days that follow."""
    wish, moments = Preferences("daily", hour), [start]
    for _ in range(4):
        moments.append(wish.digest_at(moments[-1], zone))
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments[1:]]
    assert all(after - before == timedelta(days=1) for before, after in pairwise(days))


def test_what_makes_no_sense_is_refused_with_what_would() -> None:
    """By the word it is about, every fault at once."""
    assert set(faults_of(Preferences("weekly", 24, "25:00", ""))) == {"notices", "hour", "quiet_from", "quiet_until"}
    assert faults_of(Preferences(quiet_from="08:00", quiet_until="08:00"))["quiet_until"].startswith("That would be")
    assert faults_of(NONE) == {}


def test_preferences_are_an_act_on_the_record(world: World) -> None:
    """Who set it, what it was, what it is, why; the same again enters nothing; it can be worked out again."""
    wish = Preferences("daily", 6)
    assert world.register.set_preferences("ana", wish, world.by("ana")) is True
    assert world.register.set_preferences("ana", wish, world.by("ana")) is False
    with pytest.raises(BadInput, match="Say why you set this for Ana Ruiz"):
        world.register.set_preferences("ana", NONE, world.by("cid"))
    with pytest.raises(NotFound, match="'anna' is nobody on the roster"):
        world.register.set_preferences("anna", NONE, world.by("cid"), "a typing error")
    assert world.register.set_preferences("ana", NONE, world.by("cid"), "she asked by phone") is True
    with world.store.reading() as connection:
        bodies = connection.execute(select(t.entries.c.body).where(t.entries.c.kind == "roster:preferences:set"))
        first, second = [json.loads(body) for body in bodies.scalars()]
    assert (first["actor"]["person"], first["data"]["before"], first["data"]["after"]["hour"]) == ("ana", None, 6)
    assert (second["data"]["before"]["notices"], second["data"]["after"]["notices"]) == ("daily", "immediate")
    assert second["data"]["why"] == "she asked by phone"
    world.import_roster(ROSTER.replace("Ana Ruiz", "Ana R. Ruiz"))
    world.register.set_preferences("ana", wish, world.by("ana"))
    assert world.register.preferences("ana").wish == wish


def test_a_link_to_preferences_is_sealed_and_ends() -> None:
    """It names one person and a day; changed in any letter, or too old, it is nobody's."""
    token = preference_token("ana", START + timedelta(days=90), KEY)
    assert preference_person(token, KEY, START) == "ana"
    assert preference_person(token.upper(), KEY, START) == "ana", "mail gateways change the case"
    assert preference_person(token, KEY, START + timedelta(days=90)) is None
    assert preference_person(token, bytes(32), START) is None
    for place in range(len(token)):
        other = "b" if token[place] != "b" else "c"
        assert preference_person(token[:place] + other + token[place + 1 :], KEY, START) != "ben"
    body, _, seal = token.partition("-")
    assert preference_person(f"{body}-{seal[:-1]}", KEY, START) is None
    assert preference_person("", KEY, START) is None


@pytest.mark.parametrize("named", ["a\0b", "nobody", "", "\ud7ff", "x" * 300])
def test_a_link_that_names_nobody_is_not_known_whatever_it_names(world: World, named: str) -> None:
    """The database is asked about people on the roster alone: what a stranger writes is no reason to fail."""
    token = preference_token(named, START + timedelta(days=90), bytes(32))
    with pytest.raises(NotFound, match="not known here"):
        world.register.preferences_by_link(token)
    with pytest.raises(NotFound, match="not known here"):
        world.register.end_preference_links_by_link(token, "127.0.0.1")


# -- whatever people prefer -------------------------------------------------------------------------------

hours = st.sampled_from(["", "00:00", "06:00", "12:30", "19:00", "23:59"])
wishes = st.builds(
    Preferences,
    notices=st.sampled_from(["immediate", "daily"]),
    hour=st.integers(0, 23),
    quiet_from=hours,
    quiet_until=hours,
    days_off=st.booleans(),
).filter(lambda wish: not faults_of(wish))
acts = st.lists(
    st.tuples(
        st.sampled_from(["round", "tell", "prefer"]),
        st.sampled_from(["mei", "ana"]),
        st.integers(1, 30),
        st.sampled_from([None, None, "digest", "immediate", "now"]),
        wishes,
    ),
    min_size=2,
    max_size=6,
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(wishes, wishes, acts)
def test_nothing_is_late_lost_or_doubled_for_it(first: Preferences, second: Preferences, story: list[Any]) -> None:
    """No ask goes out after its due time only because of preferences; everything owed arrives exactly once."""
    with TemporaryDirectory() as folder:
        world = World(f"sqlite:///{Path(folder) / 'tollgate.db'}")
        try:
            _live(world, first, second, story)
            _check(world)
        finally:
            world.close()


def _live(world: World, first: Preferences, second: Preferences, story: list[Any]) -> None:
    for person, wish in (("mei", first), ("ana", second)):
        world.register.set_preferences(person, wish, world.by(person))
    key = ""
    for number, (act, person, later, how, wish) in enumerate(story):
        if act == "round" or not key:
            due = f"due: {{within: {later}h, remind: [50%]}}"
            key = publish(world, "approve: {from: [quality-lead, engineering], at_least: 9}", due=due)
        elif act == "tell":
            said = {"sentence": f"Number {number}.", "reason": "A test.", **({"how": how} if how else {})}
            world.register._desk.work(
                lambda unit, to=person, k=key, n=number, s=said: owe_mail(unit, k, "notice", to, f"{n}", **s)
            )
        else:
            world.register.set_preferences(person, wish, Actor(None, "cli"), "a test")
        _run_until(world, world.clock.at + timedelta(hours=later))
    _run_until(world, world.clock.at + timedelta(days=70))


def _run_until(world: World, end: datetime) -> None:
    """Let the worker look at each moment at which something is due."""
    while True:
        world.pass_time()
        with world.store.reading() as connection:
            owed = connection.execute(
                select(func.min(w.outbox.c.due_at)).where(w.outbox.c.done_at.is_(None), w.outbox.c.dead_at.is_(None))
            ).scalar()
            timer = connection.execute(
                select(func.min(w.timers.c.due_at)).where(
                    w.timers.c.fired_at.is_(None), w.timers.c.cancelled_at.is_(None)
                )
            ).scalar()
        following = min((one for one in (owed, timer, end) if one is not None), default=end)
        if following >= end:
            world.clock.at = end
            return
        world.clock.at = max(following, world.clock.at)


def _check(world: World) -> None:
    with world.store.reading() as connection:
        rows = connection.execute(select(w.outbox).where(w.outbox.c.kind == "mail")).all()
        dues = {(one.round, one.person): one.due_at for one in connection.execute(select(t.asks))}
    sent = Counter(str(mail["Message-ID"]) for mail in world.post.sent)
    assert set(sent.values()) <= {1}, "no mail twice"
    named = set()
    for row in rows:
        receipt, payload = json.loads(row.receipt or "{}"), json.loads(row.payload)
        assert row.done_at is not None, f"never sent: {row.key}"
        if "skipped" in receipt:
            assert receipt["skipped"] in ("the round is closed", "they were not asked by mail yet"), row.key
            continue
        named.add(receipt["message_id"])
        due = dues.get((payload.get("round"), row.person))
        if payload["message"] in ASKS and due is not None and row.owed_at <= due:
            assert row.done_at <= due, f"late: {row.key}"
    assert named == set(sent)
    told = [row for row in rows if json.loads(row.payload)["message"] == "notice" and "Number" in row.payload]
    bodies = [str(mail.get_body(("plain",)).get_content()) for mail in world.post.sent]  # type: ignore[union-attr]
    for row in told:
        said = json.loads(row.payload)["sentence"]
        assert sum(said in body for body in bodies) == 1, said


def test_links_to_preferences_end_by_their_owner_and_by_the_office(world: World) -> None:
    """At once, on the record, those before and not those since; for somebody else with a reason."""
    world.change_in_round()
    first = link_in(world, "ana@")
    assert world.register.preferences_by_link(first).person == "ana"
    with pytest.raises(BadInput, match="Say why you end the links of Ana Ruiz"):
        world.register.end_preference_links("ana", world.by("cid"))
    world.register.end_preference_links("ana", world.by("cid"), "she lost her mailbox")
    with pytest.raises(NotFound, match="was ended"):
        world.register.preferences_by_link(first)
    other = link_in(world, "ben@")
    assert world.register.preferences_by_link(other).person == "ben", "nobody else's ends"
    world.change_in_round()
    second = link_in(world, "ana@")
    assert world.register.end_preference_links_by_link(second, "her phone") == "ana"
    with pytest.raises(NotFound):
        world.register.set_preferences_by_link(second, NONE, "somebody")
    with world.store.reading() as connection:
        kind = t.entries.c.kind == "roster:preferences:links-ended"
        bodies = connection.execute(select(t.entries.c.body).where(kind).order_by(t.entries.c.seq))
        entries = [json.loads(body) for body in bodies.scalars()]
    assert [(one["actor"]["person"], one["actor"]["via"]) for one in entries] == [("cid", "web"), ("ana", "link")]
    assert entries[0]["data"] == {"person": "ana", "why": "she lost her mailbox"}


def test_who_leaves_takes_no_link_along(world: World) -> None:
    """Off the roster and on it again: the links of before hold no more."""
    world.change_in_round()
    link = link_in(world, "ana@")
    world.import_roster(re.sub(r"  ana: .*\n", "", ROSTER))
    with pytest.raises(NotFound):
        world.register.preferences_by_link(link)
    world.import_roster(ROSTER)
    with pytest.raises(NotFound):
        world.register.preferences_by_link(link)


def link_in(world: World, address: str) -> str:
    """The token of the link in the newest mail to somebody."""
    part = world.mails(address)[-1].get_body(("plain",))
    assert part is not None
    found = re.search(r"/preferences/([a-z2-7-]+)", part.get_content())
    assert found is not None
    return found[1]
