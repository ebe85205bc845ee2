"""Instants are µs inside and ISO 8601 with Z outside."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.errors import DomainError
from experiments.services.clock import from_iso, maybe_iso, now_us, to_iso


@given(st.integers(-(2**54), 2**54))
def test_instants_come_back_to_the_microsecond(instant: int) -> None:
    assert from_iso(to_iso(instant)) == instant
    assert to_iso(instant).endswith("Z")


def test_forms() -> None:
    assert to_iso(0) == "1970-01-01T00:00:00Z"
    assert to_iso(1_500_000) == "1970-01-01T00:00:01.500000Z"
    assert maybe_iso(None) is None
    assert from_iso("1970-01-01T02:00:00+02:00") == 0


@pytest.mark.parametrize("text", ["yesterday", "2026-01-01T10:00:00", ""])
def test_a_text_that_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="watermark =="):
        from_iso(text, "watermark")


def test_now_is_in_microseconds() -> None:
    assert abs(now_us() / 1e6 - time.time()) < 5
