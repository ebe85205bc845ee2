"""What must be true of every report, whatever the data."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from experiments.decision.analyse import build_report
from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.decision.looks import Looks
from experiments.decision.net import NetValue
from experiments.decision.report import Report
from experiments.decision.words import Action, Verdict
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.domain.plan import GoalRule
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
COLUMNS = ("cross", "up", "calls", "visits")
#: Verdicts a row of each role may carry beside those that say why there is none.
ALLOWED = {
    Role.GOAL: {Verdict.BETTER, Verdict.WORSE},
    Role.GUARDRAIL: {Verdict.HOLDS, Verdict.BROKEN},
    Role.SECONDARY: {Verdict.BETTER, Verdict.WORSE},
    Role.EXPLORATORY: {Verdict.BETTER, Verdict.WORSE},
}
NONE = {Verdict.NOT_SHOWN, Verdict.TOO_FEW, Verdict.NOT_TESTABLE, Verdict.NOT_MEASURABLE}

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
directions = st.sampled_from(list(Direction))


@st.composite
def moments(draw: st.DrawFn, base: tuple[float, ...]) -> Moments:
    n = draw(st.sampled_from([0, 1, 30, 400, 5_000, 80_000, 400_000]))
    lifts = draw(st.tuples(*[st.sampled_from([-0.4, -0.1, -0.03, 0.0, 0.01, 0.06, 0.12, 0.5])] * 4))
    rho = draw(st.sampled_from([-0.3, 0.0, 0.6]))
    p = np.array(base) * (1 + np.array(lifts))
    p = np.array([round(rate * n) / n if n else 0.0 for rate in p])
    spread = np.sqrt(p * (1 - p) * n / max(n - 1, 1))
    cov = rho * np.outer(spread, spread)
    np.fill_diagonal(cov, spread**2)
    return Moments(n, COLUMNS, p, cov if n > 1 else np.zeros((4, 4)))


@st.composite
def margins(draw: st.DrawFn) -> Margin:
    if draw(st.booleans()):
        return Margin(Scale.RELATIVE, draw(st.sampled_from([0.02, 0.05, 0.2])))
    return Margin(Scale.ABSOLUTE, draw(st.sampled_from([0.0005, 0.002, 0.02])))


@st.composite
def plans(draw: st.DrawFn) -> tuple[MetricPlan, ...]:
    goals = [
        MetricPlan("cross", "Cross-sell", Role.GOAL, draw(directions), Measure("rate", "cross"), planned_effect=0.1)
    ]
    if draw(st.booleans()):
        goals.append(MetricPlan("visits", "Visits", Role.GOAL, draw(directions), Measure("mean", "visits")))
    guardrails = [
        MetricPlan(
            "up", "Up-sell", Role.GUARDRAIL, draw(directions), Measure("rate", "up"), margin=draw(margins()),
            protected=draw(st.booleans()), measurable=draw(st.sampled_from([True, True, True, False])),
        ),
        MetricPlan(
            "calls", "Calls", Role.GUARDRAIL, draw(directions), Measure("ratio", "calls", "visits"),
            margin=draw(margins()),
        ),
    ]  # fmt: skip
    others = [
        MetricPlan("s1", "Second", Role.SECONDARY, draw(directions), Measure("rate", "up")),
        MetricPlan("s2", "Third", Role.SECONDARY, draw(directions), Measure("mean", "calls")),
        MetricPlan("e", "Explored", Role.EXPLORATORY, draw(directions), Measure("rate", "visits")),
    ]
    return (*goals, *guardrails[: draw(st.integers(0, 2))], *others)


@st.composite
def analyses(draw: st.DrawFn) -> AnalysisInput:
    base = draw(st.sampled_from([(0.03, 0.04, 0.06, 0.5), (0.3, 0.2, 0.1, 0.4), (0.001, 0.002, 0.003, 0.01)]))
    keys = ["control", "a", "b", "c"][: draw(st.integers(2, 4))]
    held = {key: draw(moments(base)) for key in keys}
    number = draw(st.integers(1, 5))
    looks = Looks(FIVE, number, is_look=draw(st.sampled_from([True, True, True, False])), final=number == 5)
    value = draw(st.sampled_from([None, NetValue(9, 4, 14), NetValue(-9, -14, -4), NetValue(0, -5, 5)]))
    return AnalysisInput(
        experiment=ExperimentFacts("key", "Title"),
        variants=tuple(VariantFacts(key, key.upper(), 1 / len(keys), key == "control") for key in keys),
        metrics=draw(plans()),
        moments=held,
        exposed=dict.fromkeys(keys, draw(st.sampled_from([0, 1_000, 400_000]))),
        looks=looks if draw(st.booleans()) else Looks(),
        goal_rule=draw(st.sampled_from(list(GoalRule))),
        net={} if value is None else dict.fromkeys(keys[1:], value),
    )


@few
@given(analyses())
def test_every_report_is_json_and_reads_back(given_analysis):
    report = build_report(given_analysis)
    text = json.dumps(report.to_dict(), allow_nan=False)
    assert Report.from_dict(json.loads(text)) == report


@few
@given(analyses())
def test_every_row_has_one_verdict_that_its_role_allows(given_analysis):
    report = build_report(given_analysis)
    assert len(report.metrics) == len(given_analysis.metrics) * len(given_analysis.treatments)
    for row in report.metrics:
        assert row.verdict in ALLOWED[row.role] | NONE
        if not report.look.is_look:
            assert row.verdict in {Verdict.NOT_SHOWN, Verdict.NOT_MEASURABLE}


@few
@given(analyses())
def test_better_and_worse_are_what_the_printed_interval_says(given_analysis):
    for row in build_report(given_analysis).metrics:
        if row.role is Role.GUARDRAIL or row.verdict in NONE - {Verdict.NOT_SHOWN}:
            continue
        ends = row.deciding.lo, row.deciding.hi
        good, bad = (ends[0], ends[1]) if row.direction > 0 else (ends[1], ends[0])
        assert (row.verdict is Verdict.BETTER) == (good is not None and row.direction * good > 0)
        assert (row.verdict is Verdict.WORSE) == (bad is not None and row.direction * bad < 0)


@few
@given(analyses())
def test_holds_is_what_the_bound_and_the_printed_interval_say(given_analysis):
    for row in build_report(given_analysis).metrics:
        test = row.noninferiority
        if test is None or test.bound is None or row.verdict is Verdict.NOT_MEASURABLE:
            assert row.verdict is not Verdict.HOLDS
            continue
        gap = row.direction * test.bound + test.margin
        if abs(gap) > 1e-9:
            assert (row.verdict is Verdict.HOLDS) == (gap > 0)
        end = row.effect.lo if row.direction > 0 else row.effect.hi
        assert end == pytest.approx(test.bound, rel=1e-6, abs=1e-9)
        if row.verdict is Verdict.BROKEN:
            other = row.deciding.hi if row.direction > 0 else row.deciding.lo
            assert row.direction * other < 0


@few
@given(analyses())
def test_a_ship_is_never_said_over_a_guardrail_that_does_not_hold(given_analysis):
    report = build_report(given_analysis)
    decision = report.decision
    assert decision.title.startswith("Ship") == (decision.action is Action.SHIP)
    assert decision.sentence.startswith("Ship") == (decision.action is Action.SHIP)
    for variant, action in decision.variants.items():
        if action is Action.SHIP:
            rows = report.rows(variant)
            assert all(row.verdict is Verdict.HOLDS for row in rows if row.role is Role.GUARDRAIL)
            assert any(row.verdict is Verdict.BETTER for row in rows if row.role is Role.GOAL)
            assert not any(row.verdict is Verdict.WORSE for row in rows if row.role is Role.GOAL)
    if decision.action is Action.SHIP:
        assert decision.variants[decision.variant] is Action.SHIP
    else:
        assert decision.variant is None


@few
@given(analyses())
def test_actions_are_exclusive_and_follow_from_the_rows(given_analysis):
    report = build_report(given_analysis)
    if report.decision.action is Action.INVALID or not report.look.is_look or report.decision.reasons == ():
        return
    for variant, action in report.decision.variants.items():
        goals = [row for row in report.rows(variant) if row.role is Role.GOAL]
        guards = [row for row in report.rows(variant) if row.role is Role.GUARDRAIL]
        better = [row.verdict is Verdict.BETTER for row in goals]
        superior = all(better) if given_analysis.goal_rule is GoalRule.ALL else any(better)
        broken = [row for row in guards if row.verdict is Verdict.BROKEN]
        worse = bool(broken) or any(row.verdict is Verdict.WORSE for row in goals)
        holds = all(row.verdict is Verdict.HOLDS for row in guards)
        net = given_analysis.net.get(variant)
        expected = {
            Action.CANNIBALISING: superior and any(row.protected for row in broken),
            Action.HARM: worse and not (superior and any(row.protected for row in broken)),
            Action.NET_LOSS: superior and holds and not worse and net is not None and net.is_loss,
            Action.SHIP: superior and holds and not worse and not (net is not None and net.is_loss),
        }
        decided = [named for named, true in expected.items() if true]
        assert len(decided) <= 1
        assert action in (decided or [Action.NO_GAIN, Action.INCONCLUSIVE])
        if action is Action.NO_GAIN:
            assert holds
            assert not superior


@few
@given(analyses())
def test_the_order_of_the_variants_changes_no_action(given_analysis):
    turned = replace(given_analysis, variants=given_analysis.variants[::-1])
    assert build_report(turned).decision.variants == build_report(given_analysis).decision.variants


@few
@given(st.integers(2_000, 60_000), st.integers(2_000, 60_000), st.floats(0.1, 0.6), st.floats(0.1, 0.6), directions)
def test_swapping_the_labels_swaps_better_and_worse(n, m, p, q, direction):
    a, b = (Moments.from_counts(size, round(size * rate), "y") for size, rate in ((n, p), (m, q)))
    assume(abs(n - m) < 0.6 * (n + m))
    plan = MetricPlan("y", "Y", Role.GOAL, direction, Measure("rate", "y"))

    def row(control, variant):
        analysis = AnalysisInput(
            ExperimentFacts("k", "T"),
            (VariantFacts("c", "C", 0.5, control=True), VariantFacts("v", "V", 0.5)),
            (plan,), {"c": control, "v": variant}, {"c": control.n, "v": variant.n},
        )  # fmt: skip
        return build_report(analysis).metrics[0]

    there, back = row(a, b), row(b, a)
    mirrored = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER, Verdict.NOT_SHOWN: Verdict.NOT_SHOWN}
    assert back.verdict is mirrored[there.verdict]
    assert back.absolute.point == pytest.approx(-there.absolute.point)
    assert back.absolute.lo == pytest.approx(-there.absolute.hi)
    # Lifts mirror as quotients: 1 + R becomes 1 / (1 + R).
    assert 1 + back.relative.lo == pytest.approx(1 / (1 + there.relative.hi))
