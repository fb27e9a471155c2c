"""Checking signatures with the standard library alone: Ed25519 (RFC 8032), ECDSA on P-256 with SHA-256
(FIPS 186-5) and RSA PKCS#1 v1.5 with SHA-256 (RFC 8017).

Slow (some milliseconds each) and for checking only: nothing here is secret, so nothing here hides its timing. Where
the package `cryptography` is installed, `verify_…` use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
except ImportError:
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

Point = tuple[int, int, int, int]

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return _P - x if x & 1 != sign else x


def _edwards_point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = _x_of(y, sign) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


def _edwards_add(a: Point, b: Point) -> Point:
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    t, z = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = right - left, z - t, z + t, right + left
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _edwards_times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _edwards_add(total, point)
        point, scalar = _edwards_add(point, point), scalar >> 1
    return total


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = _x_of(_BASE_Y, 0) or 0
_BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def check_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of `message` under `public` (32 bytes). RFC 8032 section 5.1.7."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = _edwards_point(public), _edwards_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= _ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _ORDER
    left, right = _edwards_times(s, _BASE), _edwards_add(r, _edwards_times(k, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % _P or (left[1] * right[2] - right[1] * left[2]) % _P)


_Q = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Affine = tuple[int, int] | None


def _affine_add(a: Affine, b: Affine) -> Affine:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % _Q == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, _Q)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _Q)
    x = (slope * slope - a[0] - b[0]) % _Q
    return x, (slope * (a[0] - x) - a[1]) % _Q


def _affine_times(scalar: int, point: Affine) -> Affine:
    total: Affine = None
    while scalar:
        if scalar & 1:
            total = _affine_add(total, point)
        point, scalar = _affine_add(point, point), scalar >> 1
    return total


def _der_pair(signature: bytes) -> tuple[int, int] | None:
    """The two integers of an ECDSA signature in DER; None for anything else."""
    if len(signature) < 8 or signature[0] != 0x30 or signature[1] != len(signature) - 2:
        return None
    found, rest = [], signature[2:]
    for _ in range(2):
        if len(rest) < 2 or rest[0] != 2 or not 0 < rest[1] <= len(rest) - 2:
            return None
        found.append(int.from_bytes(rest[2 : 2 + rest[1]], "big", signed=True))
        rest = rest[2 + rest[1] :]
    return None if rest else (found[0], found[1])


def check_p256(x: bytes, y: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the DER `signature` is that of SHA-256(`message`) under the point (x, y). FIPS 186-5 section 6.4.2."""
    if len(x) != 32 or len(y) != 32:
        return False
    key, pair = (int.from_bytes(x, "big"), int.from_bytes(y, "big")), _der_pair(signature)
    on_curve = (key[1] ** 2 - key[0] ** 3 + 3 * key[0] - _B) % _Q == 0 and max(key) < _Q
    if pair is None or not on_curve or not all(0 < one < _N for one in pair):
        return False
    r, s = pair
    inverse = pow(s, -1, _N)
    number = int.from_bytes(hashlib.sha256(message).digest(), "big")
    point = _affine_add(_affine_times(number * inverse % _N, _G), _affine_times(r * inverse % _N, key))
    return point is not None and point[0] % _N == r


_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def check_rsa(modulus: bytes, exponent: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of SHA-256(`message`), PKCS#1 v1.5. RFC 8017 section 8.2.2; 2048 to 8192 bits, and
    an exponent of at most 32: larger ones would only keep whoever checks waiting."""
    n, e, size = int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"), len(modulus.lstrip(b"\0"))
    if not _is_rsa(modulus, exponent) or len(signature) != size or e < 3:
        return False
    known = _SHA256_INFO + hashlib.sha256(message).digest()
    wanted = b"\0\1" + b"\xff" * (size - len(known) - 3) + b"\0" + known
    return pow(int.from_bytes(signature, "big"), e, n).to_bytes(size, "big") == wanted


def _is_rsa(modulus: bytes, exponent: bytes) -> bool:
    return 256 <= len(modulus.lstrip(b"\0")) <= 1024 and len(exponent.lstrip(b"\0")) <= 4


def _holds(check: Callable[[], object]) -> bool:
    try:
        check()
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """`check_ed25519`, faster where `cryptography` is installed."""
    if not HAS_CRYPTOGRAPHY:
        return check_ed25519(public, message, signature)
    return _holds(lambda: ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message))


def verify_p256(x: bytes, y: bytes, message: bytes, signature: bytes) -> bool:
    """`check_p256`, faster where `cryptography` is installed."""
    if not HAS_CRYPTOGRAPHY or len(x) != 32 or len(y) != 32:
        return check_p256(x, y, message, signature)
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    return _holds(lambda: numbers.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256())))


def verify_rsa(modulus: bytes, exponent: bytes, message: bytes, signature: bytes) -> bool:
    """`check_rsa`, faster where `cryptography` is installed."""
    if not HAS_CRYPTOGRAPHY or not _is_rsa(modulus, exponent):
        return check_rsa(modulus, exponent, message, signature)
    numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
    return _holds(lambda: numbers.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256()))
