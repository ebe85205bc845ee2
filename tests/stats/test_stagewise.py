from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from experiments.stats import normal
from experiments.stats.boundaries import critical_values, equally_spaced
from experiments.stats.stagewise import after_looks, deviate_of

#: Wassmer and Brannath (2016), pages 87 to 88: four looks of 22 units each, stopped at the second with z = 3.
UNITS = math.sqrt(44)


@pytest.mark.parametrize(
    ("first", "p", "point", "lo", "hi"),
    [(4.049, 0.0014, 0.452, 0.157, 0.748), (2.361, 0.0098, 0.419, 0.074, 0.729)],
    ids=["O'Brien-Fleming", "Pocock"],
)
def test_published_values(first: float, p: float, point: float, lo: float, hi: float) -> None:
    found = after_looks([22, 44], [1.0, 3.0], [first], [first])
    assert round(found.p, 4) == p
    assert found.middle / UNITS == pytest.approx(point, abs=1.1e-3)
    assert (found.lo / UNITS, found.hi / UNITS) == (pytest.approx(lo, abs=1.1e-3), pytest.approx(hi, abs=1.1e-3))


def test_values_that_rpact_prints() -> None:
    """rpact's own test of a survival design with four looks: Wang and Tsiatis 0.45, stopped at the third, 29 events."""
    found = after_looks([0.2, 0.4, 0.6], [1.52, 1.38, 2.9], [2.4878815, 2.4031352])
    assert found.p == pytest.approx(0.013371274, abs=1e-8)
    hazard_ratios = [math.exp(drift * 2 / math.sqrt(29)) for drift in (found.middle, found.lo, found.hi)]
    assert hazard_ratios == pytest.approx([2.632639, 1.1294538, 5.6956842], rel=1e-6)


def test_one_look_is_the_usual_interval() -> None:
    found = after_looks([1.0], [3.0], [])
    assert (found.middle, found.lo, found.hi) == pytest.approx((3.0, 3 - 1.9599639845, 3 + 1.9599639845), abs=1e-8)
    assert (found.p, found.crossed) == (pytest.approx(normal.sf(3)), None)


def test_a_loss_is_a_gain_in_the_mirror() -> None:
    gain = after_looks([22, 44, 50], [1.0, 3.0, 2.8], [2.361, 2.361], [2.326, 2.326])
    loss = after_looks([22, 44, 50], [-1.0, -3.0, -2.8], [2.326, 2.326], [2.361, 2.361])
    assert gain.crossed == loss.crossed == 2
    assert (loss.middle, loss.lo, loss.hi) == pytest.approx((-gain.middle, -gain.hi, -gain.lo))
    assert loss.p == pytest.approx(1 - gain.p)


def test_a_bound_that_cannot_be_passed_changes_nothing() -> None:
    found = after_looks([0.5, 1.0], [0.3, 2.2], [30.0], [30.0])
    assert (found.middle, found.lo, found.hi) == pytest.approx((2.2, 2.2 - 1.959964, 2.2 + 1.959964), abs=1e-6)


@pytest.mark.parametrize(
    ("times", "seen", "bound"), [((1 / 14, 1.0), (3.0, 1.5), 2.7595), ((0.02, 1.0), (9.0, -3.0), 5.0)]
)
def test_a_bound_passed_with_little_information_stands_for_a_large_effect(
    times: tuple[float, ...], seen: tuple[float, ...], bound: float
) -> None:
    """Its effect lies far beyond what the end shows; no answer was found there, and the whole report failed with it."""
    found = after_looks(times, seen, (bound,))
    assert found.crossed == 1
    assert found.lo < found.middle < found.hi
    for drift, wanted in ((found.lo, 1.959964), (found.middle, 0.0), (found.hi, -1.959964)):
        assert deviate_of(times, seen, (bound,), drift=drift) == pytest.approx(wanted, abs=1e-6)
    assert found.middle > bound / times[0] ** 0.5 * 0.9


def test_the_order_is_that_of_multivariate_normals() -> None:
    """The same chances from scipy's integration of the looks together, which shares nothing with the recursion."""
    times, seen, upper, lower = (0.3, 0.7, 1.0), (0.5, 1.9, 2.2), (3.9, 2.4), (2.326, 2.326)
    found = after_looks(times, seen, upper, lower)
    root = np.sqrt(times)
    spread = np.minimum.outer(times, times) / np.outer(root, root)

    def more_extreme(drift: float) -> float:
        chance = 0.0
        for k, edge in enumerate((*upper, seen[-1]), start=1):
            low, high = np.array([*(-z for z in lower[: k - 1]), edge]), np.array([*upper[: k - 1], np.inf])
            joint = multivariate_normal(drift * root[:k], spread[:k, :k], abseps=1e-8, maxpts=1_000_000, seed=1)
            chance += float(joint.cdf(high, lower_limit=low))
        return chance

    assert more_extreme(0.0) == pytest.approx(found.p, abs=1e-6)
    for drift, share in ((found.lo, 0.025), (found.middle, 0.5), (found.hi, 0.975)):
        assert more_extreme(drift) == pytest.approx(share, abs=1e-5)


