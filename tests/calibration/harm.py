"""False harm over planned looks.

The harm boundary is .01 at each look and .025 at the last, without a correction for the number of looks: its promise
per metric is the chance that the path of a metric without effect crosses it anywhere. Where the boundary of the
decision is the lower one (the fourth of five looks), the decision's counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from experiments.decision.bar import HARM_AT_LOOKS, decision_bar, harm_bar
from experiments.decision.inputs import MetricPlan
from experiments.decision.looks import Looks
from experiments.decision.row import judged_row
from experiments.decision.verdict import is_harmed
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats import boundaries
from experiments.stats.moments import Moments
from tests.calibration.levels import ALPHA, LOOKS, MARGIN
from tests.calibration.populations import RATE, Random
from tests.calibration.rows import Row

TIMES = boundaries.equally_spaced(LOOKS)
PLAN = [Looks(TIMES, number, final=number == LOOKS) for number in range(1, LOOKS + 1)]
GOAL = MetricPlan("goal", "Goal", Role.GOAL, Direction.HIGHER, RATE.measure)
GUARDRAIL = MetricPlan(
    "guardrail", "Guardrail", Role.GUARDRAIL, Direction.HIGHER, RATE.measure, margin=Margin(Scale.RELATIVE, MARGIN)
)
CASE = f"rate 5 %, 2 × {RATE.n_control:,} a look, no effect"


def false_harm(random: Random, runs: int) -> Iterator[Row]:
    """How often a metric that nothing happened to is called worse or broken at any of five looks."""
    critical = [harm_bar(look, decision_bar(look, ALPHA)).z for look in PLAN]
    promise = sum(boundaries.exit_probabilities(TIMES, critical, sides=1).upper)
    early = anywhere = broken = 0
    for _ in range(runs):
        arms = [_looks(random), _looks(random)]
        worse = _harmed(GOAL, *arms)
        early += worse[0]
        anywhere += any(worse)
        broken += any(_harmed(GUARDRAIL, *arms))
    study = f"harm boundary, {LOOKS} looks"
    yield Row(study, CASE, "goal worse at the first look", HARM_AT_LOOKS, "equal", early, runs)
    yield Row(study, CASE, "goal worse at any look", promise, "equal", anywhere, runs)
    yield Row(
        study, CASE, "goal worse at any look, against looks × .01", LOOKS * HARM_AT_LOOKS, "at_most", anywhere, runs
    )
    yield Row(study, CASE, "guardrail broken at any look", promise, "at_most", broken, runs)


def _looks(random: Random) -> list[Moments]:
    return list(accumulate(RATE.draw(random, RATE.n_control, 0.0) for _ in PLAN))


def _harmed(plan: MetricPlan, control: list[Moments], variant: list[Moments]) -> list[bool]:
    found = []
    for look, groups in zip(PLAN, zip(control, variant, strict=True), strict=True):
        deciding = decision_bar(look, ALPHA)
        found.append(is_harmed(judged_row(plan, "variant", groups, deciding, harm_bar(look, deciding))))
    return found
