"""What is known of the agents of a contact centre that a test draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.domain.checks import check_range

if TYPE_CHECKING:
    from experiments.stats.power.clusters import Clusters


@dataclass(frozen=True, slots=True)
class Agents:
    """What is known of the agents.

    Args:
        available: agents who can take part, over all variants.
        contacts: mean contacts of one agent inside the window of the metrics.
        icc: intra-cluster correlation: share of the variance of one contact that lies between agents.
        cv: spread of the number of contacts between agents over its mean; 0 = all handle as many.
    """

    available: int
    contacts: float
    icc: float
    cv: float = 0.0

    def __post_init__(self) -> None:
        """Check every bound."""
        check_range(self.available, "agents.available", low=4, high=1_000_000)
        check_range(self.contacts, "agents.contacts", low=1, high=1_000_000)
        check_range(self.icc, "agents.icc", low=0, high=1)
        check_range(self.cv, "agents.cv", low=0, high=10)

    @property
    def clusters(self) -> Clusters:
        """The same as the statistics take it."""
        from experiments.stats.power.clusters import Clusters

        return Clusters(self.contacts, self.icc, self.cv)

    def per_week(self, window_days: int) -> float:
        """Contacts of all agents in a week."""
        return self.available * self.contacts * 7 / max(window_days, 1)

    def to_dict(self, needed: int) -> dict[str, Any]:
        """JSON-ready form, with what follows from it.

        Args:
            needed: agents of the plan, in all variants.
        """
        return {
            "available": self.available,
            "contacts": self.contacts,
            "icc": self.icc,
            "cv": self.cv,
            "design_effect": self.clusters.design_effect,
            "contacts_in_all": needed * self.contacts,
        }
