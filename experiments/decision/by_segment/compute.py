"""From moments by segment to effects by segment, at the level and on the scale of each metric's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.decision.by_segment.given import SegmentMoments, is_by_segment
from experiments.decision.by_segment.result import GroupResult, SegmentResult
from experiments.decision.by_segment.tested import drawn, tested
from experiments.decision.by_segment.words import GOAL_VERBS, OTHER_VERBS, group_verdict, segment_words
from experiments.decision.inputs import AnalysisInput, MetricPlan
from experiments.decision.metric_result import MetricResult
from experiments.decision.phrases import name
from experiments.decision.verdict import side
from experiments.decision.words import Verdict
from experiments.domain.metric import Role
from experiments.stats import effects
from experiments.stats.effect import Effect, Status
from experiments.stats.moments import Moments
from experiments.stats.segments import SegmentComparison, SegmentEffect, compare
from experiments.stats.tails import critical_value, tail_of

_UNTESTED = (Verdict.NOT_TESTABLE, Verdict.NOT_MEASURABLE)
_ORDER = {Role.GOAL: 0, Role.GUARDRAIL: 1}


def by_segment(given: AnalysisInput, rows: Sequence[MetricResult]) -> tuple[SegmentResult, ...]:
    """Goals first, then guardrails, then what was asked for; () where no moments by segment came or at no look.

    Args:
        rows: all rows of the report, which set level, boundary and scale.
    """
    if not given.segment_moments or not given.looks.is_look:
        return ()
    plans = sorted(filter(is_by_segment, given.metrics), key=lambda plan: _ORDER.get(plan.role, 2))
    found = {(row.variant, row.metric): row for row in rows}
    return tuple(
        result
        for variant in given.treatments
        for plan in plans
        if (row := found[variant.key, plan.key]).verdict not in _UNTESTED
        for result in _metric(given, plan, row)
    )


def _metric(given: AnalysisInput, plan: MetricPlan, row: MetricResult) -> list[SegmentResult]:
    pair = given.control.key, row.variant
    measured = {
        segment.key: {
            group: _effect(plan, row, moments[pair[0]], moments[pair[1]]) for group, moments in segment.groups.items()
        }
        for segment in given.segment_moments
    }
    tests = compare(measured)
    return [_result(segment, pair, row, test) for segment, test in zip(given.segment_moments, tests, strict=True)]


def _effect(plan: MetricPlan, row: MetricResult, control: Moments, variant: Moments) -> Effect:
    compute = effects.relative if row.deciding.scale == "relative" else effects.absolute
    return compute(plan.measure, control, variant, critical=row.critical, level=row.deciding.level)


def _result(
    segment: SegmentMoments, pair: tuple[str, str], row: MetricResult, test: SegmentComparison
) -> SegmentResult:
    units = {group: {key: moments[key].n for key in pair} for group, moments in segment.groups.items()}
    groups = tuple(_group(each, units[each.segment], row, differ=test.differ) for each in test.segments)
    return SegmentResult(
        variant=row.variant,
        metric=row.metric,
        title=row.title,
        role=row.role,
        direction=row.direction,
        kind=row.kind,
        segment=segment.key,
        segment_title=segment.title,
        groups=groups,
        **tested(test),
        words=segment_words(
            [(each.group, each.verdict) for each in groups],
            test,
            name(row),
            GOAL_VERBS if row.role is Role.GOAL else OTHER_VERBS,
        ),
    )


def _group(each: SegmentEffect, units: Mapping[str, int], row: MetricResult, *, differ: bool) -> GroupResult:
    shrunk, low, high = drawn(each, critical_value(tail_of(row.deciding.level), None, row.critical))
    return GroupResult(
        group=each.segment,
        units=units,
        effect=each.effect,
        shrunk=shrunk,
        shrunk_lo=low,
        shrunk_hi=high,
        verdict=group_verdict(
            side(each.effect, row.direction), has_interval=each.effect.status is Status.OK, differ=differ
        ),
    )
