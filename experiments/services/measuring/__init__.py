"""Looks back at history for pages and the API: asked for here, measured by the worker, kept with their date."""

from experiments.services.measuring.ask import MOST_WAITING, ask, by_name, newest
from experiments.services.measuring.question import Asked
from experiments.services.measuring.seen import Measured, read_history
from experiments.services.measuring.worker import KEEP_DAYS, forget_old, serve

__all__ = [
    "KEEP_DAYS", "MOST_WAITING", "Asked", "Measured", "ask", "by_name", "forget_old", "newest", "read_history", "serve",
]  # fmt: skip
