"""The report as plain text for a terminal and as rows for a table file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from experiments.decision.aligned import aligned
from experiments.decision.by_segment.render import segment_lines, segment_rows
from experiments.decision.formats import count, day
from experiments.decision.gross_to_net.render import block_lines
from experiments.decision.metric_result import MetricResult
from experiments.decision.phrases import after_stop_words, figures, limit, value_text
from experiments.decision.report import Report
from experiments.decision.shrunken_words import shrunken_line
from experiments.domain.metric import MetricKind
from experiments.domain.money import MINOR
from experiments.domain.spreadsheet import safe_row
from experiments.stats.effect import Effect

Cell = str | float | int | bool | None

_HEADER = ("Metric", "Role", "Control", "Variant", "Change (interval)", "Level, form", "Limit", "Verdict")
_RIGHT = (2, 3)


def to_text(report: Report) -> str:
    """Banner, sizes, split and one table per variant."""
    facts = report.experiment
    shrunken = shrunken_line(report.decision)
    parts = [
        f"{facts.title} ({facts.key}), phase {report.phase}, {facts.status}",
        "",
        f"{report.decision.title}",
        f"{report.decision.sentence}",
        *([shrunken] if shrunken else []),
        "",
        *_facts(report),
    ]
    for variant in report.treatments:
        parts += ["", f"{variant.title} against {report.control.title}", *_table(report, variant.key)]
        parts += block_lines(report.gross_to_net, variant.key)
        parts += segment_lines(report.segments, variant.key, report.experiment.unit)
    unit = report.experiment.unit
    told = [(row.title, words) for row in report.metrics for words in (row.note, after_stop_words(row, unit)) if words]
    notes = [f"{title}: {words}" for title, words in told]
    return "\n".join([*parts, *_section("Notes", [*report.quality.notes, *notes])]) + "\n"


def to_rows(report: Report) -> list[dict[str, Cell]]:
    """One flat row per metric and variant, numbers unrounded, money in the major units of `measured_in`."""
    return [_flat(report, row) for row in report.metrics]


def to_csv(report: Report) -> str:
    """The rows of `to_rows` as CSV with a header; empty cells where there is no number."""
    return _csv(to_rows(report))


def to_segment_csv(report: Report) -> str:
    """One row per variant, metric, segment and group as CSV with a header; "" where the test has no segments."""
    shared: dict[str, Cell] = {"experiment": report.experiment.key, "phase": report.phase}
    return _csv([{**shared, **row} for row in segment_rows(report.segments, report.control.key)])


def _csv(rows: Sequence[dict[str, Cell]]) -> str:
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(safe_row, rows))
    return out.getvalue()


def interval_words(row: MetricResult) -> str:
    """Level and form of the row's interval: 95% fieller, or 95% fieller (repeated) at a look of several."""
    effect = row.deciding
    repeated = "" if row.critical is None else " (repeated)"
    return f"{100 * effect.level:.4g}% {effect.form}{repeated}"


def _facts(report: Report) -> list[str]:
    unit = report.experiment.unit
    sizes = [f"{v.title} {count(v.exposed)} exposed, {count(v.mature)} mature" for v in report.variants]
    p = "not testable" if report.split.p is None else f"p = {report.split.p:.3g}"
    p += ", valid at any moment" if report.split.anytime and report.split.p is not None else ""
    look = report.look
    where = f"look {look.number} of {look.planned}" if look.is_look else "between looks"
    until = f", data until {day(report.data_until)}" if report.data_until else ""
    return [f"{unit.capitalize()}s: {'; '.join(sizes)}", f"Split: {report.split.status} ({p}), {where}{until}"]


def _table(report: Report, variant: str) -> list[str]:
    rows = [_line(row, report.experiment.unit) for row in report.rows(variant)]
    return aligned([_HEADER, *rows], right=_RIGHT)


def _line(row: MetricResult, unit: str) -> tuple[str, ...]:
    effect = row.deciding
    return (
        row.title,
        row.role.value,
        value_text(row, row.control_value),
        value_text(row, row.variant_value),
        "" if effect.point is None else figures(row, unit),
        "" if effect.lo is None else interval_words(row),
        limit(row, unit),
        row.verdict.label,
    )


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *(f"- {line}" for line in lines)] if lines else []


def _flat(report: Report, row: MetricResult) -> dict[str, Cell]:
    test = row.noninferiority
    return {
        "experiment": report.experiment.key,
        "phase": report.phase,
        "look": report.look.number,
        "variant": row.variant,
        "metric": row.metric,
        "title": row.title,
        "role": row.role.value,
        "direction": row.direction.value,
        "kind": row.kind.value,
        "measured_in": "share" if row.kind is MetricKind.RATE else row.measured_in,
        "control_value": _value(row, row.control_value),
        "variant_value": _value(row, row.variant_value),
        **_effect_cells("absolute", row.absolute, row),
        **_effect_cells("relative", row.relative, row),
        "p": row.absolute.p,
        "adjusted_p": row.adjusted_p,
        "shown": row.shown,
        "margin_scale": row.margin.scale.value if row.margin else None,
        "margin": _value(row, row.margin.value, row.margin.scale) if row.margin else None,
        "bound": _value(row, test.bound, test.margin_scale) if test else None,
        "noninferiority_p": test.p if test else None,
        "verdict": row.verdict.value,
        "few_events": row.few_events,
        "protected": row.protected,
        "note": row.note,
        "corrected_status": row.corrected.status if row.corrected else None,
        **_corrected_cells(row),
        "corrected_p": row.corrected.p if row.corrected else None,
        "action": report.decision.variants[row.variant].value,
    }


def _value(row: MetricResult, value: float | None, scale: str = "absolute") -> float | None:
    """A number as files carry it: money in major units, as the page prints it."""
    is_money = row.measured_in not in (None, "s") and scale == "absolute"
    return value / MINOR if value is not None and is_money else value


def _corrected_cells(row: MetricResult) -> dict[str, Cell]:
    found = row.corrected
    names = {"corrected": "point", "corrected_lo": "lo", "corrected_hi": "hi"}
    return {name: _value(row, getattr(found, of), found.scale) if found else None for name, of in names.items()}


def _effect_cells(scale: str, effect: Effect, row: MetricResult) -> dict[str, Cell]:
    return {
        f"{scale}_status": effect.status.value,
        f"{scale}_effect": _value(row, effect.point, scale),
        f"{scale}_lo": _value(row, effect.lo, scale),
        f"{scale}_hi": _value(row, effect.hi, scale),
        f"{scale}_level": effect.level,
        f"{scale}_form": effect.form,
    }
