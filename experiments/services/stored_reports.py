"""Reports as they were computed: what a page shows without computing anything."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.decision.report import Report
from experiments.services.changing import load
from experiments.store.catalogue import snapshots


@dataclass(frozen=True, slots=True)
class StoredReports:
    """The two reports a page needs.

    Args:
        live: counts and data quality as of the last refresh; None before the first.
        look: the last planned look with its verdicts; None before the first.
        looks: all looks of the current phase, oldest first.
    """

    live: Report | None
    look: Report | None
    looks: tuple[Report, ...]

    @property
    def shown(self) -> Report | None:
        """What verdicts are read from: the last look, before it the live counts."""
        return self.look or self.live


def stored_reports(session: Session, key: str) -> StoredReports:
    """Reports of the current phase; raises NotFoundError where there is no such experiment."""
    phase = load(session, key).phase.number
    live = snapshots.latest(session, key, kind="live", phase=phase)
    looks = tuple(Report.from_dict(item.report) for item in snapshots.all_of(session, key, kind="look", phase=phase))
    return StoredReports(Report.from_dict(live.report) if live else None, looks[-1] if looks else None, looks)
