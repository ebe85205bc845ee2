"""The small values that every block is built from. Money is in major units, counts are orders; both per 1,000 units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: `too_few`: nothing happened that could have a spread; `not_measured`: no data, which is never zero.
FigureStatus = Literal["ok", "too_few", "not_measured", "not_testable", "unbounded"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """One difference variant − control with its interval.

    Attributes:
        value: None where it was not measured.
        lo, hi: the interval of the look; None where there is none.
        se: standard error on the same scale.
        p: two-sided p-value against no difference.
        control, variant: what the difference is between, where that says something.
    """

    value: float | None
    lo: float | None
    hi: float | None
    status: FigureStatus = "ok"
    se: float | None = None
    p: float | None = None
    control: float | None = None
    variant: float | None = None


@dataclass(frozen=True)
class Cohort:
    """The fixed cohort that every number of a block is computed on.

    Attributes:
        units: by variant key, units old enough, whose returns are in.
        exposed: by variant key, all exposed units.
        active: share of the units with any event in the window.
        days: days after exposure that count: the horizon, or the early window while no unit is old enough.
        horizon_days, early_days, return_days: as declared.
        young: True where no unit is old enough for the horizon.
        linked_only: True where units are visitors and only those known to be a customer at exposure count.
        last_exposure: first exposure of the youngest unit that counts is before it, ISO 8601 in UTC.
    """

    units: Mapping[str, int]
    exposed: Mapping[str, int]
    active: float | None
    days: int
    horizon_days: int
    early_days: int
    return_days: int
    young: bool
    linked_only: bool
    last_exposure: str | None


@dataclass(frozen=True)
class Bar:
    """How the intervals were made.

    Attributes:
        level: two-sided confidence level.
        critical: boundary z of a planned look; None = quantile of the level.
        covariates: names of the covariates all columns share; empty = none.
    """

    level: float
    critical: float | None
    covariates: tuple[str, ...] = ()
