"""What an item may weigh and how old it may be."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.config import Settings
from experiments.services.clock import DAY, MINUTE


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of accepted items.

    Args:
        late_days: an event that happened earlier is `too_old`.
        future_minutes: an event further ahead is `too_new`.
        max_batch: most items of one request.
        max_item_bytes: largest item as JSON.
        max_text: longest string anywhere in an item, in characters.
        max_name: longest event name, in characters.
        max_depth: deepest nesting of properties, traits and context.
        currency: the one currency of the deployment; "" takes any.
        consent: category of consent without which nothing is kept.
    """

    late_days: int = 90
    future_minutes: int = 10
    max_batch: int = 1_000
    max_item_bytes: int = 32_768
    max_text: int = 1_000
    max_name: int = 200
    max_depth: int = 10
    currency: str = ""
    consent: str = "Analytics"

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits a deployment has set."""
        return cls(
            settings.late_days,
            settings.future_minutes,
            settings.max_batch,
            currency=settings.currency,
            consent=settings.consent_category,
        )

    def oldest(self, now: int) -> int:
        """Earliest instant still accepted."""
        return now - self.late_days * DAY

    def newest(self, now: int) -> int:
        """Latest instant still accepted."""
        return now + self.future_minutes * MINUTE
