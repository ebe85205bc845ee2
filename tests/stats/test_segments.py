from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.stats import effects, segments
from experiments.stats.effect import Effect, Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

RATE = Measure("rate", "y")


def effect(n: int, control: int, variant: int) -> Effect:
    return effects.absolute(RATE, Moments.from_counts(n, control), Moments.from_counts(n, variant))


ALIKE = {"mobile": effect(20_000, 1000, 1100), "tv": effect(10_000, 600, 655), "none": effect(8000, 300, 331)}
APART = {"phone": effect(20_000, 1000, 1400), "desktop": effect(20_000, 1000, 980)}


def test_only_a_clear_difference_may_be_claimed() -> None:
    alike, apart = segments.compare({"holding": ALIKE, "device": APART})
    assert (alike.differ, apart.differ) == (False, True)
    assert apart.adjusted_p is not None
    assert apart.spread is not None
    assert apart.spread.p is not None
    assert apart.adjusted_p == pytest.approx(2 * apart.spread.p)


def test_one_split_of_several_is_not_claimed_for_its_own_p_value() -> None:
    nearly = {"phone": effect(20_000, 1000, 1125), "desktop": effect(20_000, 1000, 995)}
    (alone,) = segments.compare({"device": nearly})
    _, beside = segments.compare({"holding": ALIKE, "device": nearly})
    assert alone.spread is not None
    assert alone.spread.p is not None
    assert 0.025 < alone.spread.p < 0.05
    assert (alone.differ, beside.differ) == (True, False)


def test_segments_are_pulled_towards_each_other() -> None:
    (found,) = segments.compare({"holding": ALIKE})
    raw = [s.effect.point for s in found.segments]
    shrunk = [s.shrunk.mean for s in found.segments if s.shrunk is not None]
    assert np.ptp(shrunk) < np.ptp(raw)  # type: ignore[type-var]
    assert len(shrunk) == 3


def test_a_segment_without_an_effect_is_listed_and_left_out() -> None:
    few = effect(100, 2, 3)
    found, alone = segments.compare({"holding": {**ALIKE, "rare": few}, "device": {"phone": few}})
    assert few.status is not Status.OK
    assert found.segments[-1].shrunk is None
    assert found.spread is not None
    assert found.spread.count == 3
    assert (alone.status, alone.adjusted_p, alone.differ) == (Status.TOO_FEW, None, False)
    assert found.adjusted_p == found.spread.p


def test_the_pairwise_difference_is_the_z_of_two_independent_effects() -> None:
    first, second = APART["phone"], APART["desktop"]
    found = segments.difference(first, second)
    assert first.se is not None
    assert second.se is not None
    assert first.point is not None
    assert second.point is not None
    z = (second.point - first.point) / (first.se**2 + second.se**2) ** 0.5
    assert found.statistic == pytest.approx(z)
    (both,) = segments.compare({"device": APART})
    assert both.spread is not None
    assert found.p == pytest.approx(both.spread.p)


def test_a_difference_with_an_unknown_side_has_no_numbers() -> None:
    found = segments.difference(APART["phone"], effect(100, 2, 3))
    assert found.status is Status.TOO_FEW
    assert found.p is None


def test_scales_are_not_mixed() -> None:
    relative = effects.relative(RATE, Moments.from_counts(5000, 300), Moments.from_counts(5000, 330))
    with pytest.raises(ValueError, match="scales == "):
        segments.compare({"device": {"phone": APART["phone"], "desktop": relative}})
    with pytest.raises(ValueError, match="scale == 'relative', must be 'absolute'"):
        segments.difference(APART["phone"], relative)


def test_it_goes_through_json() -> None:
    (found,) = segments.compare({"holding": ALIKE})
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["segments"][0]["effect"] == ALIKE["mobile"].to_dict()
    assert plain["status"] == "ok"
