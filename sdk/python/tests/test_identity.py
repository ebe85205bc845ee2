from __future__ import annotations

import hmac
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest

from netlift import sign_identity

NOW = datetime(2026, 5, 12, 10, 0, tzinfo=timezone.utc)


def test_the_signature_is_the_hmac_of_id_and_expiry() -> None:
    expiry = int(NOW.timestamp()) + 60
    signed = sign_identity("secret", "customer-7", expiry, now=NOW)
    expected = hmac.new(b"secret", f"customer-7|{expiry}".encode(), sha256).hexdigest()
    assert signed == {"expiry": expiry, "signature": expected}


def test_a_signature_made_elsewhere_is_the_same() -> None:
    """printf 'klant:ökø|1778580060' | openssl dgst -sha256 -hmac geheim"""
    signed = sign_identity("geheim", "  klant:o\u0308kø ", 1778580060, now=NOW)
    assert signed["signature"] == "9dacdf766f7c0d639408ce12519489ac0c2c57532f2a2f98cc6cbbaf1732ac7c"


def test_it_ends_after_an_hour_unless_told_otherwise() -> None:
    assert sign_identity("secret", "c1", now=NOW)["expiry"] == (NOW + timedelta(hours=1)).timestamp()
    until = NOW + timedelta(hours=24)
    assert sign_identity("secret", "c1", until, now=NOW)["expiry"] == until.timestamp()


@pytest.mark.usefixtures("far_east")
def test_an_expiry_without_a_zone_is_utc_wherever_the_server_stands() -> None:
    until = NOW + timedelta(hours=24)
    assert sign_identity("secret", "c1", until.replace(tzinfo=None), now=NOW)["expiry"] == until.timestamp()


@pytest.mark.parametrize(
    ("secret", "user_id", "expiry", "named"),
    [
        ("", "c1", None, "secret"),
        (None, "c1", None, "secret"),
        ("s", " ", None, "user_id"),
        ("s", 7, None, "user_id"),
        ("s", "c1", NOW, "expiry"),
        ("s", "c1", NOW + timedelta(hours=24, seconds=1), "expiry"),
        ("s", "c1", "tomorrow", "expiry"),
        ("s", "c1", True, "expiry"),
        ("s", "c1", 1.5, "expiry"),
    ],
)
def test_what_does_not_fit_is_named(secret: Any, user_id: Any, expiry: Any, named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} "):
        sign_identity(secret, user_id, expiry, now=NOW)
