"""Everything needed to rebuild one number by hand: counts, sums, covariances, formulas, and each step's result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from experiments.decision.analyse import metric_rows, prepared
from experiments.decision.formulas import Step, steps_of
from experiments.decision.inputs import AnalysisInput
from experiments.decision.metric_result import MetricResult
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.plain import to_plain
from experiments.stats.moments import Moments


@dataclass(frozen=True)
class GroupNumbers:
    """Sufficient statistics of one variant, of the columns the metric reads.

    Attributes:
        n: mature units.
        sums, means: one entry per column.
        covariance: per unit, with n − 1 in the denominator; one row per column.
    """

    variant: str
    n: int
    columns: tuple[str, ...]
    sums: tuple[float, ...]
    means: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Explanation:
    """One row of the report, taken apart.

    Attributes:
        control, variant: what was measured.
        steps: from the sums to the interval, in order.
        result: the row as the report prints it.
    """

    metric: str
    title: str
    control: GroupNumbers
    variant: GroupNumbers
    steps: tuple[Step, ...]
    result: MetricResult

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def explain(given: AnalysisInput, metric: str, variant: str | None = None) -> Explanation:
    """Take one number apart; without a variant, the first one beside the control.

    Raises:
        NotFoundError: where metric or variant is not part of the analysis.
        DomainError: between looks, when effects are not computed.
    """
    given = prepared(given)
    key = given.treatments[0].key if variant is None else variant
    plan = next((plan for plan in given.metrics if plan.key == metric), None)
    if plan is None:
        raise NotFoundError("metric", metric)
    if key not in {treatment.key for treatment in given.treatments}:
        raise NotFoundError("variant", key)
    if not given.looks.is_look:
        raise DomainError("between_looks", f"Effects are computed at planned looks only{_next_look(given)}.", "look")
    row = next(row for row in metric_rows(given) if (row.variant, row.metric) == (key, metric))
    groups = given.groups(plan, key)
    control, treatment = (
        _numbers(name, moments.select(plan.measure.columns))
        for name, moments in zip((given.control.key, key), groups, strict=True)
    )
    return Explanation(metric, plan.title, control, treatment, steps_of(plan.measure, groups, row), row)


def _next_look(given: AnalysisInput) -> str:
    return f"; the next one is on {given.looks.next_at[:10]}" if given.looks.next_at else ""


def _numbers(variant: str, moments: Moments) -> GroupNumbers:
    return GroupNumbers(
        variant,
        moments.n,
        moments.columns,
        tuple(float(moments.n * mean) for mean in moments.mean),
        tuple(float(mean) for mean in moments.mean),
        tuple(tuple(float(value) for value in line) for line in moments.cov),
    )
