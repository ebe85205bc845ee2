"""Do groups have the same share? Pearson's test of homogeneity for a table of groups by yes and no.

Unlike the test of a split, nothing is planned: the share under the null is the one of all groups together, which costs
one degree of freedom per group but the first (Pearson 1900, Fisher 1922).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.stats.effect import Status
from experiments.stats.srm import SMALLEST_EXPECTED, SplitTest


def same_share(hits: Sequence[int], totals: Sequence[int]) -> SplitTest:
    """Chi-square test, without continuity correction, that all groups have one share of hits.

    Groups of nobody are left out. The status is not_testable where fewer than two groups remain or nobody or everybody
    is a hit, and too_few where a cell is expected to hold under 5.

    Args:
        hits: units with the property, per group.
        totals: all units, per group.

    Raises:
        ValueError: where lengths differ, or hits are negative or more than the group's units.
    """
    if len(hits) != len(totals):
        raise ValueError(f"hits has {len(hits)} and totals {len(totals)} groups, must be equal.")
    if any(not 0 <= hit <= total for hit, total in zip(hits, totals, strict=True)):
        raise ValueError(f"hits == {list(hits)}, must be from 0 to totals == {list(totals)}.")
    groups = [(hit, total) for hit, total in zip(hits, totals, strict=True) if total]
    df, n, hit_at_all = len(groups) - 1, sum(totals), sum(hits)
    if df < 1 or hit_at_all in (0, n):
        return SplitTest(None, max(df, 0), None, Status.NOT_TESTABLE)
    share = hit_at_all / n
    if min(total for _, total in groups) * min(share, 1 - share) < SMALLEST_EXPECTED:
        return SplitTest(None, df, None, Status.TOO_FEW)
    # Both cells of a group are off by the same number; their two terms add up to one with share (1 - share) below.
    statistic = math.fsum((hit - total * share) ** 2 / (total * share * (1 - share)) for hit, total in groups)
    from scipy.special import chdtrc

    return SplitTest(statistic, df, float(chdtrc(df, statistic)), Status.OK)
