"""Groups that are drawn as a whole, such as agents with all of their contacts: spread of one, and few of them.

Eldridge, Ashby and Kerry (2006), Int J Epidemiol 35:1292, "Sample size for cluster randomized trials: effect of
coefficient of variation of cluster size and analysis method".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

from experiments.stats.result import Result


@dataclass(frozen=True)
class Clusters(Result):
    """What is known of the groups.

    Attributes:
        size: mean number of members of one group inside the window (contacts of one agent), at least 1.
        icc: intra-cluster correlation, the share of the variance of one member that lies between groups, 0 to 1.
        cv: standard deviation of the sizes over their mean; 0 = all alike.

    Raises:
        ValueError: where a field is out of its bounds.
    """

    size: float
    icc: float
    cv: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values outside their bounds."""
        if not (isfinite(self.size) and self.size >= 1):
            raise ValueError(f"size == {self.size}, must be >= 1.")
        if not 0 <= self.icc <= 1:
            raise ValueError(f"icc == {self.icc}, must be between 0 and 1.")
        if not (isfinite(self.cv) and self.cv >= 0):
            raise ValueError(f"cv == {self.cv}, must be >= 0.")

    @property
    def design_effect(self) -> float:
        """How many times larger the variance is than that of as many independent members: 1 + ((1 + cv²) m − 1) ρ."""
        return 1 + ((1 + self.cv**2) * self.size - 1) * self.icc

    def sd(self, member: float) -> float:
        """Standard deviation of one group, as sizes per group take it: the variance of a ratio over k groups is sd²/k.

        Args:
            member: standard deviation of one member; √(p(1 − p)) where a member has the event or not.
        """
        return member * sqrt(self.design_effect / self.size)


def implied_icc(sd: float, member: float, size: float, cv: float) -> float | None:
    """The intra-cluster correlation that makes the spread of groups what it was; None where it cannot be said.

    Args:
        sd: measured standard deviation of one group, linearised as for a ratio.
        member: measured standard deviation of one member.
    """
    beyond = (1 + cv**2) * size - 1
    if member <= 0 or beyond <= 0:
        return None
    return min(max((sd**2 * size / member**2 - 1) / beyond, 0.0), 1.0)
