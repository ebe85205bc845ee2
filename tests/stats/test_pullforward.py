from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.stats.effect import Status
from experiments.stats.moments import Moments
from experiments.stats.pullforward import pull_forward

DAYS = (1, 3, 7, 14, 28)
COLUMNS = tuple(f"d{day}" for day in DAYS)


def cohort(seed: int, n: int, rates: tuple[float, ...]) -> Moments:
    """Purchases between the days, summed up to each day."""
    rng = np.random.default_rng(seed)
    parts = np.column_stack([rng.poisson(rate, n) for rate in rates])
    return Moments.from_rows(np.cumsum(parts, axis=1), COLUMNS)


CONTROL = cohort(1, 60_000, (0.01, 0.02, 0.04, 0.06, 0.10))
EARLIER = cohort(2, 60_000, (0.02, 0.04, 0.06, 0.04, 0.07))
MORE = cohort(3, 60_000, (0.02, 0.04, 0.06, 0.06, 0.10))


def test_sales_that_only_came_earlier_are_not_retained() -> None:
    found = pull_forward(CONTROL, EARLIER, COLUMNS, DAYS, early=7)
    assert found.retained.status is Status.OK
    assert found.retained.lo is not None
    assert found.retained.hi is not None
    assert found.retained.lo < 0.1
    assert found.retained.hi < 0.5
    assert found.later.hi is not None
    assert found.later.hi < 0
    assert found.gone_p is not None
    assert found.gone_p > 0.05


def test_sales_that_are_new_are_retained() -> None:
    found = pull_forward(CONTROL, MORE, COLUMNS, DAYS, early=7)
    assert found.retained.lo is not None
    assert found.retained.lo > 0.5
    assert found.gone_p is not None
    assert found.gone_p < 0.001
    assert found.later.lo is not None
    assert found.later.hi is not None
    assert found.later.lo < 0 < found.later.hi


def test_each_day_has_the_interval_of_its_own_column() -> None:
    found = pull_forward(CONTROL, MORE, COLUMNS, DAYS, early=7)
    day = found.days[2]
    variance = CONTROL.var_of("d7") / CONTROL.n + MORE.var_of("d7") / MORE.n
    assert day.point == pytest.approx(MORE.mean_of("d7") - CONTROL.mean_of("d7"))
    assert day.se == pytest.approx(variance**0.5)
    assert day.hi == pytest.approx(day.point + 1.959963984540054 * variance**0.5)
    assert day.band_lo < day.lo < day.hi < day.band_hi


def test_the_change_after_the_early_day_is_that_of_the_same_units() -> None:
    """Early and late totals belong to the same units; taken as independent, the change would look far less certain."""
    found = pull_forward(CONTROL, MORE, COLUMNS, DAYS, early=7).later
    change = {"change": {"d28": 1.0, "d7": -1.0}}
    parts = [group.combine(change).var_of("change") / group.n for group in (CONTROL, MORE)]
    assert found.se == pytest.approx(sum(parts) ** 0.5)
    alone = sum(group.var_of(day) / group.n for group in (CONTROL, MORE) for day in ("d7", "d28"))
    assert found.se < 0.9 * alone**0.5


def test_the_band_covers_the_whole_curve() -> None:
    truth = np.cumsum([0.01, 0.02, 0.02, 0.0, 0.0])
    runs, missed = 100, 0
    rng = np.random.default_rng(4)
    base = np.array([0.01, 0.02, 0.04, 0.06, 0.10])
    for _ in range(runs):
        arms = [
            Moments.from_rows(np.cumsum(rng.poisson(base + shift, (800, 5)), axis=1), COLUMNS)
            for shift in (np.zeros(5), np.diff(truth, prepend=0))
        ]
        found = pull_forward(*arms, COLUMNS, DAYS, early=7)
        missed += any(not d.band_lo <= t <= d.band_hi for d, t in zip(found.days, truth, strict=True))
    assert missed / runs <= 0.05 + 4 * (0.05 * 0.95 / runs) ** 0.5


def test_no_clear_early_effect_leaves_the_share_open() -> None:
    found = pull_forward(CONTROL, cohort(9, 60_000, (0.01, 0.02, 0.04, 0.06, 0.10)), COLUMNS, DAYS, early=7)
    assert found.retained.status is Status.UNBOUNDED
    assert found.retained.point is None
    assert len(found.days) == len(DAYS)


def test_days_without_any_sale_do_not_break_the_band() -> None:
    quiet = [cohort(seed, 5000, (0.0, 0.0, 0.04, 0.06, 0.10)) for seed in (5, 6)]
    found = pull_forward(*quiet, COLUMNS, DAYS, early=7)
    assert (found.days[0].se, found.days[0].band_hi) == (0.0, 0.0)
    assert found.days[-1].band_hi > found.days[-1].hi


def test_nothing_sold_at_all_has_no_tests() -> None:
    nothing = Moments.from_rows(np.zeros((50, 5)), COLUMNS)
    found = pull_forward(nothing, nothing, COLUMNS, DAYS, early=7)
    assert found.later.status is Status.NOT_TESTABLE
    assert found.gone_p is None
    assert found.retained.status is Status.UNBOUNDED


def test_too_few_units_give_no_curve() -> None:
    lonely = Moments.from_rows(np.zeros((1, 5)), COLUMNS)
    found = pull_forward(lonely, CONTROL, COLUMNS, DAYS, early=7)
    assert (found.status, found.days) == (Status.TOO_FEW, ())
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["retained"]["status"] == plain["later"]["status"] == "too_few"


@pytest.mark.parametrize(
    ("columns", "days", "early", "message"),
    [
        (COLUMNS, DAYS[:-1], 7, "columns has 5 and days 4"),
        (COLUMNS, (1, 3, 3, 14, 28), 3, "must rise"),
        (COLUMNS, DAYS, 28, "early == 28"),
        (COLUMNS, DAYS, 5, "early == 5"),
    ],
)
def test_days_that_do_not_fit_are_refused(
    columns: tuple[str, ...], days: tuple[int, ...], early: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pull_forward(CONTROL, MORE, columns, days, early)
