"""Numbers, money, dates and words as text."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from flask import Flask, g, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from experiments.decision.words import Action, Verdict
from web.formatters import CONVENTIONS, FILTERS, NOT_KNOWN, WORDS, Reader, metrics, numbers, register, times, words

DUTCH = Reader("nl-NL", "Europe/Amsterdam")
FRENCH = Reader("fr-FR")
finite = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)


@given(finite, st.integers(0, 4))
def test_a_number_reads_back_and_never_carries_an_ascii_minus(value: float, digits: int) -> None:
    text = numbers.number(value, digits)
    assert "-" not in text
    assert float(text.replace(",", "").replace("−", "-")) == pytest.approx(value, abs=0.51 * 10**-digits, rel=1e-12)


@given(finite)
def test_a_signed_number_shows_the_sign_of_what_it_prints(value: float) -> None:
    text = numbers.signed_number(value)
    printed = float(text.replace(",", "").replace("−", "-"))
    assert text[0] == {True: "+", False: "−"}[printed > 0] if printed else text == "0"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_a_dash(value: float | None) -> None:
    written = [numbers.number(value), numbers.percent(value), numbers.money(value), numbers.p_value(value)]
    assert [*written, numbers.chance(value), numbers.signed_points(value)] == [NOT_KNOWN] * 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.number(262018), "262,018"),
        (numbers.signed_number(767), "+767"),
        (numbers.percent(0.0315), "3.15%"),
        (numbers.signed_percent(0.125), "+12.5%"),
        (numbers.signed_percent(-0.014), "−1.4%"),
        (numbers.signed_percent(-0.0001), "0.0%"),
        (numbers.signed_points(0.004), "+0.40\u00a0pp"),
        (numbers.number(1234.5, 1, reader=DUTCH), "1.234,5"),
        (numbers.percent(0.0315, reader=FRENCH), "3,15\u202f%"),
        (numbers.number(1234567, reader=FRENCH), "1\u202f234\u202f567"),
    ],
)
def test_numbers_in_the_readers_conventions(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.money(123450), "€1,234.50"),
        (numbers.money(-123450), "−€1,234.50"),
        (numbers.money(123450, whole=True), "€1,234"),
        (numbers.money(1234.5, major=True), "€1,234.50"),
        (numbers.signed_money(4210, "GBP"), "+£42.10"),
        (numbers.money(5000, "JPY"), "¥5,000"),
        (numbers.money(5000, "KWD"), "KWD\u00a05.000"),
        (numbers.money(123450, "EUR", reader=DUTCH), "€\u00a01.234,50"),
        (numbers.money(123450, "EUR", reader=FRENCH), "1\u202f234,50\u00a0€"),
    ],
)
def test_money_from_minor_units(text: str, expected: str) -> None:
    assert text == expected


@given(st.floats(0, 1))
def test_a_p_value_is_never_written_as_zero(p: float) -> None:
    text = numbers.p_value(p)
    assert text == "< 0.001" if p < 0.001 else float(text) >= 0.001


def test_p_values_and_chances() -> None:
    assert numbers.p_value(0.355) == "0.355"
    assert numbers.p_value(0.355, equals=True) == "= 0.355"
    assert numbers.p_value(1e-9, equals=True) == "< 0.001"
    assert numbers.chance(2.2e-14) == "1 in 10¹³"
    assert numbers.chance(0.000213) == "1 in 4,700"
    assert numbers.chance(0.36) == "36%"
    assert numbers.chance(0.0) == "less than 1 in 10³⁰⁰"


def test_a_moment_is_written_in_the_readers_time_zone() -> None:
    late = "2026-06-30T22:30:00Z"
    assert times.moment(late) == "30 Jun 2026, 22:30"
    assert times.moment(late, reader=DUTCH) == "1 Jul 2026, 00:30"
    assert times.day(late, reader=DUTCH) == "1 Jul 2026"
    assert times.moment(datetime(2026, 6, 30, 22, 30)) == times.moment(late), "a naive moment is UTC"
    assert times.moment(int(datetime(2026, 6, 30, 22, 30, tzinfo=UTC).timestamp() * 1e6)) == times.moment(late)


def test_a_date_has_no_time_zone() -> None:
    west = Reader("en-US", "America/Los_Angeles")
    assert times.day("2026-10-12", reader=west) == "Oct 12, 2026"
    assert times.moment(date(2026, 10, 12), reader=west) == "Oct 12, 2026"
    assert times.day(None) == NOT_KNOWN


def test_ranges_of_days() -> None:
    assert times.day_range("2026-10-12", "2026-11-01") == "12 Oct to 1 Nov 2026"
    assert times.day_range("2026-12-30", "2027-01-02") == "30 Dec 2026 to 2 Jan 2027"
    assert times.day_range("2026-10-12", None) == "from 12 Oct 2026"
    assert times.day_range(None, "2026-10-12") == "to 12 Oct 2026"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (42, "42 s"),
        (390, "6 min 30 s"),
        (360, "6 min"),
        (12_000, "3 h 20 min"),
        (timedelta(days=14), "14 days"),
        (timedelta(days=1, hours=6), "1 day 6 h"),
        (0, "0 s"),
        (None, NOT_KNOWN),
    ],
)
def test_durations(seconds: float | timedelta | None, expected: str) -> None:
    assert times.duration(seconds) == expected


def test_weeks() -> None:
    assert [times.weeks(count) for count in (1, 6.5, 26, None)] == ["1 week", "6.5 weeks", "26 weeks", NOT_KNOWN]


def test_an_unknown_locale_or_zone_is_refused() -> None:
    with pytest.raises(KeyError):
        Reader("xx-XX")
    with pytest.raises(ZoneInfoNotFoundError):
        Reader("en-GB", "Europe/Atlantis")


def result(**changes: Any) -> dict[str, Any]:
    ok = {"status": "ok"}
    metric = {"direction": 1, "kind": "rate", "role": "guardrail", "shown": "relative"}
    margin = {"scale": "relative", "value": 0.05}
    return {**metric, "margin": margin, "absolute": ok, "relative": ok, **changes}


def test_a_limit_has_the_sign_of_the_change_it_forbids() -> None:
    assert metrics.limit(result()) == "−5%"
    assert metrics.limit(result(direction=-1)) == "+5%"
    assert metrics.limit(result(margin={"scale": "relative", "value": 0.025})) == "−2.5%"
    assert metrics.limit(result(margin={"scale": "absolute", "value": 0.002})) == "−0.20\u00a0pp"
    assert metrics.limit(result(margin=None)) is None
    assert metrics.role_line(result()) == "Guardrail, limit −5%"
    assert metrics.role_line(result(role="goal", margin=None)) == "Goal"


def test_values_and_changes_follow_the_form() -> None:
    assert metrics.measured(0.0315, "percent") == "3.15%"
    assert metrics.measured(0.0315, "percent:1") == "3.1%"
    assert metrics.measured(123450, "money:EUR") == "€1,234.50"
    assert metrics.measured(390, "seconds") == "6 min 30 s"
    assert metrics.change(0.125, "relative", "money:EUR") == "+12.5%"
    assert metrics.change(0.004, "absolute", "percent") == "+0.40\u00a0pp"
    assert metrics.change(-4.21, "absolute", "money-major:EUR") == "−€4.21"
    assert metrics.change(-3.25, "absolute", "seconds") == "−3.2\u00a0s"
    assert metrics.change(None, "absolute", "seconds") == NOT_KNOWN
    assert [metrics.metric_form({"kind": kind}) for kind in ("rate", "mean", "ratio")] == [
        "percent",
        "number:2",
        "number:3",
    ]


def test_an_interval_names_an_end_that_does_not_exist() -> None:
    assert metrics.interval(0.087, 0.163) == "+8.7% to +16.3%"
    assert metrics.interval(0.087, None) == "+8.7% or more, no upper end"
    assert metrics.interval(None, 0.1) == "+10.0% or less, no lower end"
    assert metrics.interval(None, None) == "no interval"


def test_an_unbounded_relative_interval_gives_way_to_the_absolute_one() -> None:
    assert metrics.deciding_scale(result(relative={"status": "unbounded"})) == "absolute"
    assert metrics.deciding_scale(result(relative={"status": "too_few"})) == "relative"
    assert metrics.deciding_scale(result()) == "relative"


def test_every_verdict_and_action_has_sign_word_tone_and_icon() -> None:
    shown = {code.value: f"{words.verdict_sign(code)} {words.verdict_word(code)}" for code in Verdict}
    assert shown | {"better": "▲ Better", "worse": "▼ Worse", "holds": "✓ Holds", "broken": "✕ Broken"} == shown
    assert shown["not_shown"] == "? Not shown yet"
    assert {words.action_icon(action) for action in Action} >= {"rocket", "hourglass"}
    assert words.action_word("net_loss") == "Net loss"
    with pytest.raises(ValueError, match="splendid"):
        words.verdict_tone("splendid")


def test_only_a_decided_good_thing_has_the_colour_of_a_gain() -> None:
    assert {code.value for code in Verdict if words.verdict_tone(code) == "gain"} == {"better", "holds"}
    assert {code.value for code in Verdict if words.verdict_tone(code) == "loss"} == {"worse", "broken"}
    assert [action.value for action in Action if words.action_tone(action) == "gain"] == ["ship"]
    assert {action.value for action in Action if words.action_tone(action) == "loss"} == {
        "cannibalising",
        "harm",
        "net_loss",
    }
    assert words.action_tone("invalid") == "warn"
    assert words.action_tone("inconclusive") == "neutral"


def test_templates_write_in_the_readers_conventions() -> None:
    app = Flask("formatters")
    register(app)
    template = "{{ 0.125 | signed_percent }} {{ '2026-06-30T22:30:00Z' | datetime }} {{ 'holds' | verdict_word }}"
    with app.app_context():
        assert render_template_string(template) == "+12.5% 30 Jun 2026, 22:30 Holds"
        g.reader = DUTCH
        assert render_template_string(template) == "+12,5% 1 Jul 2026, 00:30 Holds"
    assert set(FILTERS) | set(WORDS) <= set(app.jinja_env.filters)


@pytest.mark.parametrize("locale", CONVENTIONS)
def test_no_two_signs_of_a_locale_are_alike(locale: str) -> None:
    conventions = Reader(locale).conventions
    assert conventions.decimal != conventions.group
    assert numbers.money(100, reader=Reader(locale)).count("€") == 1
