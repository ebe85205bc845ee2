"""The goal of a variant to ship as it stands after shrinkage, in a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class AssumedPrior:
    """The normal prior of an effect that was shrunk, on the relative scale.

    Attributes:
        mean: centre, oriented so that higher is better.
        sd: standard deviation.
        source: "default" where it is assumed because too few tests have closed, "history" where they gave it.
        tests: past tests known, this one not counted.
    """

    mean: float
    sd: float
    source: Literal["default", "history"]
    tests: int = 0


@dataclass(frozen=True)
class ShrunkEffect:
    """Relative effect of one goal after shrinkage; it is shown beside the verdict and never part of it.

    Attributes:
        metric: key of the goal, the first better one where a plan has several.
        point: posterior mean, in the direction in which the metric is counted.
        lo, hi: central credible interval.
        level: probability of lo..hi, that of the goal's own interval.
        prior: what it was shrunk towards.
        fits: False where lo..hi and the goal's own interval share nothing: nothing can be expected of it then.
    """

    metric: str
    point: float
    lo: float
    hi: float
    level: float
    prior: AssumedPrior
    fits: bool = True
