"""Effects of one measure on the absolute and the relative scale.

Both scales share one critical value and one test: the relative interval is Fieller's, which excludes 0 exactly when
the absolute interval does. An interval "absolute effect / control value" would treat the control as known, and a
plain delta interval disagrees with the test in 2 to 9 % of small samples; neither is offered.
"""

from __future__ import annotations

import math

from experiments.stats import fewevents
from experiments.stats.contrast import SMALLEST, Contrast, contrast
from experiments.stats.effect import Effect, Scale, Status
from experiments.stats.fieller import quotient
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Moments
from experiments.stats.tails import critical_value, tail_of, two_sided_p


def absolute(
    measure: Measure,
    control: Moments,
    variant: Moments,
    critical: float | None = None,
    level: float = 0.95,
) -> Effect:
    """Difference variant − control, in the unit of the measure.

    The form is unpooled z, Welch's t where a group of a mean or ratio has under 200 units, and the score form for a
    rate with few events (see `fewevents`).

    Args:
        measure: what is compared; its covariates adjust the values, except in the score form.
        control: moments of the control.
        variant: moments of the variant.
        critical: boundary z of a planned look, which then sets the interval; None for the quantile of `level`.
        level: two-sided confidence level of the interval (of all looks together where `critical` is given).

    Raises:
        KeyError: where the moments lack a column.
        ValueError: where level or critical is out of range.
    """
    counts = estimate(measure, control), estimate(measure, variant)
    if fewevents.applies(*counts):
        return fewevents.score_effect("absolute", *counts, critical=critical, level=level)
    return absolute_of(contrast(measure, control, variant, estimates=counts), critical, level)


def relative(
    measure: Measure,
    control: Moments,
    variant: Moments,
    critical: float | None = None,
    level: float = 0.95,
) -> Effect:
    """Lift variant / control − 1 with Fieller's interval; arguments and errors as in `absolute`.

    The status is unbounded where the control's value cannot be told from zero, and not_testable where it is clearly
    negative, since a share of a negative value has no direction.
    """
    counts = estimate(measure, control), estimate(measure, variant)
    if fewevents.applies(*counts):
        return fewevents.score_effect("relative", *counts, critical=critical, level=level)
    return relative_of(contrast(measure, control, variant, estimates=counts), critical, level)


def log_relative(
    measure: Measure,
    control: Moments,
    variant: Moments,
    critical: float | None = None,
    level: float = 0.95,
) -> Effect:
    """Lift with an interval on the log scale: a cross-check of `relative` for display, never the deciding interval.

    Arguments and errors as in `absolute`. The status is unbounded unless both values are positive.
    """
    found = contrast(measure, control, variant)
    tail = tail_of(level)
    a, b = found.control, found.variant
    if found.status is not Status.OK or a is None or b is None:
        return _without_interval("relative", found.status, found, level, "log")
    if min(a, b) <= 0:
        return _without_interval("relative", Status.UNBOUNDED, found, level, "log")
    df = found.df_against(b / a)
    q = critical_value(tail, df, critical)
    se = math.sqrt(found.variance_against(b / a)) / b
    z = math.log(b / a) / se
    lo, hi = (b / a * math.exp(sign * q * se) - 1 for sign in (-1, 1))
    return Effect("relative", Status.OK, b / a - 1, lo, hi, level, "log", se, z, two_sided_p(z, df), a, b, df)


def absolute_of(found: Contrast, critical: float | None = None, level: float = 0.95) -> Effect:
    """Absolute effect of a contrast that is already there (strata, quantiles)."""
    df, delta = found.df, found.delta
    q = critical_value(tail_of(level), df, critical)
    form = "z" if df is None else "welch"
    if found.status is not Status.OK or delta is None:
        return _without_interval("absolute", found.status, found, level, form)
    se = math.sqrt(found.variance)
    z = delta / se
    return Effect(
        "absolute", Status.OK, delta, delta - q * se, delta + q * se, level, form,
        se, z, two_sided_p(z, df), found.control, found.variant, df,
    )  # fmt: skip


def relative_of(found: Contrast, critical: float | None = None, level: float = 0.95) -> Effect:
    """Relative effect of a contrast that is already there; its p-value is that of the absolute effect."""
    df, delta, base, variance = found.df, found.delta, found.control, found.variance
    q = critical_value(tail_of(level), df, critical)
    if found.status is not Status.OK or delta is None or base is None:
        return _without_interval("relative", found.status, found, level, "fieller")
    # Numerator δ and not the variant itself: the sign of the product of the roots is then that of the absolute test.
    ratio = quotient(delta, base, variance, found.v_control, found.covariance - found.v_control, q)
    if not ratio.estimable:
        return _without_interval("relative", Status.UNBOUNDED, found, level, "fieller")
    if base < 0:
        return _without_interval("relative", Status.NOT_TESTABLE, found, level, "fieller")
    z = delta / math.sqrt(variance)
    # The delta method's standard error serves pooling over tests; the interval is not built from it.
    se = math.sqrt(found.variance_against(1 + delta / base)) / base
    return Effect(
        "relative", Status.OK, ratio.point, ratio.lo, ratio.hi, level, "fieller",
        se, z, two_sided_p(z, df), base, found.variant, df,
    )  # fmt: skip


def _without_interval(scale: Scale, status: Status, found: Contrast, level: float, form: str) -> Effect:
    """What can still be said without an interval: the values, the point, and the test where there is one."""
    delta, base = found.delta, found.control
    point = delta
    if scale == "relative":
        point = None if delta is None or base is None or base < SMALLEST else delta / base
    z = p = None
    if status is Status.UNBOUNDED and delta is not None and found.variance > 0:
        z = delta / math.sqrt(found.variance)
        p = two_sided_p(z, found.df)
    return Effect(
        scale, status, point, None, None, level, form, None, z, p, base, found.variant, found.df
    )  # fmt: skip
