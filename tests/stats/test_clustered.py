"""Ratios over clusters: numbers worked out by hand, and intervals that hold what they promise."""

from __future__ import annotations

from math import exp, isclose, log, sqrt

import numpy as np
import pytest

from experiments.stats.clustered import Clustered, count_interval, difference_interval, ratio_interval, share_interval
from experiments.stats.share import wilson_interval

Z = 1.959963984540054


def sums(pairs: list[tuple[float, float]]) -> Clustered:
    n, x = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    return Clustered(len(pairs), n.sum(), x.sum(), (n * n).sum(), (n * x).sum(), (x * x).sum())


def test_a_mean_over_people_who_call_differently_often() -> None:
    """People with (2 contacts, 300 s), (1, 200), (1, 100): 600 / 4 = 150 a contact; gaps 0, 50, −50."""
    found = sums([(2, 300), (1, 200), (1, 100)])
    assert found.ratio == 150
    variance = found.variance()
    assert variance is not None
    assert isclose(variance, (0 + 2_500 + 2_500) / 16 * 3 / 2)
    low, high = ratio_interval(found) or (0, 0)
    assert isclose(high - 150, Z * sqrt(468.75))
    assert isclose(150 - low, Z * sqrt(468.75))


def test_one_each_is_the_score_interval_but_for_the_n_less_one() -> None:
    found = share_interval(sums([(1, 1)] * 30 + [(1, 0)] * 70)) or (0, 0)
    effect = 100 / 99
    assert found == pytest.approx(wilson_interval(30 / effect, 100 / effect))


def test_all_refused_by_few_who_were_asked_often_is_no_large_sample() -> None:
    """Two people with 5 refused offers each: Σn² / Σn = 5, so that ten offers weigh as two."""
    assert share_interval(sums([(5, 0), (5, 0)])) == pytest.approx(wilson_interval(0, 2))


def test_nothing_is_invented() -> None:
    assert Clustered().ratio is None
    assert ratio_interval(sums([(3, 1)])) is None
    assert share_interval(Clustered()) is None
    assert difference_interval(None, None, 1.0, (0.5, 1.5)) is None
    assert count_interval(Clustered(), sums([(1, 0)])) is None


def test_a_difference_and_a_ratio_of_counts() -> None:
    """Zou and Donner: 0.5 − 0.3 with (0.4, 0.6) and (0.25, 0.4) → 0.2 − √(0.01 + 0.01), 0.2 + √(0.01 + 0.0025)."""
    found = difference_interval(0.3, (0.25, 0.4), 0.5, (0.4, 0.6))
    assert found == pytest.approx((0.2 - sqrt(0.02), 0.2 + sqrt(0.0125)))
    before, now = sums([(2, 0)] * 10), sums([(1, 0)] * 40)
    half = Z * sqrt(40 / 400 + 40 / 1_600)
    assert count_interval(before, now) == pytest.approx((exp(log(2) - half) - 1, exp(log(2) + half) - 1))


def test_intervals_cover_where_people_differ() -> None:
    """People accept with their own chance, mean 0.2, up to six offers each: 95 % of intervals hold it (± 3.5 sd)."""
    random, held, naive = np.random.default_rng(7), 0, 0
    for _ in range(600):
        n = random.integers(1, 7, 150)
        x = random.binomial(n, random.beta(0.6, 2.4, 150))
        found = Clustered(150, float(n.sum()), float(x.sum()), float(n @ n), float(n @ x), float(x @ x))
        low, high = share_interval(found) or (1, 0)
        held += low <= 0.2 <= high
        low, high = wilson_interval(int(x.sum()), int(n.sum())) or (1, 0)
        naive += low <= 0.2 <= high
    assert 0.92 <= held / 600 <= 0.98
    assert naive / 600 < 0.88  # what counting offers as if each were somebody else's would have promised
