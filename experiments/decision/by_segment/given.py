"""What effects by segment are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from experiments.domain.metric import Role
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments


@dataclass(frozen=True)
class SegmentMoments:
    """One way to divide the units by something known before exposure.

    Attributes:
        groups: name of the group -> key of the variant -> its moments; groups are disjoint.
    """

    key: str
    title: str
    groups: Mapping[str, Mapping[str, Moments]]


class Reported(Protocol):
    """A metric as far as segments care."""

    @property
    def role(self) -> Role:
        """The part it plays."""

    @property
    def by_segment(self) -> bool:
        """Whether somebody asked for it."""

    @property
    def measure(self) -> Measure:
        """What it reads."""


def is_by_segment(metric: Reported) -> bool:
    """Goals and guardrails always, any other metric on request: every further one is one more chance to be misled."""
    return metric.by_segment or metric.role in (Role.GOAL, Role.GUARDRAIL)


def columns_by_segment(metrics: Sequence[Reported]) -> tuple[str, ...]:
    """Columns that moments by segment need; covariates serve all metrics."""
    wanted: list[Measure] = [metric.measure for metric in metrics if is_by_segment(metric)]
    covariates: Iterable[str] = (name for metric in metrics for name in metric.measure.covariates) if wanted else ()
    return tuple(dict.fromkeys((*(column for measure in wanted for column in measure.columns), *covariates)))


def nobody(columns: Sequence[str]) -> Moments:
    """Moments of a group that has no unit in one variant."""
    return Moments(0, tuple(columns), np.zeros(len(columns)), np.zeros((len(columns), len(columns))))
