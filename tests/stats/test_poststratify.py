from __future__ import annotations

import numpy as np
import pytest

from experiments.stats import effects, noninferiority
from experiments.stats.contrast import contrast
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments, add_up
from experiments.stats.poststratify import stratified

RATE, MEAN = Measure("rate", "y"), Measure("mean", "y")


def strata(seed: int, n: int = 400) -> list[tuple[Moments, Moments]]:
    generator = np.random.default_rng(seed)
    treated = generator.random((2, n)) < 0.5
    values = generator.normal([[2.0], [20.0]], 1.0, size=(2, n)) + 0.3 * treated
    return [
        (Moments.from_rows(y[~t, None], ("y",)), Moments.from_rows(y[t, None], ("y",)))
        for y, t in zip(values, treated, strict=True)
    ]


def test_one_stratum_is_the_plain_contrast_by_z() -> None:
    control, variant = Moments.from_counts(4000, 200), Moments.from_counts(3900, 230)
    found, plain = stratified(RATE, [(control, variant)]), contrast(RATE, control, variant)
    assert found == plain


def test_strata_remove_the_variance_between_them() -> None:
    parts = strata(1)
    found = effects.absolute_of(stratified(MEAN, parts))
    whole = effects.absolute(MEAN, add_up([c for c, _ in parts]), add_up([v for _, v in parts]))
    assert found.se < 0.2 * whole.se
    assert found.lo < 0.3 < found.hi
    assert found.control == pytest.approx(11, abs=0.3)


def test_weights_are_shares_of_all_units() -> None:
    parts = [
        (Moments.from_counts(4000, 200), Moments.from_counts(3900, 230)),
        (Moments.from_counts(1000, 120), Moments.from_counts(1150, 150)),
    ]
    found = stratified(RATE, parts)
    w = 7900 / 10_050
    assert found.control == pytest.approx(w * 0.05 + (1 - w) * 0.12)
    lift = effects.relative_of(found)
    assert lift.status is Status.OK
    assert (lift.lo > 0) == (effects.absolute_of(found).lo > 0)
    assert noninferiority.relative_of(found, 0.5, 1, 0.025).holds


def test_stated_variance_is_that_of_many_samples() -> None:
    found = [stratified(MEAN, strata(seed, 60)) for seed in range(400)]
    assert np.mean([f.variance for f in found]) == pytest.approx(np.var([f.delta for f in found]), rel=0.2)


def test_a_stratum_without_spread_is_allowed_beside_others() -> None:
    quiet = (Moments.from_counts(50, 0), Moments.from_counts(60, 0))
    assert stratified(RATE, [quiet, (Moments.from_counts(400, 40), Moments.from_counts(400, 50))]).status is Status.OK
    assert stratified(RATE, [quiet]).status is Status.NOT_TESTABLE


def test_what_cannot_be_computed_has_a_name() -> None:
    thin = (Moments.from_counts(1, 0), Moments.from_counts(60, 5))
    fine = (Moments.from_counts(400, 40), Moments.from_counts(400, 50))
    assert stratified(RATE, [thin, fine]).status is Status.TOO_FEW
    dead = Moments.from_rows(np.zeros((30, 2)), ("n", "d"))
    assert stratified(Measure("ratio", "n", "d"), [(dead, dead)]).status is Status.NOT_TESTABLE
    with pytest.raises(ValueError, match="at least one"):
        stratified(RATE, [])
