"""Numbers, instants and words as people write them down."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.services.import_events.cells import BadCellError, BadTimeError, parser_of
from experiments.services.import_events.holds import Holds, Target, Type, target_of
from experiments.services.import_events.spec import FileOptions, Rule


def read(kind: Type, value: Any, *, rule: Rule | None = None, **options: str) -> Any:
    target = Target("x", "X", kind, low=-1e9, high=1e9)
    return parser_of(target, rule or Rule(column="x"), FileOptions(**options))(value)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("1234.5", {}, "1234.5"),
        ("1.234,50", {"decimal": ",", "thousands": "."}, "1234.50"),
        ("1234,50", {"decimal": ",", "thousands": "."}, "1234.50"),
        ("1 234,50", {"decimal": ",", "thousands": " "}, "1234.50"),
        ("€ 17,50", {"decimal": ","}, "17.50"),
        ("-0,5", {"decimal": ","}, "-0.5"),
        (",5", {"decimal": ","}, "0.5"),
        (17.5, {}, "17.5"),
    ],
)
def test_amounts(text: Any, options: dict[str, str], expected: str) -> None:
    assert read(Type.MONEY, text, **options) == expected


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1,50", {}),
        ("1.50", {"decimal": ","}),
        ("1.23,5", {"decimal": ",", "thousands": "."}),
        ("ten", {}),
        ("1e3", {}),
    ],
)
def test_an_amount_that_could_mean_two_things_is_refused(text: str, options: dict[str, str]) -> None:
    with pytest.raises(BadCellError, match="must be a number such as"):
        read(Type.MONEY, text, **options)


def test_cents_and_minutes() -> None:
    assert read(Type.MONEY, "1999", rule=Rule(column="x", divide=100)) == "19.99"
    assert read(Type.SECONDS, "2,5", rule=Rule(column="x", minutes=True), decimal=",") == 150
    assert read(Type.SECONDS, "1:02:03") == 3_723
    assert read(Type.SECONDS, "4:30") == 270


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2026-11-03T10:00:00Z", "iso", "2026-11-03T10:00:00+00:00"),
        ("2026-11-03 10:00", "iso", "2026-11-03T10:00:00+01:00"),
        ("2026-07-03", "iso", "2026-07-03T12:00:00+02:00"),
        ("3-11-2026", "%d-%m-%Y", "2026-11-03T12:00:00+01:00"),
        ("11/03/26 09:05", "%m/%d/%y %H:%M", "2026-11-03T09:05:00+01:00"),
        ("03 Nov 2026 09:05", "%d %b %Y %H:%M", "2026-11-03T09:05:00+01:00"),
        ("1793696400", "unix", "2026-11-03T09:00:00+00:00"),
        (1793696400000, "unix_ms", "2026-11-03T09:00:00+00:00"),
    ],
)
def test_instants(text: Any, form: str, expected: str) -> None:
    assert read(Type.TIME, text, time_format=form, time_zone="Europe/Amsterdam")[0] == expected


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("31-02-2026", "%d-%m-%Y"),
        ("2026-11-03", "%d-%m-%Y"),
        ("soon", "iso"),
        ("12", "unix"),
        ("", "unix"),
        (True, "iso"),
    ],
)
def test_what_is_no_instant(text: Any, form: str) -> None:
    with pytest.raises(BadTimeError, match="must"):
        read(Type.TIME, text, time_format=form)


def test_ids_keep_their_digits_and_words_are_known() -> None:
    assert read(Type.ID, " 00123 ") == "00123"
    assert read(Type.ID, 123) == "123"
    assert read(Type.ID, 123.0) == "123"
    with pytest.raises(BadCellError):
        read(Type.ID, 1e300)
    assert read(Type.YES, "Ja") is True
    assert read(Type.YES, "nee") is False
    with pytest.raises(BadCellError, match="yes or no"):
        read(Type.YES, "perhaps")
    with pytest.raises(BadCellError, match="must be one of web"):
        read(Type.CHANNEL, "Telegram")


def test_bounds_are_named() -> None:
    quantity = target_of(Holds.ORDERS, "quantity")
    assert quantity is not None
    with pytest.raises(BadCellError, match="between 1 and 10000"):
        parser_of(quantity, Rule(column="x"), FileOptions())("0")
    with pytest.raises(BadCellError, match="whole number"):
        parser_of(quantity, Rule(column="x"), FileOptions())("1.5")
