"""What arrives, for those who set the product up: the newest events, what was refused, and what looks wrong."""

from experiments.services.arrivals.gathered import gather
from experiments.services.arrivals.hints import Hint, hints_of
from experiments.services.arrivals.live import Asked, Live, live
from experiments.services.arrivals.waiting import Awaited, awaited

__all__ = ["Asked", "Awaited", "Hint", "Live", "awaited", "gather", "hints_of", "live"]
