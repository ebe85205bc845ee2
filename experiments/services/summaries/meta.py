"""What the experiments of a file say together: random effects per metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from experiments.services.summaries.analyse import Analysed
from experiments.stats.effect import Effect, Status
from experiments.stats.meta import Heterogeneity, heterogeneity
from experiments.stats.tails import critical_value, tail_of

LEVEL = 0.95
#: Fewer effects have no spread among them.
FEWEST = 2


@dataclass(frozen=True, slots=True)
class MetaRow:
    """Relative effects of one metric over experiments.

    Args:
        status: ok, or too_few below two experiments with an effect.
        experiments: with a relative effect and its standard error; the first variant beside the control counts.
        left_out: without one: too few events, no variance, or a control value that cannot be told from zero.
        more_variants: experiments with further variants, which are left out because they share the control.
        several_looks: experiments with several looks; where they stopped early their effects are too large.
        level: two-sided confidence level of lo..hi.
        lo, hi: interval of the mean true effect; None where the status is not ok.
        spread: mean, tau² (Paule-Mandel) and how far effects differ beyond noise; None where the status is not ok.
    """

    metric: str
    status: Status
    experiments: int
    left_out: int
    more_variants: int
    several_looks: int
    level: float
    lo: float | None
    hi: float | None
    spread: Heterogeneity | None

    def to_dict(self) -> dict[str, Any]:
        """Flat and JSON-ready: one row of a table."""
        spread = self.spread
        return {
            "metric": self.metric,
            "scale": "relative",
            "status": self.status.value,
            "experiments": self.experiments,
            "left_out": self.left_out,
            "more_variants": self.more_variants,
            "several_looks": self.several_looks,
            "mean": spread.mean if spread else None,
            "lo": self.lo,
            "hi": self.hi,
            "level": self.level,
            "sd_mean": spread.sd_mean if spread else None,
            "tau": sqrt(spread.tau2) if spread else None,
            "tau2_paule_mandel": spread.tau2 if spread else None,
            "tau2_dersimonian_laird": spread.tau2_dl if spread else None,
            "q": spread.q if spread else None,
            "df": spread.df if spread else None,
            "q_p": spread.p if spread else None,
            "i2": spread.i2 if spread else None,
            "mean_fixed": spread.mean_fixed if spread else None,
        }


def pool(found: Sequence[Analysed]) -> tuple[MetaRow, ...]:
    """One row per metric, in the order of their first appearance."""
    metrics = dict.fromkeys(row.metric for each in found for row in each.report.metrics)
    return tuple(_pooled(metric, found) for metric in metrics)


def _pooled(metric: str, found: Sequence[Analysed]) -> MetaRow:
    having = [(each, effect) for each in found if (effect := _effect(each, metric)) is not None]
    known = [pair for pair in (_usable(effect) for _, effect in having) if pair is not None]
    spread = heterogeneity(*zip(*known, strict=True)) if len(known) >= FEWEST else None
    half = critical_value(tail_of(LEVEL)) * spread.sd_mean if spread else 0.0
    return MetaRow(
        metric=metric,
        status=Status.OK if spread else Status.TOO_FEW,
        experiments=len(known),
        left_out=len(having) - len(known),
        more_variants=sum(len(each.report.treatments) > 1 for each, _ in having),
        several_looks=sum(len(each.looks) > 1 for each, _ in having),
        level=LEVEL,
        lo=spread.mean - half if spread else None,
        hi=spread.mean + half if spread else None,
        spread=spread,
    )


def _effect(each: Analysed, metric: str) -> Effect | None:
    """The relative effect of the first variant beside the control: fixed in advance, not the best one."""
    first = each.report.treatments[0].key
    return next((row.relative for row in each.report.rows(first) if row.metric == metric), None)


def _usable(effect: Effect) -> tuple[float, float] | None:
    if effect.status is not Status.OK or effect.point is None or not effect.se:
        return None
    return effect.point, effect.se**2
