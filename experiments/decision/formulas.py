"""The steps from sums to intervals, as formulas with their results.

The formulas are those the statistics use; the results come from the statistics and are not computed a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.decision.metric_result import MetricResult
from experiments.stats.contrast import Contrast, contrast
from experiments.stats.effect import Effect, NonInferiority
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Moments
from experiments.stats.tails import critical_value, tail_of


@dataclass(frozen=True)
class Step:
    """One step: what it is, how it is computed, and what came out (None where it could not be computed)."""

    name: str
    formula: str
    value: float | None


_VALUE = {
    "rate": ("p = sum / n", "V = p (1 − p) / n"),
    "mean": ("m = sum / n", "V = variance / n"),
    "ratio": (
        "r = sum of numerator / sum of denominator",
        "V = (S_nn − 2 r S_nd + r² S_dd) / (n × mean of denominator²)",
    ),
}
_ADJUSTED = (
    "A = m − θ'(mean of covariates − pooled mean of covariates), θ = S_xx⁻¹ S_xy per variant",
    "V = (S_yy − θ' S_xx θ) / n + θ' S_xx,pooled θ / (n_c + n_t)",
    "Cov = θ_c' S_xx,pooled θ_t / (n_c + n_t)",
)
_UNEVEN = "V / [n / (n − 1) × (1 − 2 κ² / n + κ / n)], κ = 1 + cv² of the denominator; degrees of freedom n / κ − 1"
_SCORE = (
    "Score form (Miettinen and Nurminen, corrected for skewness): both rates are estimated under the value tested, "
    "and the interval holds every value whose |z| stays below q"
)


def steps_of(measure: Measure, groups: tuple[Moments, Moments], row: MetricResult) -> tuple[Step, ...]:
    """All steps of one row."""
    return (
        *_value_steps(measure, groups, row),
        Step("q", _critical_formula(row), _q(row)),
        *_effect_steps("absolute", row.absolute),
        *_effect_steps("relative", row.relative),
        *_noninferiority_steps(row, row.noninferiority),
    )


def _value_steps(measure: Measure, groups: tuple[Moments, Moments], row: MetricResult) -> Iterator[Step]:
    value, variance = _VALUE[measure.kind]
    for name, moments in zip(("control", "variant"), groups, strict=True):
        found = estimate(measure, moments)
        yield Step(f"value, {name}", value, found.value)
        yield Step(f"V, {name}", variance, found.variance)
    if measure.covariates and not row.few_events:
        yield from _adjusted_steps(contrast(measure, *groups))
    elif measure.groups:
        allowed = contrast(measure, *groups)
        yield Step("V of few uneven groups, control", _UNEVEN, allowed.v_control)
        yield Step("V of few uneven groups, variant", _UNEVEN, allowed.v_variant)


def _adjusted_steps(found: Contrast) -> Iterator[Step]:
    value, variance, covariance = _ADJUSTED
    yield Step("adjusted value, control", value, found.control)
    yield Step("adjusted value, variant", value, found.variant)
    yield Step("adjusted V, control", variance, found.v_control)
    yield Step("adjusted V, variant", variance, found.v_variant)
    yield Step("Cov of the two adjusted values", covariance, found.covariance)
    yield Step("variance removed", "1 − adjusted variance of the effect / unadjusted", found.reduction)


def _critical_formula(row: MetricResult) -> str:
    if row.critical is not None:
        return "boundary z of this look"
    if row.absolute.df is not None:
        return f"quantile of Student's t with {row.absolute.df:.1f} degrees of freedom, level {row.absolute.level:g}"
    return f"normal quantile, level {row.absolute.level:g}"


def _q(row: MetricResult) -> float:
    return critical_value(tail_of(row.absolute.level), row.absolute.df, row.critical)


def _effect_steps(scale: str, effect: Effect) -> Iterator[Step]:
    point, interval = _FORMULAS[scale]
    if effect.form == "score":
        interval = _SCORE
    yield Step(f"{scale} effect", point, effect.point)
    if scale == "absolute":
        yield Step("standard error", "se = √(V_c + V_t − 2 Cov)", effect.se)
        yield Step("z", _SCORE if effect.form == "score" else "z = δ / se", effect.statistic)
        yield Step("p, two-sided", "2 P(X > |z|)", effect.p)
    yield Step(f"{scale} effect, lower end", interval, effect.lo)
    yield Step(f"{scale} effect, upper end", interval, effect.hi)


_FORMULAS = {
    "absolute": ("δ = value of variant − value of control", "δ ∓ q se"),
    "relative": (
        "R − 1, R = value of variant / value of control",
        "Fieller: every R − 1 with (m_t − R m_c)² ≤ q² (V_t − 2 R Cov + R² V_c)",
    ),
}


def _noninferiority_steps(row: MetricResult, test: NonInferiority | None) -> Iterator[Step]:
    if test is None:
        return
    sign = "1 − d" if row.direction > 0 else "1 + d"
    formula = {
        "ratio": f"z = (m_t − ({sign}) m_c) / √(V_t + ({sign})² V_c − 2 ({sign}) Cov), signed so that large is good",
        "score": _SCORE,
    }.get(test.form, "z = (δ + d) / se, signed so that large is good")
    yield Step(f"margin d, {test.margin_scale}", "as planned", test.margin)
    yield Step("z of non-inferiority", formula, test.statistic)
    yield Step("p, one-sided", "P(X > z)", test.p)
    yield Step("bound", "end of the interval on the bad side; holds where it clears the margin", test.bound)
