"""The waterfall of one variant with what it rests on: cohort, catalogue, assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.decision.gross_to_net.waterfall import TITLES
from web.formatters import current_reader, numbers
from web.pages.net.texts import cohort_line, interval_head, money, span

if TYPE_CHECKING:
    from experiments.decision.gross_to_net.waterfall import Net, ProductWorth, Sensitivity, Step, Waterfall

LEVERS = {
    "promoted_months": "Months of promoted products",
    "protected_months": "Months of protected products",
    "service_cost": "Cost of service",
}
GROUPS = {"promoted": "Promoted", "protected": "Protected", "other": "Other"}
#: A break-even so many times the assumption is no warning and not printed.
FAR = 5.0


def fall_values(fall: Waterfall, titles: dict[str, str]) -> dict[str, Any]:
    """What the card of a waterfall prints."""
    return {
        "steps": [*(_step(step) for step in fall.steps), _net(fall.net)],
        "unit": f"per {numbers.number(fall.per, reader=current_reader())} {fall.unit}s",
        "currency": fall.currency,
        "whole": max((abs(step.value) for step in fall.steps if step.value is not None), default=0.0) >= 100,
        "interval_head": interval_head(fall.bar),
        "cohort": cohort_line(fall.cohort, fall.unit, titles),
        "cap": None if fall.cap is None else money(fall.currency, signed=False)(fall.cap),
        "products": [_product(product, fall) for product in fall.products],
        "kept_heads": [titles.get(key, key) for key in fall.cohort.units],
        "sensitivity": _sensitivity(fall),
        "break_even": [each.sentence for each in fall.break_even if (each.factor or FAR) < FAR],
        "net_title": "Net" if fall.net.status == "ok" else "Measured steps",
    }


def _step(step: Step) -> dict[str, Any]:
    words = step.words or step.reason
    return {
        "key": step.key, "title": step.title, "words": words, "value": step.value, "lo": step.lo, "hi": step.hi,
        "status": step.status, "missing": [],
    }  # fmt: skip


def _net(net: Net) -> dict[str, Any]:
    title = TITLES["net"] if net.status == "ok" else "Sum of the measured steps"
    return {
        "key": "net", "title": title, "words": net_words(net), "value": net.value, "lo": net.lo, "hi": net.hi,
        "status": net.status, "missing": [TITLES[key].lower() for key in net.missing],
    }  # fmt: skip


def net_words(net: Net) -> str:
    """What the interval of the net says."""
    if net.status == "not_measured":
        return "nothing was measured"
    if net.status == "partial":
        return "a partial sum is no net and decides nothing"
    if net.lo is not None and net.lo > 0:
        words = "net gain"
    else:
        words = "net loss" if net.hi is not None and net.hi < 0 else "net gain not shown"
    return f"{words}, final" if net.final else words


def _product(product: ProductWorth, fall: Waterfall) -> dict[str, Any]:
    write = money(fall.currency, signed=False)
    exact = numbers.money(product.margin, fall.currency, major=True, reader=current_reader())
    return {
        "title": product.title,
        "group": GROUPS.get(product.group, product.group),
        "months": product.months,
        "margin": exact,
        "one_off": write(product.one_off) if product.one_off else "–",
        "kept": [numbers.number(product.kept.get(key), reader=current_reader()) for key in fall.cohort.units],
    }


def _sensitivity(fall: Waterfall) -> list[dict[str, Any]]:
    """One row per assumption, one column per factor, each the net where the assumption is that many times as large."""
    rows = []
    for lever, title in LEVERS.items():
        mine = [each for each in fall.sensitivity if each.lever == lever]
        if mine:
            rows.append({"title": title, "cells": [_varied(each, fall) for each in mine]})
    return rows


def _varied(each: Sensitivity, fall: Waterfall) -> dict[str, Any]:
    reader, write = current_reader(), money(fall.currency)
    assumed = f"{numbers.number(each.assumed, 1, reader=reader)} months" if each.assumed is not None else ""
    return {
        "factor": f"× {numbers.number(each.factor, 2, reader=reader)}",
        "value": write(each.value),
        "interval": span(each.lo, each.hi, write),
        "assumed": assumed,
    }
