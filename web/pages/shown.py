"""Which stored report a page reads its decision from, and which its counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.decision.words import Action

if TYPE_CHECKING:
    from experiments.decision.report import Report
    from experiments.services.stored_reports import StoredReports


@dataclass(frozen=True)
class Shown:
    """The reports behind one page.

    Args:
        decision: the last planned look, before it the live counts; where the newest data are unfit for any verdict,
            the report that says so, whatever an earlier look had found.
        counts: the newest report: units so far, split and data quality.
        effects: the last report with effects, None before the first look.
    """

    decision: Report | None
    counts: Report | None
    effects: Report | None

    @property
    def invalid(self) -> bool:
        """Whether the data forbid any verdict."""
        return self.decision is not None and self.decision.decision.action is Action.INVALID

    @property
    def exposed(self) -> int:
        """Units so far, all variants together."""
        return sum(variant.exposed for variant in self.counts.variants) if self.counts else 0

    @property
    def mature(self) -> int:
        """Units whose windows have closed, all variants together."""
        return sum(variant.mature for variant in self.counts.variants) if self.counts else 0


def shown_of(stored: StoredReports) -> Shown:
    """Choose among the stored reports."""
    counts = stored.live or stored.look
    unfit = counts is not None and counts.decision.action is Action.INVALID
    decision = counts if unfit else stored.look or counts
    effects = next((each for each in (stored.look, counts) if each is not None and each.look.is_look), None)
    return Shown(decision, counts, effects)
