"""Do two experiments that share units disturb each other? Difference of differences from four groups."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.stats import effects
from experiments.stats.effect import Effect
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.result import Result
from experiments.stats.segments import difference


@dataclass(frozen=True)
class Interaction(Result):
    """Effect of the first experiment in the two arms of the second.

    Attributes:
        without: effect of the first where units saw the second's control.
        together: effect of the first where units saw the second's variant.
        interaction: together − without; zero where the experiments do not disturb each other.
    """

    without: Effect
    together: Effect
    interaction: Effect


def interaction(
    measure: Measure,
    neither: Moments,
    first_only: Moments,
    second_only: Moments,
    both: Moments,
    level: float = 0.95,
) -> Interaction:
    """Interaction of two experiments on one measure, on the absolute scale.

    Args:
        measure: what is compared.
        neither: units in both controls.
        first_only: units in the variant of the first and the control of the second.
        second_only: the other way round.
        both: units in both variants.
        level: two-sided confidence level.

    On the absolute scale two effects that multiply show as an interaction; read it as "the sum of the two reports
    is not what both together do".
    """
    without = effects.absolute(measure, neither, first_only, level=level)
    together = effects.absolute(measure, second_only, both, level=level)
    return Interaction(without, together, difference(without, together, level))
