"""The worker's part: every period counted anew when facts came, one in each turn."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from experiments.domain.source import RANK, SourceKind
from experiments.services.clock import MINUTE
from experiments.services.columns import load_codes
from experiments.services.compared import PERIODS
from experiments.services.ready_metrics import LEAD_EVENT
from experiments.services.reconciliation import days_between
from experiments.services.steps import Alone, together
from experiments.store.contact_centre import keeping
from experiments.store.contact_centre.handled import Span
from experiments.store.engines import reading, writing

#: µs between two counts; a period holds whole days, so that only late facts change it within a day.
PAUSE = 15 * MINUTE
NO_NAME = -1
_PARTS = tuple((days, part) for days in PERIODS for part in (keeping.NOW, keeping.BEFORE))


class ContactCentreTurns:
    """Remembers what it counted; a worker that starts counts everything first, one period in each turn."""

    def __init__(self, engine: Engine, zone: ZoneInfo) -> None:
        self._engine, self._zone = engine, zone
        self._counted_at, self._stale = 0, True
        self._waiting: list[tuple[int, int]] = []

    def turn(self, now: int, *, changed: bool, alone: Alone = together) -> int:
        """Count a period if one is due at `now` (µs); how many.

        Args:
            changed: facts have come since the last turn; without any, a new day alone makes counting due.
        """
        self._stale = self._stale or changed or self._counted_at < days_between(now, 1, self._zone)[0][0]
        if self._stale and not self._waiting and not 0 <= now - self._counted_at < PAUSE:
            self._waiting, self._counted_at, self._stale = list(_PARTS), now, False
        if not self._waiting:
            return 0
        days, part = self._waiting[0]
        item = f"{days} days{'' if part == keeping.NOW else ' before'}"
        done = alone("contact centre", partial(_count, self._engine, days, part, now, self._zone), item)
        self._waiting.pop(0)  # not before: where the database is down, this period is the next
        self._stale = self._stale or done is None
        return done or 0


def count_periods(engine: Engine, now: int, zone: ZoneInfo) -> None:
    """Count every period at once."""
    for days, part in _PARTS:
        _count(engine, days, part, now, zone)


def _count(engine: Engine, days: int, part: int, now: int, zone: ZoneInfo) -> int:
    """One period, 1; the counting holds no lock, what it found is put in place in one short transaction."""
    whole = days_between(now, 2 * days + 1, zone)[:-1]
    covered = whole[days:] if part == keeping.NOW else whole[:days]
    with reading(engine) as session:
        codes = load_codes(session)
        span = Span(
            covered[0][0],
            covered[-1][1],
            now,
            codes.names.get(("survey", "csat"), NO_NAME),
            codes.names.get(("event", LEAD_EVENT), NO_NAME),
        )
        least = RANK[SourceKind.SERVER] if codes.trusted_sales else 0
        rows = keeping.count(session.connection(), span, least)
    with writing(engine) as session:
        keeping.replace(session.connection(), days, part, span, rows)
    return 1
