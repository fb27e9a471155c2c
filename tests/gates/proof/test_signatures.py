"""The signature checks that need the standard library alone, against a library that does the same."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.ledger.proof import curves, notes
from gates.ledger.proof.passkeys import is_signed
from gates.ledger.signer import FileSigner, KeyRing, read_signer, write_checkpoint

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())


def flipped(data: bytes, place: int) -> bytes:
    at = place % len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("secret", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_the_vectors_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    """Section 7.1, tests 1 and 2."""
    args = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert curves.check_ed25519(*args)
    assert ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(args[1]) == args[2]


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 10_000))
@settings(max_examples=40)
def test_ed25519_says_what_the_library_says(seed: bytes, message: bytes, place: int) -> None:
    """True for what was signed, and false with any one bit of key, message or signature flipped."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    for check in (curves.check_ed25519, curves.verify_ed25519):
        assert check(public, message, signature)
        assert not check(public, message + b"x", signature)
        assert not check(public, message, flipped(signature, place))
        assert not check(flipped(public, place), message, signature)
        assert not check(public[:-1], message, signature)


def test_a_signature_with_a_scalar_past_the_order_is_refused() -> None:
    """RFC 8032 section 5.1.7: else each signature could be written in several ways."""
    key = ed25519.Ed25519PrivateKey.generate()
    signature = key.sign(b"m")
    s = int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    other = signature[:32] + s.to_bytes(32, "little")
    for check in (curves.check_ed25519, curves.verify_ed25519):
        assert not check(key.public_key().public_bytes_raw(), b"m", other)


@given(st.binary(max_size=200), st.integers(0, 10_000))
@settings(max_examples=25)
def test_p256_and_rsa_say_what_the_library_says(message: bytes, place: int) -> None:
    """As authenticators use them: ES256 and RS256."""
    numbers = P256.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    signed = P256.sign(message, ec.ECDSA(hashes.SHA256()))
    for check in (curves.check_p256, curves.verify_p256):
        assert check(x, y, message, signed)
        assert not check(x, y, message + b"x", signed)
        assert not check(x, y, message, flipped(signed, place))
        assert not check(y, x, message, signed)
    public = RSA.public_key().public_numbers()
    n, e = public.n.to_bytes(256, "big"), public.e.to_bytes(3, "big")
    by_rsa = RSA.sign(message, padding.PKCS1v15(), hashes.SHA256())
    for check in (curves.check_rsa, curves.verify_rsa):
        assert check(n, e, message, by_rsa)
        assert not check(n, e, message + b"x", by_rsa)
        assert not check(n, e, message, flipped(by_rsa, place))
        assert not check(n[:200], e, message, by_rsa[:200])


def test_garbage_is_no_signature_and_no_key() -> None:
    """Never an error from below."""
    for junk in (b"", b"\0", b"\xff" * 64, b"0" * 72):
        assert not curves.check_ed25519(junk, b"", junk)
        assert not curves.check_p256(junk, junk, b"", junk)
        assert not curves.check_rsa(junk, b"\1\0\1", b"", junk)
    assert not is_signed(b"\xa1\x01\x02", b"", b"")
    assert not is_signed(b"\x01", b"", b"")


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    """C2SP signed note: origin, size, root, a blank line, one line for each signature."""
    signer, other = FileSigner("example.com/log", b"\1" * 32), FileSigner("example.com/log", b"\2" * 32)
    text = write_checkpoint("example.com/log", 7, b"r" * 32, [signer, other])
    found = notes.read_checkpoint(text)
    assert (found.origin, found.size, found.root) == ("example.com/log", 7, b"r" * 32)
    assert found.is_signed_by(signer.key)
    assert found.is_signed_by(other.key)
    assert not found.is_signed_by(FileSigner("example.com/log", b"\3" * 32).key)
    assert not notes.read_checkpoint(text.replace("\n7\n", "\n8\n")).is_signed_by(signer.key)
    assert notes.read_key(str(signer.key)) == signer.key
    assert read_signer(signer.written()) == signer


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace("\n7\n", "\n07\n"),
        lambda text: text.replace("\n7\n", "\n-7\n"),
        lambda text: text.replace("\n7\n", "\n٧\n"),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\u2014 ", "- "),
        lambda text: text.replace("cnJy", "cnJ", 1),
        lambda text: text + "x" * 30_000,
    ],
)
def test_what_is_no_checkpoint_is_refused(change: object) -> None:
    """With what was expected."""
    text = write_checkpoint("example.com/log", 7, b"r" * 32, [FileSigner("example.com/log", b"\1" * 32)])
    with pytest.raises(notes.BadNote, match="expected"):
        notes.read_checkpoint(change(text))  # type: ignore[operator]


def test_a_key_file_s_fault_never_shows_the_key() -> None:
    """I9: the message names what is wrong, not what was read."""
    line = FileSigner("example.com/log", b"\1" * 32).written()
    for wrong in (line[:-4], line.replace("example", "exampla"), "PRIVATE+KEY+x", "secret"):
        with pytest.raises(notes.BadNote) as raised:
            read_signer(wrong)
        assert line[-20:-4] not in str(raised.value)
    assert "AQEB" not in repr(FileSigner("example.com/log", b"\1" * 32))
    assert KeyRing().first() is None
    for wrong in ("x", "a+b+c", "example.com/log+00000000+AQ=="):
        with pytest.raises(notes.BadNote):
            notes.read_key(wrong)
