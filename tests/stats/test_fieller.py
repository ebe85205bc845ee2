from __future__ import annotations

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments.stats.fieller import quotient

numbers = st.floats(-5, 5).filter(lambda x: abs(x) > 1e-3)
sizes = st.floats(0.01, 2)
correlations = st.floats(-0.95, 0.95)


def z_at(r: float, a: float, b: float, s_a: float, s_b: float, rho: float) -> float:
    variance = s_a**2 - 2 * r * rho * s_a * s_b + r**2 * s_b**2
    return (a - r * b) / math.sqrt(variance)


def of(a: float, b: float, s_a: float, s_b: float, rho: float, q: float = 1.96):
    return quotient(a, b, s_a**2, s_b**2, rho * s_a * s_b, q)


@given(numbers, numbers, sizes, sizes, correlations)
def test_the_test_is_exactly_critical_at_each_root(a, b, s_a, s_b, rho) -> None:
    found = of(a, b, s_a, s_b, rho)
    assume(found.lo is not None)
    assume(abs((b / s_b) ** 2 - 1.96**2) > 1e-3)
    for root in (found.lo, found.hi):
        assert abs(z_at(root, a, b, s_a, s_b, rho)) == pytest.approx(1.96, rel=1e-6)


@given(numbers, numbers, sizes, sizes, correlations, st.floats(-20, 20))
def test_a_number_is_in_the_set_when_it_is_not_rejected(a, b, s_a, s_b, rho, r) -> None:
    found = of(a, b, s_a, s_b, rho)
    z = abs(z_at(r, a, b, s_a, s_b, rho))
    assume(abs(z - 1.96) > 1e-6)
    if found.kind == "line":
        assert z < 1.96
    elif found.kind == "interval":
        assert (found.lo <= r <= found.hi) == (z < 1.96)
    else:
        assert (r <= found.lo or r >= found.hi) == (z < 1.96)


@given(numbers, numbers, sizes, sizes, correlations)
def test_kind_follows_from_the_denominator(a, b, s_a, s_b, rho) -> None:
    found = of(a, b, s_a, s_b, rho)
    assert found.estimable == (found.kind == "interval") == (abs(b) / s_b > 1.96)
    assert found.denominator_z == pytest.approx(abs(b) / s_b)


@given(numbers, numbers, sizes, sizes, correlations)
def test_sign_and_scale_symmetry(a, b, s_a, s_b, rho) -> None:
    found = of(a, b, s_a, s_b, rho)
    assert of(-a, -b, s_a, s_b, rho) == found
    mirrored = of(-a, b, s_a, s_b, -rho)
    assert mirrored.kind == found.kind
    if found.lo is not None:
        assert mirrored.lo == pytest.approx(-found.hi, rel=1e-9, abs=1e-12)
        scaled = of(1000 * a, 1000 * b, 1000 * s_a, 1000 * s_b, rho)
        assert scaled.lo == pytest.approx(found.lo, rel=1e-9, abs=1e-12)


def test_three_kinds() -> None:
    assert of(1, 10, 1, 1, 0).kind == "interval"
    assert of(10, 1, 1, 1, 0).kind == "rays"
    assert of(0.1, 0.1, 1, 1, 0).kind == "line"


def test_a_certain_denominator_gives_the_plain_interval() -> None:
    found = quotient(3.0, 2.0, 0.25, 0.0, 0.0, 1.96)
    assert (found.lo, found.hi) == (pytest.approx((3 - 0.98) / 2), pytest.approx((3 + 0.98) / 2))
    assert found.denominator_z is None


def test_nothing_over_nothing_is_the_whole_line() -> None:
    found = quotient(1.0, 0.0, 0.1, 0.0, 0.0, 1.96)
    assert (found.kind, found.point, found.estimable) == ("line", None, False)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["kind"] == "line"


def test_zero_over_something_is_centred_on_zero() -> None:
    found = quotient(0.0, 10.0, 1.0, 1.0, 0.0, 1.96)
    assert found.lo == pytest.approx(-found.hi)


def test_no_uncertainty_is_a_point() -> None:
    found = quotient(0.0, 1.0, 0.0, 0.0, 0.0, 1.96)
    assert (found.kind, found.lo, found.hi) == ("interval", 0.0, 0.0)


@pytest.mark.parametrize(("v", "critical"), [(-1.0, 1.96), (1.0, 0.0), (1.0, -2.0)])
def test_bad_arguments_are_refused(v: float, critical: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        quotient(1.0, 1.0, v, 1.0, 0.0, critical)
