"""The how-to of the API: its commands and its requests do in turn what the page says of them."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from command_line import well
from starlette.testclient import TestClient
from world import World

from workflows.web.app import create_app
from workflows.web.keys import form_key
from workflows.web.state import Pages

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "howto" / "api.md").read_text(encoding="utf-8")


def test_the_commands_and_requests_of_the_page_do_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of the first command serves for every request, and not once it has ended."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", f"sqlite:///{tmp_path}/tollgate.db")
    monkeypatch.setenv("TOLLGATE_HOME", "home")
    world = World(f"sqlite:///{tmp_path}/tollgate.db")
    world.clock.at = datetime.now(UTC)
    world.change_in_round()
    make, listed, end = re.findall(r"^\$ tollgate (.*)$", PAGE, flags=re.M)
    made = json.loads(well(*shlex.split(make), "--json"))
    assert made["line"]["id"] in well(*shlex.split(listed))
    client = TestClient(create_app(Pages(world.services, form_key(world.services))), base_url="http://127.0.0.1:8123")
    answers = [request(client, line, made["token"]) for line in re.findall(r"^curl (.*)$", PAGE, flags=re.M)]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 201]
    assert [one["key"] for one in answers[0].json()["items"]] == ["ECR-0001"]
    assert [one["key"] for one in answers[1].json()["items"]] == ["ECR-0001"]
    assert answers[2].json()["round"]["missing"] != []
    Path("record.json").write_bytes(answers[3].content)
    assert "ok" in well("record", "verify", "--file", "record.json").lower()
    well(*shlex.split(end.replace("0f3a…", made["line"]["id"])))
    again = request(client, re.findall(r"^curl (.*)$", PAGE, flags=re.M)[0], made["token"])
    assert again.json()["code"] == "token-ended"
    world.close()


def request(client: TestClient, line: str, token: str) -> httpx.Response:
    """What curl would send."""
    words = shlex.split(line.replace("$TOLLGATE", "/api/v1").replace("$TOKEN", token))
    options = list(zip(words[:-1:2], words[1::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    body = next((value for option, value in options if option == "-d"), None)
    return client.request("GET" if body is None else "POST", words[-1], headers=headers, content=body)


def test_the_reference_names_every_request_and_scope() -> None:
    """And no other."""
    from gates.service.tokens import SCOPES
    from workflows.web.api import endpoints

    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z]+) (/api/\S+)` \| `([a-z:]+)` \|", text, flags=re.M)
    there = {(verb, f"/api{route.path}") for route in endpoints.router.routes for verb in route.methods}  # type: ignore[attr-defined]
    assert {(verb, path) for verb, path, _ in rows} == there
    assert {scope for _, _, scope in rows} == set(SCOPES)
