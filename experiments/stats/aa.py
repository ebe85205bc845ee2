"""Rejections among splits of the same units: about 5 % where test and split are sound.

The units are fixed and only the split is drawn anew, so the share of rejections is that of the randomisation test
behind the statistic. 200 splits with a true 5 % lie outside the bounds with a chance of 1.5 % (binomial).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.stats import effects
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

#: The share of rejections at 5 % must lie between these (both ends belong to it).
LEAST, MOST = 0.02, 0.09
LEVEL = 0.95
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Rejections:
    """What many splits said about one measure.

    Args:
        rejected: splits with a two-sided p below 5 %.
        splits: splits that could be tested.
    """

    rejected: int
    splits: int

    @property
    def share(self) -> float | None:
        """Rejected over tested; None where nothing could be tested."""
        return self.rejected / self.splits if self.splits else None

    @property
    def sound(self) -> bool | None:
        """Whether the share lies inside the bounds; None where nothing could be tested."""
        return None if self.share is None else LEAST <= self.share <= MOST

    def plus(self, other: Rejections) -> Rejections:
        """Both together."""
        return Rejections(self.rejected + other.rejected, self.splits + other.splits)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"rejected": self.rejected, "splits": self.splits, "share": self.share, "sound": self.sound}


def split_rejections(
    rows: npt.NDArray[np.float64], columns: Sequence[str], variant: npt.NDArray[np.int_], measures: Sequence[Measure]
) -> Mapping[str, Rejections]:
    """Rejections of one split by the column of each measure: control (0) against the first variant (1).

    Args:
        rows: (n, k), one row per unit.
        variant: (n,), place of the variant each unit fell into.
    """
    control, tested = (Moments.from_rows(rows[variant == place], columns) for place in (0, 1))
    found = {}
    for measure in measures:
        effect = effects.absolute(measure, control, tested, level=LEVEL)
        testable = effect.status is Status.OK and effect.p is not None
        rejected = testable and effect.p is not None and effect.p < ALPHA
        found[measure.column] = Rejections(int(rejected), int(testable))
    return found
