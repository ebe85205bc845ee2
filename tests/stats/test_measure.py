from __future__ import annotations

import numpy as np
import pytest

from experiments.stats.effect import Status
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Moments


def test_rate_has_the_variance_of_a_proportion() -> None:
    found = estimate(Measure("rate", "y"), Moments.from_counts(400, 100))
    assert (found.status, found.value, found.events, found.n) == (Status.OK, 0.25, 100, 400)
    assert found.variance == pytest.approx(0.25 * 0.75 / 400, rel=1e-14)


def test_events_are_whole_numbers_in_spite_of_floats() -> None:
    assert estimate(Measure("rate", "y"), Moments.from_counts(49, 29)).events == 29


def test_mean_has_the_sample_variance_over_n() -> None:
    found = estimate(Measure("mean", "y"), Moments.from_rows([[1.0], [2.0], [6.0]], ("y",)))
    assert found.value == 3
    assert found.variance == pytest.approx(7 / 3)
    assert found.events is None


def test_ratio_has_the_delta_variance() -> None:
    num, den = np.array([1.0, 0, 2, 3]), np.array([2.0, 1, 2, 5])
    found = estimate(Measure("ratio", "n", "d"), Moments.from_rows(np.column_stack((num, den)), ("n", "d")))
    r = num.sum() / den.sum()
    assert found.value == pytest.approx(r)
    assert found.variance == pytest.approx(np.var(num - r * den, ddof=1) / (4 * den.mean() ** 2), rel=1e-12)


def test_ratio_of_a_column_to_itself_is_one_without_variance() -> None:
    found = estimate(Measure("ratio", "d", "d"), Moments.from_rows([[1.0], [3.0], [4.0]], ("d",)))
    assert (found.value, found.variance) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("measure", "rows", "status", "value"),
    [
        (Measure("mean", "y"), [], Status.TOO_FEW, None),
        (Measure("rate", "y"), [], Status.TOO_FEW, None),
        (Measure("ratio", "y", "d"), [], Status.TOO_FEW, None),
        (Measure("mean", "y"), [[1.0, 1.0]], Status.TOO_FEW, 1.0),
        (Measure("rate", "y"), [[1.0, 1.0]], Status.OK, 1.0),
        (Measure("ratio", "y", "d"), [[1.0, 2.0]], Status.TOO_FEW, 0.5),
        (Measure("ratio", "y", "d"), [[1.0, 0.0], [1.0, 0.0]], Status.NOT_TESTABLE, None),
    ],
)
def test_what_cannot_be_computed_has_a_name(measure, rows, status, value) -> None:
    found = estimate(measure, Moments.from_rows(np.array(rows).reshape(-1, 2), ("y", "d")))
    assert (found.status, found.value) == (status, value)


def test_columns_are_named_once() -> None:
    assert Measure("ratio", "n", "d", ("x", "n")).columns == ("n", "d", "x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("median", "y"), "kind == 'median'"),
        (("ratio", "y"), "denominator == None"),
        (("mean", "y", "d"), "denominator == 'd'"),
    ],
)
def test_bad_measures_are_named(arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Measure(*arguments)


def test_a_rate_outside_zero_and_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rate == 1\.5"):
        estimate(Measure("rate", "y"), Moments.from_rows([[1.0], [2.0]], ("y",)))
