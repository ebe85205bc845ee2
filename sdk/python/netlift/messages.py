"""The events a shop records: what each kind carries and what it must not lack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netlift.events import AGENT, EventError, make_event
from netlift.experiment import Experiment
from netlift.hashing import normalise_unit
from netlift.result import Result

EXPOSURE = "Experiment Viewed"
ORDER = "Order Completed"


def exposure(
    experiment: Experiment,
    result: Result,
    unit: str,
    anonymous_id: object,
    user_id: object,
    timestamp: object = None,
    identity: object = None,
) -> bytes:
    """The exposure of one unit; the other kind of id goes along where it is known, so that sales find the unit.

    It names the variant that the unit has, which is not the one shown where the display was suppressed.
    """
    return viewed(
        {
            "experiment_id": experiment.key,
            "variation_id": result.assigned or result.variant,
            "phase": result.phase,
            "config_version": result.config_version,
            "reason": result.reason,
            "unit": experiment.unit,
            **({"suppressed": True} if result.suppressed else {}),
        },
        unit,
        anonymous_id,
        user_id,
        timestamp=timestamp,
        identity=identity,
    )


def viewed(properties: Mapping[str, Any], unit: str, anonymous_id: object, user_id: object, **about: object) -> bytes:
    """The exposure with these properties of a unit of the kind `properties["unit"]`.

    That of an agent names nobody else: whoever is on the line at that moment was not drawn.
    """
    if properties["unit"] == "agent":
        return make_event("track", event=EXPOSURE, properties={**properties, AGENT: unit}, **about)
    by_customer = properties["unit"] == "customer"
    return make_event(
        "track",
        event=EXPOSURE,
        anonymous_id=normalise_unit(anonymous_id) if by_customer else unit,
        user_id=unit if by_customer else normalise_unit(user_id),
        properties=properties,
        **about,
    )


def track(event: str, properties: Mapping[str, Any] | None, **ids: object) -> bytes:
    """Something that happened, by its name."""
    return make_event("track", event=_name("event", event), properties=_object("properties", properties), **ids)


def page(path: str, properties: Mapping[str, Any] | None, **ids: object) -> bytes:
    """A page that was seen, by its path."""
    return make_event("page", properties={**_object("properties", properties), "path": _name("path", path)}, **ids)


def identify(user_id: str, traits: Mapping[str, Any] | None, holdings: Iterable[Any] | None, **ids: object) -> bytes:
    """What is known of a customer; holdings are product keys, or objects with `product` and `since`."""
    if user_id is None or (isinstance(user_id, str) and normalise_unit(user_id) is None):
        raise EventError("user_id", "is missing or blank, must be a text.")
    known = dict(_object("traits", traits))
    if holdings is not None:
        known["holdings"] = _holdings(holdings)
    return make_event("identify", user_id=user_id, traits=known, **ids)


def order(
    order_id: str,
    products: Iterable[Mapping[str, Any]],
    channel: str,
    currency: str | None,
    properties: Mapping[str, Any] | None,
    **ids: object,
) -> bytes:
    """A completed order; prices are per month, in major units of the currency."""
    about: dict[str, Any] = {
        **_object("properties", properties),
        "order_id": _name("order_id", order_id),
        "channel": _name("channel", channel),
        "products": _lines(products),
    }
    if currency is not None:
        about["currency"] = _name("currency", currency)
    return make_event("track", event=ORDER, properties=about, **ids)


def _lines(products: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(products, (str, bytes, Mapping)) or not isinstance(products, Iterable):
        raise EventError("products", f"== {products!r}, must be a list of objects.")
    lines = [dict(_object("product", line)) for line in products]
    if not lines:
        raise EventError("products", "== [], must hold at least one line.")
    for line in lines:
        _name("product_id", line.get("product_id"))
        line.setdefault("quantity", 1)
    return lines


def _holdings(holdings: Iterable[Any]) -> list[Any]:
    if isinstance(holdings, (str, bytes, Mapping)) or not isinstance(holdings, Iterable):
        raise EventError("holdings", f"== {holdings!r}, must be a list of products.")
    held = list(holdings)
    for holding in held:
        _name("holding", holding.get("product") if isinstance(holding, Mapping) else holding)
    return held


def _name(field: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise EventError(field, f"== {value!r}, must be a text that is not blank.")
    return value


def _object(field: str, value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise EventError(field, f"== {value!r}, must be an object.")
    return value
