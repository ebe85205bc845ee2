"""What should be true before the first visitor is enrolled."""

from experiments.services.checklist.line import ATTENTION, OK, OPEN, Line
from experiments.services.checklist.lines import checklist

__all__ = ["ATTENTION", "OK", "OPEN", "Line", "checklist"]
