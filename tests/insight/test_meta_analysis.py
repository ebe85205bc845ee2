"""All past tests together: one row each, a prior that is off below ten, and totals that are right on average."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from experiments.insight.drafting import draft
from experiments.insight.meta_analysis import groups, meta_analysis, shipped_total, wilson
from experiments.insight.past_tests import PastTest, main_goal
from experiments.insight.prior import prior_of, prior_words
from experiments.stats.meta import paule_mandel
from tests.insight.past import net, past


def many(count: int, **changes: object) -> list[PastTest]:
    return [past(f"t{i:02d}", gain=0.01 * (i - 4), **changes) for i in range(count)]


def test_the_prior_is_off_below_ten_tests_and_says_so() -> None:
    off = prior_of(many(9), "cross-sell")
    assert (off.source, off.mean, off.sd, off.tests) == ("default", 0.0, 0.05, 9)
    assert "is off: 9 past tests are known, 10 are needed" in prior_words(off)
    on = prior_of(many(10), "cross-sell")
    assert (on.source, on.tests) == ("history", 10)
    assert on.sd**2 == pytest.approx(paule_mandel([test.gain for test in many(10)], [0.02**2] * 10))
    assert prior_words(on).startswith("Prior from 10 past tests")


def test_a_test_is_left_out_of_its_own_prior_and_other_goals_do_not_count() -> None:
    tests = [*many(10), past("other", goal="up-sell", gain=5.0)]
    assert prior_of(tests, "cross-sell").tests == 10
    assert prior_of(tests, "cross-sell", leaving_out="t03").source == "default"
    rows = meta_analysis([*many(10), past("odd", gain=0.9)], "cross-sell").rows
    odd = next(row for row in rows if row.test.key == "odd")
    assert odd.prior.tests == 10
    assert odd.prior.mean == pytest.approx(prior_of(many(10), "cross-sell").mean)
    assert main_goal(tests) == "cross-sell"
    assert main_goal([]) is None


def test_a_test_beyond_the_prior_speaks_for_itself() -> None:
    """Seven standard errors from nothing, it was said to have no gain with a chance of 14 %."""
    doubled = past("doubled", gain=1.004, se=0.2133, shipped=True)
    found = meta_analysis([doubled, past("usual", gain=0.06, se=0.03, shipped=True)], "cross-sell")
    beyond, usual = found.rows
    assert (beyond.fits, usual.fits) == (False, True)
    assert 1 - beyond.shrunk.chance > 0.1
    assert beyond.false_chance == pytest.approx(norm.sf(1.004 / 0.2133))
    assert usual.false_chance == 1 - usual.shrunk.chance
    assert found.false_ships == pytest.approx(usual.false_chance, abs=1e-5)


def test_of_a_test_beyond_the_prior_a_draft_names_no_shrunk_effect() -> None:
    for test, words in (
        (past("doubled", gain=1.004, se=0.2133), "too far from what tests normally find to be drawn towards it."),
        (past("usual", gain=0.06, se=0.03), "drawn towards what tests normally find, +4.4% (−0.6% to +9.5%)."),
    ):
        (row,) = meta_analysis([test], "cross-sell").rows
        written = draft(test, row.shrunk, row.prior, "", "May", "")
        assert words in written.finding
        assert written.facts["shrunk"]["fits"] is row.fits


def test_wins_and_their_interval() -> None:
    tests = [replace(test, action="ship" if i < 3 else "no_gain") for i, test in enumerate(many(12))]
    wins = meta_analysis(tests, "cross-sell").wins
    assert wins is not None
    assert (wins.k, wins.n) == (3, 12)
    # Wilson by hand: p = 1/4, n = 12, z = 1.95996
    assert (wins.lo, wins.hi) == (pytest.approx(0.0889, abs=5e-4), pytest.approx(0.5323, abs=5e-4))
    assert wilson(0, 0) is None


def test_groups_by_facet() -> None:
    tests = [past("a", journey="tv", families=("tv", "mobile")), past("b", journey="tv"), past("c", families=("tv",))]
    assert [(group.name, len(group.tests), group.spread is None) for group in groups(tests, "journey")] == [
        ("tv", 2, False), ("", 1, True),
    ]  # fmt: skip
    assert [(group.name, len(group.tests)) for group in groups(tests, "family")] == [("tv", 2), ("mobile", 1), ("", 1)]


def test_a_total_that_cannot_be_corrected_has_no_corrected_figure() -> None:
    assert shipped_total([past("a", net=net(5.0, 1.0))]).status == "none"
    shipped = past("a", shipped=True, net=net(5.0, 1.0), shipped_net=net(5.0, 1.0))
    total = shipped_total([shipped, past("b", shipped=True)])
    # 5 per 1,000 units, 1,000 units a week, 52 weeks
    assert (total.status, total.raw, total.corrected, total.left_out) == ("off", 260.0, None, 1)
    assert shipped_total([shipped, past("c", net=net(1.0, 1.0, "USD"))]).status == "none"


def world(random: np.random.Generator, count: int, tau: float) -> tuple[list[PastTest], float, int]:
    """Tests whose truth is known: (as measured, the true net of a year of what was shipped, false ships)."""
    true = random.normal(0.1 * tau, tau, count)
    se = random.uniform(0.5, 1.5, count) * tau
    seen = random.normal(true, se)
    shipped = seen / se > 1.645
    tests = [
        past(
            f"t{i:03d}", gain=float(seen[i]), se=float(se[i]), shipped=bool(shipped[i]),
            net=net(float(1000 * seen[i]), float(1000 * se[i])),
            shipped_net=net(float(1000 * seen[i]), float(1000 * se[i])) if shipped[i] else None,
        )
        for i in range(count)
    ]  # fmt: skip
    return tests, float(52_000 * true[shipped].sum()), int((true[shipped] <= 0).sum())


def test_what_was_shipped_is_worth_the_corrected_total_and_holds_as_many_false_ships() -> None:
    """Over 250 companies with 30 tests each: the raw total is far too high, the corrected one right on average."""
    random = np.random.default_rng(7)
    raw, corrected, covered, false = [], [], [], []
    for _ in range(250):
        tests, truth, wrong = world(random, 30, 0.04)
        total = shipped_total(tests)
        if total.status != "ok" or total.corrected is None or total.raw is None:
            continue
        raw.append(total.raw - truth)
        corrected.append(total.corrected - truth)
        assert total.lo is not None
        assert total.hi is not None
        covered.append(total.lo <= truth <= total.hi)
        false.append((meta_analysis(tests, "cross-sell").false_ships, wrong))
    se = np.std(corrected) / np.sqrt(len(corrected))
    assert len(corrected) > 240
    assert np.mean(raw) > 20 * se
    assert abs(np.mean(corrected)) < 3.5 * se
    assert 0.88 < np.mean(covered) < 0.99
    expected, seen = np.array(false, dtype=float).T
    assert abs(expected.mean() - seen.mean()) < 3.5 * np.std(expected - seen) / np.sqrt(len(seen))