def test_next_to_nothing_measured_after_the_bound_changes_next_to_nothing() -> None:
    stopped = after_looks([0.4, 0.8], [1.0, 2.9], [3.4])
    run_off = after_looks([0.4, 0.8, 0.8 + 1e-9], [1.0, 2.9, 2.9], [3.4, 2.3])
    assert (run_off.middle, run_off.lo, run_off.hi) == pytest.approx((stopped.middle, stopped.lo, stopped.hi), abs=1e-4)


def test_the_answers_are_where_the_result_lies_out_by_nothing_and_by_the_level() -> None:
    seen = ([0.2, 0.4, 0.6], [1.0, 3.5, 3.0], [4.9, 3.4], [2.3, 2.3])
    found = after_looks(*seen, level=0.9)
    assert [deviate_of(*seen, drift=d) for d in (found.lo, found.middle, found.hi)] == pytest.approx(
        [1.6448536, 0, -1.6448536], abs=1e-7
    )


def test_whoever_passed_a_bound_has_a_p_value_below_what_the_bounds_have_spent() -> None:
    times = equally_spaced(5)
    bounds = critical_values(times, 0.025, "obf")
    for look in (2, 3, 4):
        path = [0.5] * (look - 1) + [bounds[look - 1]]
        for last in (bounds[look - 1], 0.5):  # what came after may have been poor
            found = after_looks(times[: look + 1], [*path, last], bounds[:look])
            assert found.p < 0.025


def _looks(random: np.random.Generator, truth: float, rho: float, bounds: tuple[float, ...]) -> tuple[list, list]:
    """One test of five looks that stops downwards by harm, or upwards once a second metric agrees (rho < 1)."""
    steps = random.normal(0, math.sqrt(0.2), (2, 5))
    paths = np.cumsum(steps, axis=1)[0], np.cumsum(rho * steps[0] + math.sqrt(1 - rho**2) * steps[1])
    times = np.array(equally_spaced(5))
    z, other = (paths[0] + truth * times) / np.sqrt(times), (paths[1] + 3 * times) / np.sqrt(times)
    end = 5
    for look in range(5):
        agreed = rho == 1 or other[look] >= bounds[look]
        if (z[look] >= bounds[look] and agreed) or z[look] <= -min(bounds[look], 2.326):
            end = look + 1
            break
    information, seen = list(times[:end]), list(z[:end])
    if end < 5:  # units that were still on their way
        more = random.uniform(0.02, 0.2)
        total = paths[0][end - 1] + truth * (times[end - 1] + more) + random.normal(0, math.sqrt(more))
        information.append(times[end - 1] + more)
        seen.append(total / math.sqrt(information[-1]))
    return information, seen


@pytest.mark.parametrize("rho", [1.0, 0.5], ids=["alone", "with a second metric"])
@pytest.mark.parametrize("truth", [0.0, 2.8, 4.0])
def test_it_is_too_large_as_often_as_too_small_and_covers(truth: float, rho: float) -> None:
    """Stopped by a bound, run off, and not stopped, all together; the drift is that of the whole plan."""
    runs, random = 2_000, np.random.default_rng(round(10 * truth) + 1)
    bounds = critical_values(equally_spaced(5), 0.025, "pocock")
    lower = [min(z, 2.326) for z in bounds]
    out, plain = [], []
    for _ in range(runs):
        information, seen = _looks(random, truth, rho, bounds)
        before, drift = len(seen) - 1, truth * math.sqrt(information[-1])
        out.append(deviate_of(information, seen, bounds[:before], lower[:before], drift))
        plain.append(seen[-1] < drift)
    below, covered = np.mean(np.array(out) < 0), np.mean(np.abs(out) <= 1.959964)
    assert below == pytest.approx(0.5, abs=3.5 * 0.5 / math.sqrt(runs))
    assert covered == pytest.approx(0.95, abs=3.5 * math.sqrt(0.95 * 0.05 / runs))
    if truth == 2.8 and rho == 1:
        assert np.mean(plain) < 0.47  # what was measured is too large more often than not


@pytest.mark.parametrize(
    ("arguments", "words"), [(([1, 2], [1.0, 1.0], []), "bounds one less"), (([1], [], []), "statistics must have")]
)
def test_bad_input_is_refused(arguments: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        after_looks(*arguments)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.05, 1.0), min_size=2, max_size=4),
    st.lists(st.floats(-2.2, 2.2), min_size=3, max_size=3),
    st.floats(0.1, 3.0),
)
def test_a_stop_at_a_bound_is_always_drawn_towards_nothing(steps: list[float], seen: list[float], over: float) -> None:
    information = list(np.cumsum(steps))
    count = len(information)
    bounds = [4.0 - 0.4 * look for look in range(count)]
    last = bounds[count - 1] + over
    found = after_looks(information, [*seen[: count - 1], last], bounds[: count - 1], [2.326] * (count - 1))
    assert found.crossed is None
    assert found.lo < found.middle < found.hi
    assert found.middle <= last + 1e-6
    again = after_looks(information, [*seen[: count - 1], last + 0.5], bounds[: count - 1], [2.326] * (count - 1))
    assert again.p <= found.p + 1e-12
    assert again.middle >= found.middle - 1e-6
