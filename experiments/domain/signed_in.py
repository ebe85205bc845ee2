"""A session of a person in one browser."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: µs. A session that is not used for two weeks ends, and every session ends after 31 days.
DAY = 86_400_000_000
IDLE = 14 * DAY
LONGEST = 31 * DAY


class Via(StrEnum):
    """How the person proved who they are."""

    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    LINK = "link"
    SSO = "sso"


@dataclass(frozen=True, slots=True)
class WebSession:
    """One session as it may be shown; the secret in the cookie is in no instance of this.

    Args:
        device: browser and system; no address and no version is kept.
        started_at, seen_at: µs UTC; last seen is exact to a few minutes.
    """

    id: int
    user_id: int
    device: str
    via: Via
    started_at: int
    seen_at: int

    def alive(self, now: int) -> bool:
        """Whether it still opens the door."""
        return now - self.seen_at < IDLE and now - self.started_at < LONGEST
