"""Matrices, digital share, service and segments of one variant, as rows of their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from experiments.decision.gross_to_net.estimates import direction_of
from experiments.decision.gross_to_net.figures import Figure
from web.charts.forest import level_text
from web.formatters import NOT_KNOWN, current_reader, numbers
from web.pages.net.texts import Write, change, figure_span, money, plain, share, span

if TYPE_CHECKING:
    from experiments.decision.gross_to_net.matrix import Matrix, MatrixCell, MatrixLine
    from experiments.decision.gross_to_net.segments import SegmentLine, SegmentTest
    from experiments.decision.gross_to_net.service import DigitalShare, KpiChannel, KpiTotal, KpiTriangle

Titles = Mapping[str, str]
_KINDS = {
    "family": ("Who buys what", "Held at first exposure"),
    "channel": ("Where it was shown, where it was bought", "First shown in"),
}
_TONES = {1: "gain", -1: "loss", 0: "neutral"}
_KPI_VERDICTS = {
    "better": ("▲", "Better", "gain"),
    "worse": ("▼", "Worse", "loss"),
    "not_shown": ("?", "Not shown", "neutral"),
    "not_testable": ("–", "Not testable", "neutral"),
    "not_measured": ("–", "Not measured", "neutral"),
}
_SEGMENT_VERDICTS = {
    "works": ("▲", "Works", "gain"),
    "harms": ("▼", "Loses", "loss"),
    "not_shown": ("?", "Not shown", "neutral"),
    "too_few": ("?", "Too few", "neutral"),
}
KPI_WORDS = {"handle_seconds": "handle seconds per unit", "hit_rate": "hit rate", "csat": "CSAT"}


def matrix_values(matrix: Matrix, unit: str) -> dict[str, Any]:
    """Cells by row, the totals last."""
    caption, row_head = _KINDS[matrix.kind]
    cells = {(cell.row, cell.column): cell for cell in matrix.cells}
    totals = {cell.row: cell for cell in matrix.row_totals}
    rows: list[dict[str, Any]] = [
        {
            "title": line.title,
            "detail": _units(line),
            "cells": [_cell(cells.get((line.key, column.key))) for column in matrix.columns]
            + [_cell(totals.get(line.key), total=True)],
        }
        for line in matrix.rows
    ]
    below = {cell.column: cell for cell in matrix.column_totals}
    if len(matrix.rows) > 1:
        sums = [_cell(below.get(column.key), total=True) for column in matrix.columns]
        rows.append({"title": "All", "detail": "", "total": True, "cells": [*sums, {"text": "", "tone": "neutral"}]})
    level = level_text(matrix.level)
    return {
        "kind": matrix.kind,
        "caption": caption,
        "row_head": row_head,
        "columns": [*(column.title for column in matrix.columns), "All"],
        "rows": rows if matrix.columns else [],
        "note": f"sales kept per 1,000 {unit}s of the row, change",
        "legend": f"{level} intervals hold for all {matrix.tested} tested cells at once; sums have their own interval. "
        "Grey: under ten sales in a variant, not tested.",
    }


def share_values(found: DigitalShare, titles: Titles) -> dict[str, Any]:
    """One row per variant, and the three effects."""
    rows = [
        [titles.get(each.variant, each.variant), share(each.share), plain(each.digital), plain(each.sales),
         plain(each.tv)]
        for each in found.shares
    ]  # fmt: skip
    effects = [
        ["Digital share", _points(found.effect.value), figure_span(found.effect, _points)],
        ["Digital sales", change(found.digital.value), figure_span(found.digital, change)],
        ["All other sales", change(found.other.value), figure_span(found.other, change)],
    ]
    return {
        "channels": " + ".join(found.channels) or "none",
        "rows": rows,
        "effects": effects,
        "measured": found.status == "ok",
        "shares": [share(each.share) for each in found.shares],
    }


def kpi_values(kpi: KpiTriangle, titles: Titles) -> dict[str, Any]:
    """Totals with verdicts; channels as a description."""
    keys = list(kpi.channels[0].contacts) if kpi.channels else []
    worst = None if kpi.csat_worst is None else span(*kpi.csat_worst, lambda v: _two(v, signed=True))
    response = kpi.response
    return {
        "words": kpi.words,
        "mixed": kpi.mixed,
        "totals": [_total(total) for total in kpi.totals],
        "joint_p": kpi.joint_p,
        "response": None
        if response.control is None
        else f"{share(response.control)} answered in the control, {share(response.variant)} in the variant",
        "worst": worst,
        "dissatisfied": None
        if kpi.dissatisfied.value is None
        else f"{change(kpi.dissatisfied.value)} per 1,000 units ({figure_span(kpi.dissatisfied, change)})",
        "heads": [titles.get(key, key) for key in keys],
        "channels": [_channel(line, keys) for line in kpi.channels],
    }


def segment_values(test: SegmentTest, currency: str, titles: Titles) -> dict[str, Any]:
    """One forest: raw effect, shrunk effect, verdict in words."""
    write = change if test.measure == "promoted" else money(currency)
    return {
        "variable": test.variable,
        "measure": test.measure,
        "words": test.words,
        "lines": [asdict(line) for line in test.lines],
        "rows": [segment_row(line, test.status, write, titles, differ=test.differ) for line in test.lines],
        "q": test.q,
        "df": test.df,
        "p": test.p,
        "adjusted_p": test.adjusted_p,
        "differ": test.differ,
    }


def _units(line: MatrixLine) -> str:
    return f"{numbers.number(sum(line.units.values()), reader=current_reader())} units" if line.units else ""


def _cell(cell: MatrixCell | None, *, total: bool = False) -> dict[str, Any]:
    if cell is None or cell.value is None:
        return {"text": NOT_KNOWN, "tone": "grey"}
    sales = " / ".join(numbers.number(n, reader=current_reader()) for n in cell.events.values())
    if cell.status == "grey":
        return {"text": change(cell.value), "tone": "grey", "detail": f"{sales} sales"}
    figure = Figure(cell.value, cell.lo, cell.hi)
    sign = {1: "▲ ", -1: "▼ ", 0: ""}[direction_of(figure)]
    tone = _TONES[direction_of(figure)]
    return {
        "text": f"{sign}{change(cell.value)}",
        "tone": tone,
        "detail": span(cell.lo, cell.hi, change),
        "total": total,
    }


def _points(value: float | None) -> str:
    return numbers.signed_points(value, 1, reader=current_reader())


def _two(value: float | None, *, signed: bool = False) -> str:
    return numbers.number(value, 2, signed=signed, reader=current_reader())


def _seconds(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{numbers.number(value, 1, reader=current_reader())}\u00a0s"


def _of_kpi(key: str) -> tuple[Write, Write]:
    """How a corner writes a value, and how a change of it."""
    if key == "handle_seconds":
        return _seconds, lambda value: NOT_KNOWN if value is None else f"{change(value)}\u00a0s"
    if key == "hit_rate":
        return lambda v: numbers.percent(v, 2, reader=current_reader()), lambda v: numbers.signed_points(
            v, 2, reader=current_reader()
        )
    return _two, lambda value: _two(value, signed=True)


def _total(total: KpiTotal) -> dict[str, Any]:
    value, moved = _of_kpi(total.key)
    sign, word, tone = _KPI_VERDICTS[total.verdict]
    relative = numbers.signed_percent(total.relative.value, reader=current_reader())
    return {
        "title": total.title,
        "aim": "more is better" if total.direction > 0 else "less is better",
        "control": value(total.effect.control),
        "variant": value(total.effect.variant),
        "change": moved(total.effect.value),
        "interval": figure_span(total.effect, moved),
        "relative": relative,
        "sign": sign,
        "word": word,
        "tone": tone,
        "note": total.note,
    }


def _channel(line: KpiChannel, keys: list[str]) -> dict[str, Any]:
    def each(values: Mapping[str, float | None], write: Write) -> str:
        return " / ".join(write(values.get(key)) for key in keys)

    return {
        "title": line.channel.capitalize(),
        "cells": [
            each(line.contacts, plain),
            each(line.handle_seconds, _seconds),
            each(line.hit_rate, share),
            each(line.csat, _two),
            each(line.answers, plain),
        ],
    }


def segment_row(line: SegmentLine, status: str, write: Write, titles: Titles, *, differ: bool) -> dict[str, Any]:
    """One segment of a test that has this status and whose segments differ or not."""
    sign, word, tone = _SEGMENT_VERDICTS[line.verdict]
    if line.verdict == "not_shown" and not differ:
        # "Not shown" beside an interval that excludes 0 would read as a contradiction: it is the same as overall.
        sign, word = ("≈", "Not told apart") if status == "ok" else ("–", "Nothing to compare")
    reader = current_reader()
    units = ", ".join(f"{titles.get(key, key)} {numbers.number(n, reader=reader)}" for key, n in line.units.items())
    shrunk = write(line.shrunk)
    return {
        "title": line.title,
        "units": units,
        "raw": write(line.effect.value),
        "raw_interval": figure_span(line.effect, write),
        "shrunk": shrunk,
        "shrunk_interval": span(line.shrunk_lo, line.shrunk_hi, write),
        "sign": sign,
        "word": word,
        "tone": tone,
        "label": f"{line.title}: measured {write(line.effect.value)}, drawn towards the mean {shrunk}. {word}.",
    }
