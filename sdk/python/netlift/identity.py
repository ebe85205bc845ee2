"""What proves to the Netlift server that a customer id comes from the shop's own server."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

from netlift.hashing import normalise_unit

LONGEST = timedelta(hours=24)
Identity = Mapping[str, Any]


def sign_identity(
    secret: str, user_id: str, expiry: datetime | int | None = None, *, now: datetime | None = None
) -> dict[str, Any]:
    """Sign a customer id, on the shop's own server only: `{"expiry": …, "signature": …}`, which a page may hold.

    The signature is hex HMAC-SHA256 of `userId|expiry` under the identity secret of the environment. Facts of a
    customer, such as holdings, are used for a browser only with it, so that nobody can ask about somebody else.

    Args:
        secret: the identity secret; it must never reach a browser.
        user_id: the customer's id, signed in the form in which it is sent: NFC and trimmed.
        expiry: when the signature ends, as a datetime or in whole seconds since 1970: at most 24 hours from now, and
            one hour from now where it is left out.
        now: the time now, for tests.

    Raises:
        ValueError: naming the argument that does not fit.
    """
    if not isinstance(secret, str) or not secret:
        raise ValueError("secret is missing, must be a text.")
    name = normalise_unit(user_id)
    if name is None:
        raise ValueError("user_id is missing or blank, must be a text.")
    moment = now or datetime.now(timezone.utc)
    seconds = _seconds(moment + timedelta(hours=1) if expiry is None else expiry)
    if not moment.timestamp() < seconds <= (moment + LONGEST).timestamp():
        raise ValueError(f"expiry == {seconds}, must be later than now and at most 24 hours from now.")
    signature = hmac.new(secret.encode(), f"{name}|{seconds}".encode(), sha256).hexdigest()
    return {"expiry": seconds, "signature": signature}


def _seconds(expiry: datetime | int) -> int:
    if isinstance(expiry, datetime):
        zoned = expiry if expiry.tzinfo else expiry.replace(tzinfo=timezone.utc)
        return int(zoned.timestamp())
    if isinstance(expiry, int) and not isinstance(expiry, bool):
        return expiry
    raise ValueError(f"expiry == {expiry!r}, must be a datetime or whole seconds since 1970.")


def presented(identity: object) -> dict[str, Any] | None:
    """The two fields of a signed identity; None where it is no such thing."""
    if not isinstance(identity, Mapping):
        return None
    expiry, signature = identity.get("expiry"), identity.get("signature")
    if not isinstance(expiry, int) or isinstance(expiry, bool) or not isinstance(signature, str):
        return None
    return {"expiry": expiry, "signature": signature}
