"""What somebody wants to know of history, as a document and under an id of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from experiments.domain.checks import check_unique
from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.services.clock import DAY, from_iso
from experiments.services.history_result import USUAL_DAYS, Lookback

MOST_METRICS = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """Metrics, goals first, and the audience they are wanted of.

    Args:
        shorten: look back over fewer days where events do not reach far enough, instead of refusing.
    """

    metrics: tuple[str, ...]
    lookback: Lookback
    shorten: bool = False

    def __post_init__(self) -> None:
        """Check the number of metrics."""
        if not 1 <= len(self.metrics) <= MOST_METRICS:
            message = f"metrics has {len(self.metrics)} entries, must have 1 to {MOST_METRICS}."
            raise DomainError("out_of_range", message, "metrics")
        check_unique(self.metrics, "metrics")

    @property
    def id(self) -> str:
        """The same for the same question."""
        return sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        back = self.lookback
        return {
            "metrics": list(self.metrics),
            "unit": back.unit.value,
            "days": back.days,
            "until": back.until,
            "page": back.page,
            "holdings": list(back.holds),
            "holdings_any": list(back.holds_any),
            "holdings_not": list(back.lacks),
            "covariate_days": back.covariate_days,
            "shorten": self.shorten,
        }

    @classmethod
    def of(cls, told: dict[str, Any]) -> Asked:
        """The question of a document."""
        back = Lookback(
            unit=UnitKind(told["unit"]),
            days=told.get("days", USUAL_DAYS),
            until=told.get("until"),
            holds=tuple(told.get("holdings", ())),
            lacks=tuple(told.get("holdings_not", ())),
            page=told.get("page"),
            covariate_days=told.get("covariate_days"),
            holds_any=tuple(told.get("holdings_any", ())),
        )
        return cls(tuple(told["metrics"]), back, bool(told.get("shorten")))


def end_of(day: str) -> int:
    """µs at which a day ends in UTC.

    Raises:
        DomainError: `bad_date`, naming `until`.
    """
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise DomainError("bad_date", f"until == {day!r}, must look like 2026-11-22.", "until") from None
    return from_iso(datetime(last.year, last.month, last.day, tzinfo=UTC).isoformat()) + DAY
