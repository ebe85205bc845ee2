"""Too many attempts: a refusal that says how long to wait."""

from __future__ import annotations

from experiments.domain.errors import DomainError
from experiments.services.clock import MINUTE, SECOND


class TooManyAttemptsError(DomainError):
    """Somebody guesses, or forgot.

    Args:
        of: what is counted, in words: "for this address".
        wait: µs until the next attempt.
    """

    def __init__(self, of: str, wait: int) -> None:
        minutes = max(1, -(-wait // MINUTE))
        words = "1 minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__("too_many_attempts", f"Too many attempts {of}; try again in {words}.", "email")
        self.retry_seconds = max(1, -(-wait // SECOND))
