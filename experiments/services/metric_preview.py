"""What a metric would have said lately: value per day, mean, variance and share without, on a sample of real units.

The columns are those of a report (same filters, returns and trust in sources), read without knowing any variant.
Relations are to what a customer held when the period began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind, Metric, MetricKind
from experiments.services.clock import DAY
from experiments.services.columns import columns_of, load_codes
from experiments.store.moments import ColumnRequest, MomentsRequest
from experiments.store.preview import draw, entrants, seen_names, totals

DAYS = 28
#: Rows of each table that a preview reads at most.
ROWS = 20_000
#: A cap is proposed where so large a share of the units has no more.
CAP_SHARE = 0.999
MOST_NAMES = 300

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Preview:
    """A look at a metric.

    Args:
        by_day: (start of the day in µs, value), oldest first; a rate counts units with the event, a mean sums, a ratio
            divides the sums of the day (None where there is nothing to divide by).
        window_days: the last so many days go into mean, variance and zeros: the metric's window, 28 at most.
        mean: share, mean per unit or ratio; variance: per unit, linearised for a ratio.
        zero_share: share of units without any such event.
        cap: 99.9th percentile of the units' totals; None for a rate or where it is 0.
        share: part of all units that was read, 1 = everybody.
    """

    unit: UnitKind
    units: int
    share: float
    by_day: tuple[tuple[int, float | None], ...]
    window_days: int
    mean: float | None
    variance: float | None
    zero_share: float | None
    cap: float | None


def usual_unit(metric: Metric) -> UnitKind:
    """Visitors for what happens on pages, customers for what any channel tells."""
    on_pages = metric.column.event.kind in (EventKind.PAGE, EventKind.CUSTOM)
    return UnitKind.VISITOR if on_pages else UnitKind.CUSTOMER


def preview(session: Session, metric: Metric, now: int, unit: UnitKind | None = None, *, rows: int = ROWS) -> Preview:
    """Look at a metric in the 28 days before now; reads at most `rows` rows of each table to find its units.

    Raises:
        DomainError: `too_slow`, PostgreSQL gave up.
    """
    sample = draw(session, unit or usual_unit(metric), rows)
    start = now - DAYS * DAY
    window = min(metric.window_days, DAYS)
    columns = _columns(session, metric, window)
    request = MomentsRequest(
        phase_id=0,
        unit=sample.unit,
        cut=now,
        mature_before=now,
        columns=columns,
        return_window=metric.return_days * DAY if metric.return_days else None,
    )
    request = replace(request, entrants=entrants(sample, start, now))
    try:
        units, found = totals(session, request)
    except OperationalError as error:
        raise DomainError("too_slow", "The preview took too long and was given up; the metric can be saved.") from error
    table = _table(units, len(columns), found)
    ratio = metric.denominator is not None
    mean, variance, cap = _moments(table, ratio=ratio, proposes=metric.kind is not MetricKind.RATE)
    return Preview(
        unit=sample.unit,
        units=units,
        share=sample.share,
        by_day=tuple((start + day * DAY, value) for day, value in enumerate(_days(table, ratio=ratio))),
        window_days=window,
        mean=mean,
        variance=variance,
        zero_share=float(np.mean(table[:, 0] == 0)) if units else None,
        cap=cap,
    )


def _columns(session: Session, metric: Metric, window: int) -> tuple[ColumnRequest, ...]:
    """The window, then each day: of the number, and of the denominator behind it where there is one.

    The first is read without its cap, so that a cap can be proposed; days are never capped.
    """
    plain = columns_of(replace(metric, covariate_days=0), load_codes(session))
    begins = (DAYS - window) * DAY
    whole = (replace(column, start=begins, end=DAYS * DAY) for column in plain)
    days = (
        replace(column, key=f"{column.key}:{day}", start=day * DAY, end=(day + 1) * DAY, cap=None)
        for day in range(DAYS)
        for column in plain
    )
    raw = replace(plain[0], key=f"{metric.key}:raw", start=begins, end=DAYS * DAY, cap=None)
    return (*whole, *days, raw)


def _table(units: int, columns: int, found: Sequence[tuple[int, int, float]]) -> Numbers:
    """One row per unit, one column per number; units without anything are rows of zeros."""
    place = {unit: index for index, unit in enumerate(dict.fromkeys(unit for unit, _, _ in found))}
    table = np.zeros((units, columns))
    for unit, column, x in found:
        table[place[unit], column] = x
    return table


def _days(table: Numbers, *, ratio: bool) -> list[float | None]:
    sums = table.sum(axis=0)
    if not ratio:
        return [float(value) for value in sums[1 : 1 + DAYS]]
    tops, bottoms = sums[2 : 2 + 2 * DAYS : 2], sums[3 : 3 + 2 * DAYS : 2]
    return [float(top / bottom) if bottom else None for top, bottom in zip(tops, bottoms, strict=True)]


def _moments(table: Numbers, *, ratio: bool, proposes: bool) -> tuple[float | None, float | None, float | None]:
    """(mean, variance per unit, cap to propose)."""
    if len(table) < 2:
        return None, None, None
    totals_, raw = table[:, 0], table[:, -1]
    high = float(np.quantile(raw, CAP_SHARE, method="higher"))
    cap = high if proposes and high > 0 else None
    if not ratio:
        return float(totals_.mean()), float(totals_.var(ddof=1)), cap
    bottom = table[:, 1]
    if bottom.mean() == 0:
        return None, None, cap
    value = float(totals_.mean() / bottom.mean())
    return value, float(np.var((totals_ - value * bottom) / bottom.mean(), ddof=1)), cap


def known_names(session: Session) -> tuple[str, ...]:
    """Names of events, surveys and pages that were seen, to choose from."""
    return tuple(chain.from_iterable(seen_names(session, space, MOST_NAMES) for space in ("event", "survey", "path")))
