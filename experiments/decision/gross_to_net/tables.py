"""The tables of a block as rows for files: numbers unrounded, empty where there is none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping

from experiments.decision.gross_to_net.block import GrossToNet, VariantNet
from experiments.decision.gross_to_net.figures import Figure
from experiments.decision.gross_to_net.matrix import Matrix
from experiments.decision.gross_to_net.waterfall import TITLES
from experiments.domain.spreadsheet import safe_row

Cell = str | float | int | bool | None
Row = dict[str, Cell]


def table_rows(block: GrossToNet, name: str) -> list[Row]:
    """All rows of one table, every variant after the other.

    Raises:
        KeyError: no table has this name; see `TABLES`.
    """
    write = TABLES[name]
    return [{"variant": each.variant, **row} for each in block.variants for row in write(each)]


def table_csv(block: GrossToNet, name: str) -> str:
    """The same as CSV with a header; "" where there are no rows."""
    rows = [safe_row(row) for row in table_rows(block, name)]
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def _waterfall(mine: VariantNet) -> Iterator[Row]:
    fall = mine.waterfall
    shared: Row = {"currency": fall.currency, "per": fall.per, "unit": fall.unit, "level": fall.bar.level}
    for step in fall.steps:
        yield {
            "step": step.key, "title": step.title, "value": step.value, "lo": step.lo, "hi": step.hi,
            "status": step.status, "words": step.words, "reason": step.reason, **shared,
        }  # fmt: skip
    net = fall.net
    yield {
        "step": "net", "title": TITLES["net"], "value": net.value, "lo": net.lo, "hi": net.hi, "status": net.status,
        "words": None, "reason": f"without {', '.join(net.missing)}" if net.missing else None, **shared,
    }  # fmt: skip


def _sensitivity(mine: VariantNet) -> Iterator[Row]:
    for each in mine.waterfall.sensitivity:
        yield {
            "assumption": each.lever, "factor": each.factor, "assumed": each.assumed, "net": each.value, "lo": each.lo,
            "hi": each.hi, "currency": mine.waterfall.currency,
        }  # fmt: skip


def _products(mine: VariantNet) -> Iterator[Row]:
    for each in mine.waterfall.products:
        yield {
            "product": each.product, "title": each.title, "group": each.group, "months": each.months,
            "margin": each.margin, "one_off": each.one_off, "currency": mine.waterfall.currency,
            **{f"kept:{key}": kept for key, kept in each.kept.items()},
        }  # fmt: skip


def _matrix(kind: str) -> Callable[[VariantNet], Iterator[Row]]:
    def rows(mine: VariantNet) -> Iterator[Row]:
        matrix = next((each for each in mine.matrices if each.kind == kind), None)
        if matrix is not None:
            yield from _cells(matrix)

    return rows


def _cells(matrix: Matrix) -> Iterator[Row]:
    for cell in (*matrix.cells, *matrix.row_totals, *matrix.column_totals):
        total = "all" in (cell.row, cell.column)
        yield {
            "row": cell.row, "column": cell.column, "control": cell.control, "treated": cell.variant,
            "value": cell.value, "lo": cell.lo, "hi": cell.hi, "p": cell.p, "status": cell.status,
            "interval": "pointwise" if total else "simultaneous", "level": matrix.level,
            **{f"sales:{key}": events for key, events in cell.events.items()},
        }  # fmt: skip


def _curve(mine: VariantNet) -> Iterator[Row]:
    for each in mine.curve.points:
        yield {
            "day": each.day, "value": each.value, "lo": each.lo, "hi": each.hi, "band_lo": each.band_lo,
            "band_hi": each.band_hi, "level": mine.curve.level, "currency": mine.waterfall.currency,
        }  # fmt: skip


def _rate(mine: VariantNet) -> Iterator[Row]:
    rate = mine.rate
    yield {
        "status": rate.status, "rate": rate.value, "lo": rate.lo, "hi": rate.hi, "set": rate.kind,
        "break_even": rate.break_even, **_figure("promoted", rate.promoted), **_figure("protected", rate.protected),
    }  # fmt: skip


def _digital_share(mine: VariantNet) -> Iterator[Row]:
    share = mine.digital_share
    for each in share.shares:
        yield {
            "measure": "per variant", "of": each.variant, "share": each.share, "sales": each.sales,
            "digital": each.digital, "tv": each.tv,
        }  # fmt: skip
    for name, figure in (("share", share.effect), ("digital", share.digital), ("other", share.other)):
        yield {"measure": "effect", "of": name, **_figure("effect", figure)}


def _kpi(mine: VariantNet) -> Iterator[Row]:
    for total in mine.kpi.totals:
        yield {
            "measure": total.key, "title": total.title, "direction": total.direction,
            "control": total.effect.control, "treated": total.effect.variant, **_figure("absolute", total.effect),
            **_figure("relative", total.relative), "verdict": total.verdict, "note": total.note,
        }  # fmt: skip


def _kpi_channels(mine: VariantNet) -> Iterator[Row]:
    for line in mine.kpi.channels:
        for key in line.contacts:
            yield {
                "channel": line.channel, "of": key, "contacts": line.contacts[key],
                "handle_seconds": line.handle_seconds[key], "hit_rate": line.hit_rate[key], "csat": line.csat[key],
                "answers": line.answers[key],
            }  # fmt: skip


def _segments(mine: VariantNet) -> Iterator[Row]:
    for test in mine.segments:
        for line in test.lines:
            yield {
                "by": test.variable, "measure": test.measure, "segment": line.key, "title": line.title,
                **_figure("effect", line.effect), "shrunk": line.shrunk, "shrunk_lo": line.shrunk_lo,
                "shrunk_hi": line.shrunk_hi, "verdict": line.verdict, "q": test.q, "df": test.df, "p": test.p,
                "adjusted_p": test.adjusted_p, "differ": test.differ,
                **{f"units:{key}": units for key, units in line.units.items()},
            }  # fmt: skip


def _figure(name: str, figure: Figure) -> Row:
    return {name: figure.value, f"{name}_lo": figure.lo, f"{name}_hi": figure.hi, f"{name}_status": figure.status}


TABLES: Mapping[str, Callable[[VariantNet], Iterator[Row]]] = {
    "waterfall": _waterfall,
    "sensitivity": _sensitivity,
    "products": _products,
    "rate": _rate,
    "curve": _curve,
    "family-matrix": _matrix("family"),
    "channel-matrix": _matrix("channel"),
    "digital-share": _digital_share,
    "kpi": _kpi,
    "kpi-channels": _kpi_channels,
    "segments": _segments,
}
