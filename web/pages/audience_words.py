"""Rules of an audience in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.domain.audience import Operator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from experiments.domain.audience import Rule
    from experiments.domain.product import Product

_WORDS = {
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.ANY_OF: "has at least one of",
    Operator.NONE_OF: "has none of",
    Operator.GTE: "is at least",
    Operator.LTE: "is at most",
    Operator.EXISTS: "is known",
    Operator.MISSING: "is not known",
}


def rule_words(rule: Rule, products: Iterable[Product]) -> str:
    """For example "Holds at least one of Mobile S, Mobile M"; products by name where they are known."""
    names = {product.key: product.name for product in products} if rule.attribute == "holdings" else {}
    subject = "holds" if rule.attribute == "holdings" else rule.attribute
    verb = _WORDS[rule.op].removeprefix("has ") if names or rule.attribute == "holdings" else _WORDS[rule.op]
    values = ", ".join(names.get(str(value), str(value)) for value in rule.values)
    sentence = f"{subject} {verb} {values}".strip()
    return sentence[:1].upper() + sentence[1:]
