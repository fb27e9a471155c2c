"""When a token by which a program acts was used last."""

from __future__ import annotations

from site_forms import sign_in
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
