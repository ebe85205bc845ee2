"""The first page: how sales and service are going, which tests need whom, and what comes next."""

from experiments.services.overview.asked import Asked, segment_name
from experiments.services.overview.calendar import calendar
from experiments.services.overview.counting import OverviewTurns, count_days
from experiments.services.overview.figures import figures
from experiments.services.overview.result import Figure, Figures
from experiments.services.overview.wheel import Wheel, wheel

__all__ = [
    "Asked",
    "Figure",
    "Figures",
    "OverviewTurns",
    "Wheel",
    "calendar",
    "count_days",
    "figures",
    "segment_name",
    "wheel",
]
