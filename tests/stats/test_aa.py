"""A/A splits: sound data lie inside the bounds, data whose variance is claimed too small lie outside."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.stats.aa import LEAST, MOST, Rejections, split_rejections
from experiments.stats.measure import Measure


def rejections(rows: np.ndarray, measure: Measure, splits: int = 200, seed: int = 1) -> Rejections:
    random, found = np.random.default_rng(seed), Rejections(0, 0)
    for _ in range(splits):
        variant = random.integers(0, 2, len(rows))
        found = found.plus(split_rejections(rows, [measure.column], variant, [measure])[measure.column])
    return found


@pytest.mark.parametrize("kind", ["rate", "mean"])
def test_sound_data_are_rejected_about_five_times_in_a_hundred(kind: str) -> None:
    random = np.random.default_rng(7)
    rows = random.random((4000, 1)) < 0.05 if kind == "rate" else random.exponential(10, (4000, 1))
    found = rejections(rows.astype(float), Measure(kind, "x"), splits=400)  # type: ignore[arg-type]
    assert found.splits == 400
    assert found.share is not None
    assert abs(found.share - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / 400)
    assert found.sound


def test_units_that_were_counted_several_times_are_found_out() -> None:
    """Four rows of each unit, drawn together, claim half the true standard error: 33 % are rejected, not 5."""
    random, found = np.random.default_rng(3), Rejections(0, 0)
    values = np.repeat(random.normal(10, 3, 500), 4)[:, None]
    for _ in range(100):
        variant = np.repeat(random.integers(0, 2, 500), 4)
        found = found.plus(split_rejections(values, ["x"], variant, [Measure("mean", "x")])["x"])
    assert found.share is not None
    assert found.share > 0.2
    assert found.sound is False


def test_what_cannot_be_tested_is_said() -> None:
    empty = rejections(np.zeros((300, 1)), Measure("rate", "x"), splits=3)
    assert (empty.splits, empty.share, empty.sound) == (0, None, None)


def test_the_bounds_hold_for_most_sound_tests() -> None:
    """The chance to lie outside with a true 5 % in 200 splits, as the method states it."""
    from scipy.stats import binom

    outside = binom.cdf(np.ceil(LEAST * 200) - 1, 200, 0.05) + binom.sf(np.floor(MOST * 200), 200, 0.05)
    assert round(float(outside), 3) == 0.015
