"""The wire to a mail server: secured, authenticated, signed with the domain's key; refused where it is not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from notifications.dkim_key import DkimKey
from notifications.errors import TemporaryError
from notifications.transports import SmtpTransport
from workflows.runtime.children import free_port

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # it has TLS


class Keeper:
    """Keeps the bytes of what arrives, and who was let in."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.users: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.kept.append(envelope.original_content)
        return "250 kept"

    def let_in(self, _server: Any, _session: Any, _envelope: Any, _how: str, said: LoginPassword) -> AuthResult:
        self.users.append(said.login.decode())
        return AuthResult(success=said.password == b"right", handled=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the house for 127.0.0.1 with its key, in one folder."""
    folder = tmp_path_factory.mktemp("house")
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the house")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    form, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, no_password))
    return folder


def context(house: Path) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(house / "cert.pem", house / "key.pem")
    return found


@pytest.fixture(params=["starttls", "tls"])
def secured(request: pytest.FixtureRequest, house: Path) -> Iterator[tuple[Keeper, SmtpTransport]]:
    """A server that wants a user over a secured connection, either way of securing it."""
    keeper, port = Keeper(), free_port()
    tls = (
        {"ssl_context": context(house)}
        if request.param == "tls"
        else {"tls_context": context(house), "require_starttls": True}
    )
    controller = Controller(
        keeper, hostname="127.0.0.1", port=port, authenticator=keeper.let_in, auth_required=True,
        auth_require_tls=request.param != "tls", **tls,
    )  # fmt: skip
    controller.start()
    yield keeper, SmtpTransport("127.0.0.1", port, request.param, "tollgate", "right", authorities=house / "cert.pem")
    controller.stop()


def mail(n: int = 1) -> EmailMessage:
    found = EmailMessage()
    found["From"], found["To"], found["Subject"] = "tollgate@example.com", "mei@example.com", f"Größe {n}"
    found["Date"], found["Message-ID"] = "Mon, 23 Nov 2026 10:00:00 +0000", f"<{n}@example.com>"
    found.set_content("Guten Tag, Mei.\n.\nEin Punkt allein auf der Zeile.\n")
    return found


def test_mails_go_over_a_secured_connection_to_a_user(secured: tuple[Keeper, SmtpTransport]) -> None:
    """STARTTLS and TLS, one log-in for several mails."""
    keeper, transport = secured
    with transport.open() as line:
        assert line.send(mail(1)).startswith("250")
        assert line.send(mail(2)).startswith("250")
    assert (len(keeper.kept), keeper.users) == (2, ["tollgate"])


def test_a_server_that_cannot_be_trusted_gets_nothing(secured: tuple[Keeper, SmtpTransport]) -> None:
    """Without the certificate of the house the mail waits; no password leaves."""
    keeper, transport = secured
    stranger = SmtpTransport(transport.host, transport.port, transport.security, "tollgate", "right")
    with stranger.open() as line, pytest.raises(TemporaryError, match="certificate"):
        line.send(mail())
    assert (keeper.kept, keeper.users) == ([], [])


def test_a_wrong_password_keeps_the_mail_owed(secured: tuple[Keeper, SmtpTransport]) -> None:
    """It is a fault of the installation, not of the mail."""
    keeper, transport = secured
    wrong = SmtpTransport(
        transport.host, transport.port, transport.security, "tollgate", "wrong", authorities=transport.authorities
    )
    with wrong.open() as line, pytest.raises(TemporaryError, match="refused the user tollgate"):
        line.send(mail())
    assert keeper.kept == []


def rsa_key() -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _pem(key), b"v=DKIM1; k=rsa; p=" + _base64(der)


def _pem(key: Any) -> bytes:
    form, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    found: bytes = key.private_bytes(serialization.Encoding.PEM, form, no_password)
    return found


def _base64(data: bytes) -> bytes:
    from base64 import b64encode

    return b64encode(data)


def test_the_reader_s_mail_system_can_tell_who_sent_it() -> None:
    """Signed by the domain's key, verified as a receiver would with the published half; a changed subject or body, or
    a second From, is told."""
    private, published = rsa_key()
    keeper, port = Keeper(), free_port()
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        transport = SmtpTransport("127.0.0.1", port, dkim=DkimKey("example.com", "tollgate", private))
        with transport.open() as line:
            line.send(mail())
    finally:
        controller.stop()
    (arrived,) = keeper.kept
    asked = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return published

    assert dkim.verify(arrived, dnsfunc=dns)
    assert asked[0].startswith(b"tollgate._domainkey.example.com")
    assert not dkim.verify(arrived.replace(b"Punkt", b"Komma"), dnsfunc=dns)
    assert not dkim.verify(arrived.replace(b"Subject:", b"Subject: Fwd:"), dnsfunc=dns)
