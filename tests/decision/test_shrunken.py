from __future__ import annotations

import json
from dataclasses import replace

import pytest

from experiments.decision.analyse import build_report
from experiments.decision.evidence import Arm
from experiments.decision.render_text import to_text
from experiments.decision.report import Report
from experiments.decision.shrinking import shrunken_effects
from experiments.decision.words import Action, Verdict
from experiments.domain.metric import Direction, Role
from experiments.stats.effect import Status
from experiments.stats.prior import Prior

WINNER = {"entry": {"cross": 0.125}}
KNOWN = "assumed to be 0 ± 5% until 10 are known (0 so far)"
LINE = "A cautious expectation is"


@pytest.fixture
def arm(build):
    """The one variant of an analysis with a clear gain."""
    report = build_report(build(WINNER))
    return Arm(report.treatments[0], report.rows("entry"))


def goal(report, variant="entry"):
    return next(row for row in report.rows(variant) if row.role is Role.GOAL)


def test_the_goal_of_a_variant_to_ship_is_shrunk_by_the_default_prior(build):
    report = build_report(build(WINNER))
    effect, raw = report.decision.shrunken["entry"], goal(report).relative
    weight = 0.05**2 / (0.05**2 + raw.se**2)
    half = 1.959964 * weight**0.5 * raw.se
    assert effect.metric == "cross-sell"
    assert effect.point == pytest.approx(weight * raw.point)
    assert (effect.lo, effect.hi) == pytest.approx((effect.point - half, effect.point + half))
    assert 0 < effect.point < raw.point
    assert (effect.level, effect.prior.mean, effect.prior.sd, effect.prior.source) == (0.95, 0.0, 0.05, "default")


@pytest.mark.parametrize(
    ("lifts", "action"),
    [
        ({"cross": 0.125, "up": -0.08}, Action.CANNIBALISING),
        ({"cross": -0.125}, Action.HARM),
        ({}, Action.NO_GAIN),
    ],
)
def test_nothing_is_shrunk_where_nothing_is_to_ship(build, lifts, action):
    report = build_report(build({"entry": lifts}))
    assert report.decision.action is action
    assert report.decision.shrunken is None
    assert LINE not in to_text(report)


def test_every_variant_to_ship_is_shrunk_and_the_text_names_the_best_one(build):
    report = build_report(build({"a": {"cross": 0.125}, "b": {"cross": 0.16}, "c": {"up": -0.1}}))
    assert (report.decision.variant, set(report.decision.shrunken)) == ("b", {"a", "b"})
    lines = [line for line in to_text(report).splitlines() if line.startswith(LINE)]
    assert len(lines) == 1
    assert f"+{100 * report.decision.shrunken['b'].point:.1f}% (" in lines[0]


def test_the_text_has_one_line_below_the_sentence(build):
    report = build_report(build(WINNER))
    effect = report.decision.shrunken["entry"]
    figures = f"+{100 * effect.point:.1f}% ({100 * effect.lo:.1f} to {100 * effect.hi:.1f})"
    lines = to_text(report).splitlines()
    at = lines.index(report.decision.sentence)
    assert lines[at + 1 : at + 3] == [
        f"{LINE} {figures}: the gain drawn towards what tests usually find, {KNOWN}.",
        "",
    ]


def test_a_stored_report_keeps_it_and_an_older_one_reads_without_it(build):
    report = build_report(build(WINNER))
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert plain["decision"]["shrunken"]["entry"]["prior"] == {"mean": 0.0, "sd": 0.05, "source": "default", "tests": 0}
    assert Report.from_dict(plain) == report
    del plain["decision"]["shrunken"]
    older = Report.from_dict(plain)
    assert older == replace(report, decision=replace(report.decision, shrunken=None))
    assert LINE not in to_text(older)


def test_a_goal_without_a_relative_effect_is_left_out(arm):
    row = arm.goals[0]
    unbounded = replace(row, relative=replace(row.relative, status=Status.UNBOUNDED, lo=None, hi=None, se=None))
    assert shrunken_effects([replace(arm, rows=(unbounded, *arm.guardrails))]) is None


def test_a_goal_that_falls_as_wanted_is_shrunk_towards_gains(arm):
    prior = Prior(0.02, 0.04, source="history", tests=12)
    up = shrunken_effects([arm], prior)["entry"]
    row = arm.goals[0]
    relative = replace(
        row.relative,
        point=-row.relative.point, lo=-row.relative.hi, hi=-row.relative.lo, statistic=-row.relative.statistic,
    )  # fmt: skip
    assert row.verdict is Verdict.BETTER
    down = shrunken_effects([replace(arm, rows=(replace(row, relative=relative, direction=Direction.LOWER),))], prior)
    assert (down["entry"].point, down["entry"].lo, down["entry"].hi) == pytest.approx((-up.point, -up.hi, -up.lo))
    assert down["entry"].prior.source == "history"


#: 1,500 on each side of a test that doubled what 8 % did: 6.7 standard errors from nothing.
DOUBLED = {"point": 1.004, "se": 0.2133, "lo": 0.636, "hi": 1.494}


@pytest.mark.parametrize("side", [1, -1])
def test_a_result_that_the_prior_does_not_know_has_no_expectation(build, arm, side):
    """Drawn towards 0 ± 5 % it read +5.2 % (−4.3 to 14.8), beside a measured +100.4 % (63.6 to 149.4)."""
    ends = sorted((side * DOUBLED["lo"], side * DOUBLED["hi"]))
    relative = replace(arm.goals[0].relative, point=side * 1.004, se=0.2133, lo=ends[0], hi=ends[1])
    row = replace(arm.goals[0], relative=relative, direction=Direction(side))
    effect = shrunken_effects([replace(arm, rows=(row,))])["entry"]
    assert (side * effect.point, effect.fits) == (pytest.approx(0.0523, abs=1e-4), False)
    report = build_report(build(WINNER))
    report = replace(report, decision=replace(report.decision, shrunken={"entry": effect}))
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    assert LINE not in to_text(report)
    said = "No cautious expectation is given: so large a gain does not fit what tests usually find, "
    assert said + KNOWN + "." in to_text(report)


def test_the_usual_winner_fits(build):
    assert build_report(build(WINNER)).decision.shrunken["entry"].fits
