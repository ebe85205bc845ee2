"""The traffic behind opportunities: asked by the worker in one question, kept, read by everybody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.errors import NotFoundError
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.source import RANK, SourceKind
from experiments.insight.opportunities import Cell, Overlap, Traffic, Worth
from experiments.services.catalogue import all_families, all_products
from experiments.services.clock import DAY
from experiments.services.columns import Codes, load_codes
from experiments.services.insight.journey_counts import channel_word, held_of
from experiments.services.insight.places import places
from experiments.services.metrics import metric_by_key
from experiments.store.insight import results
from experiments.store.insight.funnel import UNKNOWN
from experiments.store.insight.traffic import (
    ANY_CROSS,
    ANY_UP,
    BOTH,
    HELD,
    SEEN,
    TrafficRequest,
    TrafficRow,
    traffic,
)

NAME = "opportunities"
#: Days of first sights, and days before them in which earlier visits are counted.
DAYS, BEFORE_DAYS = 28, 30
WINDOW_DAYS = 28
#: Holding sets that are kept; of more the smallest are left out, as their cells would hold too few people.
MOST_SETS = 16
LEAST_SALES = 10


@dataclass(frozen=True, slots=True)
class StoredTraffic:
    """What the worker counted last, and when (µs)."""

    traffic: Traffic
    computed_at: int


def count(session: Session, now: int) -> Traffic:
    """Count as of now; reads page views and sales of up to three months, so only the worker may."""
    codes, named = load_codes(session), places(session)
    window, returns = _windows(session)
    until = now - (window + returns) * DAY
    request = TrafficRequest(
        places=tuple(step for _, step in named),
        since=until - DAYS * DAY,
        until=until,
        window=window * DAY,
        before=BEFORE_DAYS * DAY,
        returns=returns * DAY,
        least_rank=RANK[SourceKind.SERVER] if codes.trusted_sales else 0,
    )
    rows = traffic(session, request)
    kept = _largest(rows)
    return Traffic(
        since=request.since,
        until=until,
        window_days=window,
        places=tuple(place for place, _ in named),
        cells=_cells((row for row in rows if row.mask in kept), codes),
        overlaps=tuple(
            Overlap(row.place, row.channel, held_of(row.mask, codes.families), row.units)
            for row in rows
            if row.what == BOTH and row.mask in kept
        ),
        families={family.key: family.name for family in all_families(session)},
        worth=_worth(session, rows, codes),
    )


def keep(session: Session, found: Traffic, now: int) -> None:
    """Store what was counted."""
    results.save(session, NAME, to_plain(found), now)


def stored(session: Session) -> StoredTraffic | None:
    """What the worker counted last; None where it has not yet."""
    found = results.find(session, NAME)
    return None if found is None else StoredTraffic(from_plain(Traffic, found.document), found.computed_at)


def _windows(session: Session) -> tuple[int, int]:
    """Days in which cross-sales count, and for returns behind them: those of the metric, so that plans fit."""
    try:
        metric = metric_by_key(session, "cross-sell")
    except NotFoundError:
        return WINDOW_DAYS, 0
    return min(metric.window_days, WINDOW_DAYS), metric.return_days


def _largest(rows: Sequence[TrafficRow]) -> set[int]:
    sizes: Counter[int] = Counter()
    for row in rows:
        if row.what == SEEN:
            sizes[row.mask] += row.units
    return {mask for mask, _ in sizes.most_common(MOST_SETS)}


def _cells(rows: Iterable[TrafficRow], codes: Codes) -> tuple[Cell, ...]:
    grouped: dict[tuple[int, int, int, int], dict[int, TrafficRow]] = {}
    for row in rows:
        if row.what != BOTH:
            grouped.setdefault((row.place, row.mask, row.channel, row.visits), {})[row.what] = row
    return tuple(_cell(*key, kinds, codes) for key, kinds in sorted(grouped.items()) if SEEN in kinds)


def _cell(place: int, mask: int, channel: int, visits: int, kinds: dict[int, TrafficRow], codes: Codes) -> Cell:
    def units(what: int) -> int:
        return kinds[what].units if what in kinds else 0

    return Cell(
        place=place,
        held=held_of(mask, codes.families),
        channel=channel_word(channel),
        visits=visits,
        units=kinds[SEEN].units,
        views=kinds[SEEN].extra,
        bought={key: units(code) for key, code in codes.families.items() if code in kinds},
        more={key: units(code + HELD) for key, code in codes.families.items() if code + HELD in kinds},
        any_cross=units(ANY_CROSS),
        any_up=units(ANY_UP),
    )


def _worth(session: Session, rows: Sequence[TrafficRow], codes: Codes) -> dict[str, Worth]:
    """Mean margin per buyer of each family, where enough bought; else that of the family's lowest tier."""
    found = {}
    products = sorted(all_products(session), key=lambda product: (product.tier, product.key))
    for family, code in codes.families.items():
        lowest = next((product.value for product in products if product.family == family), 0)
        found[family] = _mean(rows, code, lowest)
    found[""] = _mean(rows, ANY_UP, min((product.value for product in products), default=0))
    return found


def _mean(rows: Sequence[TrafficRow], what: int, otherwise: int) -> Worth:
    mine = [row for row in rows if row.what == what and row.mask != UNKNOWN]
    buyers = sum(row.units for row in mine)
    if buyers < LEAST_SALES:
        return Worth(float(otherwise), "catalogue", buyers)
    return Worth(sum(row.worth for row in mine) / buyers, "sales", buyers)
