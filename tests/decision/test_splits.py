"""The check of the split at a look, and between looks, where pages ask again all the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.inputs import AnalysisInput
from experiments.decision.looks import Looks
from experiments.decision.quality import Split
from experiments.decision.splits import LIKELY_CAUSES, check_split
from experiments.stats.srm import CONCENTRATIONS, anytime_p, sequential

Build = Callable[..., AnalysisInput]
BETWEEN = Looks(planned=(0.5, 1.0), number=None, is_look=False)
WORLDS, REFRESHES, A_DAY = 200, 40, 400


def split_of(build: Build, seen: Sequence[int], looks: Looks, **changes: object) -> Split:
    return check_split(
        replace(build(), exposed=dict(zip(("control", "entry"), seen, strict=True)), looks=looks, **changes)
    )


def test_between_looks_the_p_value_may_be_asked_at_any_moment(build: Build) -> None:
    seen = (5_000, 5_400)
    split = split_of(build, seen, BETWEEN)
    assert split.p == anytime_p(seen, (1, 1))
    assert (split.anytime, split.statistic, split.df) == (True, None, None)
    once = split_of(build, seen, Looks())
    assert (once.anytime, once.df) == (False, 1)
    assert once.p == pytest.approx(8.78e-5, rel=0.01)


def test_the_p_value_for_any_moment_is_that_of_the_mean_of_bayes_factors() -> None:
    for seen in ((500, 700), (5_000, 5_400), (100_000, 101_000), (40, 41)):
        factors = [np.exp(sequential([seen], (1, 1), one).log_bayes_factor[-1]) for one in CONCENTRATIONS]
        assert anytime_p(seen, (1, 1)) == pytest.approx(min(1.0, 1 / np.mean(factors)), rel=1e-9)
    assert anytime_p((500, 700), (1, 1)) < 0.001 < sequential([(500, 700)], (1, 1)).p
    assert anytime_p((1_000_000, 1_010_000), (1, 1)) < 0.001


def test_between_looks_a_real_fault_still_breaks_the_split_at_once(build: Build) -> None:
    assert split_of(build, (10_000, 11_500), BETWEEN).status == "broken"
    assert split_of(build, (10_000, 10_010), BETWEEN, assigned={"control": 10_000, "entry": 11_500}).status == "broken"
    within = {"mobile": {"control": 10_000, "entry": 11_500}, "desk": {"control": 11_500, "entry": 10_000}}
    split = split_of(build, (21_500, 21_500), BETWEEN, segments=within)
    assert split.status == "broken"
    assert all(segment.broken for segment in split.segments)
    assert split.causes == LIKELY_CAUSES  # what happens everywhere happens in no segment only


def test_a_split_of_which_only_a_part_was_stated_is_not_testable(build: Build) -> None:
    given = build()
    control, entry = given.variants
    split = check_split(replace(given, variants=(control, replace(entry, weight=None))))
    assert (split.status, split.planned, split.p) == ("not_testable", (), None)


def test_nobody_and_few_are_not_testable_between_looks(build: Build) -> None:
    for seen in ((0, 0), (4, 4)):
        split = split_of(build, seen, BETWEEN)
        assert (split.status, split.p) == ("not_testable", None)


def test_a_sound_split_that_is_looked_at_every_day_keeps_its_promise(build: Build) -> None:
    """How often the smallest p-value of 40 days falls below .05: rarely by the test for it, often by the other."""
    draws = np.random.default_rng(20261130).binomial(A_DAY, 0.5, (WORLDS, REFRESHES)).cumsum(axis=1)
    days = A_DAY * np.arange(1, REFRESHES + 1)

    def ever(looks: Looks) -> float:
        smallest = [
            min(split_of(build, (int(n), int(day - n)), looks).p or 1.0 for n, day in zip(world, days, strict=True))
            for world in draws
        ]
        return float(np.mean([p < 0.05 for p in smallest]))

    assert ever(BETWEEN) <= 0.05
    assert ever(Looks()) > 0.15
