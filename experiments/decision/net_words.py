"""What a banner says about the net value."""

from __future__ import annotations

from experiments.decision.formats import decimals_for, fixed, listed
from experiments.decision.net import NetValue
from experiments.domain.money import money_text


def net_figures(net: NetValue, unit: str) -> str:
    """+€1,240 per 1,000 visitors (380 to 2,100)."""
    if net.point is None:
        return "not measured"
    known = tuple(value for value in (net.point, net.lo, net.hi) if value is not None)
    decimals = decimals_for(known, at_least=0 if max(map(abs, known)) >= 100 else 2)
    point = f"{money_text(net.point, net.currency, decimals, sign=True)} per 1,000 {unit}s"
    if net.lo is None or net.hi is None:
        return point
    return f"{point} ({fixed(net.lo, decimals)} to {fixed(net.hi, decimals)})"


def net_sentence(net: NetValue | None, unit: str) -> str:
    """The sentence about the net of a variant to ship; nothing where no net was computed."""
    if net is None:
        return ""
    rate = f"; {net.rate}" if net.rate else ""
    if net.status != "ok":
        missing = f": {listed(list(net.missing))} not measured" if net.missing else ""
        return f" Net gain not shown{missing}{rate}."
    shown = "Net" if net.is_gain else "Net gain not shown:"
    return f" {shown} {net_figures(net, unit)}{rate}."


def net_aside(net: NetValue | None, unit: str) -> str:
    """Net and rate beside a refusal; nothing where the net is not whole."""
    if net is None or net.status != "ok":
        return ""
    rate = f"; {net.rate}" if net.rate else ""
    return f" Net {net_figures(net, unit)}{rate}."
