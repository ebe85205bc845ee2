"""What a banner says about the net value."""

from __future__ import annotations

from experiments.decision.formats import decimals_for, fixed, listed
from experiments.decision.net import NetValue


def net_figures(net: NetValue, unit: str) -> str:
    """+1,240 EUR per 1,000 visitors (380 to 2,100)."""
    if net.point is None:
        return "not measured"
    currency = f" {net.currency}" if net.currency else ""
    known = tuple(value for value in (net.point, net.lo, net.hi) if value is not None)
    decimals = decimals_for(known, at_least=0 if max(map(abs, known)) >= 100 else 2)
    point = f"{fixed(net.point, decimals, sign=True)}{currency} per 1,000 {unit}s"
    if net.lo is None or net.hi is None:
        return point
    return f"{point} ({fixed(net.lo, decimals)} to {fixed(net.hi, decimals)})"


def net_sentence(net: NetValue | None, unit: str) -> str:
    """The sentence about the net of a variant to ship; nothing where no net was computed."""
    if net is None:
        return ""
    if net.status != "ok":
        missing = f": {listed(list(net.missing))} not measured" if net.missing else ""
        return f" Net gain not shown{missing}."
    if net.is_gain:
        return f" Net {net_figures(net, unit)}."
    return f" Net gain not shown: {net_figures(net, unit)}."
