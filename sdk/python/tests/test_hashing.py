from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlift.hashing import hash32, normalise_unit, unit_hash


def test_hashes_are_the_golden_ones(cases: dict[str, Any]) -> None:
    assert {case["text"]: hash32(case["text"]) for case in cases["hash32"]} == {
        case["text"]: case["expected"] for case in cases["hash32"]
    }


def test_draws_are_the_golden_ones(cases: dict[str, Any]) -> None:
    for case in cases["unit_hash"]:
        assert unit_hash(case["salt"], case["unit"]) == case["expected"], case


def test_unit_ids_take_the_golden_form(cases: dict[str, Any]) -> None:
    for case in cases["normalise"]:
        assert normalise_unit(case["unit"]) == case["expected"], case


@given(text=st.text())
def test_any_text_hashes_like_the_reference(text: str, reference_hash: Callable[[bytes], int]) -> None:
    assert hash32(text) == reference_hash(text.encode())


@given(salt=st.text(), unit=st.text())
def test_draws_lie_in_the_unit_interval(salt: str, unit: str) -> None:
    assert 0 <= unit_hash(salt, unit) < 1


@given(unit=st.text())
def test_normalising_twice_changes_nothing(unit: str) -> None:
    once = normalise_unit(unit)
    assert once is None or normalise_unit(once) == once


def test_half_a_surrogate_pair_has_no_hash() -> None:
    with pytest.raises(UnicodeEncodeError):
        hash32("\ud800")
    with pytest.raises(UnicodeEncodeError):
        unit_hash("salt", "visitor-\udc00")
