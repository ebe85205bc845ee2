"""The verdict people decided on: it stays when the report is computed once more at run-off.

What is shipped changes what the last units see, and a boundary that was crossed at a look need not be crossed at the
next. The numbers of the report go on to the end of the windows; the verdict does not go back on a decision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from experiments.decision.decision import Decision
from experiments.decision.words import Action

#: What is no verdict can be settled by later units.
OPEN = (Action.INVALID, Action.INCONCLUSIVE)


@dataclass(frozen=True)
class Settled:
    """A verdict that was decided on.

    Attributes:
        decision: that of the report people saw.
        look: its number; planned: how many were planned.
    """

    decision: Decision
    look: int
    planned: int


def settled_by(decision: Decision, look: int | None, planned: int) -> Settled | None:
    """What a decision by people settles: nothing where the report they saw had no verdict."""
    if look is None or decision.provisional or decision.action in OPEN:
        return None
    return Settled(decision, look, planned)


def kept(settled: Settled) -> Decision:
    """The same decision, saying where it comes from."""
    said = (
        f"This is the verdict of look {settled.look} of {settled.planned}, on which it was decided; the numbers below "
        "go on to the end of the windows and change no verdict."
    )
    decision = settled.decision
    return replace(decision, sentence=f"{decision.sentence} {said}", reasons=(*decision.reasons, said))
