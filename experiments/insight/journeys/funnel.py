"""Funnels with intervals: for everybody, by holding segment, by channel, by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from experiments.insight.journeys.counts import EntrantGroup, JourneyCounts
from experiments.insight.segments import OTHER, Held, segment_key, shown
from experiments.stats.proportion import Proportion, proportion


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step.

    Args:
        units: people who came so far.
        of_first: their share of all who began.
        of_before: their share of those who reached the step before; of the first step, of itself.
        lost: people who reached the step before and not this one.
    """

    name: str
    units: int
    of_first: Proportion
    of_before: Proportion
    lost: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of one group of people; `steepest` is the number of the step before which most are lost."""

    steps: tuple[FunnelStep, ...]
    steepest: int | None

    @property
    def entrants(self) -> int:
        """People who began."""
        return self.steps[0].units

    @property
    def conversion(self) -> Proportion:
        """Share of them who reached the last step."""
        return self.steps[-1].of_first


def funnel(counts: JourneyCounts, groups: Iterable[EntrantGroup] | None = None) -> Funnel:
    """The funnel of some groups, None = of everybody."""
    reached: Counter[int] = Counter()
    for group in counts.groups if groups is None else groups:
        reached[group.reached] += group.units
    units = [sum(n for depth, n in reached.items() if depth >= step) for step in range(1, len(counts.steps) + 1)]
    before = [units[0], *units[:-1]]
    steps = tuple(
        FunnelStep(name, here, proportion(here, units[0]), proportion(here, earlier), earlier - here)
        for name, here, earlier in zip(counts.steps, units, before, strict=True)
    )
    lost = [step.lost for step in steps]
    return Funnel(steps, lost.index(max(lost)) if max(lost) else None)


def by_segment(counts: JourneyCounts) -> list[tuple[str, Held, Funnel]]:
    """(key, families held, funnel) by size; small segments share the row "other"."""
    sizes: Counter[Held] = Counter()
    for group in counts.groups:
        sizes[group.held] += group.units
    named, rest = shown(sizes)
    rows = [(segment_key(held), held, _where(counts, {held})) for held in named]
    return [*rows, (OTHER, (), _where(counts, set(rest)))] if rest else rows


def by_channel(counts: JourneyCounts) -> list[tuple[str, Funnel]]:
    """(channel of the first step, funnel), the largest first."""
    sizes: Counter[str] = Counter()
    for group in counts.groups:
        sizes[group.channel] += group.units
    ordered = sorted(sizes, key=lambda channel: (-sizes[channel], channel))
    return [(channel, funnel(counts, [g for g in counts.groups if g.channel == channel])) for channel in ordered]


def by_week(counts: JourneyCounts) -> list[tuple[int, Proportion]]:
    """(number of the week, share that reached the last step), weeks in which nobody began left out."""
    weeks = sorted({group.week for group in counts.groups})
    return [(week, funnel(counts, [g for g in counts.groups if g.week == week]).conversion) for week in weeks]


def _where(counts: JourneyCounts, among: set[Held]) -> Funnel:
    return funnel(counts, [group for group in counts.groups if group.held in among])
