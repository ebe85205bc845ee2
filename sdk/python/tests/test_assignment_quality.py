"""The draws behave like independent uniform numbers, for the ids and names that shops really use.

Nothing is random here, so a test passes or fails for ever. P-values must be jointly uniform over many salts: each of
them above some level would be a weaker demand.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from netlift import evaluate, parse_config
from netlift.hashing import hash32, unit_hash

LEAST_P = 1e-4


def draws(salt: str, count: int, name: Callable[[int], str] = "user-{}".format) -> npt.NDArray[np.float64]:
    return np.array([unit_hash(salt, name(number)) for number in range(count)])


# How shops name people: one after the other, in steps, by a random id, by an address.
NAMES: dict[str, Callable[[int], str]] = {
    "numbers": str,
    "long numbers in steps": lambda number: f"{9_000_000_000 + 64 * number}",
    "uuids": lambda number: str(uuid.UUID(hashlib.md5(b"%d" % number, usedforsecurity=False).hexdigest())),
    "addresses": "klant{}@voorbeeld.nl".format,
    "beyond ASCII": "ökø-{}-顧客".format,
}


def jointly_uniform(p_values: list[float]) -> float:
    return float(stats.kstest(p_values, "uniform").pvalue)


def dependence(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """P-value of independence of two draws over the same units, in a 4 x 4 table."""
    table = np.zeros((4, 4))
    np.add.at(table, ((first * 4).astype(int), (second * 4).astype(int)), 1)
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def test_draws_are_uniform_under_200_salts() -> None:
    p_values = []
    for number in range(200):
        counts = np.bincount((draws(f"exp-{number}:v", 10_000) * 20).astype(int), minlength=20)
        p_values.append(float(stats.chisquare(counts).pvalue))
    assert jointly_uniform(p_values) > LEAST_P


@pytest.mark.parametrize("kind", NAMES)
def test_draws_are_uniform_for_every_way_to_name_people(kind: str) -> None:
    p_values = []
    for number in range(40):
        counts = np.bincount((draws(f"exp-{number}:v", 4_000, NAMES[kind]) * 20).astype(int), minlength=20)
        p_values.append(float(stats.chisquare(counts).pvalue))
    assert jointly_uniform(p_values) > LEAST_P


def test_the_finest_shares_are_kept() -> None:
    """A holdback or ramp of 1 in 1,000 is as exact as chance allows, at both ends of the range."""
    low, high = 0, 0
    for number in range(40):
        drawn = draws(f"exp-{number}:e", 10_000)
        low, high = low + int((drawn < 0.001).sum()), high + int((drawn >= 0.999).sum())
    for count in (low, high):
        assert stats.binomtest(count, 400_000, 0.001).pvalue > LEAST_P


def test_neighbouring_experiments_are_independent() -> None:
    columns = [draws(f"exp-{number}:v", 4000) for number in range(60)]
    assert jointly_uniform([dependence(first, second) for first, second in zip(columns, columns[1:])]) > LEAST_P


@pytest.mark.parametrize(("one", "other"), [(":e", ":v"), ("", ":h"), ("", ":v"), (":h", ":v")])
def test_the_draws_of_one_salt_are_independent(one: str, other: str) -> None:
    p_values = [dependence(draws(f"exp-{n}{one}", 4000), draws(f"exp-{n}{other}", 4000)) for n in range(40)]
    assert jointly_uniform(p_values) > LEAST_P


def test_variants_of_neighbouring_experiments_are_independent_where_they_meet(
    make_document: Callable[..., Any], make_experiment: Callable[..., Any]
) -> None:
    """Through whole evaluations: four variants each, half enrolled; only units in both are compared."""
    arms = [{"key": f"arm-{number}", "weight": 0.25, "payload": None} for number in range(4)]
    keys = [f"exp-{number}" for number in range(24)]
    made = [make_experiment(key, salt=key, variants=arms, enrolment=0.5) for key in keys]
    config = parse_config(make_document(*made))
    columns = []
    for key in keys:
        results = [evaluate(config, key, f"user-{unit}") for unit in range(2_000)]
        columns.append([None if result.reason != "SPLIT" else int(str(result.variant)[-1]) for result in results])
    p_values = []
    for first, second in zip(columns, columns[1:]):
        table = np.zeros((4, 4))
        for one, other in zip(first, second):
            if one is not None and other is not None:
                table[one, other] += 1
        p_values.append(float(stats.chi2_contingency(table, correction=False).pvalue))
    assert jointly_uniform(p_values) > LEAST_P


def test_every_bit_changes_half_of_the_time() -> None:
    """Not only on average: each of the 32 bits, for a change in the salt and for one in the id."""
    for place in (6, 16):
        changed = np.zeros(32)
        for number in range(4_000):
            text = f"exp-{number % 90 + 10}:v:user-{number + 100_000}"
            other = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
            difference = hash32(text) ^ hash32(other)
            changed += [(difference >> bit) & 1 for bit in range(32)]
        assert np.all(np.abs(changed / 4_000 - 0.5) < 0.04)  # five standard errors


def test_one_changed_character_changes_half_of_the_bits() -> None:
    changed = 0
    for number in range(4000):
        text = f"salt-{number % 40}:user-{number}"
        place = number % len(text)
        other = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        changed += bin(hash32(text) ^ hash32(other)).count("1")
    assert 0.48 < changed / (4000 * 32) < 0.52


def test_a_ramp_moves_nobody(make_document: Callable[..., Any], make_experiment: Callable[..., Any]) -> None:
    shares = (0.0, 0.1, 0.25, 0.5, 1.0)
    configs = [parse_config(make_document(make_experiment(enrolment=share))) for share in shares]
    for number in range(2000):
        results = [evaluate(config, "tv-entry", f"user-{number}") for config in configs]
        enrolled = [result.variant for result in results if result.reason == "SPLIT"]
        assert [result.reason for result in results] == ["NOT_ENROLLED"] * (5 - len(enrolled)) + ["SPLIT"] * len(
            enrolled
        )
        assert len(set(enrolled)) == 1


def test_a_roll_out_at_the_share_of_the_test_takes_the_winner_from_nobody(
    make_document: Callable[..., Any], make_experiment: Callable[..., Any]
) -> None:
    rollout = {"variant": "personal-entry", "share": 0.4, "holdback": 0.1}
    before = parse_config(make_document(make_experiment(enrolment=0.4)))
    after = parse_config(make_document(make_experiment(enrolment=0.4, status="decided", rollout=rollout)))
    moved = 0
    for number in range(2000):
        had = evaluate(before, "tv-entry", f"user-{number}").variant
        has = evaluate(after, "tv-entry", f"user-{number}").variant
        assert (had, has) != ("personal-entry", "control")
        moved += had != has
    assert moved > 0


def test_enrolment_does_not_tilt_the_variants(
    make_document: Callable[..., Any], make_experiment: Callable[..., Any]
) -> None:
    p_values = []
    for number in range(40):
        config = parse_config(make_document(make_experiment(f"exp-{number}", enrolment=0.3)))
        results = [evaluate(config, f"exp-{number}", f"user-{unit}") for unit in range(2000)]
        enrolled = [result.variant == "control" for result in results if result.reason == "SPLIT"]
        p_values.append(float(stats.binomtest(sum(enrolled), len(enrolled), 0.5).pvalue))
    # The binomial p-values are discrete and lie a little high, so only too many small ones would be a fault.
    assert sum(p < 0.05 for p in p_values) <= 7
