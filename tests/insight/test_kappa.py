"""What tests close of a gap: assumed below ten tests, then learnt; and which effect an idea is expected to have."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.domain.errors import DomainError
from experiments.domain.idea import Idea
from experiments.insight.expected import expected_of
from experiments.insight.opportunities.kappa import ASSUMED, Closed, Kappa, learnt
from experiments.stats.meta import paule_mandel
from experiments.stats.prior import Prior


def test_below_ten_tests_nothing_is_learnt() -> None:
    assert learnt([Closed(0.2, 0.05)] * 9) is None
    assert "an assumption" in ASSUMED.words
    assert (ASSUMED.value, ASSUMED.low, ASSUMED.high) == (0.1, 0.0, 0.3)


def test_from_ten_on_the_mean_is_shrunk_and_its_range_is_that_of_the_next_test() -> None:
    shares = [0.05 * number for number in range(10)]
    found = learnt([Closed(share, 0.1) for share in shares])
    assert found is not None
    tau2 = paule_mandel(shares, [0.01] * 10)
    assert found.value == pytest.approx(np.mean(shares))
    half = 2.306004 * (tau2 + (tau2 + 0.01) / 10) ** 0.5
    assert (found.low, found.high) == (pytest.approx(max(0, found.value - half)), pytest.approx(found.value + half))
    assert (found.source, found.tests) == ("tests", 10)
    assert "10 past tests" in found.words


def test_a_noisy_test_counts_little() -> None:
    found = learnt([Closed(0.1, 0.02)] * 10 + [Closed(3.0, 5.0)])
    assert found is not None
    assert found.value == pytest.approx(0.1, abs=1e-3)


def test_tests_that_lost_close_nothing_and_no_more_than_the_gap_can_close() -> None:
    lost, won = learnt([Closed(-0.3, 0.05)] * 10), learnt([Closed(1.4, 0.05)] * 10)
    assert lost is not None
    assert won is not None
    assert (lost.value, lost.low) == (0.0, 0.0)
    assert (won.value, won.high) == (1.0, 1.0)


def test_over_simulated_companies_the_share_is_right_and_its_range_holds_the_next_test() -> None:
    random = np.random.default_rng(4)
    values, inside = [], []
    for _ in range(300):
        se = random.uniform(0.03, 0.15, 20)
        true = random.normal(0.25, 0.06, 21)
        found = learnt([Closed(float(random.normal(t, s)), float(s)) for t, s in zip(true, se, strict=False)])
        assert found is not None
        values.append(found.value)
        inside.append(found.low <= true[-1] <= found.high)
    assert np.mean(values) == pytest.approx(0.25, abs=4 * np.std(values) / 300**0.5)
    assert 0.86 < np.mean(inside) < 0.99


@pytest.mark.parametrize("values", [(0.31, 0.0, 0.31), (0.1, 0.2, 0.3), (0.1, 0.0, 0.05), (0.1, -0.1, 0.3)])
def test_an_assumption_out_of_its_bounds_is_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(DomainError):
        Kappa(*values)


PRIOR = Prior(0.02, 0.04, source="history", tests=12)


def test_an_idea_expects_what_its_author_typed_else_its_gap_else_what_past_tests_say() -> None:
    past = expected_of(Idea("A"), PRIOR, ASSUMED)
    assert (past.source, past.mean, past.sd) == ("prior", 0.02, 0.04)
    assert "12 past tests" in past.words
    gap = expected_of(Idea("A", gap=0.5), PRIOR, ASSUMED)
    assert (gap.source, gap.mean, gap.low, gap.high) == ("gap", 0.05, 0.0, 0.15)
    assert gap.sd == pytest.approx(0.15 / 2 / 1.959964)
    assert "+5.0% (+0.0% to +15.0%)" in gap.words
    assert "instead of the mean of past tests" in gap.words
    typed = expected_of(Idea("A", gap=0.5, expected=0.01), PRIOR, ASSUMED)
    assert (typed.source, typed.mean, typed.sd) == ("typed", 0.01, 0.04)


def test_what_past_tests_closed_moves_ideas_that_are_there_already() -> None:
    told = Kappa(0.2, 0.1, 0.3, "tests", 11)
    assert expected_of(Idea("A", gap=0.5), PRIOR, told).mean == pytest.approx(0.1)


def test_a_range_without_width_leaves_the_prior() -> None:
    assert expected_of(Idea("A", gap=0.5), PRIOR, Kappa(0.0, 0.0, 0.0)).source == "prior"
