"""The event of one row, by what the file holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from experiments.services.import_events.holds import Holds
from experiments.services.import_events.rules import RowError

Values = dict[str, Any]
_CANCELLED = ("cancel", "annul", "storn", "void")


def order(values: Values) -> dict[str, Any]:
    """`Order Completed` with one line, or with all lines where the row holds them."""
    lines = values.get("lines") or [values]
    products = [_line(line, place) for place, line in enumerate(lines)]
    return _track("Order Completed", values, order_id=values["order_id"], products=products, **_common(values))


def refund(values: Values) -> dict[str, Any]:
    """`Order Refunded` or `Order Cancelled`; without a product the whole order."""
    action = str(values.get("action") or "refund").lower()
    name = "Order Cancelled" if action.startswith(_CANCELLED) else "Order Refunded"
    properties: dict[str, Any] = {"order_id": values["order_id"], **_common(values)}
    if values.get("product") is not None:
        part = {"product_id": values["product"]}
        if values.get("quantity") is not None:
            part["quantity"] = values["quantity"]
        properties["products"] = [part]
    if values.get("user_id") is None and values.get("anonymous_id") is None:
        # an event must be about somebody; a refund is found by its order alone
        values["anonymous_id"] = f"order:{values['order_id']}"
    return _track(name, values, **properties)


def contact(values: Values) -> dict[str, Any]:
    """`Contact Handled`."""
    return _track(
        "Contact Handled",
        values,
        **_given(values, "handle_seconds", "offer", "accepted", "severity"),
        **_common(values),
    )


def survey(values: Values) -> dict[str, Any]:
    """`Survey Answered`."""
    answers = _given(values, "csat", "nps")
    if not answers:
        raise RowError("csat", "", "is empty, and so is nps: one answer must be given")
    return _track("Survey Answered", values, **answers, **_common(values))


def other(values: Values) -> dict[str, Any]:
    """An event under its own name."""
    return _track(values["event"], values, **_given(values, "value"), **_common(values))


def customer(values: Values) -> dict[str, Any]:
    """`identify` with traits, and with holdings where the file tells them."""
    traits = {name.removeprefix("traits."): value for name, value in values.items() if name.startswith("traits.")}
    traits = {name: value for name, value in traits.items() if value is not None}
    held = {name.removeprefix("holds."): value for name, value in values.items() if name.startswith("holds.")}
    if "holdings" in values or held:
        traits["holdings"] = [*(values.get("holdings") or ()), *(product for product, has in held.items() if has)]
    return {"type": "identify", **_who(values), "timestamp": values["timestamp"], "traits": traits}


def product(values: Values) -> dict[str, Any]:
    """The fields as they are; products are no events."""
    return dict(values)


SHAPES: dict[Holds, Callable[[Values], dict[str, Any]]] = {
    Holds.ORDERS: order,
    Holds.REFUNDS: refund,
    Holds.CONTACTS: contact,
    Holds.SURVEYS: survey,
    Holds.CUSTOMERS: customer,
    Holds.EVENTS: other,
    Holds.PRODUCTS: product,
}


def _line(line: Values, place: int) -> dict[str, Any]:
    told = {"product_id": line["product"], "line_id": place if line.get("line") is None else line["line"]}
    return told | _given(line, "quantity", "price", "discount", "relation")


def _track(name: str, values: Values, **properties: Any) -> dict[str, Any]:
    who = _who(values)
    return {"type": "track", "event": name, **who, "timestamp": values["timestamp"], "properties": properties}


def _who(values: Values) -> dict[str, Any]:
    who = {}
    if values.get("user_id") is not None:
        who["userId"] = values["user_id"]
    if values.get("anonymous_id") is not None:
        who["anonymousId"] = values["anonymous_id"]
    return who


def _common(values: Values) -> dict[str, Any]:
    extra = _given(values, "channel", "currency", "agent_id")
    for name, value in values.items():
        if value is not None and name.startswith("properties."):
            extra[name[len("properties.") :]] = value
    return extra


def _given(values: Values, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := values.get(name)) is not None}
