"""Whether the metrics of a test have events at all: one question for all of them, on a few units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment
from experiments.domain.metric import Metric
from experiments.services.checklist.line import ATTENTION, OK, OPEN, Line
from experiments.services.clock import DAY
from experiments.services.columns import columns_of, load_codes
from experiments.services.metrics import metric_by_key
from experiments.store.moments import MomentsRequest
from experiments.store.preview import draw, entrants, totals

DAYS = 28
#: Rows of each table that are read at most to find the units.
ROWS = 1_000


def flows(session: Session, experiment: Experiment, now: int) -> Line:
    """The line on metrics that should have counted something lately."""
    line = Line("flows", "Metrics flow", OK, "", "/data/metrics")
    if not experiment.metrics:
        return replace(line, state=OPEN, reason="No metric is chosen yet.", mend="metrics")
    metrics = [metric_by_key(session, use.metric, use.version) for use in experiment.metrics]
    codes = load_codes(session)
    columns = [
        replace(columns_of(replace(metric, covariate_days=0), codes)[0], start=0, end=DAYS * DAY) for metric in metrics
    ]
    request = MomentsRequest(
        phase_id=0, unit=experiment.unit, cut=now, mature_before=now, columns=tuple(columns),
        entrants=entrants(draw(session, experiment.unit, ROWS), now - DAYS * DAY, now),
    )  # fmt: skip
    try:
        units, found = totals(session, request)
    except OperationalError:
        return replace(line, state=OPEN, reason="Looking took too long and was given up.")
    told = {column for _, column, _ in found}
    silent = [metric.name for place, metric in enumerate(metrics) if place not in told]
    if silent:
        reason = f"No event in the last {DAYS} days among {units:,} {experiment.unit.value}s: {', '.join(silent)}."
        return replace(line, state=ATTENTION, reason=reason)
    return replace(line, reason=f"{_all_of(metrics)} had events in the last {DAYS} days.")


def _all_of(metrics: Sequence[Metric]) -> str:
    if len(metrics) == 1:
        return metrics[0].name
    return "Both metrics" if len(metrics) == 2 else f"All {len(metrics)} metrics"
