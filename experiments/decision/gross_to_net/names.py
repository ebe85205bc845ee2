"""What the two sets of sales are called inside a sentence."""

from __future__ import annotations

from experiments.decision.gross_to_net.block import Declared


def promoted_sales(declared: Declared) -> str:
    """cross-sales, or promoted sales where the set is not simply those."""
    return "cross-sales" if declared.promoted_relations == ("cross",) else "promoted sales"


def protected_sales(declared: Declared) -> str:
    """up-sell, or protected sales where the set is not simply that."""
    return "up-sell" if declared.protected_relations == ("up",) else "protected sales"
