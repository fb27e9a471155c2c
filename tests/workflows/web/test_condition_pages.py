"""Conditions by the pages: named while signing, without a script; met, confirmed and waived on a page of their own."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import SECRET, World

from policies.library import library_text


def asked(world: World) -> str:
    """A gate that Dan is asked about; Mei, Sam and Cid have said go."""
    key = world.gate()
    world.register.submit(key, world.by("ana"))
    world.carry()
    world.sign("mei", key, "go", comment="")
    world.sign("sam", key, "go", comment="")
    return key


def signing(client: TestClient, world: World, key: str, **boxes: str) -> tuple[int, str]:
    """Dan sends the form of the sign page. Returns status and text."""
    path = f"/s/{world.token('dan', key)}"
    shown = client.get(path).text
    digest = re.search(r'name="shown" value="([0-9a-f]{64})"', shown)
    assert digest is not None
    form = {
        "forgery": forgery(shown),
        "shown": digest[1],
        "position": "conditional_go",
        "meaning": "yes",
        "secret": SECRET,
        "way": "secret",
        **boxes,
    }
    answer = client.post(path, content=urlencode(form), headers={"content-type": "application/x-www-form-urlencoded"})
    return answer.status_code, answer.text


BOXES = {"condition.0": "Close both defects", "condition-owner.0": "ben", "condition-due.0": "2026-09-04"}


def test_owner_and_day_are_named_in_boxes_and_signed(client: TestClient, small_world: World) -> None:
    """The boxes become lines of the comment, which is what is signed; the condition's page does the rest."""
    world, key = small_world, asked(small_world)
    assert signing(client, world, key, **BOXES)[0] == 303
    world.sign("cid", key, "go", comment="")
    assert world.state(key) == "conditional"
    entry = next(line for line in world.register.item(key).timeline if line.kind == "item:decision:recorded"
                 and "Conditional" in line.sentence)  # fmt: skip
    assert entry.details[0] == "“Close both defects [owner: ben, due: 2026-09-04]”"

    sign_in(client, "ben")
    assert f'href="/items/{key}/conditions/1"' in client.get("/inbox").text
    path = f"/items/{key}/conditions/1"
    shown = client.get(path).text
    assert "Waive it" not in shown
    empty = client.post(path, data={"forgery": forgery(shown), "act": "met", "evidence": ""})
    assert (empty.status_code, "Say what shows it" in empty.text) == (422, True)
    form = {"forgery": forgery(shown), "act": "met", "evidence": "https://docs.example/d"}
    assert client.post(path, data=form).headers["location"] == f"/items/{key}"
    own = client.post(path, data={"forgery": forgery(shown), "act": "confirm"})
    assert (own.status_code, "It is confirmed by" in own.text) == (422, True)
    assert "Waits to be confirmed" in client.get(f"/items/{key}").text

    sign_in(client, "mei")
    shown = client.get(path).text
    assert client.post(path, data={"forgery": forgery(shown), "act": "confirm"}).status_code == 303
    assert world.state(key) == "passed"


def test_what_is_wrong_with_a_condition_is_said_and_nothing_typed_is_lost(
    client: TestClient, small_world: World
) -> None:
    """A stranger, a day that is past, a condition beside a plain go: nothing is signed."""
    world, key = small_world, asked(small_world)
    for more, said in (
        ({"condition-owner.0": "x y], due: 2027-01-01"}, "is nobody on the roster"),
        ({"condition-due.0": "2026-08-01"}, "which is past"),
        ({"position": "go"}, "Conditions go with Conditional go"),
        ({"condition.0": ""}, "what has to be done"),
    ):
        status, text = signing(client, world, key, **{**BOXES, **more})
        assert (status, said in text) == (422, True), said
        assert 'name="condition-owner.0"' in text
    assert 'value="2026-09-04"' in text
    assert world.kinds(key).count("item:decision:recorded") == 2


def test_a_policy_that_demands_them_opens_the_boxes(client: TestClient, small_world: World) -> None:
    """Needed is said beside each; words alone are refused."""
    text = library_text("mes-site-rollout").replace(
        "conditions: required", "conditions: {owner: required, due: required}"
    )
    small_world.register.publish_process(text, "mes-site-rollout.yaml", small_world.by("cid"))
    key = asked(small_world)
    shown = client.get(f"/s/{small_world.token('dan', key)}").text
    assert '<details class="conditions" open>' in shown
    status, answer = signing(client, small_world, key, comment="Close both defects")
    assert (status, "who answers for it and by which day" in answer) == (422, True)


def test_a_condition_s_page_needs_a_session_and_its_own_form(client: TestClient, small_world: World) -> None:
    """Looking changes nothing; the anti-forgery value is of the one form; what is not there is said."""
    world, key = small_world, asked(small_world)
    signing(client, world, key, **BOXES)
    world.sign("cid", key, "go", comment="")
    path = f"/items/{key}/conditions/1"
    assert client.get(path).headers["location"].startswith("/sign-in")
    sign_in(client, "ben")
    other = forgery(client.get("/items/new/escalation").text)
    assert client.post(path, data={"forgery": other, "act": "met", "evidence": "x"}).status_code == 403
    assert client.get(f"/items/{key}/conditions/7").status_code == 404
    assert [one.state for one in world.register.conditions(item=key)] == ["open"]
