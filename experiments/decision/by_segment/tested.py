"""What a comparison of groups says in a report, whichever groups and whichever effect."""

from __future__ import annotations

from typing import Literal, TypedDict

from experiments.stats.effect import Status
from experiments.stats.segments import SegmentComparison, SegmentEffect


class Tested(TypedDict):
    """The test of equal effects; attributes as in `SegmentResult`."""

    status: Literal["ok", "too_few"]
    q: float | None
    df: int | None
    p: float | None
    adjusted_p: float | None
    differ: bool


def tested(test: SegmentComparison) -> Tested:
    """Cochran's Q with its p-value before and after Holm; None where fewer than two groups have an effect."""
    spread = test.spread
    return Tested(
        status="ok" if test.status is Status.OK else "too_few",
        q=None if spread is None else spread.q,
        df=None if spread is None else spread.df,
        p=None if spread is None else spread.p,
        adjusted_p=test.adjusted_p,
        differ=test.differ,
    )


def drawn(each: SegmentEffect, critical: float, scale: float = 1.0) -> tuple[float | None, float | None, float | None]:
    """The shrunk effect with the ends of its interval; None where it has no standard error.

    Args:
        critical: half-width of the interval in standard errors.
        scale: by which every number is multiplied, such as 1,000 units.
    """
    if each.shrunk is None:
        return None, None, None
    mean, half = each.shrunk.mean, critical * each.shrunk.sd_full
    return scale * mean, scale * (mean - half), scale * (mean + half)
