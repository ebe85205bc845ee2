"""What the holdback of a winner would see, before anybody decides: from the control of the test, for any share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.decision.holdback import Baseline, ReadOutDesign, cost_of_unevenness, design, level_of
from experiments.domain.checks import check_range
from experiments.domain.experiment import Experiment
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.rolling import LONGEST, USUAL, check_read_out
from experiments.domain.rollout import ENTRY_DAYS, MAX_HOLDBACK, ReadAs, RollOut
from experiments.stats.alwaysvalid import MINIMUM_UNITS_PER_ARM
from experiments.store.catalogue import readings
from experiments.store.catalogue.readings import DESIGN, UNDECIDED


@dataclass(frozen=True)
class HoldbackPreview:
    """One answer.

    Args:
        holdback: share of all units; `held` of both sides, cut at the control's own range.
        last: days of the last read-out.
        level: confidence level of each read-out.
        unevenness: how many times the standard error of a 50/50 test; None without a holdback.
        units_per_week: new units of all variants; None while it is not measured.
        lines: what each read-out up to the longest could see; () without a holdback or a measurement.
    """

    holdback: float
    held: float
    last: int
    read_as: ReadAs
    level: float
    unevenness: float | None
    units_per_week: float | None
    lines: tuple[ReadOutDesign, ...]

    @property
    def measured(self) -> bool:
        """Whether the worker has measured the control yet."""
        return self.units_per_week is not None

    @property
    def weeks_to_guard(self) -> float | None:
        """Weeks at the whole share until the guard has enough on its smaller side; None where that is not known."""
        smaller = min(self.held, 1 - self.held) * (self.units_per_week or 0.0)
        return MINIMUM_UNITS_PER_ARM / smaller if smaller > 0 else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def preview(
    session: Session,
    experiment: Experiment,
    holdback: float,
    last: int | None = None,
    read_as: ReadAs = ReadAs.SPENDING,
) -> HoldbackPreview:
    """What each read-out would find in 8 of 10 cases, with so many held back.

    Args:
        last: days of the last read-out; None = the usual one of the unit.

    Raises:
        DomainError: the share is out of its bounds, or its unit cannot be followed so long.
    """
    check_range(holdback, "rollout.holdback", low=0, high=MAX_HOLDBACK)
    # The variant does not matter here; the control stands in for it, so that the bounds of a roll-out are checked.
    check_read_out(experiment, RollOut(experiment.phase.control.key, holdback=holdback, last_read_out=last))
    kept = readings.all_of(session, experiment.key, UNDECIDED).get(DESIGN)
    baseline = None if kept is None else from_plain(Baseline, kept.reading["baseline"])
    held = min(holdback, experiment.phase.control.weight)
    unit, longest = experiment.unit, LONGEST[experiment.unit]
    lines = design(baseline, unit, held, ENTRY_DAYS, longest, read_as) if baseline and held else ()
    return HoldbackPreview(
        holdback=holdback,
        held=held,
        last=last or USUAL[unit],
        read_as=read_as,
        level=level_of(unit, read_as),
        unevenness=cost_of_unevenness(held) if held else None,
        units_per_week=None if baseline is None else baseline.units_per_week,
        lines=lines,
    )
