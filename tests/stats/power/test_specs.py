from __future__ import annotations

from collections.abc import Callable

import pytest

from experiments.stats.power import Design, GoalSpec, GuardrailSpec, best_allocation


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: GoalSpec("g", "rate", 1.2, effect_relative=0.1), r"baseline == 1\.2, must be between 0 and 1"),
        (lambda: GoalSpec("g", "rate", 0.1, 0.3, effect_relative=0.1), r"sd == 0\.3, must not be given"),
        (lambda: GoalSpec("g", "mean", 10.0, effect_relative=0.1), r"sd == None, must be > 0"),
        (lambda: GoalSpec("g", "mean", 10.0, -1.0, effect_relative=0.1), r"sd == -1\.0, must be > 0"),
        (lambda: GoalSpec("g", "rate", 0.1), "exactly one must be given"),
        (lambda: GoalSpec("g", "rate", 0.1, effect_relative=0.1, effect_absolute=0.01), "exactly one"),
        (lambda: GoalSpec("g", "mean", -2.0, 1.0, effect_relative=0.1), r"baseline == -2\.0, must be > 0"),
        (lambda: GoalSpec("g", "rate", 0.1, effect_absolute=0.0), r"effect == 0\.0, must be finite and not 0"),
        (lambda: GoalSpec("g", "rate", 0.6, effect_relative=1.0), r"effect == 0\.6 takes the rate"),
        (lambda: GoalSpec("g", "median", 0.6, effect_relative=1.0), r"kind == 'median'"),  # type: ignore[arg-type]
        (lambda: GoalSpec("g", "rate", 0.1, effect_relative=0.1, r_squared=1.0), r"r_squared == 1\.0"),
        (lambda: GoalSpec("g", "rate", 0.1, effect_relative=0.1, one_of=0), r"one_of == 0, must be >= 1"),
        (lambda: GuardrailSpec("g", "rate", 0.1, margin=1.2), r"margin == 1\.2, must be between 0 and 1"),
        (lambda: GuardrailSpec("g", "rate", 0.1, margin=0.0), r"margin == 0\.0, must be > 0"),
        (lambda: GuardrailSpec("g", "rate", 0.1, margin=0.05, margin_scale="log"), "margin_scale"),  # type: ignore[arg-type]
        (lambda: GuardrailSpec("g", "rate", 0.1, margin=0.05, direction=0), "direction == 0"),  # type: ignore[arg-type]
        (
            lambda: GuardrailSpec("g", "rate", 0.1, margin=0.05, expected_change=-0.05),
            r"expected_change == -0\.05, must leave room inside the margin == 0\.05",
        ),
        (lambda: GuardrailSpec("g", "mean", 0.0, 1.0, margin=0.05), r"baseline == 0\.0, must be > 0"),
        (lambda: Design(alpha=0.5), r"alpha == 0\.5, must be between 0 and 0\.5"),
        (lambda: Design(power=0.02), r"power == 0\.02, must be between alpha == 0\.025 and 1"),
        (lambda: Design(allocation=0.0), r"allocation == 0\.0, must be > 0"),
        (lambda: Design(variants=1), "variants == 1, must be >= 2"),
        (lambda: Design(looks=0), "looks == 0, must be >= 1"),
        (lambda: Design(spending="linear"), "spending == 'linear'"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_field_is_refused_by_name_value_and_bound(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_a_relative_effect_is_a_share_of_the_baseline() -> None:
    assert GoalSpec("g", "rate", 0.052, effect_relative=0.1).effect == pytest.approx(0.0052)
    assert GoalSpec("g", "mean", 10.0, 3.0, effect_absolute=-0.5).effect == -0.5


def test_a_fall_may_be_expected_where_lower_is_better() -> None:
    spec = GuardrailSpec("handle_seconds", "mean", 300.0, 200.0, margin=0.03, direction=-1, expected_change=-0.01)
    assert spec.change == pytest.approx(-3.0)


def test_best_allocation_minimises_the_total() -> None:
    k = 4

    def total_variance(kappa: float) -> float:
        return (1 + k * kappa) * (1 + 1 / kappa)

    best = best_allocation(k)
    assert best == 0.5
    assert total_variance(best) < min(total_variance(best * 0.98), total_variance(best * 1.02))
