"""What a customer has, and what a sale therefore is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.product import Product


class Relation(StrEnum):
    """Relation of a sale to the holdings; the codes are stored in queries and never change."""

    CROSS = "cross"
    UP = "up"
    DOWN = "down"
    SAME = "same"
    ADD = "add"
    NEW = "new"
    UNKNOWN = "unknown"


RELATION_CODE = {relation: code for code, relation in enumerate(Relation, start=1)}


@dataclass(frozen=True, slots=True)
class Holding:
    """A product a customer has since an instant (µs UTC)."""

    product: Product
    since: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything known about what a customer holds at one instant.

    `known` is False where nobody has told yet; that is not the same as holding nothing.
    """

    known: bool
    items: tuple[Holding, ...] = ()

    @classmethod
    def unknown(cls) -> Holdings:
        """Nobody has told what this customer holds."""
        return cls(known=False)

    @classmethod
    def of(cls, products: Iterable[Product], since: int = 0) -> Holdings:
        """Known holdings, possibly none."""
        return cls(True, tuple(Holding(product, since) for product in products))

    def families(self) -> tuple[str, ...]:
        """Keys of the families held, sorted, each once."""
        return tuple(sorted({item.product.family for item in self.items}))

    def tier_in(self, family: str) -> int | None:
        """Highest tier held in a family, None where the family is not held."""
        return max((item.product.tier for item in self.items if item.product.family == family), default=None)

    def has(self, product_key: str) -> bool:
        """Whether this very product is held."""
        return any(item.product.key == product_key for item in self.items)


def relation_of_sale(product: Product, holdings: Holdings) -> Relation:
    """Relation of selling `product` to somebody with these holdings.

    `unknown` holdings are a relation of their own and never `new`; a family not held is `cross`; inside a held family
    the highest held tier decides. A repeat of a held product that can be held several times is `add`.
    """
    if not holdings.known:
        return Relation.UNKNOWN
    if not holdings.items:
        return Relation.NEW
    held = holdings.tier_in(product.family)
    if held is None:
        return Relation.CROSS
    if product.multiple and holdings.has(product.key):
        return Relation.ADD
    if product.tier == held:
        return Relation.SAME
    return Relation.UP if product.tier > held else Relation.DOWN
