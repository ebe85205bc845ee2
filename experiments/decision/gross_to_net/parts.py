"""Does it work for some and not for others? Only where the segments differ is that said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.decision.by_segment.tested import drawn, tested
from experiments.decision.by_segment.words import group_verdict, segment_words
from experiments.decision.gross_to_net.data import BEFORE, COUNT_SCALE, FAMILY, MONEY, MONEY_SCALE, Arms
from experiments.decision.gross_to_net.estimates import critical_of, direction_of, figure_of, vector
from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.gross_to_net.matrix import LEAST_EVENTS
from experiments.decision.gross_to_net.names import promoted_sales
from experiments.decision.gross_to_net.segments import SegmentLine, SegmentMeasure, SegmentTest
from experiments.decision.gross_to_net.steps import COLUMNS, net_weights
from experiments.stats.effect import Effect, Status
from experiments.stats.moments import Moments
from experiments.stats.net import combined
from experiments.stats.segments import SegmentComparison, SegmentEffect, compare

Groups = Mapping[str, tuple[Moments, Moments]]
_SCALE: Mapping[SegmentMeasure, float] = {"promoted": COUNT_SCALE, "net": MONEY_SCALE}


def segments(arms: Arms, bar: Bar) -> tuple[SegmentTest, ...]:
    """Promoted orders and the net by holding set and by channel of first exposure; holdings first."""
    splits: dict[str, Groups] = {
        "holding": {key: arms.in_set(MONEY, key) for key in arms.held_sets()},
        "channel": {key: arms.shown_in(MONEY, key) for key in arms.shown_channels()},
    }
    sales: dict[str, Groups] = {
        "holding": {key: arms.in_set(FAMILY, key) for key in splits["holding"]},
        "channel": {key: arms.shown_in(FAMILY, key) for key in splits["channel"]},
    }
    found: list[SegmentTest] = []
    measures: tuple[SegmentMeasure, ...] = ("promoted", "net")
    for measure in measures:
        effects = {
            variable: {key: _effect(arms, pair, sales[variable][key], measure, bar) for key, pair in groups.items()}
            for variable, groups in splits.items()
        }
        found += [_test(arms, splits[test.variable], test, measure, bar) for test in compare(effects)]
    return tuple(found)


def _effect(
    arms: Arms,
    groups: tuple[Moments, Moments],
    families: tuple[Moments, Moments],
    measure: SegmentMeasure,
    bar: Bar,
) -> Effect:
    columns = ("n:P",) if measure == "promoted" else COLUMNS
    weights = [1.0] if measure == "promoted" else net_weights(arms.data.missing)
    found = vector(columns, groups, (BEFORE,) if bar.covariates else ())
    if found is None:
        return _too_few(None, bar)
    effect = combined(weights, *found, bar.critical, bar.level)
    every = [name for name in families[0].columns if name.startswith("n:")]
    sold = _sales(groups, ["n:P"]) if measure == "promoted" else _sales(families, every)
    return effect if sold >= LEAST_EVENTS else _too_few(effect.point, bar)


def _sales(groups: tuple[Moments, Moments], names: Sequence[str]) -> float:
    """Sales the smaller variant of a group would have if nothing differed: a handful says nothing of its own spread.

    Both are taken together, so that a variant which loses its sales is not hidden for having lost them.
    """
    total = sum(group.n * sum(map(group.mean_of, names)) for group in groups)
    units = [group.n for group in groups]
    return total * min(units) / sum(units)


def _too_few(point: float | None, bar: Bar) -> Effect:
    nothing = None
    return Effect(
        "absolute", Status.TOO_FEW, point, nothing, nothing, bar.level, "z", nothing, nothing, nothing, nothing, nothing
    )  # fmt: skip


def _test(arms: Arms, groups: Groups, test: SegmentComparison, measure: SegmentMeasure, bar: Bar) -> SegmentTest:
    titles = dict(arms.data.sets if test.variable == "holding" else arms.data.channels)
    lines = tuple(_line(arms, titles, groups, each, test.differ, measure, bar) for each in test.segments)
    return SegmentTest(
        variable="holding" if test.variable == "holding" else "channel",
        measure=measure,
        lines=lines,
        **tested(test),
        words=segment_words(
            [(line.title, line.verdict) for line in lines],
            test,
            promoted_sales(arms.data.declared) if measure == "promoted" else "the net",
        ),
    )


def _line(
    arms: Arms,
    titles: Mapping[str, str],
    groups: Groups,
    each: SegmentEffect,
    differ: bool,
    measure: SegmentMeasure,
    bar: Bar,
) -> SegmentLine:
    scale = _SCALE[measure]
    figure = figure_of(each.effect, scale)
    units = dict(zip((arms.control, arms.variant), (group.n for group in groups[each.segment]), strict=True))
    verdict = group_verdict(direction_of(figure), has_interval=figure.status == "ok", differ=differ)
    return SegmentLine(
        each.segment, titles[each.segment], units, figure, *drawn(each, critical_of(bar), scale), verdict
    )
