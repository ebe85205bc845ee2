"""Reports as they were computed: what a page shows without computing anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.decision.report import Report
from experiments.domain.errors import UnreadableError
from experiments.services.changing import load
from experiments.services.remembered import PerOwner
from experiments.store.catalogue import snapshots
from experiments.store.catalogue.snapshots import SnapshotHead

#: Reports one process keeps in memory, about 1 MB each at most.
_REPORTS = PerOwner(96)


@dataclass(frozen=True, slots=True)
class StoredReports:
    """The two reports a page needs.

    Args:
        live: counts and data quality as of the last refresh; None before the first.
        look: the last planned look with its verdicts; None before the first.
        looks: all looks of the current phase, oldest first.
        stamp: differs whenever any of them does.
    """

    live: Report | None
    look: Report | None
    looks: tuple[Report, ...]
    stamp: tuple[tuple[int, int], ...] = ()

    @property
    def shown(self) -> Report | None:
        """What verdicts are read from: the last look, before it the live counts."""
        return self.look or self.live


def stored_reports(session: Session, key: str, phase: int | None = None) -> StoredReports:
    """Reports of the current phase; raises NotFoundError where there is no such experiment.

    Args:
        phase: its number, where the caller has read the experiment already.
    """
    phase = load(session, key).phase.number if phase is None else phase
    heads = [head for head in snapshots.heads(session, key, kinds=("live", "look")) if head.phase == phase]
    live = _read(session, key, [head for head in heads if head.kind == "live"])
    taken = sorted((head for head in heads if head.kind == "look"), key=lambda head: (head.at, head.id))
    looks = _read(session, key, taken)
    stamp = tuple((head.id, head.at) for head in heads)
    return StoredReports(live[0] if live else None, looks[-1] if looks else None, looks, stamp)


def day_reports(session: Session, key: str, phase: int) -> tuple[tuple[SnapshotHead, Report], ...]:
    """Reports as the days of a phase left them, oldest first."""
    heads = [head for head in snapshots.heads(session, key, kinds=("day",)) if head.phase == phase]
    heads.sort(key=lambda head: (head.at, head.id))
    return tuple(zip(heads, _read(session, key, heads), strict=True))


def _read(session: Session, key: str, heads: Iterable[SnapshotHead]) -> tuple[Report, ...]:
    owner: Any = session.get_bind().engine
    known = _REPORTS.of(owner)
    return tuple(known.get((head.id, head.at), lambda head=head: _report(session, key, head)) for head in heads)  # type: ignore[misc]


def _report(session: Session, key: str, head: SnapshotHead) -> Report:
    found = snapshots.find(session, head.id)
    assert found is not None, "stored reports are never removed"
    try:
        return Report.from_dict(found.report)
    except Exception as error:  # damaged values raise whatever their types raise
        raise UnreadableError(key, key, type(error).__name__) from error
