"""A second opinion from the days themselves, because counts of a day are hardly independent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.decision.formats import p_value
from experiments.services.import_daily.days import Day, Days, share
from experiments.services.import_daily.spec import DailyMetric, DailySpec
from experiments.services.import_units.spec import VariantSpec
from experiments.stats.meta import Heterogeneity, heterogeneity
from experiments.stats.signtest import sign_test

#: Below this p-value days differ more than counts explain.
DIFFERENT = 0.01


def robustness_notes(spec: DailySpec, days: Days) -> Iterator[str]:
    """One sentence per goal or guardrail and variant."""
    control, *treatments = spec.variants
    for metric in spec.metrics:
        if metric.use.role.value in ("goal", "guardrail"):
            mature = days.mature(metric.lag_days)
            yield from (_note(metric, mature, control, variant) for variant in treatments)


def _note(metric: DailyMetric, days: Sequence[Day], control: VariantSpec, variant: VariantSpec) -> str:
    pairs = [(_rate(day, control.key, metric), _rate(day, variant.key, metric)) for day in days]
    test = sign_test((first, second) for first, second in pairs if first is not None and second is not None)
    if test.p is None:
        return f"{metric.spec.name}: no day on which {variant.name} and {control.name} differ."
    return (
        f"{metric.spec.name}: higher in {variant.name} than in {control.name} on {test.higher} of {test.pairs} days "
        f"(sign test p {_p(test.p)}){_spread(daily_spread(metric, days, control.key, variant.key))}."
    )


def daily_spread(metric: DailyMetric, days: Sequence[Day], control: str, variant: str) -> Heterogeneity | None:
    """Cochran's Q of the daily differences against the variance of counts; None below two days with events."""
    found = [pair for day in days if (pair := _difference(metric, day, control, variant)) is not None]
    return heterogeneity(*zip(*found, strict=True)) if len(found) > 1 else None


def _difference(metric: DailyMetric, day: Day, control: str, variant: str) -> tuple[float, float] | None:
    """Difference of the day's rates, and its variance at the day's common rate."""
    (x_c, n_c), (x_v, n_v) = share(day, control, metric), share(day, variant, metric)
    if not n_c or not n_v or not 0 < x_c + x_v < n_c + n_v:
        return None
    common = (x_c + x_v) / (n_c + n_v)
    return x_v / n_v - x_c / n_c, common * (1 - common) * (1 / n_c + 1 / n_v)


def _spread(spread: Heterogeneity | None) -> str:
    if spread is None or spread.p is None:
        return ""
    if spread.p < DIFFERENT:
        return f"; its days differ more than counts explain (Q test p {_p(spread.p)}), so the interval is too narrow"
    return f"; its days differ no more than counts explain (Q test p {_p(spread.p)})"


def _rate(day: Day, variant: str, metric: DailyMetric) -> float | None:
    events, units = share(day, variant, metric)
    return events / units if units else None


def _p(p: float) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"
