"""Effects by segment of an imported test, in the form of the tables from gross to net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from experiments.decision.gross_to_net.estimates import figure_of
from experiments.decision.gross_to_net.segments import SegmentLine
from experiments.domain.metric import MetricKind
from web.charts.forest import level_text
from web.formatters import NOT_KNOWN, current_reader, numbers
from web.pages.net.tables import segment_row

if TYPE_CHECKING:
    from experiments.decision.by_segment.result import GroupResult, SegmentResult
    from experiments.decision.report import Report

_PER = 1000


@dataclass(frozen=True)
class SegmentArm:
    """The segments of one variant, as values for `segment_table`."""

    key: str
    title: str
    segments: list[dict[str, Any]]


def segment_arms(report: Report | None) -> tuple[SegmentArm, ...]:
    """One entry per tested variant; () where the report has no segments of its own."""
    if report is None or not report.segments:
        return ()
    titles = {variant.key: variant.title for variant in report.variants}
    unit = report.experiment.unit
    return tuple(
        SegmentArm(
            variant.key,
            variant.title,
            [_values(each, unit, titles) for each in report.segments if each.variant == variant.key],
        )
        for variant in report.treatments
    )


def _values(result: SegmentResult, unit: str, titles: Mapping[str, str]) -> dict[str, Any]:
    factor, suffix, note = _scale(result, unit)
    lines = [_line(group, factor) for group in result.groups]

    def write(value: float | None) -> str:
        return NOT_KNOWN if value is None else f"{numbers.signed_number(value, 1, reader=current_reader())}{suffix}"

    return {
        "title": f"{result.title}, by: {result.segment_title}",
        "note": note,
        "interval_head": f"{level_text(result.groups[0].effect.level)} interval",
        "words": result.words,
        "lines": [asdict(line) for line in lines],
        "rows": [segment_row(line, result.status, write, titles, differ=result.differ) for line in lines],
        "q": result.q,
        "df": result.df,
        "p": result.p,
        "adjusted_p": result.adjusted_p,
    }


def _scale(result: SegmentResult, unit: str) -> tuple[float, str, str]:
    """Factor and suffix of the numbers, and what they are."""
    if result.groups[0].effect.scale == "relative":
        return 100.0, "%", "relative change"
    if result.kind is MetricKind.RATIO:
        return 1.0, "", "change"
    return float(_PER), "", f"change per {_PER:,} {unit}s of the segment"


def _line(group: GroupResult, factor: float) -> SegmentLine:
    shrunk, lo, hi = (
        None if value is None else factor * value for value in (group.shrunk, group.shrunk_lo, group.shrunk_hi)
    )
    effect = figure_of(group.effect, factor)
    return SegmentLine(group.group, group.group, group.units, effect, shrunk, lo, hi, group.verdict)
