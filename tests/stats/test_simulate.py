from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats.simulate import CURVE_COLUMNS, MONEY_COLUMNS, Journeys, units

STEPS = {"gross": ("PE", 1), "up_sell": ("U", 1), "other_families": ("O", 1), "channel": ("PX", 1),
         "pull_forward": ("PL", 1), "service": ("S", -1)}  # fmt: skip
ALL = Journeys(gained=0.03, taken=0.25, moved=0.3, pulled=0.2, extra_contacts=0.1)


@given(
    gained=st.floats(0, 0.2), taken=st.floats(0, 0.4), moved=st.floats(0, 1), pulled=st.floats(0, 1),
    extra=st.floats(-0.2, 2),
)  # fmt: skip
def test_true_steps_add_up_to_the_net(gained: float, taken: float, moved: float, pulled: float, extra: float) -> None:
    journeys = Journeys(gained=gained, taken=taken, moved=moved, pulled=pulled, extra_contacts=extra)
    truth = journeys.truth()
    assert truth["net"] == pytest.approx(sum(truth[key] for key in STEPS), abs=1e-9)
    worth = journeys.value * gained - journeys.protected_value * journeys.lost - journeys.contact_cost * extra
    assert truth["net"] == pytest.approx(worth, abs=1e-6)


def test_the_effects_simulated_are_the_true_ones() -> None:
    random = np.random.default_rng(5)
    control, variant = (units(random, 200_000, ALL, offer=offer).moments()[0] for offer in (False, True))
    truth = ALL.truth()
    for key, (column, sign) in STEPS.items():
        effect = sign * (variant.mean_of(column) - control.mean_of(column))
        error = ((variant.var_of(column) + control.var_of(column)) / control.n) ** 0.5
        assert abs(effect - truth[key]) < 4 * error, key
    extra = variant.mean_of("n:P") - control.mean_of("n:P")
    lost = control.mean_of("n:U") - variant.mean_of("n:U")
    assert extra == pytest.approx(ALL.gained, abs=0.006)
    assert lost == pytest.approx(ALL.lost, abs=0.006)


@pytest.mark.parametrize(
    ("journeys", "columns"), [(Journeys(moved=0.6), ("PE", "PX")), (Journeys(pulled=0.5), ("PE", "PL"))]
)
def test_what_only_moves_adds_nothing(journeys: Journeys, columns: tuple[str, str]) -> None:
    """A pure shift of channels gives PE + PX = 0, sales only made earlier give PE + PL = 0; each alone does not."""
    random = np.random.default_rng(6)
    control, variant = (units(random, 200_000, journeys, offer=offer).moments()[0] for offer in (False, True))
    weights = {"sum": dict.fromkeys(columns, 1.0), "gross": {"PE": 1.0}}
    before, after = control.combine(weights), variant.combine(weights)
    errors = np.sqrt((np.diag(before.cov) + np.diag(after.cov)) / control.n)
    total, gross = after.mean - before.mean
    assert abs(total) < 4 * errors[0]
    assert gross > 6 * errors[1]


def test_the_curve_is_the_promoted_value_by_day() -> None:
    simulated = units(np.random.default_rng(7), 500, ALL, offer=True)
    promoted = simulated.money[:, :3].sum(axis=1)
    assert simulated.curve[:, :-1].sum(axis=1) == pytest.approx(promoted)
    assert simulated.curve[:, :3].sum(axis=1) == pytest.approx(simulated.money[:, :2].sum(axis=1))
    money, curve = simulated.moments()
    assert (money.columns, curve.columns) == (MONEY_COLUMNS, CURVE_COLUMNS)
    assert money.mean_of("before") == pytest.approx(curve.mean_of("before"))


def test_columns_of_one_unit_go_together() -> None:
    money, _ = units(np.random.default_rng(8), 100_000, Journeys(propensity=0.5), offer=False).moments()
    one, other, both = money.index("n:P"), money.index("n:U"), money.cov
    assert both[one, other] / (both[one, one] * both[other, other]) ** 0.5 > 0.1


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"value": -1.0}, "value == -1.0, must be >= 0"),
        ({"moved": 1.5}, "moved == 1.5, must be <= 1"),
        ({"propensity": 0.0}, "propensity == 0, must be > 0"),
        ({"gained": 0.5, "taken": 0.5}, "taken == 0.5, must leave a rate of at least 0"),
        ({"extra_contacts": -1.0}, "extra_contacts == -1.0, must leave"),
    ],
)
def test_what_cannot_be_is_refused(bad: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Journeys(**bad)
