"""Every planned test as one linear contrast: variant − weight · control + margin, against its standard error.

Superiority has weight 1 and no margin. Non-inferiority on a relative margin d has weight 1 − d (1 + d where lower is
better), which is the ratio form; on an absolute margin it has weight 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from experiments.stats.power.specs import Design, GoalSpec, GuardrailSpec, Spec

SUPERIORITY = "superiority, unpooled z: n_c = (z_α + z_β)² (s_c² + s_t²/κ) / δ²"
RELATIVE = (
    "non-inferiority in ratio form: n_c = (z_α + z_β)² (s_t²/κ + (1 ∓ d)² s_c²) / ((d ± l)² m²), "
    "upper signs where higher is better"
)
ABSOLUTE = "non-inferiority, absolute margin: n_c = (z_α + z_β)² (s_t²/κ + s_c²) / (M ± l)²"


@dataclass(frozen=True)
class PlannedTest:
    """A test reduced to what its power depends on.

    Attributes:
        key: metric.
        signal: expected size of the contrast under the planned truth, above 0.
        control_weight: factor on the control mean, r in m_t − r m_c.
        control_variance: variance per unit in the control.
        variant_variance: variance per unit in a variant, at the planned truth.
        orientation: 1 where a rise of the metric speaks for the variant, −1 where a fall does.
        formula: name and text of the sample-size formula.
        one_of: number of goals that share alpha with this one, itself included.
    """

    key: str
    signal: float
    control_weight: float
    control_variance: float
    variant_variance: float
    orientation: int
    formula: str
    one_of: int = 1

    def variance(self, allocation: float) -> float:
        """Variance of the contrast times the number of control units."""
        return self.variant_variance / allocation + self.control_weight**2 * self.control_variance

    def mean_z(self, n_control: float, allocation: float) -> float:
        """Expected z of a test without looks."""
        return self.signal * sqrt(n_control / self.variance(allocation))


def planned(spec: Spec) -> PlannedTest:
    """The contrast that tests a goal or a guardrail."""
    return _of_goal(spec) if isinstance(spec, GoalSpec) else _of_guardrail(spec)


def unit_variances(spec: Spec, change: float) -> tuple[float, float]:
    """Variance per unit in control and variant when the variant's value is changed by `change`."""
    kept = 1.0 - spec.r_squared
    if spec.kind == "rate":
        control, variant = spec.baseline, spec.baseline + change
        return kept * control * (1 - control), kept * variant * (1 - variant)
    assert spec.sd is not None
    return kept * spec.sd**2, kept * spec.sd**2


def assumptions_of(spec: Spec, design: Design) -> tuple[str, ...]:
    """What must be true for sizes of this metric under this design to be true."""
    lines = ["one row per randomised unit, units independent", f"one-sided alpha {design.alpha:g}"]
    if design.treatments > 1:
        lines.append(f"alpha / {design.treatments} for each variant against the control (Bonferroni)")
    if isinstance(spec, GoalSpec) and spec.one_of > 1:
        lines.append(f"alpha / {spec.one_of}, since one of {spec.one_of} goals is enough")
    if design.looks > 1:
        lines.append(f"{design.looks} equally spaced looks, {design.spending} spending, included as a factor on n")
    if spec.kind == "rate":
        lines.append("variance p(1 − p) in each arm, at its own planned rate")
    else:
        lines.append("the same standard deviation in all arms")
    if design.few:
        lines.append("few units: Student's t with n_c + n_t − 2 degrees of freedom (noncentral t)")
    if spec.r_squared > 0:
        lines.append(f"covariates remove {spec.r_squared:.0%} of the variance")
    return (*lines, _truth(spec))


def _truth(spec: Spec) -> str:
    if isinstance(spec, GoalSpec):
        return f"true effect {spec.effect:g}"
    if spec.expected_change == 0:
        return "the guardrail does not change in truth"
    return f"true {spec.margin_scale} change of the guardrail {spec.expected_change:g}"


def _of_goal(spec: GoalSpec) -> PlannedTest:
    control, variant = unit_variances(spec, spec.effect)
    orientation = 1 if spec.effect > 0 else -1
    return PlannedTest(spec.key, abs(spec.effect), 1.0, control, variant, orientation, SUPERIORITY, spec.one_of)


def _of_guardrail(spec: GuardrailSpec) -> PlannedTest:
    control, variant = unit_variances(spec, spec.change)
    room = spec.margin + spec.direction * spec.expected_change
    if spec.margin_scale == "absolute":
        return PlannedTest(spec.key, room, 1.0, control, variant, spec.direction, ABSOLUTE)
    weight = 1.0 - spec.direction * spec.margin
    return PlannedTest(spec.key, room * spec.baseline, weight, control, variant, spec.direction, RELATIVE)
