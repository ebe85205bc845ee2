"""Few events and unequal groups, as in holdbacks and ramps: the score form and the joint rule built on it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from experiments.stats import effects, noninferiority
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from tests.calibration.levels import ALPHA, significant
from tests.calibration.populations import Random
from tests.calibration.rows import Row

BUY = Measure("rate", "y")
#: Units in control and variant.
SPLITS = ((1000, 9000), (9000, 1000))
#: At 3 % the smaller group expects 30 events, at 1 % both expect fewer than 100: 10 and 90.
RATES = (0.03, 0.01)
SCORE_MARGIN = 0.3
#: Wide enough that an untouched guardrail nearly always holds at 3 %, which puts all risk on the goal.
WIDE_MARGIN = 0.6


def few_events(random: Random, runs: int) -> Iterator[Row]:
    """The score form must keep its level where the z form does not."""
    for rate, split in product(RATES, SPLITS):
        yield from _score_form(random, runs, rate, split)


def _score_form(random: Random, runs: int, rate: float, split: tuple[int, int]) -> Iterator[Row]:
    wrong = passed = 0
    for _ in range(runs):
        control = _group(random, split[0], rate)
        same = _group(random, split[1], rate)
        worse = _group(random, split[1], rate * (1 - SCORE_MARGIN))
        wrong += significant(effects.absolute(BUY, control, same))
        passed += noninferiority.relative(BUY, control, worse, SCORE_MARGIN).holds
    case = _case(rate, split)
    yield Row("few events", f"{case}, no effect", "significant", 2 * ALPHA, "at_most", wrong, runs)
    yield Row("few events", f"{case}, −30 % at a margin of 30 %", "guardrail holds", ALPHA, "at_most", passed, runs)


def joint_few_events(random: Random, runs: int) -> Iterator[Row]:
    """Ship where goal and guardrail pass, without looks, at the corners of "must not ship" where one test is free."""
    corners = {
        "no gain, guardrail untouched (margin 60 %)": (0.0, 0.0),
        "gain of 200 %, guardrail at the margin of 60 %": (2.0, -WIDE_MARGIN),
    }
    for rate, split, (name, lifts) in product(RATES, SPLITS, corners.items()):
        shipped = sum(_ships(random, rate, split, lifts) for _ in range(runs))
        case = f"{_case(rate, split)}, {name}"
        yield Row("joint rule, few events, no looks", case, "shipped", ALPHA, "at_most", shipped, runs)


def _ships(random: Random, rate: float, split: tuple[int, int], lifts: tuple[float, float]) -> bool:
    guardrail = _group(random, split[0], rate), _group(random, split[1], rate * (1 + lifts[1]))
    goal = _group(random, split[0], rate), _group(random, split[1], rate * (1 + lifts[0]))
    gain = effects.absolute(BUY, *goal)
    if gain.lo is None or gain.lo <= 0:
        return False
    return noninferiority.relative(BUY, *guardrail, WIDE_MARGIN, alpha=ALPHA).holds


def _group(random: Random, n: int, rate: float) -> Moments:
    return Moments.from_counts(n, int(random.binomial(n, rate)))


def _case(rate: float, split: tuple[int, int]) -> str:
    return f"rate {100 * rate:g} %, {split[0]:,} : {split[1]:,}"
