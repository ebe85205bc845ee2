"""Hand-built analyses: moments of 0/1 columns from counts, and one builder for every situation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.decision.looks import Looks
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

N = 100_000
#: Rates of the three metrics in the control: cross-sell, up-sell, calls.
BASE = {"cross": 0.0315, "up": 0.0426, "calls": 0.0589}

MomentsOf = Callable[..., Moments]
Build = Callable[..., AnalysisInput]


def _moments_of(n: int = N, correlation: float = 0.0, **rates: float) -> Moments:
    """Moments of independent 0/1 columns, or of columns with one common correlation."""
    p = np.array(list(rates.values()))
    variances = p * (1 - p) * n / max(n - 1, 1)
    cov = correlation * np.sqrt(np.outer(variances, variances))
    np.fill_diagonal(cov, variances)
    return Moments(n, tuple(rates), p, cov)


def _metrics() -> tuple[MetricPlan, ...]:
    five_percent = Margin(Scale.RELATIVE, 0.05)
    return (
        MetricPlan(
            "cross-sell", "Cross-sell orders", Role.GOAL, Direction.HIGHER, Measure("rate", "cross"),
            planned_effect=0.08,
        ),
        MetricPlan(
            "up-sell", "Up-sell orders", Role.GUARDRAIL, Direction.HIGHER, Measure("rate", "up"),
            margin=five_percent, protected=True,
        ),
        MetricPlan(
            "calls", "Calls within 7 days", Role.GUARDRAIL, Direction.LOWER, Measure("rate", "calls"),
            margin=five_percent,
        ),
    )  # fmt: skip


def _build(
    effects: Mapping[str, Mapping[str, float]] | None = None,
    n: int = N,
    metrics: tuple[MetricPlan, ...] | None = None,
    correlation: float = 0.0,
    **changes: Any,
) -> AnalysisInput:
    """An analysis whose control has the base rates and whose variants have the given relative effects."""
    arms = {"entry": {}} if effects is None else effects
    plans = _metrics() if metrics is None else metrics
    moments = {"control": _moments_of(n, correlation, **BASE)}
    for key, lifts in arms.items():
        rates = {column: rate * (1 + lifts.get(column, 0.0)) for column, rate in BASE.items()}
        moments[key] = _moments_of(n, correlation, **rates)
    weight = 1 / (len(arms) + 1)
    variants = [VariantFacts("control", "Control", weight, control=True)]
    variants += [VariantFacts(key, key.replace("-", " ").capitalize(), weight) for key in arms]
    given = AnalysisInput(
        experiment=ExperimentFacts("tv-entry", "Personal entry on TV pages"),
        variants=tuple(variants),
        metrics=plans,
        moments=moments,
        exposed={key: moments_of_arm.n for key, moments_of_arm in moments.items()},
        data_until="2026-05-12T00:00:00+00:00",
        computed_at="2026-05-12T04:00:00+00:00",
    )
    return replace(given, **changes)


@pytest.fixture
def moments_of() -> MomentsOf:
    """Builds Moments of 0/1 columns from rates."""
    return _moments_of


@pytest.fixture
def build() -> Build:
    """Builds an AnalysisInput from relative effects per variant and column."""
    return _build


@pytest.fixture
def plans() -> dict[str, MetricPlan]:
    """The three standard metrics by key."""
    return {plan.key: plan for plan in _metrics()}


@pytest.fixture
def look() -> Callable[..., Looks]:
    """Builds the k-th of five equally spaced looks."""

    def of(number: int, **changes: Any) -> Looks:
        looks = Looks(
            planned=(0.2, 0.4, 0.6, 0.8, 1.0), number=number, final=number == 5,
            next_at=None if number == 5 else "2026-05-14",
        )  # fmt: skip
        return replace(looks, **changes)

    return of
