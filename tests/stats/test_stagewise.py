from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.stats import normal
from experiments.stats.boundaries import critical_values, equally_spaced
from experiments.stats.stagewise import after_stop

#: Wassmer and Brannath (2016), pages 87 to 88: four looks of 22 units each, stopped at the second with z = 3.
ESTIMATE, SE = 3 / math.sqrt(44), 1 / math.sqrt(44)


@pytest.mark.parametrize(
    ("first", "p", "point", "lo", "hi"),
    [(4.049, 0.0014, 0.452, 0.157, 0.748), (2.361, 0.0098, 0.419, 0.074, 0.729)],
    ids=["O'Brien-Fleming", "Pocock"],
)
def test_published_values(first: float, p: float, point: float, lo: float, hi: float) -> None:
    found = after_stop([22, 44], [first], ESTIMATE, SE)
    assert round(found.p, 4) == p
    assert found.point == pytest.approx(point, abs=1.1e-3)
    assert (found.lo, found.hi) == (pytest.approx(lo, abs=1.1e-3), pytest.approx(hi, abs=1.1e-3))


def test_one_look_is_the_usual_interval() -> None:
    found = after_stop([1.0], [], 0.3, 0.1)
    assert found.point == pytest.approx(0.3, abs=1e-8)
    assert (found.lo, found.hi) == (pytest.approx(0.3 - 0.1959963985), pytest.approx(0.3 + 0.1959963985))
    assert found.p == pytest.approx(normal.sf(3))


def test_a_loss_is_a_gain_in_the_mirror() -> None:
    gain, loss = (after_stop([22, 44], [2.361], sign * ESTIMATE, SE) for sign in (1, -1))
    assert (loss.p, loss.point, loss.lo, loss.hi) == pytest.approx((gain.p, -gain.point, -gain.hi, -gain.lo))


def test_it_is_too_large_as_often_as_too_small_and_covers_while_the_plain_estimate_is_too_large() -> None:
    """Simulated stops of a test whose true effect is two standard errors of its end."""
    looks, effect, runs = 3, 2.0, 20_000
    times = np.array(equally_spaced(looks))
    bounds = critical_values(tuple(times), 0.025, "pocock")
    random = np.random.default_rng(5)
    paths = random.normal(effect / looks, 1 / math.sqrt(looks), (runs, looks)).cumsum(axis=1)
    crossed = np.abs(paths / np.sqrt(times)) >= bounds
    crossed[:, -1] = True
    stops = crossed.argmax(axis=1)
    plain = paths[np.arange(runs), stops] / times[stops]
    assert plain.mean() > effect + 0.2

    few = 250
    above = covered = 0
    for stop, estimate in zip(stops[:few].tolist(), plain[:few].tolist(), strict=True):
        found = after_stop(tuple(times[: stop + 1]), bounds[:stop], estimate, 1 / math.sqrt(times[stop]))
        above += found.point > effect
        covered += found.lo <= effect <= found.hi
    assert above / few == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(few))
    assert covered / few == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / few))


@pytest.mark.parametrize(
    ("arguments", "words"), [(([1, 2], [], 0.1, 0.1), "critical has 0"), (([1], [], 0.1, 0.0), "se == 0")]
)
def test_bad_input_is_refused(arguments, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        after_stop(*arguments)
