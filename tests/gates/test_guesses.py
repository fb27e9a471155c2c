"""Guesses of a password: limited by every way, and nobody's inbox is locked by a stranger."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from world import SECRET, World

from gates.errors import ProofFailed, ProofLocked
from gates.items import Actor
from gates.service import SignRequest


def guess(world: World, token: str, session: str = "") -> str:
    """One wrong password; the name of what came of it."""
    digest = world.register.sign_view(token).revision_digest
    try:
        world.register.decide(SignRequest(token, "approve", digest, secret="wrong", session=session))
    except ProofFailed as error:
        return "locked" if isinstance(error, ProofLocked) or "takes no more" in str(error) else "checked"
    raise AssertionError("a wrong password signed")


def use_up(world: World, token: str) -> None:
    """What a stranger with a forwarded mail can do."""
    assert [guess(world, token) for _ in range(6)] == ["checked"] * 5 + ["locked"]


def test_a_used_up_link_is_said_on_looking_and_the_session_signs(world: World) -> None:
    """The page says it is locked, to its owner in a session it is not, and the same link signs there."""
    key = world.change_in_round()
    token = world.token("ana", key)
    use_up(world, token)
    assert "takes no more" in world.register.sign_view(token).locked
    session = world.register.open_session("ana")
    assert world.register.sign_view(token, session).locked == ""
    assert world.sign("ana", key, token=token, session=session).person == "ana"


def test_somebody_else_s_session_unlocks_nothing(world: World) -> None:
    """Only the signer's own is counted apart (I3)."""
    key = world.change_in_round()
    token = world.token("ana", key)
    use_up(world, token)
    session = world.register.open_session("ben")
    assert "takes no more" in world.register.sign_view(token, session).locked
    with pytest.raises(ProofFailed, match="takes no more"):
        world.sign("ana", key, token=token, session=session)


def test_strangers_lock_neither_the_session_nor_the_way_in(world: World) -> None:
    """Ten guesses by two links lock further links for a while; sign-in and the session go on."""
    keys = [world.change_in_round() for _ in range(3)]
    tokens = [world.token("ana", key) for key in keys]
    session = world.register.open_session("ana")
    use_up(world, tokens[0])
    assert [guess(world, tokens[1]) for _ in range(5)] == ["checked"] * 5
    assert "next try is taken after" in world.register.sign_view(tokens[2]).locked
    assert world.register.check_sign_in("ana@example.com", SECRET, "test").id == "ana"
    world.sign("ana", keys[2], token=tokens[2], session=session)


def test_a_session_has_a_limit_of_its_own(world: World) -> None:
    """Ten, then a wait; another session of the same person is not held up by it (P11-28)."""
    key = world.change_in_round()
    token, session = world.token("ana", key), world.register.open_session("ana")
    assert Counter(guess(world, token, session) for _ in range(12)) == {"checked": 10, "locked": 2}
    with pytest.raises(ProofLocked):
        world.sign("ana", key, token=token, session=session)
    world.sign("ana", key, token=token, session=world.register.open_session("ana"))


def test_a_fresh_link_replaces_a_used_up_one(world: World) -> None:
    """It goes to the mailbox on file, once, and signs; the old one stays as it is."""
    key = world.change_in_round()
    token = world.token("ana", key)
    world.register.request_fresh_link(token)
    use_up(world, token)
    for _ in range(3):
        world.register.request_fresh_link(token)
    world.carry()
    (mail,) = world.mails("ana@example.com", "Fresh link")
    fresh = world.link_in(mail)
    assert world.token("ana", key) == fresh
    assert "takes no more" in world.register.sign_view(token).locked
    world.sign("ana", key, token=fresh)
    assert world.is_whole(key)


def test_a_new_password_starts_every_count_anew(world: World) -> None:
    """Guesses at the old one say nothing about it."""
    key = world.change_in_round()
    token, session = world.token("ana", key), world.register.open_session("ana")
    use_up(world, token)
    for _ in range(10):
        guess(world, token, session)
    world.register.set_secret("ana", "another horse", Actor(None))
    assert world.register.sign_view(token).locked == ""
    world.sign("ana", key, token=token, secret="another horse")


@pytest.mark.parametrize(("way", "limit"), [("link", 5), ("session", 10)])
def test_parallel_guesses_do_not_slip_under_the_limit(world: World, way: str, limit: int) -> None:
    """Sixteen at once: as many are checked as one after the other, by each way (P11-28)."""
    key = world.change_in_round()
    token = world.token("ana", key)
    session = world.register.open_session("ana") if way == "session" else ""
    assert Counter(at_once(16, lambda: guess(world, token, session))) == {"checked": limit, "locked": 16 - limit}


def at_once(times: int, act: Callable[[], str]) -> list[str]:
    said: list[str] = []
    gate = threading.Barrier(times)

    def run() -> None:
        gate.wait()
        said.append(act())

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_lists_count_standing_signatures_as_the_sign_page_does(world: World) -> None:
    """One that fell with an edit counts nowhere; one the edit did not touch counts everywhere."""
    key = world.change_in_round()
    token = world.token("ana", key)
    world.sign("mei", key)

    def counted() -> set[tuple[int, int]]:
        (line,) = world.register.items()
        (ask,) = world.register.inbox("ana")
        view = world.register.sign_view(token)
        item = world.register.item(key)
        return {(one.signed, one.asked) for one in (line, ask.item, view.item, view.round, item.line, item.round)}

    assert counted() == {(1, 3)}
    world.register.edit_item(key, world.by("dan"), fields={"training": "yes"})
    assert counted() == {(1, 3)}
    world.register.edit_item(key, world.by("dan"), fields={"cost": "52000"})
    assert counted() == {(0, 3)}


def test_every_signature_of_a_session_takes_the_personal_secret(world: World) -> None:
    """P11-21, P11-22: the second one within the same session too; and a session ends by time and on leaving."""
    keys = [world.change_in_round() for _ in range(2)]
    session = world.register.open_session("ana")
    for key in keys:
        with pytest.raises(ProofFailed):
            world.sign("ana", key, session=session, secret="")
        world.sign("ana", key, session=session)
    world.register.end_session(session)
    assert world.register.session_person(session) is None
    later = world.register.open_session("ana")
    world.clock.move_on(hours=13)
    assert world.register.session_person(later) is None
