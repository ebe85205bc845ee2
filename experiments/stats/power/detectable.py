"""The other way round: what a test of given size can find, and what it can rule out."""

from __future__ import annotations

from math import sqrt

from experiments.stats import normal
from experiments.stats.power import student
from experiments.stats.power.planned_test import assumptions_of, planned, unit_variances
from experiments.stats.power.result import Change, MinimumEffect, SmallestMargin
from experiments.stats.power.specs import Design, GoalSpec, GuardrailSpec

MDE = "minimum detectable effect, unpooled z: |δ| = (z_α + z_β) √((s_c² + s_t(δ)²/κ)/n_c), solved exactly for δ"
MARGIN = "smallest provable margin: the margin at which the non-inferiority sample size equals n"


def mde(spec: GoalSpec, n_control: float, design: Design | None = None) -> MinimumEffect:
    """Smallest true rise and fall that a test with `n_control` units in the control finds with the planned power.

    For a rate the variance of the variant depends on the effect, so rise and fall differ; the equation is quadratic
    in the effect and solved as such. The planned effect of the spec is not used.
    """
    chosen = design or Design()
    scale = _squared_z_per_unit(n_control, chosen, spec.one_of)
    if spec.kind == "rate":
        down, up = _rate_roots(spec, scale, chosen.allocation)
    else:
        control, variant = unit_variances(spec, 0.0)
        up = sqrt(scale * (control + variant / chosen.allocation))
        down = -up
    lines = tuple(line for line in assumptions_of(spec, chosen) if not line.startswith("true effect"))
    return MinimumEffect(
        spec.key, n_control, _change(spec, up), _change(spec, down), MDE, (*lines, f"power {chosen.power:g}")
    )


def smallest_margin(spec: GuardrailSpec, n_control: float, design: Design | None = None) -> SmallestMargin:
    """Smallest margin that a guardrail with `n_control` units in the control rules out with the planned power.

    The margin of the spec is not used; its scale, direction and expected change are.
    """
    chosen = design or Design()
    scale = _squared_z_per_unit(n_control, chosen)
    if spec.margin_scale == "absolute":
        room = sqrt(scale * planned(spec).variance(chosen.allocation))
        margin: float | None = room - spec.direction * spec.expected_change
    else:
        margin = _relative_margin(spec, scale, chosen.allocation)
    lines = (*assumptions_of(spec, chosen), f"power {chosen.power:g}")
    return SmallestMargin(spec.key, n_control, margin, spec.margin_scale, MARGIN, lines)


def _squared_z_per_unit(n_control: float, design: Design, one_of: int = 1) -> float:
    if n_control <= 0:
        raise ValueError(f"n_control == {n_control}, must be > 0.")
    z = normal.upper_quantile(design.level(one_of)) + normal.quantile(design.power)
    if design.few:
        z = student.needed(design.level(one_of), design.power, student.freedom(n_control, design.allocation))
    return z**2 * design.inflation(one_of) / n_control


def _rate_roots(spec: GoalSpec, scale: float, allocation: float) -> tuple[float, float]:
    """Roots of δ² = scale · [pq + (p + δ)(1 − p − δ)/κ]."""
    p, kept = spec.baseline, scale * (1.0 - spec.r_squared)
    square = 1.0 + kept / allocation
    linear = -kept * (1.0 - 2.0 * p) / allocation
    constant = -kept * p * (1.0 - p) * (1.0 + 1.0 / allocation)
    root = sqrt(linear**2 - 4.0 * square * constant)
    return (-linear - root) / (2.0 * square), (-linear + root) / (2.0 * square)


def _relative_margin(spec: GuardrailSpec, scale: float, allocation: float) -> float | None:
    """Larger root of (d + l)² m² = scale · [s_t²/κ + (1 ∓ d)² s_c²], signs by direction."""
    control, variant = unit_variances(spec, spec.change)
    mean_square = spec.baseline**2
    gain, sign = spec.direction * spec.expected_change, spec.direction
    square = mean_square - scale * control
    if square <= 0:
        return None
    linear = 2.0 * (mean_square * gain + sign * scale * control)
    constant = mean_square * gain**2 - scale * (variant / allocation + control)
    margin = (-linear + sqrt(linear**2 - 4.0 * square * constant)) / (2.0 * square)
    return margin if margin < 1.0 else None


def _change(spec: GoalSpec, effect: float) -> Change | None:
    if spec.kind == "rate" and not 0.0 < spec.baseline + effect < 1.0:
        return None
    return Change(effect, effect / spec.baseline if spec.baseline != 0 else None)
