"""What the opportunity pages show: the map, the ranked list, the rows of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from experiments.domain.errors import DomainError
from experiments.domain.money import MINOR
from experiments.insight.opportunities import Kappa, Status
from experiments.insight.opportunities.words import benchmark_words, sentence
from experiments.insight.segments import largest_first, segment_key, segment_name
from web.pages.fields import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.datastructures import MultiDict

    from experiments.insight.opportunities import Opportunity
    from experiments.insight.segments import Held
    from experiments.services.insight.opportunities import Looked

#: Steps of the map's scale, and holding sets with a column of their own.
STEPS, MOST_COLUMNS = 4, 7
CSV_HEAD = (
    *("rank", "place", "pattern", "holds", "family", "status", "people", "views", "people_per_week", "buyers"),
    *("benchmark", "benchmark_place", "benchmark_people", "benchmark_buyers"),
    *("share_here", "share_there", "gap", "gap_lo", "gap_hi", "gap_not_standardised"),
    *("currency", "margin_per_sale"),
    *("ceiling_per_week", "ceiling_lo", "ceiling_hi", "ceiling_shrunk", "ceiling_bound"),
    *("kappa", "kappa_source", "expected_per_week", "shared", "shared_with"),
)
WORD = {
    Status.GAP: "gap",
    Status.EXPLAINED: "other people",
    Status.NO_GAP: "no gap shown",
    Status.FEW: "too few",
    Status.NO_BENCHMARK: "no benchmark",
    Status.NOT_COMPARABLE: "not comparable",
}


def kappa_of(asked: MultiDict[str, str]) -> tuple[Kappa | None, Form]:
    """The share of a gap that tests close, as asked in percent for this page alone; None = what counts today."""
    form = Form(asked)
    value = form.number("kappa", "The share", required=False, percent=True)
    if value is None:
        return None, form
    try:
        return Kappa(value, min(value, Kappa().low), max(value, Kappa().high), "asked"), form
    except DomainError:
        form.errors["kappa"] = f"The share == {100 * value:g}, must be >= 0 and <= 30 percent."
        return None, form


def asked_percent(kappa: Kappa) -> str:
    """What `?kappa=` must be to ask the same again; empty where what counts today was used."""
    return f"{100 * kappa.value:g}" if kappa.source == "asked" else ""


def href(cell: Opportunity, kappa: Kappa | None = None) -> str:
    """Address of a cell's page."""
    query = {"place": cell.place.key, "holds": segment_key(cell.held), "family": cell.family}
    if kappa is not None and (percent := asked_percent(kappa)):
        query["kappa"] = percent
    return "/opportunities/cell?" + urlencode(query)


def heat(looked: Looked, family: str) -> dict[str, Any]:
    """The map: a row per place, a column per holding set, the best family of each or the one asked for."""
    sizes: dict[Held, int] = {}
    best: dict[tuple[str, Held], Opportunity] = {}
    for each in looked.findings.opportunities:
        if family and each.family != family:
            continue
        sizes[each.held] = max(sizes.get(each.held, 0), each.units)
        known = best.get((each.place.key, each.held))
        if known is None or _order(each) < _order(known):
            best[each.place.key, each.held] = each
    columns = largest_first(sizes)[:MOST_COLUMNS]
    scale = max((_bound(each) for each in best.values() if each.rank), default=0.0)
    return {
        "columns": [segment_name(held, looked.families) for held in columns],
        "rows": [
            {
                "place": place,
                "cells": [_heat_cell(best.get((place.key, held)), looked, scale) for held in columns],
            }
            for place in looked.traffic.places
        ],
    }


def listed(looked: Looked) -> list[dict[str, Any]]:
    """The ranked list."""
    return [_row(each, looked) for each in looked.findings.ranked]


def detail(cell: Opportunity, looked: Looked) -> dict[str, Any]:
    """One cell with what explains it."""
    shares = [each for each in looked.traffic.cells
              if looked.traffic.places[each.place].key == cell.place.key and each.held == cell.held]  # fmt: skip
    return _row(cell, looked) | {
        "strata": sorted(shares, key=lambda each: (each.channel, each.visits)),
        "others": [each for each in looked.findings.opportunities
                   if each.place == cell.place and each.held == cell.held and each.family != cell.family],
    }  # fmt: skip


def csv_rows(looked: Looked, currency: str) -> Iterator[tuple[Any, ...]]:
    """Every cell and family, ranked ones first; money in major units, as the page prints it."""
    for each in looked.findings.opportunities:
        mark, gap, top = each.benchmark, each.gap, each.ceiling
        yield (
            each.rank, each.place.name, each.place.pattern, segment_key(each.held), each.family, each.status.value,
            each.units, each.views, round(each.units_per_week, 1), each.buyers,
            *((mark.rule, mark.place.name, mark.units, mark.buyers) if mark else (None,) * 4),
            *((gap.here, gap.there, gap.value, gap.lo, gap.hi, gap.raw) if gap else (None,) * 6),
            currency, _major(each.worth.margin),
            *(map(_major, (top.raw, top.lo, top.hi, top.shrunk, top.bound)) if top else (None,) * 5),
            looked.kappa.value, looked.kappa.source, _major(each.expected(looked.kappa.value)),
            each.shared, each.shared_with,
        )  # fmt: skip


def _major(minor: float | None) -> float | None:
    return None if minor is None else minor / MINOR


def _row(cell: Opportunity, looked: Looked) -> dict[str, Any]:
    return {
        "cell": cell,
        "who": segment_name(cell.held, looked.families),
        "family": looked.families[cell.family],
        "whom": benchmark_words(cell.benchmark, cell.family, looked.families) if cell.benchmark else "",
        "sentence": sentence(cell, looked.families),
        "word": WORD[cell.status],
        "href": href(cell, looked.kappa),
        "expected": cell.expected(looked.kappa.value),
        "expected_lo": cell.expected(looked.kappa.low),
        "expected_hi": cell.expected(looked.kappa.high),
        "notes": looked.noted.get(cell.key, 0),
    }


def _heat_cell(cell: Opportunity | None, looked: Looked, scale: float) -> dict[str, Any]:
    if cell is None:
        return {"tone": "none", "text": "holds it", "href": None}
    told = {"href": href(cell, looked.kappa), "family": looked.families[cell.family], "people": cell.units}
    if cell.rank is None:
        grey = cell.status in (Status.FEW, Status.NO_BENCHMARK, Status.NOT_COMPARABLE)
        return told | {"tone": "few" if grey else "none", "text": WORD[cell.status], "money": None}
    step = 1 + min(STEPS - 1, int(STEPS * (_bound(cell) / scale) ** 0.5)) if scale > 0 else 1
    top = cell.ceiling.shrunk if cell.ceiling else None
    return told | {"tone": str(step), "text": f"#{cell.rank}", "money": top}


def _order(cell: Opportunity) -> tuple[int, int, float]:
    told = list(WORD)
    return (cell.rank or 10**9, told.index(cell.status), -cell.units)


def _bound(cell: Opportunity) -> float:
    return cell.ceiling.bound if cell.ceiling else 0.0
