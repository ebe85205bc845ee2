from __future__ import annotations

import numpy as np
import pytest

from experiments.stats.futility import conditional_power, futility

FINAL, DRIFT = 1.96, 2.8


def test_conditional_power_agrees_with_simulated_continuations() -> None:
    rng = np.random.default_rng(2)
    z, t, runs = 0.9, 0.4, 200_000
    rest = rng.normal(DRIFT * (1 - t), (1 - t) ** 0.5, runs)
    seen = float((z * t**0.5 + rest > FINAL).mean())
    assert conditional_power(z, t, FINAL, DRIFT) == pytest.approx(seen, abs=0.0045)


def test_advice_comes_only_where_even_the_planned_effect_would_not_help() -> None:
    assert futility(-1.5, 0.6, FINAL, DRIFT).advise
    hopeful = futility(0.3, 0.4, FINAL, DRIFT)
    assert hopeful.trend < 0.1 < hopeful.planned
    assert not hopeful.advise


def test_near_the_end_the_answer_is_the_sign() -> None:
    assert conditional_power(2.5, 0.9999, FINAL, DRIFT) == pytest.approx(1.0)
    assert conditional_power(1.0, 0.9999, FINAL, DRIFT) == pytest.approx(0.0)


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"information == 1\.0"):
        conditional_power(0.0, 1.0, FINAL, DRIFT)
    with pytest.raises(ValueError, match="z == inf"):
        conditional_power(float("inf"), 0.5, FINAL, DRIFT)
