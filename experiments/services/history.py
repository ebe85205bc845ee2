"""What history says before a test: baselines, spread, correlation and traffic of an audience, from its events.

A unit enters with its first sight in the period, as it would with its first exposure in a test that had started then;
columns, windows, returns and relations are those of the report. The event by which a unit was first seen does not
count itself, or whoever was first seen by an order would have bought for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.domain.metric import Metric
from experiments.services.clock import DAY, to_iso
from experiments.services.columns import Codes, columns_of, measure_of
from experiments.services.history_agents import check_of_agents, with_contacts
from experiments.services.history_length import day_of
from experiments.services.history_question import check_covered, prepare
from experiments.services.history_result import History, Lookback, MetricHistory, notes_on
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.power.history import baseline, correlations
from experiments.store.history import Sight, entrants
from experiments.store.moments import ColumnRequest, MomentsRequest, compute_moments
from experiments.store.moments.quality import exposed_by_day

#: What a look back is made of, in order; long work says which of them it is at.
STEPS = ("how far back events reach", "units and what they did", "new units by day")

__all__ = ["STEPS", "History", "Lookback", "MetricHistory", "look_back"]


def look_back(
    session: Session,
    keys: Sequence[str],
    wanted: Lookback,
    now: int,
    *,
    on_step: Callable[[int], None] = lambda _done: None,
) -> History:
    """Planning inputs of some metrics, goals first, as they were among the units of an audience.

    Args:
        now: µs UTC; nothing later exists.
        on_step: told how many of `STEPS` are done; may write to the database.

    Raises:
        NotFoundError: there is no such metric.
        DomainError: the history is too short or empty, or a family or page does not exist.
    """
    check_of_agents(wanted)
    asked = prepare(session, keys, wanted, now)
    check_covered(session, wanted, asked)
    on_step(1)
    metrics, sight = asked.metrics, asked.sight
    request = _request(metrics, asked.codes, sight, wanted.days, asked.returns)
    moments = _moments(session, request, sight, wanted)
    on_step(2)
    curve = _curve(session, request, sight)
    found = with_contacts(session, sight, metrics, _metrics(metrics, moments), moments)
    return History(
        lookback=wanted,
        since=to_iso(sight.start),
        until=to_iso(sight.until),
        window_days=asked.window + asked.returns,
        units=moments.n,
        by_day=curve,
        metrics=found,
        correlation=correlations(_measures(metrics), moments),
        notes=notes_on(wanted, found, asked.window),
    )


def _request(metrics: Sequence[Metric], codes: Codes, sight: Sight, days: int, returns: int) -> MomentsRequest:
    columns = {column.key: _after_sight(column) for metric in metrics for column in columns_of(metric, codes)}
    request = MomentsRequest(
        phase_id=0,
        unit=sight.unit,
        cut=sight.until,
        mature_before=sight.start + days * DAY,
        columns=tuple(columns.values()),
        return_window=returns * DAY if returns else None,
        complete_sources=tuple(codes.sources.values()),  # no variant changed what came late, an import say
    )
    return replace(request, entrants=entrants(request, sight))


def _after_sight(column: ColumnRequest) -> ColumnRequest:
    """All lines of an order carry one instant, so a window that opens 1 µs later leaves the whole order out."""
    return replace(column, start=1) if column.start == 0 else column


def _moments(session: Session, request: MomentsRequest, sight: Sight, wanted: Lookback) -> Moments:
    moments = compute_moments(session, request).moments.get(0)
    if moments is None or moments.n < 2:
        found = 0 if moments is None else moments.n
        raise DomainError(
            "no_history",
            f"units == {found}, must be at least 2: hardly any {wanted.unit.value} {wanted.audience}was seen "
            f"{wanted.place} in the {wanted.days} days from {day_of(sight.start)} on.",
            "units",
        )
    return moments


def _curve(session: Session, request: MomentsRequest, sight: Sight) -> tuple[float, ...]:
    """Distinct units by the end of each day."""
    new = exposed_by_day(session, request, -sight.start)
    days = range((sight.until - sight.start) // DAY)
    return tuple(accumulate(float(sum(new.get(day, {}).values())) for day in days))


def _measures(metrics: Sequence[Metric]) -> list[Measure]:
    """The measures with one covariate vector, as the report uses them."""
    measures = [measure_of(metric) for metric in metrics]
    shared = tuple(dict.fromkeys(name for measure in measures for name in measure.covariates))
    return [replace(measure, covariates=shared) for measure in measures]


def _metrics(metrics: Sequence[Metric], moments: Moments) -> tuple[MetricHistory, ...]:
    found = []
    for metric, measure in zip(metrics, _measures(metrics), strict=True):
        try:
            found.append(MetricHistory.of(metric, baseline(measure, moments)))
        except ValueError:
            raise DomainError(
                "no_spread",
                f"metric.{metric.key} is the same for all {moments.n:,} units seen, must vary to be planned on.",
                f"metric.{metric.key}",
            ) from None
    return tuple(found)
