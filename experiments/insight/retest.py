"""Which learnings should be tested again: those that other tests contradict, and those that are old."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from experiments.domain.learning import Evidence, Stance
from experiments.insight.past_tests import PastTest
from experiments.insight.related import Near
from experiments.insight.wording import change, lowered

DAY = 86_400_000_000
#: Effects of offers fade and customers change; after a year a learning is old.
OLD_DAYS = 365
_SIGN = {"better": 1, "worse": -1, "broken": -1}


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a learning should be tested again."""

    why: Literal["contradicted", "old"]
    text: str


def flags(
    evidence: Sequence[Evidence], own: PastTest | None, tests: Iterable[PastTest], asked: Near, since: int, now: int
) -> tuple[Flag, ...]:
    """What speaks for testing a learning again; empty where nothing does.

    Args:
        own: the test it came from, where it came from one.
        asked: where the learning holds; a test at the same journey with a family in common is about the same thing.
        since: µs of its newest support: the end of its test, or the day it was written.
    """
    known = {test.key: test for test in tests}
    against = [known[one.experiment] for one in evidence if one.stance is Stance.AGAINST and one.experiment in known]
    named = {one.experiment for one in evidence}
    unseen = [test for test in known.values() if test.key not in named and own and _contradicts(own, test, asked)]
    found = [Flag("contradicted", f"“{test.title}” speaks against it: {_said(test)}.") for test in against]
    found += [
        Flag("contradicted", f"“{test.title}” on the same journey came out the other way: {_said(test)}.")
        for test in unseen
    ]
    support = [known[one.experiment].ended_at for one in evidence
               if one.stance is Stance.FOR and one.experiment in known]  # fmt: skip
    newest = max([since, *support])
    if now - newest > OLD_DAYS * DAY:
        found.append(Flag("old", f"Its newest support is {(now - newest) // DAY} days old; after {OLD_DAYS} a "
                                 "learning is tested again."))  # fmt: skip
    return tuple(found)


def _contradicts(own: PastTest, test: PastTest, asked: Near) -> bool:
    """Whether two tests of the same goal, journey and family were judged in opposite directions."""
    same = (
        test.key != own.key
        and test.goal == own.goal
        and bool(asked.journey)
        and test.journey == asked.journey
        and bool(set(test.families) & set(asked.families))
    )
    return same and any(
        _SIGN.get(row.verdict, 0) * _SIGN.get(other.verdict, 0) < 0
        for row in own.metrics
        if row.role in ("goal", "guardrail") and (other := test.metric(row.metric)) is not None
    )


def _said(test: PastTest) -> str:
    return f"{lowered(test.goal_title)} {change(test.gain)} ({change(test.lo)} to {change(test.hi)})"
