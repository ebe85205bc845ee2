"""Small groups adjusted by a covariate: Fieller's interval covers, and never disagrees with the test."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.stats import effects
from tests.calibration.levels import ALPHA, covers, significant
from tests.calibration.populations import ADJUSTED, Random
from tests.calibration.rows import Row

#: Units in control and variant.
SIZES = ((60, 240), (60, 60))
LIFTS = (0.0, 0.10)


def small_adjusted(random: Random, runs: int) -> Iterator[Row]:
    """Coverage of the relative interval, and its agreement with the absolute test, without and with an effect."""
    for n_control, n_variant in SIZES:
        for lift in LIFTS:
            yield from _adjusted(random, runs, n_control, n_variant, lift)


def _adjusted(random: Random, runs: int, n_control: int, n_variant: int, lift: float) -> Iterator[Row]:
    covered = disagreed = 0
    for _ in range(runs):
        control = ADJUSTED.draw(random, n_control, 0.0)
        variant = ADJUSTED.draw(random, n_variant, lift)
        test = effects.absolute(ADJUSTED.measure, control, variant)
        interval = effects.relative(ADJUSTED.measure, control, variant)
        covered += covers(interval, lift)
        disagreed += covers(interval, 0.0) == significant(test) or covers(interval, 0.0) != covers(test, 0.0)
    truth = f"{100 * lift:+g} %" if lift else "no effect"
    case = f"mean with covariate, {n_control} : {n_variant}, {truth}"
    yield Row("small groups", case, "Fieller interval covers", 1 - 2 * ALPHA, "equal", covered, runs)
    yield Row("small groups", case, "Fieller interval and test disagree", 0.0, "equal", disagreed, runs)
