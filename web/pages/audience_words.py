"""Rules of an audience in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.domain.audience import Operator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.domain.audience import Rule
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


def rule_words(rule: Rule, products: Mapping[str, str]) -> str:
    """For example "Holds at least one of Mobile S, Mobile M".

    Args:
        products: names by key; a product that is not among them is named by its key.
    """
    of_holdings = rule.attribute == "holdings"
    subject = "holds" if of_holdings else rule.attribute
    verb = _WORDS[rule.op].removeprefix("has ") if of_holdings else _WORDS[rule.op]
    values = ", ".join(products.get(str(value), str(value)) if of_holdings else str(value) for value in rule.values)
    sentence = f"{subject} {verb} {values}".strip()
    return sentence[:1].upper() + sentence[1:]
