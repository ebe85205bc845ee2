"""What a variant promises to a customer, and when two promises contradict each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.domain.experiment import Experiment
from experiments.domain.net_plan import SaleSet
from experiments.domain.variant import Variant

#: Words in the name of a field of a payload that make it a term of the offer; a label or a colour is none.
TERM_WORDS = frozenset({"price", "discount", "saving", "bonus", "voucher", "free", "months", "fee"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True, slots=True)
class Promise:
    """What somebody who sees a variant may rely on.

    Args:
        offer: its name, the text called `offer` in the payload.
        terms: the fields of the payload that state its price or an advantage.
    """

    offer: str
    terms: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The offer and its terms for people."""
        terms = ", ".join(f"{name} {value}" for name, value in sorted(self.terms.items()))
        return f"{self.offer} ({terms})" if terms else self.offer


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Variants of two tests, by position, whose promises cannot both be kept to one customer."""

    mine: int
    theirs: int


def promise_of(variant: Variant) -> Promise | None:
    """What the payload promises; None where it names no offer."""
    payload = variant.payload
    name = payload.get("offer") if isinstance(payload, dict) else None
    if not isinstance(name, str) or not name:
        return None
    terms = {key: value for key, value in payload.items() if key != "offer" and _is_term(key)}
    return Promise(name, terms)


def contradict(one: Promise, other: Promise, *, same_sales: bool) -> bool:
    """Whether one customer must not be shown both: one offer on different terms, or two offers for the same sales.

    A term that only one of them states contradicts nothing.
    """
    if one.offer != other.offer:
        return same_sales
    return any(one.terms[name] != other.terms[name] for name in one.terms.keys() & other.terms.keys())


def same_sales(one: SaleSet, other: SaleSet) -> bool:
    """Whether both sets name a family in common, bought in a relation that both accept.

    A set of all families says nothing of what is offered, and so it meets none here.
    """
    meet = not one.relations or not other.relations or bool(set(one.relations) & set(other.relations))
    return meet and bool(set(one.families) & set(other.families))


def contradictions(one: Experiment, other: Experiment, promoted: tuple[SaleSet, SaleSet]) -> tuple[Contradiction, ...]:
    """Every pair of variants of two tests that contradict each other.

    Args:
        promoted: what each of them promotes.
    """
    same = same_sales(*promoted)
    mine = [(place, found) for place, each in enumerate(one.phase.variants) if (found := promise_of(each))]
    theirs = [(place, found) for place, each in enumerate(other.phase.variants) if (found := promise_of(each))]
    return tuple(
        Contradiction(place, against)
        for place, promise in mine
        for against, rival in theirs
        if contradict(promise, rival, same_sales=same)
    )


def _is_term(name: str) -> bool:
    return not TERM_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))
