"""The numbers of one metric in one variant at a given bar, and the verdict they give."""

from __future__ import annotations

from dataclasses import replace

from experiments.decision.bar import Bar
from experiments.decision.inputs import MetricPlan
from experiments.decision.metric_result import MetricResult, Shown
from experiments.decision.verdict import goal_verdict, guardrail_verdict, is_harmed
from experiments.decision.words import Verdict
from experiments.domain.metric import Role, Scale
from experiments.stats import effects, noninferiority
from experiments.stats.boundaries import STOPPABLE
from experiments.stats.effect import Effect, NonInferiority, Status
from experiments.stats.moments import Moments

WITHHELD = "withheld"


def judged_row(
    plan: MetricPlan,
    variant: str,
    groups: tuple[Moments, Moments],
    deciding: Bar,
    harm: Bar | None = None,
    blocked: str | None = None,
) -> MetricResult:
    """The row of one metric with the verdict at its bar.

    Where harm shows at the harm bar, the row is printed at that bar, so that its interval is always the one its
    verdict used.

    Args:
        groups: moments of the control and of the variant.
        deciding: bar of superiority and non-inferiority.
        harm: bar of harm for goals and guardrails; None for metrics that are not part of the rule.
        blocked: sentence that says why the metric is not testable, where it is not.
    """
    if blocked is not None or not plan.measurable:
        row = _numbers(plan, variant, groups, deciding)
        verdict = Verdict.NOT_TESTABLE if plan.measurable else Verdict.NOT_MEASURABLE
        return replace(row, verdict=verdict, note=blocked or "This audience cannot make this sale.")
    if harm is not None and harm != deciding:
        at_harm = _numbers(plan, variant, groups, harm)
        if is_harmed(at_harm):
            return _with_verdict(at_harm, f"Judged at the harm boundary, one-sided {harm.alpha:g}.")
    return _with_verdict(_numbers(plan, variant, groups, deciding), _boundary_note(deciding))


def withheld_row(plan: MetricPlan, variant: str, bar: Bar) -> MetricResult:
    """The row between looks: which metric, and no number."""
    row = _row(plan, variant, _withheld("absolute", bar), _withheld("relative", bar), None)
    if not plan.measurable:
        return replace(row, verdict=Verdict.NOT_MEASURABLE, note="This audience cannot make this sale.")
    return replace(row, note="Shown at the next planned look.")


def _numbers(plan: MetricPlan, variant: str, groups: tuple[Moments, Moments], bar: Bar) -> MetricResult:
    absolute = effects.absolute(plan.measure, *groups, critical=bar.critical, level=bar.level)
    relative = effects.relative(plan.measure, *groups, critical=bar.critical, level=bar.level)
    row = _row(plan, variant, absolute, relative, _noninferiority(plan, groups, bar))
    return replace(row, critical=bar.critical)


def _noninferiority(plan: MetricPlan, groups: tuple[Moments, Moments], bar: Bar) -> NonInferiority | None:
    if plan.margin is None:
        return None
    test = noninferiority.relative if plan.margin.scale is Scale.RELATIVE else noninferiority.absolute
    return test(
        plan.measure, *groups, plan.margin.value,
        direction=plan.direction.value, alpha=bar.alpha, critical=bar.critical,
    )  # fmt: skip


def _row(
    plan: MetricPlan, variant: str, absolute: Effect, relative: Effect, test: NonInferiority | None
) -> MetricResult:
    return MetricResult(
        metric=plan.key,
        title=plan.title,
        role=plan.role,
        direction=plan.direction,
        kind=plan.kind,
        variant=variant,
        control_value=absolute.control,
        variant_value=absolute.variant,
        absolute=absolute,
        relative=relative,
        shown=_scale_shown(plan, relative),
        margin=plan.margin,
        noninferiority=test,
        adjusted_p=None,
        verdict=Verdict.NOT_SHOWN,
        few_events=absolute.few_events,
        protected=plan.protected,
        planned_effect=plan.planned_effect,
        measured_in=plan.measured_in,
    )


def _scale_shown(plan: MetricPlan, relative: Effect) -> Shown:
    if plan.margin is not None:
        return "relative" if plan.margin.scale is Scale.RELATIVE else "absolute"
    return "relative" if relative.status is Status.OK or relative.form == WITHHELD else "absolute"


def _with_verdict(row: MetricResult, note: str | None) -> MetricResult:
    verdict = guardrail_verdict(row) if row.role is Role.GUARDRAIL else goal_verdict(row)
    notes = [note, _own_note(row, verdict)]
    return replace(row, verdict=verdict, note=" ".join(part for part in notes if part) or None)


def _own_note(row: MetricResult, verdict: Verdict) -> str | None:
    if verdict is Verdict.HOLDS and goal_verdict(row) is Verdict.WORSE:
        return "A small measured loss, inside the margin."
    if row.role is Role.EXPLORATORY:
        return "Exploratory: not corrected for the number of metrics."
    return None


def _boundary_note(bar: Bar) -> str | None:
    if bar.critical is not None and bar.critical > STOPPABLE:
        return "So early that no result could stop the test."
    return None


def _withheld(scale: Shown, bar: Bar) -> Effect:
    nothing = None
    return Effect(
        scale, Status.NOT_TESTABLE, nothing, nothing, nothing, bar.level, WITHHELD,
        nothing, nothing, nothing, nothing, nothing,
    )  # fmt: skip
