"""Links that open a door once: an invitation, or a way to set a new password."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.access import UserRole
from experiments.domain.user import check_email

#: µs
HOUR = 3_600_000_000


class LinkPurpose(StrEnum):
    """invite: somebody new sets name and password; reset: somebody known sets a new password."""

    INVITE = "invite"
    RESET = "reset"


#: How long a link opens, µs: an invitation may wait for the end of a holiday, a mailed reset must not lie about.
LIFE = {LinkPurpose.INVITE: 7 * 24 * HOUR, LinkPurpose.RESET: HOUR}
#: A reset link that an administrator hands over takes longer on its way.
HANDED_LIFE = 24 * HOUR


@dataclass(frozen=True, slots=True)
class AccessLink:
    """A link as it may be shown; the secret in its address is in no instance of this.

    Args:
        role: what the invited person will be; None for a reset.
        created_by: who made it; empty where the person asked for it themselves.
        created_at, expires_at, used_at, revoked_at: µs UTC.
    """

    id: int
    purpose: LinkPurpose
    email: str
    role: UserRole | None
    created_by: str
    created_at: int
    expires_at: int
    used_at: int | None = None
    revoked_at: int | None = None

    def __post_init__(self) -> None:
        """Check the address."""
        object.__setattr__(self, "email", check_email(self.email, "link.email"))

    def is_open(self, now: int) -> bool:
        """Whether it still opens."""
        return self.used_at is None and self.revoked_at is None and now < self.expires_at
