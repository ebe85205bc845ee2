from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from experiments.stats.score import Counts, score_interval, score_z

tables = st.builds(
    lambda x_c, more_c, x_v, more_v: Counts(x_c, x_c + more_c, x_v, x_v + more_v),
    st.integers(1, 120),
    st.integers(1, 20_000),
    st.integers(0, 120),
    st.integers(1, 20_000),
)
criticals = st.floats(1.0, 5.0)
SCALES = pytest.mark.parametrize("scale", ["absolute", "relative"])
FORMS = pytest.mark.parametrize("skewed", [False, True])
USUAL = 1.959963984540054


def log_likelihood(counts: Counts, p_c: float, p_v: float) -> float:
    total = 0.0
    for x, n, p in ((counts.x_c, counts.n_c, p_c), (counts.x_v, counts.n_v, p_v)):
        total += (x * math.log(p) if x else 0.0) + ((n - x) * math.log(1 - p) if n > x else 0.0)
    return total


def z_by_search(counts: Counts, null: float) -> float:
    """Score statistic of a difference with the null rates found by search instead of by the cubic."""
    lo, hi = max(0.0, -null), min(1.0, 1.0 - null)
    for _ in range(200):
        left, right = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        better_right = log_likelihood(counts, left, left + null) < log_likelihood(counts, right, right + null)
        lo, hi = (left, hi) if better_right else (lo, right)
    p = (lo + hi) / 2
    n = counts.n_c + counts.n_v
    variance = ((p + null) * (1 - p - null) / counts.n_v + p * (1 - p) / counts.n_c) * n / (n - 1)
    return (counts.rates[1] - counts.rates[0] - null) / math.sqrt(variance)


@given(tables, st.floats(-0.4, 0.4).filter(lambda d: abs(d) > 1e-3))
def test_null_rates_of_a_difference_are_the_most_likely_ones(counts: Counts, null: float) -> None:
    assert score_z(counts, null, "absolute") == pytest.approx(z_by_search(counts, null), rel=1e-5, abs=1e-6)


@given(st.integers(10, 99), st.integers(1, 99), st.floats(0.05, 0.9))
def test_rare_events_in_very_large_groups_keep_their_digits(x_c: int, x_v: int, share: float) -> None:
    counts, swapped = Counts(x_c, 10**8, x_v, 4 * 10**8), Counts(x_v, 4 * 10**8, x_c, 10**8)
    null = share * x_c / 10**8
    assert score_z(swapped, -null, "absolute") == pytest.approx(-score_z(counts, null, "absolute"), rel=1e-10)


@settings(max_examples=40)
@given(tables, st.floats(0.3, 3))
def test_statistics_of_a_ratio_and_of_equality_are_those_of_statsmodels(counts: Counts, ratio: float) -> None:
    from statsmodels.stats.proportion import test_proportions_2indep as reference

    table = (counts.x_v, counts.n_v, counts.x_c, counts.n_c)
    other = reference(*table, value=ratio, compare="ratio", method="score").statistic
    assert score_z(counts, ratio, "relative") == pytest.approx(float(other), rel=1e-8, abs=1e-10)
    equal = reference(*table, value=0, compare="diff", method="score").statistic
    assert score_z(counts, 0.0, "absolute") == pytest.approx(float(equal), rel=1e-10, abs=1e-12)


def test_published_interval_of_a_difference() -> None:
    """Fagerland, Lydersen and Laake (2015): 7/34 against 1/34 without the factor N/(N − 1) is 0.028 to 0.34."""
    lo, hi = score_interval(Counts(1, 34, 7, 34), 1.959963984540054 * math.sqrt(67 / 68), "absolute")
    assert (round(lo, 3), round(hi, 2)) == (0.028, 0.34)


@SCALES
@FORMS
@given(counts=tables, critical=criticals)
def test_the_statistic_is_critical_at_the_ends(scale, skewed: bool, counts: Counts, critical: float) -> None:
    lo, hi = score_interval(counts, critical, scale, skewed=skewed)
    lowest = -1 if scale == "absolute" else 0
    assert lowest <= lo
    assert hi is None or lo <= hi
    if lo > lowest + 1e-9:
        assert score_z(counts, lo, scale, skewed=skewed) == pytest.approx(critical, abs=1e-5)
    if hi is not None and (scale == "relative" or hi < 1 - 1e-9):
        assert score_z(counts, hi, scale, skewed=skewed) == pytest.approx(-critical, abs=1e-5)


@FORMS
@given(counts=tables, critical=criticals)
def test_both_scales_decide_alike(skewed: bool, counts: Counts, critical: float) -> None:
    z = score_z(counts, 0.0, "absolute", skewed=skewed)
    assert z == pytest.approx(score_z(counts, 1.0, "relative", skewed=skewed), rel=1e-12)
    assume(abs(abs(z) - critical) > 1e-9)
    for scale, null in (("absolute", 0.0), ("relative", 1.0)):
        lo, hi = score_interval(counts, critical, scale, skewed=skewed)
        assert (lo <= null and (hi is None or null <= hi)) == (abs(z) < critical)


