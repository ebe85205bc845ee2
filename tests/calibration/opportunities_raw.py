"""The opportunity finder from raw events: whole worlds told to the service, counted by its one question, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from experiments.insight.opportunities import Opportunity, find
from tests.calibration.rows import Row
from tests.calibration.worlds import Spot, Truth, Worlds

#: Customers who hold mobile only, on the TV pages; and a smaller gap of others there.
LEAD: Spot = ("tv", ("mobile",), "tv")
TRUTH = Truth({LEAD: 0.7, ("tv", ("broadband", "mobile"), "tv"): 0.4})
_STUDY, _CASE = "opportunities, from raw events", "two planted gaps"


def opportunities_raw(random: np.random.Generator, runs: int) -> Iterator[Row]:
    """One world per run."""
    seen: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        worlds = Worlds(Path(folder))
        for _ in range(runs):
            found = find(worlds.counted(random, TRUTH))
            seen["lead"] += bool(found.ranked) and _spot(found.ranked[0]) == LEAD
            for each in found.opportunities:
                if each.gap is not None and not _is_moved_mark(each):
                    seen.update(_counted(each))
    yield Row(_STUDY, _CASE, "the largest has rank 1", 0.99, "at_least", seen["lead"], runs)
    yield Row(_STUDY, _CASE, "interval covers the ceiling", 0.95, "equal", seen["in"], seen["planted"])
    yield Row(_STUDY, "no gap", "is called one", 0.05, "at_most", seen["false"], seen["none"])
    yield Row(_STUDY, "no gap", "interval covers 0", 0.95, "equal", seen["zero"], seen["none"])
    yield Row(_STUDY, "other people", "is called a gap", 0.05, "at_most", seen["called"], seen["strangers"])
    yield Row(_STUDY, "other people", "looks like one at first sight", 0.5, "at_least", seen["raw"], seen["strangers"])


def _is_moved_mark(each: Opportunity) -> bool:
    """Whether the benchmark has a planted gap of its own: the truth is then another."""
    mark = each.benchmark
    where = None if mark is None else (_key(mark.place.key), each.held, each.family)
    return mark is not None and mark.rule == "made_for" and where in TRUTH.planted


def _counted(each: Opportunity) -> dict[str, int]:
    assert each.gap is not None
    assert each.ceiling is not None
    spot = _spot(each)
    if spot in TRUTH.planted:
        return {"planted": 1, "in": each.ceiling.lo <= TRUTH.ceiling(spot) <= each.ceiling.hi}
    called = int(each.rank is not None)
    told = {"none": 1, "false": called, "zero": int(each.gap.lo <= 0 <= each.gap.hi)}
    if spot[0] == "help" and each.benchmark is not None and each.benchmark.rule == "made_for":
        raw = each.gap.raw - 1.96 * each.gap.se > 0
        told |= {"strangers": 1, "called": called, "raw": int(raw)}
    return told


def _spot(cell: Opportunity) -> Spot:
    return _key(cell.place.key), cell.held, cell.family


def _key(place: str) -> str:
    """A step of a journey is named after both."""
    return place.split(".")[0]
