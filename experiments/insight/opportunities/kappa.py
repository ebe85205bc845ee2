"""How much of a gap a test may close: an assumption until ten tests have told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.domain.checks import check_range

LEAST_TESTS = 10
MOST = 0.30


@dataclass(frozen=True, slots=True)
class Kappa:
    """Share of a gap that tests close.

    Args:
        value: what is expected; low, high: its range.
        source: "assumption" = somebody's, "tests" = shrunk over past tests.
        tests: tests behind it.

    Raises:
        DomainError: `out_of_range`.
    """

    value: float = 0.10
    low: float = 0.0
    high: float = MOST
    source: Literal["assumption", "tests"] = "assumption"
    tests: int = 0

    def __post_init__(self) -> None:
        """Check the bounds."""
        check_range(self.value, "kappa", low=0, high=MOST if self.source == "assumption" else 1)
        check_range(self.low, "kappa.low", low=0, high=self.value)
        check_range(self.high, "kappa.high", low=self.value, high=1)

    @property
    def words(self) -> str:
        """Where it comes from."""
        if self.source == "tests":
            return f"of the gap was closed by {self.tests} past tests, shrunk"
        return f"of the gap is closed: an assumption, because fewer than {LEAST_TESTS} tests have told"


ASSUMED = Kappa()
