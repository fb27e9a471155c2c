"""Forms as no browser of ours sends them: refused in words, and never a fault of the server."""

from __future__ import annotations

import pytest
from site_forms import forgery, sign_in
from starlette.testclient import TestClient


@pytest.mark.parametrize("value", ["é", "\u2028", "", "x" * 64])
def test_an_anti_forgery_value_that_is_none_is_refused(client: TestClient, value: str) -> None:
    """In letters that no such value has, too."""
    sign_in(client, "cid")
    client.get("/preferences")
    answer = client.post("/preferences", data={"forgery": value, "notices": "daily"})
    assert answer.status_code == 403
    assert "too old" in answer.text


@pytest.mark.parametrize("origin", ["http://[x", "https://evil.example", "//", "http://127.0.0.1:8123.evil.example"])
def test_a_form_from_elsewhere_is_refused_whatever_its_origin_is_called(client: TestClient, origin: str) -> None:
    """An origin that cannot be read is not ours."""
    sign_in(client, "cid")
    value = forgery(client.get("/preferences").text)
    answer = client.post(
        "/preferences", data={"forgery": value, "notices": "daily", "hour": "7"}, headers={"origin": origin}
    )
    assert answer.status_code == 403
    assert "sent from another site" in answer.text


@pytest.mark.parametrize(
    ("charset", "status"), [("utf-7", 415), ("unicode_escape", 415), ("UTF-8", 403), ('"utf-8"', 403)]
)
def test_a_form_in_another_alphabet_is_refused(client: TestClient, charset: str, status: int) -> None:
    """`+2AA-` is half of a pair in UTF-7: no page can show it and no record can hold it."""
    sign_in(client, "cid")
    client.get("/preferences")
    body = b'--x\r\ncontent-disposition: form-data; name="forgery"\r\n\r\n+2AA-\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert client.post("/preferences", content=body, headers={"content-type": kind}).status_code == status
