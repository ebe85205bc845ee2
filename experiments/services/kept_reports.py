"""Reports as they were stored: which there are, and one of them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.decision.report import Report
from experiments.domain.errors import NotFoundError
from experiments.services.changing import load
from experiments.store.catalogue import snapshots
from experiments.store.catalogue.snapshots import Kind, SnapshotHead

__all__ = ["KINDS", "Kind", "SnapshotHead", "kept_report", "kept_reports"]

KINDS: tuple[Kind, ...] = ("live", "day", "look", "decision", "share")


def kept_reports(session: Session, key: str, *, kind: Kind | None = None) -> tuple[SnapshotHead, ...]:
    """What is stored of a test, newest first; raises NotFoundError where there is no such test."""
    load(session, key)
    return snapshots.heads(session, key, kinds=() if kind is None else (kind,))


def kept_report(session: Session, key: str, snapshot_id: int) -> Report:
    """One stored report of a test; raises NotFoundError."""
    load(session, key)
    found = snapshots.find_of(session, key, snapshot_id)
    if found is None:
        raise NotFoundError("snapshot", snapshot_id)
    return Report.from_dict(found.report)
