"""The parts of a report that say what was tested, on whom, and at which moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["events", "units", "daily", "summary"]


@dataclass(frozen=True)
class ExperimentHead:
    """Which experiment the report is about.

    Attributes:
        unit: "visitor" or "customer"; every number is per unit.
        status: state of the experiment when the report was computed.
    """

    key: str
    title: str
    unit: str
    status: str


@dataclass(frozen=True)
class VariantHead:
    """One variant with its size.

    Attributes:
        weight: planned share of the enrolled units; None where no share was stated.
        exposed: units with an exposure, the ones the split is checked on.
        mature: units whose windows have closed, the ones the effects are computed on.
    """

    key: str
    title: str
    control: bool
    weight: float | None
    exposed: int
    mature: int


@dataclass(frozen=True)
class LookHead:
    """Where the analysis stands between launch and the planned end.

    Attributes:
        number: look of this report, counted from 1; between looks the last one taken; None before the first.
        planned: number of planned looks.
        information: share of the planned information collected, None where nothing was planned.
        is_look: True at a planned look; only then are effects and verdicts computed.
        final: True at the last look.
        next_at: date of the next look, None where there is none or it is not known.
    """

    number: int | None
    planned: int
    information: float | None
    is_look: bool
    final: bool
    next_at: str | None
