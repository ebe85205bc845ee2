"""What a holdback can see, by hand and by simulation; what it told; what it would take to know more."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from experiments.decision.holdback import Baseline, ReadOut, cost_of_unevenness, design, level_of, read_out
from experiments.domain.experiment import UnitKind
from experiments.domain.rollout import ReadAs
from experiments.stats.moments import Moments

CUSTOMER, VISITOR = UnitKind.CUSTOMER, UnitKind.VISITOR
BASE = Baseline(28, again=0.05, kept=0.97, margin=1_000.0, margin_sd=8_000.0, units_per_week=10_000)


def test_five_read_outs_share_five_percent_and_a_visitors_only_one_has_it_whole() -> None:
    assert level_of(CUSTOMER) == pytest.approx(0.99)
    assert level_of(VISITOR) == pytest.approx(0.95)


def test_the_price_of_an_uneven_split() -> None:
    assert cost_of_unevenness(0.5) == 1
    assert cost_of_unevenness(0.05) == pytest.approx(2.294, abs=1e-3)


def test_what_each_read_out_can_see_by_hand() -> None:
    made = design(BASE, CUSTOMER, 0.05, 28, 90)
    assert [(each.days, each.held, each.given) for each in made] == [(30, 2_000, 38_000), (90, 2_000, 38_000)]
    again, kept, margin = made[1].seen
    pace = -math.log(0.95) / 21  # repeat orders a day after the first week
    rate = 1 - math.exp(-pace * 83)
    assert again.base == pytest.approx(rate)
    se = math.sqrt(rate * (1 - rate) * (1 / 2_000 + 1 / 38_000))
    assert again.change == pytest.approx((2.575829 + 0.841621) * se, rel=0.05)
    assert again.fall == pytest.approx((2.575829 + 0.841621) * se, rel=0.05)
    assert kept.base == pytest.approx(0.97 ** (90 / 28))
    assert margin.base == pytest.approx(1_000 * 90 / 28)
    spread = 8_000 * math.sqrt(90 / 28) * math.sqrt(1 / 2_000 + 1 / 38_000)
    assert margin.change == margin.fall == pytest.approx((2.575829 + 0.841621) * spread, rel=1e-5)


def test_what_was_not_measured_cannot_be_said() -> None:
    nothing = Baseline(28, None, None, None, None, 10_000)
    assert {seen.change for seen in design(nothing, CUSTOMER, 0.05, 28, 30)[0].seen} == {None}
    nobody = Baseline(28, 0.05, 0.97, 1_000, 8_000, 0)
    assert {seen.change for seen in design(nobody, VISITOR, 0.05, 28, 30)[0].seen} == {None}


@pytest.mark.parametrize(("units_a_week", "seen"), [(2, False), (3, True)])
def test_one_unit_held_back_is_enough_to_say_how_little_is_seen(units_a_week: int, seen: bool) -> None:
    """Over four weeks a twentieth of 8 units rounds to nobody, of 12 to one; of rates one unit tells nothing."""
    few = Baseline(28, 0.05, 0.97, 1_000, 8_000, units_a_week)
    [made] = design(few, CUSTOMER, 0.05, 28, 30)
    assert made.held == int(seen)
    assert made.given > 1
    assert [each.change is not None for each in made.seen] == [False, False, seen]


def test_a_change_as_large_as_promised_is_found_in_eight_of_ten() -> None:
    [made] = design(BASE, CUSTOMER, 0.05, 28, 30)
    again = made.seen[0]
    assert again.base is not None
    assert again.change is not None
    random, found = np.random.default_rng(7), 0
    for _ in range(200):
        held = random.binomial(made.held, again.base)
        given = random.binomial(made.given, again.base + again.change)
        row = _read(made.held, held, made.given, given).rows[0]
        found += row.lo is not None and row.lo > 0
    assert 0.7 < found / 200 < 0.9


def test_without_an_effect_five_read_outs_of_one_cohort_are_rarely_wrong() -> None:
    """The windows of one cohort overlap, so readings depend on one another; the promise of 5 % holds all the same."""
    random, wrong, runs = np.random.default_rng(8), 0, 300
    for _ in range(runs):
        held = np.cumsum(random.binomial(2_000, 0.05, size=5))
        given = np.cumsum(random.binomial(38_000, 0.05, size=5))
        rows = [_read(2_000, h, 38_000, g).rows[0] for h, g in zip(held, given, strict=True)]
        wrong += any(row.lo is not None and row.hi is not None and not row.lo <= 0 <= row.hi for row in rows)
    assert wrong / runs <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


def test_what_it_would_take_to_know_more() -> None:
    row = _read(2_000, 100, 38_000, 2_090).rows[0]  # 5.0 % against 5.5 %
    assert row.times is not None
    se = math.sqrt(0.05 * 0.95 / 2_000 + 0.055 * 0.945 / 38_000)
    assert row.times == pytest.approx(((2.575829 + 0.841621) * se / 0.005) ** 2, rel=0.02)
    told = read_out(30, CUSTOMER, {"kept": "No statements."}, (0, 0))
    assert [each.status for each in told.rows] == ["not_measured"] * 3
    assert told.rows[1].note == "No statements."


def test_so_many_times_as_many_on_both_sides_and_no_larger_share_tell_it() -> None:
    """A share four times as large leaves fewer with the winner, and does not tell what four times as many would."""
    row = _read(500, 60, 9_500, 1_456).rows[0]  # 12.0 % against 15.3 %
    assert row.times is not None
    larger = _power(round(500 * row.times), round(9_500 * row.times), 0.12, 1_456 / 9_500)
    assert larger == pytest.approx(0.8, abs=0.01)
    held = round(500 * row.times)
    assert _power(held, 10_000 - held, 0.12, 1_456 / 9_500) < 0.77


def _power(n_held: int, n_given: int, held: float, given: float) -> float:
    se = math.sqrt(held * (1 - held) / n_held + given * (1 - given) / n_given)
    return float(norm.sf(norm.isf(0.005) - abs(given - held) / se))


def _read(n_held: int, held: int, n_given: int, given: int) -> ReadOut:
    sides = (Moments.from_counts(n_held, int(held), "again"), Moments.from_counts(n_given, int(given), "again"))
    return read_out(30, CUSTOMER, {"again": sides}, (n_held, n_given))


def test_what_only_describes_has_its_usual_interval_and_no_verdict() -> None:
    sides = (Moments.from_counts(2_000, 100, "again"), Moments.from_counts(38_000, 2_900, "again"))
    judged = read_out(30, CUSTOMER, {"again": sides}, (2_000, 38_000))
    described = read_out(30, CUSTOMER, {"again": sides}, (2_000, 38_000), ReadAs.DESCRIPTIVE)
    assert (judged.level, described.level) == (pytest.approx(0.99), pytest.approx(0.95))
    assert (judged.rows[0].verdict, described.rows[0].verdict) == ("better", "")
    one, other = judged.rows[0], described.rows[0]
    assert one.change == other.change
    assert None not in (one.lo, one.hi, other.lo, other.hi)
    assert one.lo < other.lo < other.hi < one.hi  # type: ignore[operator]


def test_what_only_describes_could_see_a_little_less_than_what_shares_the_error() -> None:
    for day in range(5):
        shared, alone = (design(BASE, CUSTOMER, 0.05, 28, 730, how)[day].seen[2] for how in ReadAs)
        assert shared.change is not None
        assert alone.change == pytest.approx(shared.change * (1.959964 + 0.841621) / (2.575829 + 0.841621), rel=1e-5)


@pytest.mark.parametrize("held", [0.01, 0.05, 0.2, 0.5])
def test_what_it_can_see_follows_the_share_by_the_price_of_unevenness(held: float) -> None:
    """The standard error of a share is that of half and half times √(1 / (4 h (1 − h))): 2.3 at 5 %."""
    some, half = (design(BASE, CUSTOMER, share, 28, 30)[0].seen[2].change for share in (held, 0.5))
    assert some is not None
    assert half is not None
    assert some / half == pytest.approx(cost_of_unevenness(held), rel=2e-3)
