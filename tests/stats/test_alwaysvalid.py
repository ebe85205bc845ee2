from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats import alwaysvalid
from experiments.stats.boundaries import Sides
from experiments.stats.effect import Status
from experiments.stats.normal import upper_quantile

units = st.floats(100, 1e8)
levels = st.floats(0.001, 0.2)
sides_of = st.sampled_from([1, 2])


def test_at_the_planned_size_the_sequence_is_55_percent_wider_than_a_fixed_interval() -> None:
    critical = alwaysvalid.critical_value(10_000, 10_000)
    assert critical == pytest.approx(3.035, abs=5e-4)
    assert critical / 1.96 == pytest.approx(1.55, abs=0.005)


@given(units, st.floats(0.3, 3), st.floats(0.001, 0.1))
def test_the_sequence_never_beats_the_fixed_interval_and_one_side_is_narrower(
    planned: float, share: float, alpha: float
) -> None:
    n = share * planned
    two = alwaysvalid.critical_value(n, planned, alpha)
    one = alwaysvalid.critical_value(n, planned, alpha, 1)
    assert two > upper_quantile(alpha / 2)
    assert upper_quantile(alpha) < one < two


@given(units, units, levels, sides_of)
def test_p_is_alpha_exactly_at_the_critical_value(n: float, planned: float, alpha: float, sides: Sides) -> None:
    z = alwaysvalid.critical_value(n, planned, alpha, sides)
    assert alwaysvalid.p_value(z, n, planned, alpha, sides) == pytest.approx(alpha, rel=1e-8)
    assert alwaysvalid.p_value(z * 1.01, n, planned, alpha, sides) < alpha


@given(st.floats(-60, 0), units)
def test_one_sided_evidence_on_the_wrong_side_is_none(z: float, n: float) -> None:
    assert alwaysvalid.p_value(z, n, 10_000, sides=1) == 1.0


def test_the_sequence_is_narrowest_near_the_planned_size() -> None:
    n = 20_000
    widths = [alwaysvalid.critical_value(n, planned) for planned in (2_000, n, 200_000)]
    assert widths[1] == min(widths)


@pytest.mark.parametrize(
    ("control", "variant", "events", "status"),
    [
        (499, 5000, None, Status.TOO_FEW),
        (500, 500, 19, Status.TOO_FEW),
        (500, 500, 20, Status.OK),
        (500, 500, None, Status.OK),
    ],
)
def test_it_is_not_shown_before_it_is_valid(control: int, variant: int, events: float | None, status: Status) -> None:
    assert alwaysvalid.readiness(control, variant, events) is status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 100.0), r"units == 0\.0"),
        ((10.0, 0.0), r"planned_units == 0\.0"),
        ((10.0, 100.0, 1.0), r"alpha == 1\.0"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        alwaysvalid.critical_value(*arguments)


def test_p_refuses_no_units() -> None:
    with pytest.raises(ValueError, match="units == 0"):
        alwaysvalid.p_value(1.0, 0, 100.0)
