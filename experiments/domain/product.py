"""Catalogue entries: families, tiers and what a sale is worth."""

from __future__ import annotations

import re
from dataclasses import dataclass

from experiments.domain.checks import check_key, check_range, check_text, check_unique
from experiments.domain.errors import DomainError

MAX_TIER = 1000
MAX_MONTHS = 600
MAX_PARTS = 20
MAX_PER_BUNDLE = 100
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
class Component:
    """A part of a bundle: so many of one product."""

    product: str
    quantity: int = 1

    def __post_init__(self) -> None:
        """Check key and quantity."""
        check_key(self.product, "product.components")
        check_range(self.quantity, "product.components", low=1, high=MAX_PER_BUNDLE)

    @classmethod
    def read(cls, text: str) -> Component:
        """From the words of a form or a file: `sim-5`, or `sim-5*2` for two of them.

        Raises:
            DomainError: it looks like neither, or the key or the quantity is out of its bounds.
        """
        key, _, count = (part.strip() for part in text.partition("*"))
        if count and not re.fullmatch("[0-9]{1,9}", count):
            message = f"product.components == {text!r}, must look like sim-5 or sim-5*2."
            raise DomainError("bad_component", message, "product.components")
        return cls(key, int(count) if count else 1)


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
        one_off: margin earned once at the sale, in minor units; below 0 where a device is given away.
        held_discount: minor units per month that products already held lose in margin when this one is sold.
        retention: value of a renewal (`same`), in minor units; 0 = a renewal is worth nothing.
        replaces: products whose margin ends when this one begins; a higher tier of a held family always replaces it.
        components: what a bundle consists of; a sale of it is a sale of each component.
    """

    key: str
    name: str
    family: str
    tier: int
    price: int
    margin: int
    months: int
    multiple: bool = False
    one_off: int = 0
    held_discount: int = 0
    retention: int = 0
    replaces: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.key, "product.key")
        check_key(self.family, "product.family")
        object.__setattr__(self, "name", check_text(self.name, "product.name"))
        check_range(self.tier, "product.tier", low=1, high=MAX_TIER)
        check_range(self.price, "product.price", low=0, high=MAX_PRICE)
        check_range(self.margin, "product.margin", low=-MAX_PRICE, high=self.price)
        check_range(self.months, "product.months", low=1, high=MAX_MONTHS)
        check_range(self.one_off, "product.one_off", low=-MAX_PRICE, high=MAX_PRICE)
        check_range(self.held_discount, "product.held_discount", low=0, high=MAX_PRICE)
        check_range(self.retention, "product.retention", low=0, high=MAX_PRICE)
        self._check_others("replaces", self.replaces)
        self._check_others("components", tuple(part.product for part in self.components))

    def _check_others(self, name: str, keys: tuple[str, ...]) -> None:
        field = f"product.{name}"
        for key in keys:
            check_key(key, field)
        check_unique(keys, field)
        check_range(len(keys), field, high=MAX_PARTS)
        if self.key in keys:
            raise DomainError("itself", f"{field} holds {self.key!r}, must be other products.", field)

    @property
    def value(self) -> int:
        """Expected margin over the months a customer keeps it and what is earned once, in minor units."""
        return self.margin * self.months + self.one_off
