"""Rates with few events: when the normal form is not good enough, and what replaces it.

With 90 % of the units treated and 10 control events the z form has size .057 where .025 is promised; the score form
corrected for skewness keeps .0275 on both sides, also where the small group is the variant. Holdbacks and ramps live
there.
"""

from __future__ import annotations

import math

from experiments.stats.effect import Effect, Scale, Status
from experiments.stats.measure import Estimate
from experiments.stats.score import Counts, score_interval, score_z
from experiments.stats.tails import critical_value, tail_of, two_sided_p

# Fewer events than this in a group call for the score form.
FEW = 100
# With a larger group beyond this share of all units, fewer events than FEW_UNEVEN do.
UNEVEN = 0.8
FEW_UNEVEN = 500
# A control with fewer events carries no comparison at all.
TOO_FEW = 10


def applies(control: Estimate, variant: Estimate) -> bool:
    """True for a rate whose events are so few that test and interval need the score form.

    Units without the event count too: a rate of 99 % is as skewed as one of 1 %.
    """
    if control.events is None or variant.events is None:
        return False
    fewest = min(control.events, variant.events, control.n - control.events, variant.n - variant.events)
    uneven = max(control.n, variant.n) > UNEVEN * (control.n + variant.n)
    return fewest < FEW or (uneven and fewest < FEW_UNEVEN)


def too_few(control: Estimate, variant: Estimate) -> bool:
    """True where not even the score form is shown."""
    return variant.n == 0 or control.events is None or control.events < TOO_FEW


def counts_of(control: Estimate, variant: Estimate) -> Counts:
    """Counts of two estimated rates.

    Raises:
        ValueError: where an estimate is not that of a rate, or has no units.
    """
    if control.events is None or variant.events is None:
        raise ValueError("events == None, must be given (a rate).")
    return Counts(control.events, control.n, variant.events, variant.n)


def score_effect(
    scale: Scale,
    control: Estimate,
    variant: Estimate,
    *,
    critical: float | None = None,
    level: float = 0.95,
) -> Effect:
    """Effect of a rate in the score form, on either scale; both scales share one statistic."""
    q = critical_value(tail_of(level), critical=critical)
    point = _point(scale, control.value, variant.value)
    status = _status(control, variant)
    if status is not Status.OK:
        return Effect(
            scale, status, point, None, None, level, "score", None, None, None,
            control.value, variant.value, few_events=True,
        )  # fmt: skip
    counts = counts_of(control, variant)
    lo, hi = score_interval(counts, q, scale, skewed=True)
    z = score_z(counts, 0.0 if scale == "absolute" else 1.0, scale, skewed=True)
    base = 1.0 if scale == "relative" else 0.0
    return Effect(
        scale, Status.OK, point, lo - base, None if hi is None else hi - base, level, "score",
        _unpooled_se(scale, control, variant), z, two_sided_p(z), control.value, variant.value, few_events=True,
    )  # fmt: skip


def newcombe(control: Estimate, variant: Estimate, level: float = 0.95) -> Effect:
    """Newcombe's hybrid score interval of the difference of two rates, for display beside the deciding interval."""
    tail = tail_of(level)
    if min(control.n, variant.n) == 0:
        return Effect(
            "absolute", Status.TOO_FEW, None, None, None, level, "newcombe", None, None, None,
            control.value, variant.value, few_events=True,
        )  # fmt: skip
    from statsmodels.stats.proportion import confint_proportions_2indep

    c = counts_of(control, variant)
    lo, hi = confint_proportions_2indep(c.x_v, c.n_v, c.x_c, c.n_c, method="newcomb", compare="diff", alpha=2 * tail)
    return Effect(
        "absolute", Status.OK, _point("absolute", *c.rates), float(lo), float(hi), level, "newcombe",
        None, None, None, control.value, variant.value, few_events=applies(control, variant),
    )  # fmt: skip


def _status(control: Estimate, variant: Estimate) -> Status:
    if too_few(control, variant):
        return Status.TOO_FEW
    everyone = control.events == control.n and variant.events == variant.n
    return Status.NOT_TESTABLE if everyone else Status.OK


def _point(scale: Scale, control: float | None, variant: float | None) -> float | None:
    if control is None or variant is None:
        return None
    if scale == "absolute":
        return variant - control
    return variant / control - 1 if control > 0 else None


def _unpooled_se(scale: Scale, control: Estimate, variant: Estimate) -> float | None:
    """Standard error for pooling over tests; the score interval is not built from it."""
    if control.variance is None or variant.variance is None or not control.value or variant.value is None:
        return None
    if scale == "absolute":
        return math.sqrt(control.variance + variant.variance)
    ratio = variant.value / control.value
    return math.sqrt(variant.variance + ratio**2 * control.variance) / control.value
