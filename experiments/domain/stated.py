"""The relation that a sender states with a sale, beside the one that the holdings give; computed wins, always."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.domain.holding import Relation

#: A word that is none of ours.
UNREAD = "unread"
COUNTS = ("sales", "conflicting", "unknown", "unread")
_SIGNS = re.compile(r"[^a-z]+")
_WORDS: dict[str, Relation] = {relation.value: relation for relation in Relation}
_WORDS |= dict.fromkeys(("crosssell", "crossselling", "crosssale"), Relation.CROSS)
_WORDS |= dict.fromkeys(("upsell", "upselling", "upsale", "upgrade"), Relation.UP)
_WORDS |= dict.fromkeys(("downsell", "downsale", "downgrade"), Relation.DOWN)
_WORDS |= dict.fromkeys(("renewal", "repeat", "retention"), Relation.SAME)
_WORDS |= dict.fromkeys(("additional", "extra"), Relation.ADD)
_WORDS |= dict.fromkeys(("newcustomer", "acquisition"), Relation.NEW)


def relation_of_word(word: str) -> Relation | None:
    """Which relation a sender's word means, however it is spelt (`Cross-sell`, `cross_sale`); None where none."""
    return _WORDS.get(_SIGNS.sub("", word.lower()))


@dataclass(frozen=True, slots=True)
class StatedPair:
    """Sales of which a sender states one relation and the holdings at the order give another."""

    stated: str
    computed: str
    sales: int


@dataclass(frozen=True, slots=True)
class StatedRelations:
    """How stated relations compare with those computed from what was held just before each order.

    Args:
        sales: lines of orders with a relation that their sender states.
        conflicting: those of them for which the holdings give another one.
        unknown: those whose holdings at the order are not known, so that nothing can be compared.
        unread: those whose word is none of ours.
        pairs: what stands against what, most sales first.
    """

    sales: int = 0
    conflicting: int = 0
    unknown: int = 0
    unread: int = 0
    pairs: tuple[StatedPair, ...] = ()

    @classmethod
    def of(cls, counts: Iterable[tuple[str, str, int]]) -> StatedRelations:
        """From (stated, computed, sales), in any order and more than once."""
        found: Counter[tuple[str, str]] = Counter()
        for stated, computed, sales in counts:
            found[stated, computed] += sales
        read = {pair: sales for pair, sales in found.items() if pair[0] != UNREAD}
        known = {pair: sales for pair, sales in read.items() if pair[1] != Relation.UNKNOWN}
        differ = _sorted({pair: sales for pair, sales in known.items() if pair[0] != pair[1]})
        return cls(
            sales=found.total(),
            conflicting=sum(pair.sales for pair in differ),
            unknown=sum(read.values()) - sum(known.values()),
            unread=found.total() - sum(read.values()),
            pairs=differ,
        )

    @classmethod
    def together(cls, parts: Iterable[StatedRelations]) -> StatedRelations:
        """The sum of disjoint parts."""
        total: Counter[tuple[str, str]] = Counter()
        counts: Counter[str] = Counter()
        for part in parts:
            counts.update({name: getattr(part, name) for name in COUNTS})
            total.update({(pair.stated, pair.computed): pair.sales for pair in part.pairs})
        return cls(**{name: counts[name] for name in COUNTS}, pairs=_sorted(total))

    @property
    def compared(self) -> int:
        """Sales of which both words are known."""
        return self.sales - self.unknown - self.unread

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        pairs = [{"stated": pair.stated, "computed": pair.computed, "sales": pair.sales} for pair in self.pairs]
        return {**{name: getattr(self, name) for name in COUNTS}, "pairs": pairs}


def _sorted(differ: Mapping[tuple[str, str], int]) -> tuple[StatedPair, ...]:
    pairs = (StatedPair(*words, sales) for words, sales in differ.items())
    return tuple(sorted(pairs, key=lambda pair: (-pair.sales, pair.stated, pair.computed)))
