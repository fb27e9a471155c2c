"""Signing in and sending forms, for tests of pages that are asked directly."""

from __future__ import annotations

import re

from starlette.testclient import TestClient
from world import SECRET


def forgery(html: str) -> str:
    found = re.search(r'name="forgery" value="([0-9a-f]{64})"', html)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, person: str) -> None:
    page = client.get("/sign-in").text
    form = {"forgery": forgery(page), "address": f"{person}@example.com", "secret": SECRET, "back": "/items"}
    assert client.post("/sign-in", data=form).headers["location"] == "/items"
