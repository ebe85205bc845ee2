"""What running a test costs: people's hours and what else was paid."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.checks import TEXT_MAX, check_range, check_text

MOST = 1e12


@dataclass(frozen=True, slots=True)
class RunCost:
    """The typed cost of one test, in major units of money of this deployment.

    Args:
        hours: worked to build, run and read it.
        rate: of one hour.
        other: paid besides, such as vouchers or media.
        note: what it holds.
    """

    hours: float = 0.0
    rate: float = 0.0
    other: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        """Check every bound."""
        for name, most in (("hours", 1e6), ("rate", 1e6), ("other", MOST)):
            check_range(getattr(self, name), f"cost.{name}", low=0, high=most)
        object.__setattr__(self, "note", check_text(self.note, "cost.note", at_most=TEXT_MAX, required=False))

    @property
    def total(self) -> float:
        """Hours × rate + the rest."""
        return self.hours * self.rate + self.other
