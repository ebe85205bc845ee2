"""What history says before a test: baselines, spread, correlation and traffic of an audience, from its events.

A unit enters with its first sight in the period, as it would with its first exposure in a test that had started then;
columns, windows, returns and relations are those of the report. The event by which a unit was first seen does not
count itself, or whoever was first seen by an order would have bought for certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import accumulate

from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.domain.metric import Metric
from experiments.services.clock import DAY, to_iso
from experiments.services.columns import Codes, columns_of, load_codes, measure_of
from experiments.services.history_length import check_length, day_of
from experiments.services.history_result import History, Lookback, MetricHistory, notes_on
from experiments.services.metrics import metric_by_key
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.power.history import baseline, correlations
from experiments.store.history import Sight, delivered_until, entrants
from experiments.store.moments import ColumnRequest, MomentsRequest, compute_moments
from experiments.store.moments.quality import exposed_by_day

__all__ = ["History", "Lookback", "MetricHistory", "look_back"]


def look_back(session: Session, keys: Sequence[str], wanted: Lookback, now: int) -> History:
    """Planning inputs of some metrics, goals first, as they were among the units of an audience.

    Args:
        now: µs UTC; nothing later exists.

    Raises:
        NotFoundError: there is no such metric.
        DomainError: the history is too short or empty, or a family or page does not exist.
    """
    metrics = [_with_covariate(metric_by_key(session, key), wanted) for key in keys]
    codes = load_codes(session)
    window = max(metric.window_days for metric in metrics)
    returns = max(metric.return_days for metric in metrics)
    until = _until(session, metrics, wanted, now)
    start = until - (wanted.days + window + returns) * DAY
    sight = Sight(
        wanted.unit,
        start,
        until,
        _paths(codes, wanted.page),
        _families(codes, wanted.holds, "holdings"),
        _families(codes, wanted.lacks, "holdings_not"),
    )
    check_length(session, sight, wanted, window, returns, max(metric.covariate_days for metric in metrics))
    request = _request(metrics, codes, sight, wanted.days, returns)
    moments, curve = _measure(session, request, sight, wanted)
    found = _metrics(metrics, moments)
    return History(
        lookback=wanted,
        since=to_iso(start),
        until=to_iso(until),
        window_days=window + returns,
        units=moments.n,
        by_day=curve,
        metrics=found,
        correlation=correlations(_measures(metrics), moments),
        notes=notes_on(wanted, found, window),
    )


def _with_covariate(metric: Metric, wanted: Lookback) -> Metric:
    return metric if wanted.covariate_days is None else replace(metric, covariate_days=wanted.covariate_days)


def _until(session: Session, metrics: Sequence[Metric], wanted: Lookback, now: int) -> int:
    named = frozenset(source for metric in metrics for source in metric.sources)
    delivered = delivered_until(session, named if all(metric.sources for metric in metrics) else None, now)
    if wanted.until is None or wanted.until <= delivered:
        return delivered if wanted.until is None else wanted.until
    raise DomainError(
        "out_of_range",
        f"until == {to_iso(wanted.until)}, must be at most {to_iso(delivered)}: not every source delivered past it.",
        "until",
    )


def _paths(codes: Codes, page: str | None) -> tuple[int, ...] | None:
    if page is None:
        return None
    known = {text: code for (space, text), code in codes.names.items() if space == "path"}
    found = tuple(code for text, code in known.items() if fnmatchcase(text, page))
    if found:
        return found
    near = get_close_matches(page, known, n=1)
    hint = f"; the nearest is {near[0]!r}" if near else ""
    raise DomainError("unknown_page", f"page == {page!r}, matches none of the {len(known)} paths seen{hint}.", "page")


def _families(codes: Codes, keys: Sequence[str], field: str) -> tuple[int, ...]:
    for key in keys:
        if key not in codes.families:
            known = ", ".join(sorted(codes.families)) or "none yet"
            raise DomainError("unknown_choice", f"{field} == {key!r}, must be a product family: {known}.", field)
    return tuple(codes.families[key] for key in keys)


def _request(metrics: Sequence[Metric], codes: Codes, sight: Sight, days: int, returns: int) -> MomentsRequest:
    columns = {column.key: _after_sight(column) for metric in metrics for column in columns_of(metric, codes)}
    request = MomentsRequest(
        phase_id=0,
        unit=sight.unit,
        cut=sight.until,
        mature_before=sight.start + days * DAY,
        columns=tuple(columns.values()),
        return_window=returns * DAY if returns else None,
    )
    return replace(request, entrants=entrants(request, sight))


def _after_sight(column: ColumnRequest) -> ColumnRequest:
    """All lines of an order carry one instant, so a window that opens 1 µs later leaves the whole order out."""
    return replace(column, start=1) if column.start == 0 else column


def _measure(
    session: Session, request: MomentsRequest, sight: Sight, wanted: Lookback
) -> tuple[Moments, tuple[float, ...]]:
    moments = compute_moments(session, request).moments.get(0)
    if moments is None or moments.n < 2:
        found = 0 if moments is None else moments.n
        raise DomainError(
            "no_history",
            f"units == {found}, must be at least 2: hardly any {wanted.unit.value} {wanted.audience}was seen "
            f"{wanted.place} in the {wanted.days} days from {day_of(sight.start)} on.",
            "units",
        )
    new = exposed_by_day(session, request, -sight.start)
    days = range((sight.until - sight.start) // DAY)
    return moments, tuple(accumulate(float(sum(new.get(day, {}).values())) for day in days))


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
