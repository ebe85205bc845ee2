"""Password hashes: argon2id with the library's current parameters; and what a new password must be."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from experiments.domain.errors import DomainError

HashedPassword = NewType("HashedPassword", str)
PASSWORD_MIN = 10
PASSWORD_MAX = 200
#: Of 4: needs more than 10^8 guesses by somebody who knows lists of words, names, dates and keyboard patterns.
LEAST_SCORE = 3
RULE = (
    f"At least {PASSWORD_MIN} characters that are hard to guess: three or four words that do not belong together are "
    "better than signs and digits. Not your name, address or a word list's favourite."
)
#: What zxcvbn looks at; it takes long for longer texts, and these are strong enough by then.
_LOOKED_AT = 72
_hasher = PasswordHasher()
#: No password has this hash: for people who sign in elsewhere.
NO_PASSWORD = HashedPassword("!")


def hash_password(password: str, field: str = "password", *, about: Iterable[str] = ()) -> HashedPassword:
    """Hash a new password; it takes a tenth of a second or more, so call it before a transaction begins.

    Args:
        about: address and name of its owner, which it must not be made of.

    Raises:
        DomainError: too short, too long, or easily guessed (`weak_password`); no message repeats it.
    """
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise DomainError(
            "out_of_range",
            f"{field} has {len(password)} characters, must have {PASSWORD_MIN} to {PASSWORD_MAX}.",
            field,
        )
    _check_strength(password, field, about)
    return rehash(password)


def rehash(password: str) -> HashedPassword:
    """Hash a password that was accepted before, whatever is asked of new ones today."""
    return HashedPassword(_hasher.hash(_bytes(password)))


def verify_password(hashed: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; None takes as long as a wrong password and is always False."""
    try:
        _hasher.verify(_real(hashed) or _nobody(), _bytes(password[: PASSWORD_MAX + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return _real(hashed) is not None


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


def _check_strength(password: str, field: str, about: Iterable[str]) -> None:
    from zxcvbn import zxcvbn  # its word lists take a moment to load, and few processes set passwords

    words = [part for text in about for part in (text, *text.replace("@", " ").replace(".", " ").split())]
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=words)
    if found["score"] >= LEAST_SCORE:
        return
    hints = " ".join(part for part in (found["feedback"]["warning"], *found["feedback"]["suggestions"]) if part)
    raise DomainError("weak_password", f"{field} is easy to guess. {hints}".strip(), field)


def _real(hashed: str | None) -> str | None:
    """None for somebody without a password, whose answer must take as long as anybody's."""
    return None if hashed == NO_PASSWORD else hashed


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that nobody's password has, so that an unknown address is not answered faster."""
    return _hasher.hash("nobody")