@FORMS
@given(counts=tables, critical=criticals)
def test_swapping_labels_and_counting_failures(skewed: bool, counts: Counts, critical: float) -> None:
    swapped = Counts(counts.x_v, counts.n_v, counts.x_c, counts.n_c)
    lo, hi = score_interval(counts, critical, "absolute", skewed=skewed)
    back = score_interval(swapped, critical, "absolute", skewed=skewed)
    assert back == (pytest.approx(-hi, abs=1e-9), pytest.approx(-lo, abs=1e-9))
    failures = Counts(counts.n_c - counts.x_c, counts.n_c, counts.n_v - counts.x_v, counts.n_v)
    mirrored = score_interval(failures, critical, "absolute", skewed=skewed)
    assert mirrored == (pytest.approx(-hi, abs=1e-9), pytest.approx(-lo, abs=1e-9))
    if counts.x_v > 0:
        ratio = score_interval(counts, critical, "relative", skewed=skewed)
        inverse = score_interval(swapped, critical, "relative", skewed=skewed)
        assert inverse[0] == pytest.approx(1 / ratio[1] if ratio[1] else 0.0, rel=1e-6, abs=1e-11)


def test_published_values_of_the_corrected_form() -> None:
    """The documentation of the R package ratesci prints 5/56 against 0/29 with its default, the corrected form."""
    counts = Counts(0, 29, 5, 56)
    lo, hi = score_interval(counts, USUAL, "absolute", skewed=True)
    assert (round(lo, 5), round(hi, 4)) == (-0.01862, 0.1867)
    assert round(score_z(counts, 0.0, "absolute", skewed=True), 3) == 1.739
    assert score_z(counts, 0.09169, "absolute", skewed=True) == pytest.approx(0, abs=1e-4)
    ratio, endless = score_interval(counts, USUAL, "relative", skewed=True)
    assert (round(ratio, 2), endless) == (0.77, None)


def size(n_c: int, n_v: int, rate: float, null: float, scale: str, *, skewed: bool) -> tuple[float, float]:
    """Exact chances to fall above and below the null although it is true, over all counts that matter."""
    chance = {"v": rate + null if scale == "absolute" else rate * null, "c": rate}
    counts = {}
    for group, n in (("c", n_c), ("v", n_v)):
        low, high = (int(binom.ppf(tail, n, chance[group])) for tail in (1e-7, 1 - 1e-7))
        counts[group] = [(x, float(binom.pmf(x, n, chance[group]))) for x in range(low, high + 1)]
    above = below = 0.0
    for x_c, w_c in counts["c"]:
        for x_v, w_v in counts["v"]:
            z = score_z(Counts(x_c, n_c, x_v, n_v), null, scale, skewed=skewed)
            above, below = above + w_c * w_v * (z > USUAL), below + w_c * w_v * (z < -USUAL)
    return above, below


@pytest.mark.parametrize(
    ("rate", "null", "scale"), [(0.01, 0.0, "absolute"), (0.01, 0.7, "relative"), (0.03, 0.7, "relative")]
)
def test_a_small_variant_errs_as_often_as_promised_on_both_sides(rate: float, null: float, scale: str) -> None:
    above, below = size(9000, 1000, rate, null, scale, skewed=True)
    assert 0.02 < below < 0.0275
    assert 0.02 < above < 0.0275
    plain, _ = size(9000, 1000, rate, null, scale, skewed=False)
    assert plain > 0.028, "which is what the correction is for"


def test_an_early_look_may_leave_the_ratio_without_an_upper_end() -> None:
    _, hi = score_interval(Counts(10, 1000, 30, 1000), 7.9, "relative", skewed=True)
    assert hi is None


def test_tables_on_which_a_bracket_from_wald_fails() -> None:
    for counts, critical in ((Counts(21, 21, 56, 248), 3.3), (Counts(37, 126_431, 4, 2224), 4.9)):
        for scale in ("absolute", "relative"):
            lo, hi = score_interval(counts, critical, scale)
            assert lo < hi
            assert math.isfinite(hi)


def test_no_event_in_the_variant_starts_the_ratio_at_zero() -> None:
    lo, hi = score_interval(Counts(30, 1000, 0, 1000), 1.96, "relative")
    assert lo == pytest.approx(0, abs=1e-12)
    assert 0 < hi < 0.3


def test_no_event_in_the_control_leaves_the_ratio_without_an_upper_end() -> None:
    lo, hi = score_interval(Counts(0, 1000, 12, 1000), 1.96, "relative")
    assert hi is None
    assert lo > 1
    assert score_interval(Counts(0, 10, 0, 10), 1.96, "relative") == (0.0, None)


@SCALES
def test_certain_outcomes_have_an_infinite_or_zero_statistic(scale) -> None:
    everyone = Counts(20, 20, 30, 30)
    equal = 0.0 if scale == "absolute" else 1.0
    assert score_z(everyone, equal, scale) == 0
    assert score_z(Counts(0, 20, 20, 20), -1.0, "absolute") == math.inf


@pytest.mark.parametrize("arguments", [(5, 4, 1, 10), (-1, 4, 1, 10), (0, 0, 1, 10), (1, 10, 11, 10)])
def test_impossible_counts_are_refused(arguments) -> None:
    with pytest.raises(ValueError, match="must be between 0 and n"):
        Counts(*arguments)
