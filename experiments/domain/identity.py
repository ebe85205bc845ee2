"""A customer id signed by the shop's own server: the only thing that makes a browser's word of who it is count.

    signature = hex(HMAC-SHA256(secret, f"{userId}|{expiry}"))

`expiry` is in whole Unix seconds, so that a signature that leaks out of a page is of no use tomorrow.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from experiments.domain.environment import Environment

#: Furthest expiry that is believed, in seconds: a signature for a year would be a password.
MAX_LIFE = 86_400
#: By how much the clock of the shop's server may be ahead of ours, in seconds.
SLACK = 300
#: Active secrets of one environment: the one in use, and the one that replaces it.
MOST_ACTIVE = 2
_HEX_DIGITS = 64
_WORDS = {Environment.PRODUCTION: "live", Environment.TEST: "test"}


@dataclass(frozen=True, slots=True)
class IdentitySecretInfo:
    """An identity secret as it may be shown: the secret itself is in no instance of this.

    Args:
        prefix: first characters, enough to recognise it.
        created_at, retired_at: µs UTC.
    """

    id: int
    environment: Environment
    prefix: str
    created_at: int
    retired_at: int | None = None


def secret_prefix(environment: Environment) -> str:
    """What every identity secret of this environment begins with, for example `is_live_`."""
    return f"is_{_WORDS[environment]}_"


def sign(user_id: str, expiry: int, secret: bytes) -> str:
    """The signature of a customer id until `expiry` (Unix seconds), as 64 hexadecimal digits."""
    return hmac.new(secret, f"{user_id}|{expiry}".encode("utf-8", "surrogatepass"), sha256).hexdigest()


def is_signed(user_id: str, identity: Any, secrets: Iterable[bytes], now: int) -> bool:
    """Whether one of the secrets signed this id and the signature has not run out.

    Args:
        user_id: exactly as it was sent, which is what the shop signed.
        identity: `{"expiry": seconds, "signature": hex}` as decoded from JSON; anything else is no signature.
        now: µs; the server's clock, never the browser's.
    """
    if not isinstance(identity, dict):
        return False
    expiry, signature = identity.get("expiry"), identity.get("signature")
    if not isinstance(expiry, int) or isinstance(expiry, bool) or not isinstance(signature, str):
        return False
    if not _is_alive(expiry, now) or len(signature) != _HEX_DIGITS:
        return False
    given = signature.lower().encode("utf-8", "surrogatepass")
    # Every secret is tried, whatever the first one says, so that the time taken tells nothing.
    matches = [hmac.compare_digest(sign(user_id, expiry, secret).encode(), given) for secret in secrets]
    return any(matches)


def _is_alive(expiry: int, now: int) -> bool:
    seconds = now // 1_000_000
    return seconds < expiry <= seconds + MAX_LIFE + SLACK
