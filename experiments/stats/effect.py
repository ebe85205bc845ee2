"""The answers of the statistics: one contrast with its interval, one non-inferiority test.

What cannot be computed has a named status and empty numbers, never a filler that looks like a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Literal

Scale = Literal["absolute", "relative"]


class Status(StrEnum):
    """Why a number is there or is missing.

    `too_few`: too few units or events for any interval. `unbounded`: the control value cannot be told from zero, so
    that the relative effect has no finite interval. `not_testable`: the groups show no spread or no value at all.
    """

    OK = "ok"
    TOO_FEW = "too_few"
    UNBOUNDED = "unbounded"
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True)
class Effect:
    """One contrast with its interval. Numbers are None where the status is not ok (what can be computed stays).

    Attributes:
        scale: "absolute" (variant − control, in the unit of the measure) or "relative" (variant / control − 1).
        status: see `Status`.
        point: estimate on the scale.
        lo: lower end of the interval.
        hi: upper end of the interval.
        level: two-sided confidence level of lo..hi, for example 0.95.
        form: "z", "welch", "fieller", "score", "newcombe" or "log"; printed in the column head.
        se: standard error on the scale, for pooling over tests: the delta method's for "fieller", unpooled for "score",
            whose intervals are not built from it; on the log scale for "log".
        statistic: test statistic against no effect.
        p: two-sided p-value against no effect.
        control: value of the control (covariate-adjusted where the measure has covariates).
        variant: value of the variant, on the same footing.
        df: degrees of freedom of a t distribution; None for the normal.
        few_events: True where the score form was used because events are few.
    """

    scale: Scale
    status: Status
    point: float | None
    lo: float | None
    hi: float | None
    level: float
    form: str
    se: float | None
    statistic: float | None
    p: float | None
    control: float | None
    variant: float | None
    df: float | None = None
    few_events: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` reads it back exactly."""
        return _to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Effect:
        """Read what `to_dict` wrote."""
        return cls(**{**data, "status": Status(data["status"])})


@dataclass(frozen=True)
class NonInferiority:
    """One-sided test of "worse than the margin" for one measure.

    Attributes:
        status: see `Status`.
        statistic: z (or score z) of the test; large values speak for non-inferiority in either direction.
        p: one-sided p-value.
        bound: deciding confidence bound of the effect on the margin's scale (lower bound where higher is better).
        margin: largest loss accepted, positive, as a share (relative) or in the unit of the measure (absolute).
        margin_scale: scale of margin and bound.
        alpha: one-sided level of test and bound.
        holds: True where "worse than the margin" is rejected.
        form: "ratio" (linear ratio form), "z", "welch" or "score".
    """

    status: Status
    statistic: float | None
    p: float | None
    bound: float | None
    margin: float
    margin_scale: Scale
    alpha: float
    holds: bool
    form: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` reads it back exactly."""
        return _to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NonInferiority:
        """Read what `to_dict` wrote."""
        return cls(**{**data, "status": Status(data["status"])})


def _to_dict(result: Effect | NonInferiority) -> dict[str, Any]:
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    return {**values, "status": result.status.value}
