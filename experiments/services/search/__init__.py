"""One search over experiments, learnings, metrics, journeys and whatever else offers a finder."""

from experiments.services.search.finders import FINDERS
from experiments.services.search.hits import Finder, Hit, Kind, matching
from experiments.services.search.run import MOST, search

__all__ = ["FINDERS", "MOST", "Finder", "Hit", "Kind", "matching", "search"]
