"""What of an audience can be found again in stored events: holdings of whole families."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.audience import Audience, Operator
from experiments.services.catalogue import all_products


@dataclass(frozen=True, slots=True)
class Families:
    """Families by key.

    Args:
        holds_any: at least one of them is held.
        lacks: none of them is held.
        left_out: what else the audience asks, in words; it depends on the moment or is not stored.
    """

    holds_any: tuple[str, ...]
    lacks: tuple[str, ...]
    left_out: tuple[str, ...]


def families_of(session: Session, audience: Audience) -> Families:
    """The families that an audience names whole, and what is left out."""
    products = all_products(session)
    found: dict[Operator, tuple[str, ...]] = {}
    left = []
    for rule in audience.rules:
        families = sorted({product.family for product in products if product.key in rule.values})
        whole = {product.key for product in products if product.family in families}
        named = rule.op in (Operator.ANY_OF, Operator.NONE_OF) and whole == set(rule.values)
        if rule.attribute == "holdings" and named:
            found[rule.op] = tuple(families)
        else:
            left.append("single products" if rule.attribute == "holdings" else f"the rule on {rule.attribute}")
    if not audience.policy.empty:
        left.append("the offer policy")
    return Families(found.get(Operator.ANY_OF, ()), found.get(Operator.NONE_OF, ()), tuple(left))
