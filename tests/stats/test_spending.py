from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats.spending import SpendingKind, spent

kinds = st.sampled_from(["obf", "pocock", "power"])
levels = st.floats(0.001, 0.2)


@given(kinds, levels, st.floats(0, 1), st.floats(0, 1))
def test_spending_rises_from_nothing_to_alpha(kind: SpendingKind, alpha: float, s: float, t: float) -> None:
    low, high = sorted((s, t))
    assert 0 <= spent(low, alpha, kind) <= spent(high, alpha, kind) <= alpha * (1 + 1e-12)
    assert spent(0, alpha, kind) == 0
    assert spent(1, alpha, kind) == spent(1.3, alpha, kind) == alpha


def test_the_first_look_of_fourteen_keeps_its_digits() -> None:
    assert spent(1 / 14, 0.025) == pytest.approx(5.0056971088845156e-17, rel=1e-9)


def test_known_values() -> None:
    assert spent(0.5, 0.025, "obf") == pytest.approx(0.0015253227579889112, rel=1e-12)
    assert spent(0.25, 0.025, "pocock") == pytest.approx(0.00893435048771971, rel=1e-12)
    assert spent(0.2, 0.025, "power") == pytest.approx(0.001)
    assert spent(0.2, 0.03, "power", rho=1) == pytest.approx(0.006)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-0.1, 0.025), r"information == -0\.1"),
        ((0.5, 0.5), r"alpha == 0\.5"),
        ((0.5, 0.025, "linear"), "kind == 'linear'"),
        ((0.5, 0.025, "power", 0.0), r"rho == 0\.0"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spent(*arguments)  # type: ignore[arg-type]
