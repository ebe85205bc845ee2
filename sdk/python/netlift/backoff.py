"""How long to pause after a failed request."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

LONGEST = 30.0
# A server that asks for more is obeyed for this long and then asked again.
LONGEST_ASKED = 300.0


class Backoff:
    """Pauses that double after each failure, with jitter so that many processes do not come back at once."""

    def __init__(self, first: float, longest: float = LONGEST) -> None:
        self._first = first
        self._longest = max(first, longest)
        self.failures = 0

    def succeeded(self) -> None:
        """Start again from the first pause."""
        self.failures = 0

    def failed(self) -> float:
        """Seconds to pause now: between half and all of the doubled pause."""
        pause = min(self._longest, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter keeps no secret


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds the server asks to wait, from its Retry-After header (seconds or a date); None where it does not."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(float(value), LONGEST_ASKED)
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    seconds = (when - (now or datetime.now(timezone.utc))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_ASKED)
