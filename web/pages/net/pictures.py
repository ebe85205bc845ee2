"""Rate, plane, curve and service planes of one variant, as the cards that draw them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from experiments.decision.formats import opening
from web.charts import gain_by_day, kpi_plane, orders_plane
from web.charts.forest import level_text
from web.formatters import current_reader, numbers
from web.pages.net.tables import KPI_WORDS
from web.pages.net.texts import RELATION_WORDS, change, figure_span, interval_head, money, share, span, tens

if TYPE_CHECKING:
    from experiments.decision.gross_to_net.block import Declared, VariantNet
    from experiments.decision.gross_to_net.curve import Curve
    from experiments.decision.gross_to_net.rate import Rate
    from experiments.decision.gross_to_net.service import KpiTriangle
    from experiments.decision.gross_to_net.waterfall import Waterfall


def rate_values(rate: Rate, names: tuple[str, str], head: str) -> dict[str, Any]:
    """The rate with its set; in words where it cannot be estimated."""
    gain, lost = names
    estimated = rate.status == "ok"
    added = estimated and (rate.value or 0.0) < 0
    set_words = "–"
    if rate.lo is not None and rate.hi is not None:
        ends = span(-rate.hi, -rate.lo, tens) if added else span(rate.lo, rate.hi, tens)
        set_words = {"interval": ends, "rays": f"everything outside {ends}"}.get(rate.kind or "", ends)
    elif rate.kind == "line":
        set_words = "any number"
    return {
        "words": rate.words,
        "estimated": estimated,
        "value": tens(abs(rate.value or 0.0)) if estimated else "not estimable",
        "set": set_words,
        "break_even": None if rate.break_even is None else tens(rate.break_even),
        "early_stop": rate.early_stop,
        "label": f"{'Added to' if added else 'Taken from'} {lost} per 10 extra {gain}",
        "rows": [
            [opening(gain), change(rate.promoted.value), figure_span(rate.promoted, change)],
            [opening(lost), change(rate.protected.value), figure_span(rate.protected, change)],
        ],
        "interval_head": head,
    }


def plane_card(mine: VariantNet, names: tuple[str, str]) -> dict[str, Any] | None:
    """The plane of orders; None where one of the two has no spread."""
    if mine.plane is None:
        return None
    gain, lost = names
    level = level_text(mine.waterfall.bar.level)
    return {
        "title": f"{opening(gain)} against {lost}",
        "figure": orders_plane(asdict(mine.plane), gain, lost, mine.waterfall.unit, current_reader()),
        "columns": [f"Orders per 1,000 {mine.waterfall.unit}s", "Change", interval_head(mine.waterfall.bar)],
        "rows": rate_values(mine.rate, names, "")["rows"],
        "caption": f"Orders over the whole horizon, in all channels. The cross is the {level} interval of each and "
        "decides; the joint 50, 80 and 95% regions behind it are wider. Above the dashed line the gain is worth more "
        "than what it takes.",
        "method": "region",
    }


def curve_card(curve: Curve, fall: Waterfall) -> dict[str, Any]:
    """The gain by days since exposure; without points only its words."""
    write, level = money(fall.currency), level_text(curve.level)
    found: dict[str, Any] = {
        "title": "Gain by days since exposure",
        "words": curve.words,
        "points": curve.status == "ok",
    }
    if curve.status != "ok" or not curve.points:
        return found | {"points": False}
    rows = [
        [str(day.day), write(day.value), span(day.lo, day.hi, write), span(day.band_lo, day.band_hi, write)]
        for day in curve.points
    ]
    kept = curve.retained
    return found | {
        "figure": gain_by_day(asdict(curve), fall.currency, current_reader()),
        "columns": ["Day", "Gain so far", f"{level} interval of the day", f"{level} band of all days"],
        "rows": rows,
        "caption": f"{curve.words} The inner band holds for each day alone, the outer one for all days at once.",
        "retained": share(kept.value) if kept.status == "ok" else "not estimable",
        "retained_set": figure_span(kept, share),
        "method": "pull-forward",
    }


def kpi_pictures(kpi: KpiTriangle) -> list[dict[str, Any]]:
    """One plane per pair of corners that are measured."""
    reader = current_reader()
    return [
        {
            "title": f"{opening(KPI_WORDS[plane.y])} against {KPI_WORDS[plane.x]}",
            "figure": kpi_plane(asdict(plane), KPI_WORDS, reader),
            "correlation": numbers.number(plane.correlation, 2, reader=reader),
        }
        for plane in kpi.planes
    ]


def declared_facts(declared: Declared) -> list[dict[str, str]]:
    """What the plan declares, as terms and values; what nobody stated is marked."""

    def sales(families: tuple[str, ...], relations: tuple[str, ...]) -> str:
        kinds = " or ".join(RELATION_WORDS.get(each, each) for each in relations) or "any sale"
        return f"{kinds} in {' or '.join(families) or 'any family'}"

    costs = money(declared.currency, signed=False)
    facts = [
        ("promoted", "Promoted", sales(declared.promoted_families, declared.promoted_relations)),
        ("protected", "Protected", sales(declared.protected_families, declared.protected_relations)),
        ("channels", "Channels of the test", ", ".join(declared.channels)),
        ("horizon_days", "Horizon", f"{declared.horizon_days} days"),
        ("early_days", "Early window", f"{declared.early_days} days"),
        ("return_days", "Returns", f"{declared.return_days} days after an order"),
        ("second_cost", "Cost of service", _costs(declared) or "none declared, so the step is not measured"),
    ]
    if declared.cap is not None:
        facts.append(("cap", "Cap per unit", costs(declared.cap / 100)))
    return [
        {"term": term, "value": f"{value} (assumed)" if name in declared.assumed else value}
        for name, term, value in facts
    ]


def _costs(declared: Declared) -> str:
    """ "phone €39.60 an hour, €9.00 a sale; …": seconds are too cheap to be read, so they are told by the hour."""
    write = money(declared.currency, signed=False)
    units = {"second": (3600, "an hour"), "sale": (1, "a sale"), "offer": (1, "an offer shown")}
    by_channel: dict[str, list[str]] = {}
    for key, value in declared.costs.items():
        kind, _, channel = key.partition(":")
        times, words = units[kind]
        if value:
            by_channel.setdefault(channel, []).append(f"{write(times * value / 100)} {words}")
    return "; ".join(f"{channel} {' and '.join(parts)}".strip() for channel, parts in by_channel.items())
