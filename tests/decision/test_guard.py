"""The guard of a roll-out: false alarms at the promised level over all steps, and a harm of a stated size found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.guard import GUARD_ALPHA, GuardReading, GuardStatus, read_guard
from experiments.decision.inputs import MetricPlan
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats import normal
from experiments.stats.alwaysvalid import critical_value
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

HELD = 0.1
#: Cumulative units at 24 readings over the steps 10, 25, 50 and 100 %: few at first, then many.
PATH = np.cumsum(np.repeat([600, 1_500, 3_000, 6_000], 6))
RATES = {"cross": 0.05, "up": 0.08}
PLANS = (
    MetricPlan("cross", "Cross-sell", Role.GOAL, Direction.HIGHER, Measure("rate", "cross")),
    MetricPlan(
        "up", "Up-sell", Role.GUARDRAIL, Direction.HIGHER, Measure("rate", "up"), margin=Margin(Scale.RELATIVE, 0.05)
    ),
)


def _read(random: np.random.Generator, lift: dict[str, float], path: np.ndarray = PATH) -> list[GuardStatus]:
    """What the guard says at each reading of one roll-out; it ends at the first harm, as the worker does."""
    n_held, n_given = (path * HELD).astype(int), (path * (1 - HELD)).astype(int)
    events = {
        key: (_path(random, n_held, rate), _path(random, n_given, rate * (1 + lift.get(key, 0.0))))
        for key, rate in RATES.items()
    }
    said = []
    for i in range(len(path)):
        sides = [_moments(n[i], {key: found[side][i] for key, found in events.items()}) for side, n in
                 enumerate((n_held, n_given))]  # fmt: skip
        told = read_guard(PLANS, sides[0], sides[1], (n_held[i], n_given[i]), HELD, 100_000)
        said.append(told.status)
        if told.status is GuardStatus.HARM:
            break
    return said


def _path(random: np.random.Generator, n: np.ndarray, rate: float) -> np.ndarray:
    return np.cumsum(random.binomial(np.diff(n, prepend=0), rate))


def _moments(n: int, events: dict[str, int]) -> Moments:
    """Two rates that have nothing to do with one another: the covariance is that of independent events."""
    both = {(a, b): events[a] * events[b] / n if a != b else events[a] for a in events for b in events}
    keys = list(events)
    return Moments.from_sums(n, keys, [events[key] for key in keys], [[both[a, b] for b in keys] for a in keys])


def test_a_harmless_winner_is_halted_no_more_often_than_promised() -> None:
    """24 readings over four steps, two metrics without any effect; 300 roll-outs know .025 to within .018."""
    random = np.random.default_rng(11)
    halted = sum(GuardStatus.HARM in _read(random, {}) for _ in range(300))
    assert halted / 300 <= GUARD_ALPHA + 2 * (GUARD_ALPHA * (1 - GUARD_ALPHA) / 300) ** 0.5


def test_a_winner_that_gains_is_never_halted() -> None:
    random = np.random.default_rng(12)
    assert not any(GuardStatus.HARM in _read(random, {"cross": 0.2, "up": 0.05}) for _ in range(40))


def test_a_harm_of_a_third_is_found() -> None:
    """A loss of 30 % of the up-sell is found in nearly every roll-out, most of them before everybody has the winner."""
    random = np.random.default_rng(13)
    paths = [_read(random, {"up": -0.3}) for _ in range(60)]
    found = [len(path) for path in paths if path[-1] is GuardStatus.HARM]
    assert len(found) >= 57
    assert float(np.median(found)) <= 18


def test_what_it_can_see_is_stated_and_true() -> None:
    """A loss as large as the reading says it would see is found there in about 8 of 10 cases."""
    random = np.random.default_rng(14)
    n_held, n_given = 8_000, 72_000

    def once(lift: float) -> GuardReading:
        given = random.binomial(n_given, RATES["up"] * (1 + lift))
        sides = [_moments(n, {"cross": round(n * 0.05), "up": up}) for n, up in
                 ((n_held, random.binomial(n_held, RATES["up"])), (n_given, given))]  # fmt: skip
        return read_guard(PLANS, sides[0], sides[1], (n_held, n_given), HELD, 100_000)

    sees = once(0.0).rows[1].sees
    assert sees is not None
    assert 0.08 < sees < 0.25
    found = sum("up" in [row.metric for row in once(-sees).harmed] for _ in range(120))
    assert 0.65 < found / 120 < 0.95


def test_too_few_units_or_events_say_nothing() -> None:
    small = read_guard(PLANS, _moments(400, {"cross": 20, "up": 30}), _moments(3_600, {"cross": 0, "up": 0}),
                       (400, 3_600), HELD, 100_000)  # fmt: skip
    assert (small.status, small.rows) == (GuardStatus.TOO_FEW, ())
    assert "it takes 500 of each, which are 5,000 in all where 10.0% are held back" in small.sentence
    rare = read_guard(PLANS, _moments(2_000, {"cross": 1, "up": 2}), _moments(18_000, {"cross": 3, "up": 1}),
                      (2_000, 18_000), HELD, 100_000)  # fmt: skip
    assert rare.status is GuardStatus.TOO_FEW
    assert {row.verdict for row in rare.rows} == {"too_few"}
    assert all(row.lo is None and row.sees is None for row in rare.rows)


def test_a_broken_split_is_said_before_any_metric() -> None:
    told = read_guard(PLANS, _moments(5_000, {"cross": 250, "up": 400}), _moments(20_000, {"cross": 400, "up": 800}),
                      (5_000, 20_000), HELD, 100_000)  # fmt: skip
    assert (told.status, told.rows) == (GuardStatus.SPLIT_BROKEN, ())
    assert "20.0" not in told.sentence
    assert "5,000 of 25,000 units were held back, planned were 10.0%" in told.sentence


def test_a_metric_that_should_fall_is_harmed_by_a_rise() -> None:
    plan = MetricPlan("cross", "Contacts", Role.GOAL, Direction.LOWER, Measure("rate", "cross"))
    held, given = _moments(10_000, {"cross": 500, "up": 1}), _moments(90_000, {"cross": 6_300, "up": 1})
    told = read_guard((plan,), held, given, (10_000, 90_000), HELD, 100_000)
    assert told.status is GuardStatus.HARM
    assert told.sentence == "Harm: Contacts is worse among those who get the winner than among the held back."
    assert told.level == pytest.approx(1 - 2 * GUARD_ALPHA)


HARMLESS = _moments(10_000, {"cross": 500, "up": 800}), _moments(90_000, {"cross": 4_500, "up": 7_200})


def test_the_error_is_shared_by_the_metrics_that_are_judged_and_by_no_other() -> None:
    both = read_guard(PLANS, *HARMLESS, (10_000, 90_000), HELD, 100_000)
    assert both.level == pytest.approx(1 - 2 * GUARD_ALPHA / 2)
    unable = (PLANS[0], replace(PLANS[1], measurable=False))
    alone = read_guard(unable, *HARMLESS, (10_000, 90_000), HELD, 100_000)
    assert (alone.level, len(alone.rows)) == (pytest.approx(1 - 2 * GUARD_ALPHA), 1)


def test_the_bar_is_one_sided_and_what_it_sees_lies_beyond_it() -> None:
    told = read_guard(PLANS[:1], *HARMLESS, (10_000, 90_000), HELD, 100_000)
    se = (0.05 * 0.95 * (1 / 10_000 + 1 / 90_000)) ** 0.5
    reach = critical_value(100_000, 100_000, GUARD_ALPHA, sides=1) + normal.upper_quantile(0.2)
    assert told.rows[0].sees == pytest.approx(reach * se / 0.05, rel=1e-3)


def test_one_metric_with_few_events_takes_the_word_from_no_other() -> None:
    held, given = _moments(10_000, {"cross": 1, "up": 800}), _moments(90_000, {"cross": 3, "up": 7_200})
    told = read_guard(PLANS, held, given, (10_000, 90_000), HELD, 100_000)
    assert told.status is GuardStatus.CLEAR
    assert [row.verdict for row in told.rows] == ["too_few", "not_shown"]


def test_a_split_that_chance_makes_in_one_of_a_hundred_roll_outs_is_not_broken() -> None:
    told = read_guard(PLANS, *HARMLESS, (602, 9_398), 0.05, 100_000)
    assert told.split_p == pytest.approx(0.0073, abs=1e-4)
    assert told.status is GuardStatus.CLEAR


@pytest.mark.parametrize(("given", "few"), [(7, True), (9, False)])
def test_a_metric_speaks_from_twenty_events_of_both_sides_on(given: int, few: bool) -> None:
    sides = _moments(10_000, {"cross": 12, "up": 800}), _moments(90_000, {"cross": given, "up": 7_200})
    told = read_guard(PLANS, *sides, (10_000, 90_000), HELD, 100_000)
    assert (told.rows[0].verdict == "too_few") is few
