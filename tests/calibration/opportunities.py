"""The opportunity finder on simulated traffic: are planted gaps on top, covered, and strangers never called a gap?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from experiments.insight.opportunities import Opportunity, find
from experiments.insight.opportunities.simulate import Scene, Spot, draw
from tests.calibration.rows import Row

#: The lead case first, the others smaller in money.
LEAD: Spot = ("tv", ("mobile",), "tv")
PLANTED: dict[Spot, float] = {
    LEAD: 0.7,
    ("mobile", ("broadband",), "mobile"): 0.6,
    ("tv", ("broadband", "mobile"), "tv"): 0.45,
}
SCENE = Scene(PLANTED)
_STUDY = "opportunities"


def opportunities(random: np.random.Generator, runs: int) -> Iterator[Row]:
    """Draw, find, and compare with the truth; without a planted gap, nothing may be called one."""
    seen: Counter[str] = Counter()
    for _ in range(runs):
        found = find(draw(random, SCENE))
        seen["lead"] += bool(found.ranked) and _spot(found.ranked[0]) == LEAD
        for each in found.opportunities:
            if each.gap is not None and not _is_moved_mark(each):
                seen.update(_counted(each))
    yield Row(_STUDY, "three planted gaps", "the largest has rank 1", 0.99, "at_least", seen["lead"], runs)
    yield Row(_STUDY, "three planted gaps", "is ranked", 0.99, "at_least", seen["ranked"], seen["planted"])
    yield Row(_STUDY, "three planted gaps", "interval covers the ceiling", 0.95, "equal", seen["in"], seen["planted"])
    yield Row(_STUDY, "no gap", "is called one", 0.05, "at_most", seen["false"], seen["none"])
    yield Row(_STUDY, "other people", "is called a gap", 0.05, "at_most", seen["called"], seen["strangers"])
    yield Row(_STUDY, "other people", "looks like one at first sight", 0.5, "at_least", seen["raw"], seen["strangers"])


def _is_moved_mark(each: Opportunity) -> bool:
    """Whether the benchmark has a planted gap of its own: the truth is then another."""
    mark = each.benchmark
    return mark is not None and mark.rule == "made_for" and (mark.place.key, each.held, each.family) in PLANTED


def _counted(each: Opportunity) -> dict[str, int]:
    assert each.gap is not None
    assert each.ceiling is not None
    if _spot(each) in PLANTED:
        inside = each.ceiling.lo <= SCENE.ceiling(*_spot(each)) <= each.ceiling.hi
        return {"planted": 1, "ranked": each.rank is not None, "in": inside}
    told = {"none": 1, "false": int(each.rank is not None)}
    if each.place.key in SCENE.strangers:
        raw = each.gap.raw - 1.96 * each.gap.se > 0
        told |= {"strangers": 1, "called": int(each.rank is not None), "raw": int(raw)}
    return told


def _spot(cell: Opportunity) -> Spot:
    return cell.place.key, cell.held, cell.family
