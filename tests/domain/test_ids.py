"""Ids become keyed hashes: stable, apart by kind and key, and never made from a number."""

from __future__ import annotations

from hashlib import blake2b
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.ids import clean_id, content_id, hash_id, message_id

KEY = b"a key for tests"


def test_a_hash_is_blake2b_of_kind_and_id() -> None:
    digest = blake2b(b"visitor:v-1", digest_size=8, key=KEY).digest()
    assert hash_id("visitor", "v-1", KEY) == int.from_bytes(digest, "big", signed=True)


def test_kinds_and_keys_give_different_hashes() -> None:
    hashes = {hash_id("visitor", "1", KEY), hash_id("customer", "1", KEY), hash_id("order", "1", KEY)}
    hashes.add(hash_id("visitor", "1", b"another key"))
    assert len(hashes) == 4


def test_a_long_key_is_hashed_first_and_not_cut() -> None:
    long = b"k" * 65
    assert hash_id("visitor", "1", long) == hash_id("visitor", "1", blake2b(long).digest())
    assert hash_id("visitor", "1", long) != hash_id("visitor", "1", long[:64])
    assert hash_id("visitor", "1", long + b"x") != hash_id("visitor", "1", long)


@pytest.mark.parametrize("raw", [None, "", "   ", "\t\n", 1, 1.5, True, b"v", ["v"], {"id": "v"}])
def test_what_is_no_filled_string_has_no_hash(raw: object) -> None:
    assert hash_id("visitor", raw, KEY) is None
    assert clean_id(raw) is None


@given(st.text(min_size=1).filter(lambda text: clean_id(text) is not None))
def test_writing_does_not_matter_and_the_hash_fits_64_bits(raw: str) -> None:
    value = hash_id("customer", raw, KEY)
    assert value is not None
    assert -(2**63) <= value < 2**63
    assert value == hash_id("customer", f"  {normalize('NFD', raw)} ", KEY)


def test_a_lone_surrogate_is_hashed_and_does_not_raise() -> None:
    assert hash_id("visitor", "\ud800", KEY) is not None


def test_a_message_is_unique_per_source() -> None:
    assert message_id(1, "m") == blake2b(b"1:m", digest_size=16).digest()
    assert message_id(1, "m") != message_id(2, "m")
    assert message_id(1, "1:m") != message_id(11, "m")


def test_messages_of_one_run_of_a_sender_lie_together_and_apart_by_source() -> None:
    first, second = "0193b5e0-c1a0-7123-8abc-0123456789ab", "0193b5e0-c1a0-7123-9abc-0123456789ac"
    run = bytes.fromhex("0193b5e0c1a07123")
    assert message_id(1, first) == run + blake2b(f"1:{first}".encode(), digest_size=8).digest()
    assert message_id(1, second)[:8] == run
    assert len({message_id(source, text) for source in (1, 2) for text in (first, second, first.upper())}) == 6


@pytest.mark.parametrize(
    "text",
    [
        "0193b5e0-c1a0-4123-8abc-0123456789ab",  # version 4: nothing in it is ordered
        "0193b5e0-c1a0-7123-8abc-0123456789a",
        "not-hex!-c1a0-7123-8abc-0123456789ab",
        "-193b5e0-c1a0-7123-8abc-0123456789ab",
    ],
)
def test_other_message_ids_are_hashed_as_a_whole(text: str) -> None:
    assert message_id(1, text) == blake2b(f"1:{text}".encode(), digest_size=16).digest()


def test_content_without_an_id_is_keyed_and_apart_from_message_ids() -> None:
    assert content_id(1, b"m", KEY) == content_id(1, b"m", KEY)
    assert content_id(1, b"m", KEY) != content_id(1, b"m", b"another key")
    assert content_id(1, b"m", KEY) != content_id(2, b"m", KEY)
    assert content_id(1, b"m", KEY) != message_id(1, "m")
