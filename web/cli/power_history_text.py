"""What a look back found, as text."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.services.history import History, MetricHistory


def history_lines(history: History) -> list[str]:
    """Audience, metrics, correlation and traffic."""
    back = history.lookback
    units = f"{back.unit.value}s"
    return [
        f"History of {units} {back.audience}seen {back.place}, {history.since[:10]} to {_last_day(history)}: "
        f"{history.units:,} in its first {back.days} days, {history.window_days} more for windows and returns.",
        f"{'':2}{'metric':<22}{'value':>10}{'±':>10}{'sd':>10}{'events':>10}{'explained':>11}",
        *(_row(metric) for metric in history.metrics),
        *(_agents(metric) for metric in history.metrics if metric.of_agents is not None),
        *_correlations(history),
        f"Distinct {units} by week: {', '.join(f'{units:,.0f}' for units in _by_week(history))}.",
        *history.notes,
    ]


def _last_day(history: History) -> str:
    """The period ends before its end, so a period up to midnight ends on the day before."""
    return (datetime.fromisoformat(history.until) - timedelta(microseconds=1)).date().isoformat()


def _row(metric: MetricHistory) -> str:
    value, error = (_number(metric, number) for number in (metric.baseline, 1.96 * metric.standard_error))
    sd = "" if metric.sd is None else f"{metric.sd:.4g}"
    events = "" if metric.events is None else f"{metric.events:,}"
    return f"{'':2}{metric.key:<22}{value:>10}{error:>10}{sd:>10}{events:>10}{metric.r_squared:>11.1%}"


def _agents(metric: MetricHistory) -> str:
    told = metric.of_agents
    assert told is not None
    alike = (
        "" if told.icc is None else f", {told.icc:.1%} of a contact's variance between agents (--icc {told.icc:.3g})"
    )
    return f"{metric.key}: {told.contacts:,.1f} contacts per agent, spread {told.cv:.0%} of that{alike}."


def _number(metric: MetricHistory, number: float) -> str:
    return f"{number:.2%}" if metric.kind.value == "rate" else f"{number:.4g}"


def _correlations(history: History) -> list[str]:
    keys = [metric.key for metric in history.metrics]
    pairs = combinations(range(len(keys)), 2)
    parts = [f"{keys[i]} and {keys[j]} {history.correlation[i][j]:+.2f}" for i, j in pairs]
    return [f"Correlation per unit: {', '.join(parts)}."] if parts else []


def _by_week(history: History) -> list[float]:
    return [history.by_day[day] for day in range(6, len(history.by_day), 7)]
