"""The table `plan.net` of an experiment's definition: read strictly, and written as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.domain.channel import Channel
from experiments.domain.checks import parse_enum
from experiments.domain.holding import Relation
from experiments.domain.net_plan import CsatScale, NetPlan, SaleSet, usual_early
from experiments.services.fields import Fields, placed

PATH = "plan.net"
FIELDS = (
    "promoted",
    "protected",
    "channels",
    "expected_channels",
    "horizon_days",
    "early_days",
    "return_days",
    "second_cost",
    "sale_cost",
    "offer_cost",
    "retention",
    "cap",
    "covariate_days",
    "csat",
    "currency",
    "assumed",
)
#: What a launch fills in where nobody states it; only these can be assumed.
ASSUMABLE = ("promoted", "protected", "channels", "horizon_days", "early_days", "return_days", "currency")


def read_net(data: Any) -> NetPlan | None:
    """The declaration; None where absent. What the table leaves out is listed as assumed."""
    if data is None:
        return None
    fields = Fields(data, PATH, FIELDS)
    usual = NetPlan()
    horizon = fields.whole("horizon_days", usual.horizon_days)
    with placed(PATH, "net"):
        return NetPlan(
            promoted=_read_set(fields, "promoted", usual.promoted),
            protected=_read_set(fields, "protected", usual.protected),
            channels=fields.choices("channels", Channel) if fields.has("channels") else usual.channels,
            expected_channels=fields.choices("expected_channels", Channel),
            horizon_days=horizon,
            early_days=fields.whole("early_days", usual_early(horizon)),
            return_days=fields.whole("return_days", usual.return_days),
            second_cost=_read_costs(fields, "second_cost"),
            sale_cost=_read_costs(fields, "sale_cost"),
            offer_cost=fields.number("offer_cost", usual.offer_cost),
            retention=fields.whole("retention", usual.retention),
            cap=fields.maybe_number("cap"),
            covariate_days=fields.whole("covariate_days", usual.covariate_days),
            csat=_read_csat(fields.raw("csat")),
            currency=fields.text("currency", usual.currency),
            assumed=_assumed(fields),
        )


def net_plan(value: NetPlan) -> dict[str, Any]:
    """The table that `read_net` reads."""
    document: dict[str, Any] = {
        "promoted": _set(value.promoted),
        "protected": _set(value.protected),
        "channels": [channel.value for channel in value.channels],
        "expected_channels": [channel.value for channel in value.expected_channels],
        "horizon_days": value.horizon_days,
        "early_days": value.early_days,
        "return_days": value.return_days,
        "second_cost": {channel.value: cost for channel, cost in value.second_cost.items()},
        "sale_cost": {channel.value: cost for channel, cost in value.sale_cost.items()},
        "offer_cost": value.offer_cost,
        "retention": value.retention,
        "covariate_days": value.covariate_days,
        "csat": {"low": value.csat.low, "high": value.csat.high, "dissatisfied": value.csat.dissatisfied},
        "currency": value.currency,
        "assumed": list(value.assumed),
    }
    return document if value.cap is None else {**document, "cap": value.cap}


def _read_set(top: Fields, name: str, usual: SaleSet) -> SaleSet:
    if not top.has(name):
        return usual
    fields = Fields(top.raw(name), top.at(name), ("families", "relations"))
    with placed(top.at(name), "net"):
        return SaleSet(fields.texts("families"), fields.choices("relations", Relation))


def _read_costs(top: Fields, name: str) -> dict[Channel, float]:
    data = top.raw(name)
    if data is None:
        return {}
    fields = Fields(data, top.at(name), tuple(Channel))
    names = list(data) if isinstance(data, Mapping) else []
    return {parse_enum(Channel, key, fields.at(key)): fields.number(key) for key in names if fields.has(key)}


def _read_csat(data: Any) -> CsatScale:
    usual = CsatScale()
    if data is None:
        return usual
    fields = Fields(data, f"{PATH}.csat", ("low", "high", "dissatisfied"))
    return CsatScale(
        fields.number("low", usual.low),
        fields.number("high", usual.high),
        fields.number("dissatisfied", usual.dissatisfied),
    )


def _assumed(fields: Fields) -> tuple[str, ...]:
    """Read back from a document that says so itself, else what the document leaves out."""
    if fields.raw("assumed") is not None:
        return fields.texts("assumed")
    return tuple(name for name in ASSUMABLE if not fields.has(name))


def _set(value: SaleSet) -> dict[str, list[str]]:
    return {"families": list(value.families), "relations": [relation.value for relation in value.relations]}
