"""How much of a gap a test may close: an assumption until ten tests have told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from experiments.domain.checks import check_range
from experiments.stats.meta import heterogeneity
from experiments.stats.tails import critical_value, tail_of

LEAST_TESTS = 10
MOST = 0.30
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Kappa:
    """Share of a gap that tests close.

    Args:
        value: what is expected; low, high: its range.
        source: "assumption" = somebody's, which is kept; "asked" = for one look alone; "tests" = from past tests.
        tests: tests behind it.

    Raises:
        DomainError: `out_of_range`.
    """

    value: float = 0.10
    low: float = 0.0
    high: float = MOST
    source: Literal["assumption", "asked", "tests"] = "assumption"
    tests: int = 0

    def __post_init__(self) -> None:
        """Check the bounds."""
        most = 1 if self.source == "tests" else MOST
        check_range(self.value, "kappa", low=0, high=most)
        check_range(self.low, "kappa.low", low=0, high=self.value)
        check_range(self.high, "kappa.high", low=self.value, high=most)

    @property
    def words(self) -> str:
        """Where it comes from."""
        if self.source == "tests":
            return f"of the gap was closed by {self.tests} past tests of opportunities, shrunk"
        if self.source == "asked":
            return "of the gap is closed: asked for on this page alone, and not kept"
        return f"of the gap is closed: an assumption, because fewer than {LEAST_TESTS} tests of opportunities have told"


@dataclass(frozen=True, slots=True)
class Closed:
    """The share of its gap that one past test closed, with its standard error; the gap is taken as it was planned."""

    share: float
    se: float


def learnt(tests: Sequence[Closed]) -> Kappa | None:
    """What past tests closed, from ten on; None before.

    The value is the Paule-Mandel mean, each test counting by its noise and the spread between tests; the range is where
    95 % of the next ones lie, mean ∓ t √(τ² + se²) with two degrees of freedom less than tests (Higgins, Thompson and
    Spiegelhalter 2009). Both are cut to 0 to 1: no more than the gap can close.
    """
    if len(tests) < LEAST_TESTS:
        return None
    found = heterogeneity([test.share for test in tests], [test.se**2 for test in tests])
    half = critical_value(tail_of(LEVEL), len(tests) - 2) * sqrt(found.tau2 + found.sd_mean**2)
    value, low, high = (min(max(each, 0.0), 1.0) for each in (found.mean, found.mean - half, found.mean + half))
    return Kappa(value, low, high, "tests", len(tests))


ASSUMED = Kappa()
