"""The levels that studies share, and what counts as covered."""

from __future__ import annotations

from experiments.stats.effect import Effect

ALPHA = 0.025
LOOKS = 5
MARGIN = 0.10


def significant(effect: Effect) -> bool:
    """Whether the effect's test rejects "no effect" at both sides' alpha."""
    return effect.p is not None and effect.p < 2 * ALPHA


def covers(effect: Effect, truth: float) -> bool:
    """Whether the effect's interval holds the truth; never where there is no interval."""
    return effect.lo is not None and effect.hi is not None and effect.lo <= truth <= effect.hi
