"""Catalogue entries: families, tiers and what a sale is worth."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.checks import check_key, check_range, check_text

MAX_TIER = 1000
MAX_MONTHS = 600
#: minor units per month; values of whole catalogues then stay far inside 64 bits
MAX_PRICE = 10**9


@dataclass(frozen=True, slots=True)
class Family:
    """A group of products of which a customer usually needs one: mobile, broadband, TV."""

    key: str
    name: str

    def __post_init__(self) -> None:
        """Check key and name."""
        check_key(self.key, "family.key")
        object.__setattr__(self, "name", check_text(self.name, "family.name"))


@dataclass(frozen=True, slots=True)
class Product:
    """One entry of the catalogue.

    Args:
        key: stable key, used in order lines and holdings.
        family: key of its family.
        tier: rank inside the family, 1 is the lowest; an up-sell goes to a higher tier.
        price, margin: minor units of money per month; the margin may be negative.
        months: expected months a customer keeps it, so that value = margin × months.
        multiple: a customer may hold several at once (a second SIM), so that a repeat is `add` and not `same`.
    """

    key: str
    name: str
    family: str
    tier: int
    price: int
    margin: int
    months: int
    multiple: bool = False

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.key, "product.key")
        check_key(self.family, "product.family")
        object.__setattr__(self, "name", check_text(self.name, "product.name"))
        check_range(self.tier, "product.tier", low=1, high=MAX_TIER)
        check_range(self.price, "product.price", low=0, high=MAX_PRICE)
        check_range(self.margin, "product.margin", low=-MAX_PRICE, high=self.price)
        check_range(self.months, "product.months", low=1, high=MAX_MONTHS)

    @property
    def value(self) -> int:
        """Expected margin over the months a customer keeps it, in minor units."""
        return self.margin * self.months
