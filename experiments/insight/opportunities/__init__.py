"""Where pages hold unused cross-sell potential: gaps to a stated benchmark, as ceilings and never as forecasts."""

from experiments.insight.opportunities.find import Findings, find
from experiments.insight.opportunities.gap import Gap, standardised_gap
from experiments.insight.opportunities.kappa import ASSUMED, Kappa
from experiments.insight.opportunities.opportunity import Opportunity, Status
from experiments.insight.opportunities.traffic import Cell, Overlap, Place, Traffic, Worth

__all__ = [
    "ASSUMED",
    "Cell",
    "Findings",
    "Gap",
    "Kappa",
    "Opportunity",
    "Overlap",
    "Place",
    "Status",
    "Traffic",
    "Worth",
    "find",
    "standardised_gap",
]
