"""What few agents forbid, and what a reader of a test of agents is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.agents import with_agents
from experiments.decision.analyse import build_report
from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.decision.quality import Handled, Quality
from experiments.decision.words import Verdict
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

SALES, SECONDS = (Measure("ratio", column, "contacts") for column in ("sales", "seconds"))


def given(agents: int, *, unit: str = "agent", handled: Handled | None = None) -> AnalysisInput:
    random = np.random.default_rng(agents)

    def side(lift: float) -> Moments:
        contacts = random.poisson(100, agents) + 1
        sales = random.binomial(contacts, np.clip(random.normal(0.1, 0.02, agents) * lift, 0.01, 0.9))
        rows = np.column_stack([sales, contacts * random.normal(600, 60, agents), contacts])
        return Moments.from_rows(rows, ("sales", "seconds", "contacts"))

    variants = (VariantFacts("control", "Control", 0.5, True), VariantFacts("guide", "Guide", 0.5))
    metrics = (
        MetricPlan("sales", "Sales", Role.GOAL, Direction.HIGHER, SALES, planned_effect=0.2),
        MetricPlan("seconds", "Seconds", Role.GUARDRAIL, Direction.LOWER, SECONDS, Margin(Scale.RELATIVE, 0.2)),
    )
    return AnalysisInput(
        ExperimentFacts("guide", "Guide", unit), variants, metrics, {"control": side(1.0), "guide": side(1.6)},
        {"control": agents, "guide": agents}, quality=Quality(handled=handled),
    )  # fmt: skip


@pytest.mark.parametrize(("agents", "tested", "warned"), [(9, False, False), (10, True, True), (20, True, False)])
def test_nothing_is_tested_of_fewer_than_ten_and_below_twenty_it_is_said(
    agents: int, tested: bool, warned: bool
) -> None:
    report = build_report(given(agents))
    verdicts = {row.verdict for row in report.metrics}
    assert (Verdict.NOT_TESTABLE not in verdicts) is tested
    assert any("below 20" in note for note in report.quality.notes) is warned
    if not tested:
        assert verdicts == {Verdict.NOT_TESTABLE}
        assert all("Only 9 agents in a variant" in row.note for row in report.metrics)


def test_other_units_are_left_as_they_are() -> None:
    customers = given(9, unit="customer")
    assert with_agents(customers) is customers


def test_customers_of_both_sides_and_contacts_of_nobody_are_told_of_from_a_twentieth_on() -> None:
    few = Handled(customers=1000, in_both=49, contacts=1000, unnamed=49, inside=900)
    assert with_agents(given(30, handled=few)).quality.notes == ()
    many = replace(few, in_both=50, unnamed=50)
    notes = with_agents(given(30, handled=many)).quality.notes
    assert [note[:5] for note in notes] == ["5.0% ", "5.0% "]
    assert "served by agents of several variants" in notes[0]
    assert "name no agent" in notes[1]
