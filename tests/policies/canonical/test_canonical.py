"""Canonical bytes and digests."""

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from policies.canonical import CanonicalError, canonical, digest, nfc

KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20).map(nfc)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=4))


@given(VALUES)
def test_the_bytes_are_those_of_rfc_8785(value):
    """Inside the strict profile our bytes are the ones the standard asks for (ALC-8)."""
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, -(2**53), {1: "x"}, {"é": 1}, object(), b"x"])
def test_what_libraries_disagree_on_is_refused(value):
    """Floats, big integers, keys that are not ASCII text and other types have no canonical form."""
    with pytest.raises(CanonicalError):
        canonical({"x": value} if not isinstance(value, dict) else value)


def test_a_lone_surrogate_is_refused():
    """Half a surrogate pair cannot be written as UTF-8."""
    with pytest.raises(CanonicalError, match="surrogate"):
        canonical({"x": "\ud800"})


def test_composed_and_decomposed_text_have_one_form():
    """What looks the same on the page has the same digest."""
    assert canonical({"x": "e\u0301"}) == canonical({"x": "\u00e9"})


def test_digests_are_domain_separated():
    """The bytes of one kind of thing never pass for another (I6)."""
    assert digest("entry", b"x") == hashlib.sha256(b"tollgate/entry/v1\0x").hexdigest()
    assert digest("entry", b"x") != digest("revision", b"x")
