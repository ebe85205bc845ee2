"""`netlift doctor`: everything that must be true of a healthy installation, checked and told with what to do."""

from experiments.services.doctor.examine import examine
from experiments.services.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine"]
