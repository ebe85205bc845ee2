"""Customers who may enter a test: holdings and attributes that meet every rule of its audience."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from experiments.domain.errors import DomainError
from web.simulation.products import Assortment, SoldProduct

HOLDINGS = "holdings"
#: What the service works out from an offer policy; a shop that asks for it says yes.
ALLOWED = "offer_allowed"
_OTHER = "something else"
_AMONG, _NONE = ("in", "any_of"), ("not_in", "none_of")


@dataclass(frozen=True)
class Profile:
    """What all simulated customers of one test have in common."""

    holds: tuple[SoldProduct, ...]
    attributes: dict[str, Any]


def profile_for(rules: Iterable[dict[str, Any]], assortment: Assortment) -> Profile:
    """Holdings and attributes that meet the rules.

    Raises:
        DomainError: no customer could meet them (`nobody`).
    """
    by_attribute: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        by_attribute.setdefault(rule["attribute"], []).append(rule)
    holds = _holdings(by_attribute.get(HOLDINGS, []), assortment)
    attributes: dict[str, Any] = {ALLOWED: True, HOLDINGS: _words(holds)}
    if any(rule["op"] == "missing" for rule in by_attribute.pop(HOLDINGS, [])):
        del attributes[HOLDINGS]
    for name, own in by_attribute.items():
        if all(rule["op"] != "missing" for rule in own):
            attributes[name] = _value(name, own)
    return Profile(holds, attributes)


def _holdings(rules: list[dict[str, Any]], assortment: Assortment) -> tuple[SoldProduct, ...]:
    """One product for every rule that asks for one, else the lowest of the family with the most tiers."""
    banned = {value for rule in rules if rule["op"] in _NONE for value in rule["values"]}
    held: list[SoldProduct] = []
    for rule in rules:
        if rule["op"] not in _AMONG or any(set(_words([product])) & set(rule["values"]) for product in held):
            continue
        held.append(_one_of(rule["values"], banned, assortment))
    if held:
        return tuple(held)
    free = [product for product in assortment.lowest() if not set(_words([product])) & banned]
    return tuple(sorted(free, key=lambda product: (-assortment.tiers(product.family), product.price))[:1])


def _one_of(values: list[Any], banned: set[Any], assortment: Assortment) -> SoldProduct:
    for value in values:
        found = [assortment.find(str(value)), *assortment.lowest({str(value)})]
        for product in found:
            if product is not None and not set(_words([product])) & banned:
                return product
    raise _nobody(HOLDINGS)


def _words(holds: Iterable[SoldProduct]) -> list[str]:
    """Holdings as rules may name them: by product and by family."""
    return sorted({word for product in holds for word in (product.key, product.family)})


def _value(name: str, rules: list[dict[str, Any]]) -> Any:
    """One value that meets all rules on an attribute."""
    banned = [value for rule in rules if rule["op"] in _NONE for value in rule["values"]]
    candidates: list[Any] = [value for rule in rules for value in rule.get("values", [])] + [_OTHER]
    for candidate in candidates:
        if candidate not in banned and all(_meets(candidate, rule) for rule in rules):
            return candidate
    raise _nobody(name)


def _meets(value: Any, rule: dict[str, Any]) -> bool:
    op, values = rule["op"], rule.get("values", [])
    if op in _AMONG:
        return value in values
    if op in ("gte", "lte"):
        if isinstance(value, str | bool):
            return False
        return bool(value >= values[0] if op == "gte" else value <= values[0])
    return True


def _nobody(attribute: str) -> DomainError:
    message = f"audience.rules on {attribute!r} exclude each other: no customer can be simulated."
    return DomainError("nobody", message, "audience.rules")
