"""The declaration from gross to net as fields: promoted and protected sets, channels, windows, costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from experiments.domain.channel import Channel
from experiments.services.net_definition import read_net
from web.pages.builder.steps import NET, NET_STATED

if TYPE_CHECKING:
    from experiments.domain.net_plan import NetPlan, SaleSet
    from web.pages.fields import Form

_SETS = ("promoted", "protected")
_DAYS = {"net_horizon": "horizon_days", "net_early": "early_days", "net_returns": "return_days"}
_COSTS = {"net_second": "second_cost", "net_sale": "sale_cost"}
PLACES = {
    "plan.net.promoted": "net_promoted_relations",
    "plan.net.protected": "net_protected_relations",
    "plan.net.channels": "net_channels",
    "plan.net.expected_channels": "net_expected",
    "plan.net.horizon_days": "net_horizon",
    "plan.net.early_days": "net_early",
    "plan.net.return_days": "net_returns",
    "plan.net.offer_cost": "net_offer_cost",
    **{f"plan.net.{field}.{channel.value}": f"{name}_{channel.value}" for name, field in _COSTS.items()
       for channel in Channel},
}  # fmt: skip


def net_answers(net: NetPlan, digits: int) -> dict[str, list[str]]:
    """The fields that would state this declaration; what was assumed stays empty."""
    found = {
        **_set("promoted", net.promoted),
        **_set("protected", net.protected),
        "net_channels": [channel.value for channel in net.channels],
        **{name: [str(getattr(net, field))] for name, field in _DAYS.items()},
    }
    assumed = {name for field in net.assumed for name in NET_STATED.get(field, ())}
    found = {name: values for name, values in found.items() if name not in assumed}
    found["net_expected"] = [channel.value for channel in net.expected_channels]
    for name, field in _COSTS.items():
        found |= {f"{name}_{key.value}": [_major(cost, digits)] for key, cost in getattr(net, field).items()}
    return found | ({"net_offer_cost": [_major(net.offer_cost, digits)]} if net.offer_cost else {})


def read_net_fields(form: Form, before: NetPlan | None, currency: str, digits: int) -> NetPlan | None:
    """The declaration as typed; None where no field is filled, so that it follows from the metrics.

    Args:
        before: what is declared now; what no field asks (cap, covariate, scale of answers) stays.

    Raises:
        DomainError: the values do not fit together.
    """
    if not any(form.many(name) for name in NET):
        return None
    document: dict[str, Any] = {name: chosen for name in _SETS if (chosen := _sales(form, name))}
    if form.many("net_channels"):
        document["channels"] = form.many("net_channels")
    document["expected_channels"] = form.many("net_expected")
    for name, field in _DAYS.items():
        if form.text(name):
            document[field] = form.whole(name, field.replace("_", " ").capitalize(), 0)
    for name, field in _COSTS.items():
        document[field] = {
            channel.value: cost for channel in Channel if (cost := _minor(form, f"{name}_{channel.value}", digits))
        }
    document["offer_cost"] = _minor(form, "net_offer_cost", digits) or 0.0
    if currency:
        document["currency"] = currency
    if form.errors:
        return before
    return _with_rest(read_net(document), before)


def _with_rest(net: NetPlan | None, before: NetPlan | None) -> NetPlan | None:
    if net is None or before is None:
        return net
    return replace(
        net, retention=before.retention, cap=before.cap, covariate_days=before.covariate_days, csat=before.csat
    )


def _set(name: str, sales: SaleSet) -> dict[str, list[str]]:
    return {
        f"net_{name}_families": list(sales.families),
        f"net_{name}_relations": [relation.value for relation in sales.relations],
    }


def _sales(form: Form, name: str) -> dict[str, list[str]]:
    found = {part: form.many(f"net_{name}_{part}") for part in ("families", "relations")}
    return found if any(found.values()) else {}


def _minor(form: Form, name: str, digits: int) -> float | None:
    value = form.number(name, "The cost", required=False)
    form.stored_as(name, 10**digits)
    return None if value is None else value * 10**digits


def _major(cost: float, digits: int) -> str:
    return f"{cost / 10**digits:.12g}"
