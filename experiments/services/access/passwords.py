"""Password hashes: argon2id with the library's current parameters."""

from __future__ import annotations

from functools import lru_cache
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from experiments.domain.errors import DomainError

HashedPassword = NewType("HashedPassword", str)
PASSWORD_MIN = 10
PASSWORD_MAX = 200
_hasher = PasswordHasher()


def hash_password(password: str, field: str = "password") -> HashedPassword:
    """Hash a new password; it takes a tenth of a second or more, so call it before a transaction begins.

    Raises:
        DomainError: too short or too long. Nothing else is asked of it, and no message repeats it.
    """
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise DomainError(
            "out_of_range",
            f"{field} has {len(password)} characters, must have {PASSWORD_MIN} to {PASSWORD_MAX}.",
            field,
        )
    return rehash(password)


def rehash(password: str) -> HashedPassword:
    """Hash a password that was accepted before, whatever is asked of new ones today."""
    return HashedPassword(_hasher.hash(_bytes(password)))


def verify_password(hashed: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; None takes as long as a wrong password and is always False."""
    try:
        _hasher.verify(hashed or _nobody(), _bytes(password[: PASSWORD_MAX + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that nobody's password has, so that an unknown address is not answered faster."""
    return _hasher.hash("nobody")
