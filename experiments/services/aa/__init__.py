"""A/A splits of history before launch: does the test's own arithmetic find nothing where there is nothing?"""

from experiments.services.aa.ask import Check, ask, check_of
from experiments.services.aa.turns import AaTurns

__all__ = ["AaTurns", "Check", "ask", "check_of"]
