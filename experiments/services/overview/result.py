"""What the overview finds: figures of a period beside the period before, with their days."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from experiments.services.compared import Amount, Compared
from experiments.services.overview.asked import Asked


@dataclass(frozen=True, slots=True)
class Figure(Compared):
    """One figure of the overview.

    Args:
        by_day, by_day_before: value per day, oldest first; None where there is none.
        today, same_day: as far as today has come, and the same weekday a week before until the same time.
    """

    by_day: tuple[float | None, ...]
    by_day_before: tuple[float | None, ...]
    today: Amount
    same_day: Amount


@dataclass(frozen=True, slots=True)
class Late:
    """A source that has not delivered the whole period; its last days will still rise."""

    name: str
    until: str


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures.

    Args:
        days, days_before: starts of the days of the period and of the one before, ISO.
        until: end of the period, the midnight before today; counted_at: None where nothing was counted yet.
        complete: every day of both periods was counted after it ended; until then no figure has a change.
        late: sources that have not delivered everything.
    """

    asked: Asked
    days: tuple[str, ...]
    days_before: tuple[str, ...]
    until: str
    counted_at: str | None
    today_until: str | None
    complete: bool
    figures: tuple[Figure, ...]
    journeys: tuple[Figure, ...]
    late: tuple[Late, ...]
    segments: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        found = asdict(self)
        found["asked"] = {**self.asked.to_dict(), "days": self.asked.days}
        found["segments"] = [{"key": key, "name": name} for key, name in self.segments]
        return found

    @property
    def empty(self) -> bool:
        """Whether nothing at all happened in the period, the one before and today."""
        every = (*self.figures, *self.journeys)
        return not any(amount.n for figure in every for amount in (figure.now, figure.before, figure.today))
