"""What may be said about groups: "works for A, not shown for the rest" only where the groups differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from experiments.decision.formats import inside_sentence, listed, opening
from experiments.stats.effect import Status
from experiments.stats.segments import SegmentComparison

SegmentVerdict = Literal["works", "harms", "not_shown", "too_few"]

#: Of a goal, and of what the test is not for.
GOAL_VERBS = ("works", "loses")
OTHER_VERBS = ("better", "worse")


def group_verdict(side: int, *, has_interval: bool, differ: bool) -> SegmentVerdict:
    """Verdict of one group.

    Args:
        side: 1 where the whole interval is on the good side of no change, −1 on the bad one, else 0.
        differ: whether the groups differ; where they do not, no group is singled out.
    """
    if not has_interval:
        return "too_few"
    if not differ or side == 0:
        return "not_shown"
    return "works" if side > 0 else "harms"


def segment_words(
    groups: Sequence[tuple[str, SegmentVerdict]],
    test: SegmentComparison,
    what: str,
    verbs: tuple[str, str] = GOAL_VERBS,
) -> str:
    """The sentence about one way to divide the units.

    Args:
        groups: name and verdict of each.
        what: the metric as it reads inside a sentence.
    """
    if test.status is not Status.OK:
        return "Fewer than two groups have an effect that can be compared."
    if not test.differ:
        return f"No evidence that groups differ in {what}."
    works, harms = (
        [inside_sentence(name) for name, verdict in groups if verdict == wanted] for wanted in ("works", "harms")
    )
    said = [f"{verbs[0]} for {listed(works)}"] if works else []
    said += [f"{verbs[1]} for {listed(harms)}"] if harms else []
    if not said:
        return f"Groups differ in {what}, but in none of them alone a change is shown."
    rest = len(works) + len(harms) < len(groups)
    return opening(", ".join([*said, *(["not shown for the rest"] if rest else [])])) + f" ({what})."
