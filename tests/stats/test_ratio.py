from __future__ import annotations

import numpy as np
import pytest

from experiments.stats.moments import Moments
from experiments.stats.ratio import ratio_of, unit_weights

ROWS = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 4.0]])
MOMENTS = Moments.from_rows(ROWS, ("n", "d"))


def test_linearised_units_have_mean_zero() -> None:
    weights = unit_weights("n", "d", MOMENTS)
    assert ratio_of("n", "d", MOMENTS) == pytest.approx(4 / 7)
    assert MOMENTS.combine({"unit": weights}).mean_of("unit") == pytest.approx(0, abs=1e-15)


def test_without_a_denominator_there_is_no_ratio() -> None:
    nothing = Moments.from_rows([[1.0, 0.0], [2.0, 0.0]], ("n", "d"))
    assert ratio_of("n", "d", nothing) is None
    assert ratio_of("n", "d", Moments.from_rows(np.zeros((0, 2)), ("n", "d"))) is None
    with pytest.raises(ValueError, match="must not sum to zero"):
        unit_weights("n", "d", nothing)
