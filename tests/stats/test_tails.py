from __future__ import annotations

import pytest
from scipy import stats

from experiments.stats.tails import critical_value, tail_of, two_sided_p, upper_quantile, upper_tail


@pytest.mark.parametrize("df", [None, 3.7, 50.0])
@pytest.mark.parametrize("z", [-3.0, 0.0, 1.0, 5.0, 12.0])
def test_tails_agree_with_scipy(z: float, df: float | None) -> None:
    reference = stats.norm if df is None else stats.t(df)
    assert upper_tail(z, df) == pytest.approx(reference.sf(z), rel=1e-10)
    assert two_sided_p(z, df) == pytest.approx(2 * reference.sf(abs(z)), rel=1e-10)


@pytest.mark.parametrize("df", [None, 3.7, 50.0])
@pytest.mark.parametrize("tail", [1e-8, 0.025, 0.3])
def test_quantile_inverts_the_tail(tail: float, df: float | None) -> None:
    assert upper_tail(upper_quantile(tail, df), df) == pytest.approx(tail, rel=1e-9)


def test_critical_overrides_the_level() -> None:
    assert critical_value(0.025) == pytest.approx(1.959963984540054)
    assert critical_value(0.025, 10.0) == pytest.approx(2.228138851964939)
    assert critical_value(0.025, 10.0, critical=3.3) == 3.3
    assert tail_of(0.95) == pytest.approx(0.025)


@pytest.mark.parametrize(
    "call",
    [
        lambda: upper_quantile(0.0),
        lambda: upper_quantile(1.0, 5.0),
        lambda: tail_of(1.0),
        lambda: tail_of(0.0),
        lambda: critical_value(0.025, critical=0.0),
        lambda: critical_value(0.025, critical=float("inf")),
    ],
)
def test_bounds_are_named(call) -> None:
    with pytest.raises(ValueError, match="must be"):
        call()
