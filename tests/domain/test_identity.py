"""Signatures of customer ids: what is believed, and for how long."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from experiments.domain.identity import MAX_LIFE, SLACK, is_signed, sign

SECRET, OTHER = b"is_live_one", b"is_live_two"
NOW = 1_795_000_000_000_000
SECONDS = NOW // 1_000_000


def identity(user_id: str = "customer-1", life: int = 600, secret: bytes = SECRET, **changes: Any) -> dict[str, Any]:
    """What a shop in another language would send."""
    expiry = SECONDS + life
    signature = hmac.new(secret, f"{user_id}|{expiry}".encode(), hashlib.sha256).hexdigest()
    return {"expiry": expiry, "signature": signature, **changes}


def test_the_signature_is_what_openssl_computes() -> None:
    """`printf %s "customer-1|1795000600" | openssl dgst -sha256 -hmac is_live_one`."""
    computed = "b3f33fa5e7a8f0b809c6abb34f75a409cc61d178b9dc5b0b83631bd6deb75838"
    assert sign("customer-1", 1_795_000_600, SECRET) == computed


@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET], [SECRET, OTHER]])
def test_either_secret_in_use_signs(secrets: list[bytes]) -> None:
    assert is_signed("customer-1", identity(), secrets, NOW)


@pytest.mark.parametrize(
    ("life", "believed"),
    [
        (1, True),
        (0, False),
        (-1, False),
        (MAX_LIFE, True),
        (MAX_LIFE + SLACK, True),
        (MAX_LIFE + SLACK + 1, False),
        (10 * 365 * 86_400, False),
    ],
)
def test_a_signature_lives_a_day_at_most(life: int, believed: bool) -> None:
    assert is_signed("customer-1", identity(life=life), [SECRET], NOW) is believed


@pytest.mark.parametrize(
    "told",
    [
        None,
        "x",
        [],
        {},
        {"expiry": SECONDS + 600},
        {"signature": "0" * 64},
        identity(expiry=str(SECONDS + 600)),
        identity(expiry=float(SECONDS + 600)),
        identity(expiry=True),
        identity(expiry=SECONDS + 601),
        identity(signature=""),
        identity(signature=5),
        identity(signature="ü" * 64),
        identity(signature="\ud800" * 64),
        identity(secret=OTHER),
        identity(user_id="customer-2"),
    ],
)
def test_everything_else_is_no_signature(told: Any) -> None:
    assert not is_signed("customer-1", told, [SECRET], NOW)


def test_capital_hexadecimal_is_read_and_no_secret_signs_nothing() -> None:
    told = identity()
    assert is_signed("customer-1", {**told, "signature": told["signature"].upper()}, [SECRET], NOW)
    assert not is_signed("customer-1", told, [], NOW)


def test_ids_are_signed_as_they_are_sent() -> None:
    assert is_signed("Zoë|1", identity("Zoë|1"), [SECRET], NOW)
    assert not is_signed(" customer-1", identity(), [SECRET], NOW)
