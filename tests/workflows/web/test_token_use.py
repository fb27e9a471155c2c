"""When a token by which a program acts was used last."""

from __future__ import annotations

import logging
from typing import NoReturn

import pytest
from site_forms import sign_in
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient
from world import World


def test_the_list_of_tokens_says_when_each_was_used_last(client: TestClient, small_world: World) -> None:
    """Give or take a quarter of an hour: one use in so long is written down."""
    made, _ = small_world.register.make_token("ana", "board", ("items:read",), 30, small_world.by("ana"))
    token = {"authorization": f"Bearer {made}"}
    assert small_world.register.tokens("ana")[0].used_at is None
    client.get("/api/v1/items", headers=token)
    first = small_world.clock.now()
    small_world.clock.move_on(minutes=5)
    client.get("/api/v1/items", headers=token)
    assert small_world.register.tokens("ana")[0].used_at == first
    small_world.clock.move_on(minutes=15)
    client.get("/api/v1/items", headers=token)
    assert small_world.register.tokens("ana")[0].used_at == small_world.clock.now()
    sign_in(client, "ana")
    assert "used last Mon 17 Aug 2026" in client.get("/account/tokens").text


def test_what_is_asked_for_is_answered_where_the_use_cannot_be_noted(
    client: TestClient, small_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A store that can be read and not written fails no reading; the log says what is missing."""
    made, line = small_world.register.make_token("ana", "board", ("items:read",), 30, small_world.by("ana"))

    def full(*_: object) -> NoReturn:
        raise OperationalError("BEGIN IMMEDIATE", None, Exception("attempt to write a readonly database"))

    monkeypatch.setattr(type(small_world.store), "writing", full)
    with caplog.at_level(logging.WARNING):
        answer = client.get("/api/v1/items", headers={"authorization": f"Bearer {made}"})
    assert answer.status_code == 200
    assert f"the use of token {line.id} was not noted: OperationalError" in caplog.text
    assert made not in caplog.text
    assert small_world.register.tokens("ana")[0].used_at is None


def test_tokens_are_listed_by_one_query(small_world: World) -> None:
    """However many there are."""
    for name in ("one", "two", "three"):
        small_world.register.make_token("ana", name, ("items:read",), 30, small_world.by("ana"))
    small_world.register.tokens()
    asked: list[str] = []
    event.listen(small_world.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert len(small_world.register.tokens()) == 3
    assert len([one for one in asked if "api_token" in one]) == 1
