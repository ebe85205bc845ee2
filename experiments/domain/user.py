"""A person who signs in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from experiments.domain.access import UserRole
from experiments.domain.checks import check_text
from experiments.domain.errors import DomainError

EMAIL_MAX = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def check_email(value: str, field: str = "user.email") -> str:
    """The form under which an address is kept and looked up: trimmed, in lower case."""
    email = check_text(value, field, at_most=EMAIL_MAX).lower()
    if not _EMAIL.fullmatch(email):
        raise DomainError("bad_email", f"{field} == {email!r}, must look like name@example.org.", field)
    return email


@dataclass(frozen=True, slots=True)
class User:
    """A person with a role.

    Args:
        id: number in the database; 0 before it is saved.
        session_epoch: raised to sign the person out everywhere.
    """

    id: int
    email: str
    name: str
    role: UserRole
    disabled: bool = False
    session_epoch: int = 0

    def __post_init__(self) -> None:
        """Check address and name."""
        object.__setattr__(self, "email", check_email(self.email))
        object.__setattr__(self, "name", check_text(self.name, "user.name"))
