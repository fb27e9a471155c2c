"""Installation qualification: what deviates is found, what is well is said, nothing is changed, no secret is shown."""

from __future__ import annotations

import base64
import datetime
import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from sqlalchemy import text
from world import World, test_settings

from gates.errors import StoreError
from gates.store import open_store
from gates.store.probe import CHAIN, STATEMENTS, probe_append_only
from workflows.validation import installation
from workflows.validation.installation import Check, checks_as_data, installation_checks
from workflows.validation.report import ReportError, read_installation

DROP = {
    True: "DROP TRIGGER entries_no_update",
    False: "ALTER TABLE entries DISABLE TRIGGER ALL",
}


def states(checks: list[Check], area: str) -> dict[str, str]:
    return {one.what: one.state for one in checks if one.area == area}


def test_the_database_is_tried_for_real_and_left_as_it_was(world: World) -> None:
    """P11-01, P11-07: an entry is written, each forbidden statement refused, and the entry is gone again."""
    key = world.change()
    with world.store.reading() as connection:
        before = connection.execute(text("SELECT count(*) FROM entries")).scalar_one()
    found = probe_append_only(world.store, world.clock)
    assert len(found) == 3
    assert all(found.values())
    with world.store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM entries")).scalar_one() == before
        assert connection.execute(text(f"SELECT count(*) FROM chains WHERE chain = '{CHAIN}'")).scalar_one() == 0
    assert world.is_whole(key)


def test_a_trigger_that_was_dropped_is_found(store_url: str) -> None:
    """P11-01, P11-07: by what the database does, not by what it lists."""
    world = World(store_url, stocked=False)
    with world.store.writing() as connection:
        connection.execute(text(DROP[world.store.is_sqlite]))
    assert probe_append_only(world.store, world.clock)[STATEMENTS[0]] is False
    world.close()
    checks = installation_checks(test_settings(database_url=store_url))
    assert "deviation" in states(checks, "Database").values()
    again = open_store(store_url)
    again.close()


def test_a_refusal_by_chance_shows_nothing(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that fails for another reason is an error, never a pass."""
    monkeypatch.setattr("gates.store.probe.STATEMENTS", ("UPDATE no_such_table SET a = 1",))
    with pytest.raises(StoreError, match="could not be tried"):
        probe_append_only(small_world.store, small_world.clock)


def test_a_sound_installation_has_no_deviation(store_url: str) -> None:
    """P11-01: database, clock, address and mail are looked at; on this machine nothing deviates."""
    World(store_url).close()
    checks = installation_checks(test_settings(database_url=store_url))
    assert [one for one in checks if one.state == "deviation"] == []
    assert {one.area for one in checks} == {"Program", "Files", "Settings", "Database", "Clock", "Address", "Mail"}


def test_no_secret_is_shown(tmp_path: Path) -> None:
    """I9: neither a password in an address nor a key."""
    settings = test_settings(
        database_url="postgresql+psycopg://tollgate:hidden-word@127.0.0.1:1/db?password=hidden-word",
        smtp_password="hidden-word",
        link_key="ab" * 32,
    )
    checks = installation_checks(settings)
    shown = repr(checks)
    assert "hidden-word" not in shown
    assert "abab" not in shown
    assert states(checks, "Database") == {"Access": "deviation"}


def wheel(folder: Path, content: bytes, stated: bytes) -> PathDistribution:
    """One installed file and a RECORD that states a hash."""
    info = folder / "tollgate-1.dist-info"
    info.mkdir()
    (folder / "module.py").write_bytes(content)
    digest = base64.urlsafe_b64encode(hashlib.sha256(stated).digest()).rstrip(b"=").decode()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tollgate\nVersion: 1\n")
    (info / "RECORD").write_text(f"module.py,sha256={digest},{len(stated)}\ntollgate-1.dist-info/RECORD,,\n")
    return PathDistribution(info)


def test_files_that_differ_from_what_was_delivered_are_named(tmp_path: Path) -> None:
    """P11-01: each file's hash against RECORD; a changed and a missing one deviate."""
    (same,) = installation._files(wheel(tmp_path, b"a = 1\n", b"a = 1\n"))
    assert (same.state, same.said) == ("ok", "1 files have the hashes of RECORD")
    (tmp_path / "module.py").write_bytes(b"a = 2\n")
    (changed,) = installation._files(PathDistribution(tmp_path / "tollgate-1.dist-info"))
    assert changed.state == "deviation"
    assert "module.py" in changed.said
    (tmp_path / "module.py").unlink()
    (gone,) = installation._files(PathDistribution(tmp_path / "tollgate-1.dist-info"))
    assert gone.state == "deviation"


@pytest.mark.parametrize(
    ("address", "state"),
    [("http://127.0.0.1:8123", "note"), ("http://sign.example.com", "deviation"), ("https://127.0.0.1:1", "deviation")],
)
def test_an_address_without_encryption_deviates(address: str, state: str) -> None:
    """P11-14: what people reach over a network is encrypted, or the report says so."""
    (check,) = installation._address(address)
    assert check.state == state


def certificate(folder: Path, days: int) -> Path:
    """A certificate of 127.0.0.1's own, with its key, that ends in so many days."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(pem))
    return path


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    """A TLS server on a free port of this machine; answers each connection with its certificate."""
    path = certificate(tmp_path, request.param)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                raw, _ = listening.accept()
            except OSError:
                return
            try:
                context.wrap_socket(raw, server_side=True).close()
            except OSError:
                raw.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield path, f"https://127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(10)


@pytest.mark.parametrize(("served", "state"), [(90, "ok"), (5, "deviation")], indirect=["served"])
def test_a_trusted_certificate_is_ok_until_it_is_about_to_end(
    served: tuple[Path, str], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P11-14: protocol and last day are stated."""
    path, address = served
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    (check,) = installation._address(address)
    assert check.state == state
    assert "TLSv1.3, certificate until" in check.said


@pytest.mark.parametrize("served", [90], indirect=True)
def test_a_certificate_nobody_vouches_for_deviates(served: tuple[Path, str]) -> None:
    """P11-14: encryption to whoever answers is none."""
    (check,) = installation._address(served[1])
    assert (check.state, "trusted certificate" in check.said) == ("deviation", True)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    """Where Tollgate runs and where the tests run may be two machines."""
    checks = [Check("Files", "Hashes", "ok", "3 files"), Check("Mail", "Server", "deviation", "no answer")]
    path = tmp_path / "installation.json"
    path.write_bytes(checks_as_data(checks, datetime.datetime(2026, 8, 17, tzinfo=datetime.UTC)))
    found = read_installation(path)
    assert list(found.checks) == checks
    assert [one.area for one in found.deviations] == ["Mail"]
    for spoilt in ("", "[]", "{}", '{"format": "x"}'):
        path.write_text(spoilt)
        with pytest.raises(ReportError):
            read_installation(path)
