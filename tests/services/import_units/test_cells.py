"""A cell is a number or is refused; nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.services.import_units.cells import LARGEST, SHOWN, CellError, number_of

finite = st.floats(-LARGEST, LARGEST, allow_nan=False)


@given(finite)
def test_every_number_is_read_back_as_it_was_written(value: float) -> None:
    assert number_of(repr(value), "x") == value


@given(finite)
def test_a_decimal_comma_is_read_where_the_file_has_one(value: float) -> None:
    assert number_of(repr(value).replace(".", ","), "x", ",") == value


@pytest.mark.parametrize(
    ("cell", "value"), [(" 7 ", 7), ("+1.5", 1.5), (".5", 0.5), ("5.", 5), ("1E3", 1000), ("true", 1), ("False", 0)]
)
def test_usual_forms_are_read(cell: str, value: float) -> None:
    assert number_of(cell, "x") == value


@pytest.mark.parametrize("cell", ["", "nan", "inf", "-Infinity", "1_000", "1,000", "0x10", "1 000", "€5", "١٢", "yes"])
def test_what_is_no_number_is_refused_with_its_column(cell: str) -> None:
    with pytest.raises(CellError, match=r"^spend == .*must be a number"):
        number_of(cell, "spend")


def test_a_point_is_no_decimal_where_the_file_has_a_comma() -> None:
    with pytest.raises(CellError):
        number_of("1.000", "spend", ",")


def test_a_number_whose_square_has_no_digits_left_is_refused() -> None:
    with pytest.raises(CellError, match="1e\\+15"):
        number_of("1e16", "spend")


def test_a_long_cell_is_cut_in_the_sentence() -> None:
    with pytest.raises(CellError) as caught:
        number_of("x" * 1000, "spend")
    assert len(str(caught.value)) < SHOWN + 60
