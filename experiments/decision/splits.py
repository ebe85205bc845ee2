"""Is the split the planned one, overall and in every segment?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.decision.inputs import AnalysisInput
from experiments.decision.quality import SegmentSplit, Split
from experiments.decision.stepwise import holm
from experiments.stats.effect import Status
from experiments.stats.srm import SplitTest, anytime_p, pearson

#: Below this p-value the split counts as broken and forbids any verdict.
ALARM = 0.001
LIKELY_CAUSES = ("a redirect on one variant", "a late exposure call", "a bot filter")


def check_split(given: AnalysisInput) -> Split:
    """The split of the exposed units and of those the server assigned, with a check per segment (Holm over them).

    A split that nobody stated is not testable: shares read from the data always fit them. Between looks, where pages
    ask again all the time, the test is one that holds at any moment: the chi-square test would in the end fire at
    sound splits.
    """
    weights = [variant.weight for variant in given.ordered if variant.weight is not None]
    seen = _counts(given, given.exposed)
    if len(weights) < len(seen):
        return Split("not_testable", (), seen, None, None, None)
    anytime = not given.looks.is_look
    test = _test(seen, weights, anytime)
    segments = _segments(given, weights, anytime)
    assigned = _counts(given, given.assigned) if given.assigned else ()
    assigned_p = _test(assigned, weights, anytime).p if assigned else None
    broken = _alarm(test.p) or _alarm(assigned_p) or any(segment.broken for segment in segments)
    testable = test.status is Status.OK
    total = sum(weights)
    return Split(
        status="broken" if broken else "ok" if testable else "not_testable",
        planned=tuple(weight / total for weight in weights),
        seen=seen,
        statistic=test.statistic,
        df=test.df if testable and not anytime else None,
        p=test.p,
        causes=_causes(segments) if broken else (),
        segments=segments,
        assigned=assigned,
        assigned_p=assigned_p,
        anytime=anytime,
    )


def _test(seen: Sequence[int], weights: Sequence[float], anytime: bool) -> SplitTest:
    once = pearson(seen, weights)
    if not anytime or once.status is not Status.OK:
        return once
    return SplitTest(None, once.df, anytime_p(seen, weights), Status.OK)


def _segments(given: AnalysisInput, weights: Sequence[float], anytime: bool) -> tuple[SegmentSplit, ...]:
    counts = {segment: _counts(given, seen) for segment, seen in given.segments.items()}
    adjusted = holm([_test(seen, weights, anytime).p for seen in counts.values()])
    return tuple(
        SegmentSplit(segment, seen, p, _alarm(p)) for (segment, seen), p in zip(counts.items(), adjusted, strict=True)
    )


def _counts(given: AnalysisInput, seen: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(seen.get(variant.key, 0) for variant in given.ordered)


def _causes(segments: Sequence[SegmentSplit]) -> tuple[str, ...]:
    places = [segment.segment for segment in segments if segment.broken]
    if places and len(places) < len(segments):
        return (f"something that happens in {', '.join(places)} only", *LIKELY_CAUSES)
    return LIKELY_CAUSES


def _alarm(p: float | None) -> bool:
    return p is not None and p < ALARM
