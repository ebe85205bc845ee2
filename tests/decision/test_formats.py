from __future__ import annotations

import pytest

from experiments.decision import formats


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "text"),
    [
        (12.5, 1, True, "+12.5"),
        (-10.4, 1, False, "−10.4"),
        (-0.04, 1, True, "0.0"),
        (0.0, 1, True, "0.0"),
        (1234567.0, 0, False, "1,234,567"),
    ],
)
def test_fixed_uses_the_true_minus_sign_and_no_sign_on_a_rounded_zero(value, decimals, sign, text):
    assert formats.fixed(value, decimals, sign=sign) == text


def test_decimals_keep_a_bound_apart_from_its_limit_and_from_zero():
    assert formats.decimals_for((4.96, 5.0)) == 2
    assert formats.decimals_for((4.3, 5.0)) == 1
    assert formats.decimals_for((0.03, 6.1)) == 2


def test_decimals_are_bounded_for_values_that_cannot_be_told_apart():
    assert formats.decimals_for((5.0, 5.0 + 1e-12)) == 6


@pytest.mark.parametrize(("share", "text"), [(0.05, "5%"), (0.075, "7.5%"), (0.1, "10%"), (0.001, "0.1%")])
def test_planned_percentages_carry_no_trailing_zeros(share, text):
    assert formats.planned_percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1240.4, "1,240"), (61.34, "61.3"), (0.0042, "0.00420"), (-3.15, "−3.15")]
)
def test_significant_keeps_three_digits_at_any_size(value, text):
    assert formats.significant(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (2.1e-14, "1 in 10¹³"),
        (1 / 4712, "1 in 4,700"),
        (0.5, "1 in 2"),
        (9e-7, "1 in 10⁶"),
        (0.0, "less than 1 in 10³⁰⁰"),
    ],
)
def test_chances_read_as_odds(p, text):
    assert formats.chance(p) == text


def test_days_are_british_and_years_are_written():
    assert formats.day("2026-05-14T23:30:00+00:00") == "14 May 2026"
    assert formats.day("2026-01-02") == "2 January 2026"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Cross-sell orders", "cross-sell orders"),
        ("CSAT", "CSAT"),
        ("TV sales", "TV sales"),
        ("Calls within 7 days", "calls within 7 days"),
        ("E", "E"),
        ("", ""),
    ],
)
def test_only_ordinary_words_lose_their_capital_inside_a_sentence(title, text):
    assert formats.inside_sentence(title) == text


def test_lists_read_as_english():
    assert formats.listed([]) == ""
    assert formats.listed(["a"]) == "a"
    assert formats.listed(["a", "b", "c"]) == "a, b and c"
