from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.stats import normal
from experiments.stats.boundaries import (
    HIGHEST,
    classic,
    critical_values,
    equally_spaced,
    exit_probabilities,
    looks,
)
from experiments.stats.spending import SpendingKind, spent

kinds = st.sampled_from(["obf", "pocock", "power"])
schedules = st.lists(st.integers(1, 99), min_size=1, max_size=8, unique=True).map(
    lambda parts: (*sorted(p / 100 for p in parts), 1.0)
)


@settings(max_examples=30)
@given(schedules, kinds, st.sampled_from([1, 2]), st.floats(0.005, 0.1))
def test_each_look_spends_what_the_function_allows(
    times: tuple[float, ...], kind: SpendingKind, sides: int, alpha: float
) -> None:
    critical = critical_values(times, alpha, kind, sides=sides)  # type: ignore[arg-type]
    exits = exit_probabilities(times, critical, sides=sides)  # type: ignore[arg-type]
    assert np.cumsum(exits.upper) == pytest.approx([spent(t, alpha, kind) for t in times], rel=1e-8, abs=1e-15)
    assert sum(exits.lower) == pytest.approx(alpha if sides == 2 else 0.0)


def test_a_single_look_is_the_fixed_test() -> None:
    assert critical_values((1.0,)) == pytest.approx((normal.upper_quantile(0.025),))


@pytest.mark.parametrize(
    ("count", "expected"),
    [(2, 0.0831), (3, 0.1073), (4, 0.1262), (5, 0.1417), (10, 0.1934), (20, 0.2479), (50, 0.3204)],
)
def test_peeking_without_a_boundary_has_the_published_error_rate(count: int, expected: float) -> None:
    exits = exit_probabilities(equally_spaced(count), [1.9599639845] * count)
    assert sum(exits.by_look) == pytest.approx(expected, abs=6e-5)


def test_exit_probabilities_under_an_effect_agree_with_the_published_example() -> None:
    drift = -log(0.6) * sqrt(37.5)
    exits = exit_probabilities(equally_spaced(3), [3.471, 2.454, 2.004], drift, sides=1)
    assert exits.upper == pytest.approx((0.0479605, 0.4927446, 0.3327286), abs=1e-7)


def test_exit_probabilities_agree_with_simulated_paths() -> None:
    rng = np.random.default_rng(3)
    times, drift, runs = (0.3, 0.5, 1.0), 2.0, 200_000
    critical = critical_values(times, 0.025, "pocock")
    steps = np.diff((0.0, *times))
    path = np.cumsum(rng.normal(drift * steps, np.sqrt(steps), (runs, 3)), axis=1) / np.sqrt(times)
    first = np.argmax(np.abs(path) >= critical, axis=1)
    crossed = (np.abs(path) >= critical).any(axis=1)
    seen = [float((crossed & (first == k)).mean()) for k in range(3)]
    assert exit_probabilities(times, critical, drift).by_look == pytest.approx(seen, abs=0.0045)


def test_looks_that_came_early_or_late_keep_the_error_rate() -> None:
    actual = (0.13, 0.47, 0.81, 1.0)
    critical = critical_values(actual)
    assert critical != critical_values(equally_spaced(4))
    assert sum(exit_probabilities(actual, critical).upper) == pytest.approx(0.025, abs=1e-12)


def test_earlier_boundaries_do_not_depend_on_later_looks() -> None:
    full = critical_values((0.2, 0.4, 0.7, 1.0))
    assert critical_values((0.2, 0.4)) == full[:2]


@pytest.mark.parametrize("last", [0.85, 1.2])
def test_the_final_look_spends_what_is_left(last: float) -> None:
    times = (0.25, 0.5, last)
    critical = critical_values(times, final=True)
    assert sum(exit_probabilities(times, critical).upper) == pytest.approx(0.025, abs=1e-12)
    assert looks(times, final=True)[-1].spent == 0.025


def test_an_under_run_is_only_final_when_said_so() -> None:
    assert looks((0.25, 0.85))[-1].spent < 0.025


def test_a_look_with_an_unreachable_boundary_says_so() -> None:
    first, second = looks((1 / 14, 1.0))
    assert first.status == "no_stop_yet"
    assert first.critical == pytest.approx(8.304650208988127, rel=1e-9)
    assert second.status == "ok"
    assert first.to_dict()["status"] == "no_stop_yet"


def test_a_look_with_nothing_to_spend_gets_the_highest_boundary_there_is() -> None:
    assert critical_values((0.001, 1.0))[0] == HIGHEST
    assert normal.sf(HIGHEST) > 0


@pytest.mark.parametrize("count", [100, 365])
def test_daily_looks_still_add_up_to_alpha(count: int) -> None:
    times = equally_spaced(count)
    critical = critical_values(times, sides=1)
    assert sum(exit_probabilities(times, critical, sides=1).upper) == pytest.approx(0.025, abs=1e-10)


@pytest.mark.parametrize(
    ("shape", "count", "constant"),
    [
        ("pocock", 2, 2.178),
        ("pocock", 3, 2.289),
        ("pocock", 4, 2.361),
        ("pocock", 5, 2.413),
        ("pocock", 10, 2.555),
        ("obf", 2, 1.977),
        ("obf", 3, 2.004),
        ("obf", 4, 2.024),
        ("obf", 5, 2.040),
        ("obf", 10, 2.087),
    ],
)
def test_classic_constants_of_jennison_and_turnbull(shape: str, count: int, constant: float) -> None:
    boundary = classic(count, 0.025, shape)  # type: ignore[arg-type]
    assert boundary[-1] == pytest.approx(constant, abs=6e-4)
    assert boundary[0] == pytest.approx(boundary[-1] * (sqrt(count) if shape == "obf" else 1.0))


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ((), "must hold at least one look"),
        ((0.0, 1.0), "must be > 0 and strictly rising"),
        ((0.5, 0.5), "strictly rising"),
        ((0.5, 1.0, 1.2), "only the last look may reach 1"),
    ],
)
def test_times_that_cannot_be_are_refused(times: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        critical_values(times)


def test_a_boundary_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="critical has 1 entries, must have 2"):
        exit_probabilities((0.5, 1.0), (2.0,))
    with pytest.raises(ValueError, match="looks == 0"):
        equally_spaced(0)
