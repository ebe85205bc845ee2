"""The steps of the worker: each fails alone, is said where people look, and is tried again later and later."""

from experiments.services.steps.alone import Alone, together
from experiments.services.steps.down import is_down
from experiments.services.steps.runner import TURN, LostLeaseError, Steps
from experiments.services.steps.told import Told, failing, failing_at
from experiments.services.steps.words import words_of

__all__ = [
    "TURN",
    "Alone",
    "LostLeaseError",
    "Steps",
    "Told",
    "failing",
    "failing_at",
    "is_down",
    "together",
    "words_of",
]
