"""Units of the recent past with what the test's metrics would have counted for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment
from experiments.domain.metric import Metric, Role
from experiments.services.clock import DAY
from experiments.services.columns import columns_of, load_codes, measure_of
from experiments.services.metrics import metric_by_key
from experiments.stats.measure import Measure
from experiments.store.history import first_event
from experiments.store.moments import MomentsRequest
from experiments.store.preview import draw, entrants, totals

#: Rows of each table that are read at most to find the units.
ROWS = 20_000
LEAST_UNITS = 200
LEAST_DAYS = 7
LONGEST_DAYS = 28
JUDGED = (Role.GOAL, Role.GUARDRAIL)


@dataclass(frozen=True)
class Units:
    """Real units and their numbers.

    Args:
        ids: (n,), hashed ids.
        rows: (n, k), one column per name in `columns`.
        days: length of the windows, cut to what history holds.
        share: part of all units that was read.
    """

    ids: npt.NDArray[np.int64]
    rows: npt.NDArray[np.float64]
    columns: tuple[str, ...]
    measures: tuple[Measure, ...]
    days: int
    share: float


def load_units(session: Session, experiment: Experiment, now: int, *, rows: int = ROWS) -> Units:
    """The sample on which the test's goals and guardrails are split.

    Raises:
        DomainError: `no_metrics`, `too_short` or `no_history`, with a sentence for people.
    """
    metrics = [metric_by_key(session, use.metric, use.version) for use in experiment.metrics if use.role in JUDGED]
    if not metrics:
        raise DomainError("no_metrics", "The test has no goal and no guardrail yet; choose its metrics first.")
    days = _days(session, metrics, now)
    start = now - days * DAY
    codes = load_codes(session)
    columns = {
        column.key: replace(column, end=min(column.end, days * DAY))
        for metric in metrics
        for column in columns_of(replace(metric, covariate_days=0), codes)
    }
    sample = draw(session, experiment.unit, rows)
    request = MomentsRequest(
        phase_id=0, unit=experiment.unit, cut=now, mature_before=now, columns=tuple(columns.values()),
        entrants=entrants(sample, start, now),
    )  # fmt: skip
    assert request.entrants is not None
    ids = np.array(sorted({int(row[0]) for row in session.execute(request.entrants)}), dtype=np.int64)
    if len(ids) < LEAST_UNITS:
        raise DomainError(
            "no_history",
            f"Only {len(ids)} {experiment.unit.value}s were seen in the last {days} days; {LEAST_UNITS} are needed.",
        )
    table = np.zeros((len(ids), len(columns)))
    place = {unit: index for index, unit in enumerate(ids.tolist())}
    for unit, column, x in totals(session, request)[1]:
        table[place[unit], column] = x
    measures = tuple(measure_of(replace(metric, covariate_days=0)) for metric in metrics)
    return Units(ids, table, tuple(columns), measures, days, sample.share)


def _days(session: Session, metrics: list[Metric], now: int) -> int:
    first = first_event(session)
    held = 0 if first is None else (now - first) // DAY
    if held < LEAST_DAYS:
        stored = f"{held} days of events are stored" if held else "No events are stored yet"
        raise DomainError("too_short", f"{stored}; a check on history needs {LEAST_DAYS} days of them.")
    return int(min(held, LONGEST_DAYS, max(metric.window_days for metric in metrics)))
