"""What can be sold to whom: across families, and upwards inside them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """A product with its price per month in major units."""

    key: str
    family: str
    tier: int
    price: float


@dataclass(frozen=True)
class Assortment:
    """All products of the installation."""

    products: tuple[SoldProduct, ...]

    def find(self, key: str) -> SoldProduct | None:
        """The product with this key."""
        return next((product for product in self.products if product.key == key), None)

    def lowest(self, families: Collection[str] | None = None) -> list[SoldProduct]:
        """The lowest product of each family, or of these families."""
        lowest: dict[str, SoldProduct] = {}
        for product in sorted(self.products, key=lambda product: (product.tier, product.key)):
            if families is None or product.family in families:
                lowest.setdefault(product.family, product)
        return list(lowest.values())

    def tiers(self, family: str) -> int:
        """How many tiers a family has."""
        return len({product.tier for product in self.products if product.family == family})

    def across(self, held: Collection[SoldProduct]) -> list[SoldProduct]:
        """Products of families that are not held: each would be a cross-sale."""
        families = {product.family for product in held}
        return [product for product in self.products if product.family not in families]

    def upwards(self, held: Collection[SoldProduct]) -> list[SoldProduct]:
        """Products of a higher tier in a family that is held: each would be an up-sale."""
        tiers: dict[str, int] = {}
        for product in held:
            tiers[product.family] = max(tiers.get(product.family, 0), product.tier)
        return [product for product in self.products if product.tier > tiers.get(product.family, product.tier)]
