"""Effects by segment as lines for a terminal and as rows for a table file."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.decision.aligned import aligned
from experiments.decision.by_segment.result import GroupResult, SegmentResult
from experiments.decision.formats import count, p_value
from experiments.decision.phrases import Yardstick, effect_figures, value_text, yardstick

Cell = str | float | int | bool | None

_VERDICTS = {"works": "▲ Better", "harms": "▼ Worse", "not_shown": "", "too_few": "Too few"}


def segment_lines(results: Sequence[SegmentResult], variant: str, unit: str) -> list[str]:
    """Every metric and segment of one variant: the sentence, then one line per group."""
    lines = []
    for result in results:
        if result.variant == variant:
            lines += ["", f"{result.title}, by: {result.segment_title}", f"{result.words}{_test(result)}"]
            lines += _table(result, unit)
    return lines


def segment_rows(results: Sequence[SegmentResult], control: str) -> list[dict[str, Cell]]:
    """One flat row per variant, metric, segment and group, numbers unrounded.

    Args:
        control: key of the control.
    """
    return [_flat(result, group, control) for result in results for group in result.groups]


def _test(result: SegmentResult) -> str:
    if result.q is None or result.p is None or result.adjusted_p is None:
        return ""
    holm = f", after Holm {_p(result.adjusted_p)}" if result.adjusted_p != result.p else ""
    return f" Q = {result.q:.2f} on {result.df} df, p {_p(result.p)}{holm}."


def _p(p: float) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _table(result: SegmentResult, unit: str) -> list[str]:
    head = ("Group", "Units", "Control", "Variant", "Change (interval)", "Level, form", "Shrunk", "")
    lines = aligned([head, *(_line(result, group, unit) for group in result.groups)], right=(1, 2, 3))
    return [line.rstrip() for line in lines]


def _line(result: SegmentResult, group: GroupResult, unit: str) -> tuple[str, ...]:
    effect = group.effect
    rule = yardstick(result, unit, effect.scale)
    return (
        group.group,
        count(sum(group.units.values())),
        value_text(result, effect.control),
        value_text(result, effect.variant),
        "" if effect.point is None else effect_figures(effect, rule),
        "" if effect.lo is None else f"{100 * effect.level:.4g}% {effect.form}",
        _shrunk(group, rule),
        _VERDICTS[group.verdict],
    )


def _shrunk(group: GroupResult, rule: Yardstick) -> str:
    if group.shrunk is None or group.shrunk_lo is None or group.shrunk_hi is None:
        return ""
    decimals = rule.decimals(group.shrunk, group.shrunk_lo, group.shrunk_hi)
    ends = f"{rule.bare(group.shrunk_lo, decimals)} to {rule.bare(group.shrunk_hi, decimals)}"
    return f"{rule.bare(group.shrunk, decimals, sign=True)} ({ends})"


def _flat(result: SegmentResult, group: GroupResult, control: str) -> dict[str, Cell]:
    effect = group.effect
    return {
        "variant": result.variant,
        "metric": result.metric,
        "title": result.title,
        "role": result.role.value,
        "segment": result.segment,
        "group": group.group,
        "control_units": group.units[control],
        "variant_units": group.units[result.variant],
        "control_value": effect.control,
        "variant_value": effect.variant,
        "scale": effect.scale,
        "status": effect.status.value,
        "effect": effect.point,
        "lo": effect.lo,
        "hi": effect.hi,
        "level": effect.level,
        "form": effect.form,
        "few_events": effect.few_events,
        "shrunk": group.shrunk,
        "shrunk_lo": group.shrunk_lo,
        "shrunk_hi": group.shrunk_hi,
        "verdict": group.verdict,
        "q": result.q,
        "df": result.df,
        "p": result.p,
        "adjusted_p": result.adjusted_p,
        "differ": result.differ,
        "words": result.words,
    }
