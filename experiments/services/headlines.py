"""What the last report of a test says in one line, and which stored report that is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.decision.words import Action
from experiments.store.catalogue import snapshots
from experiments.store.catalogue.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class Headline:
    """One line of the list of tests.

    Args:
        action, title, provisional: of the decision people read.
        exposed: units so far, all variants together, of the newest report.
    """

    action: Action
    title: str
    provisional: bool
    exposed: int


def headline(session: Session, key: str, phase: int) -> Headline | None:
    """What the report of a phase says; None before the first one."""
    read = deciding_snapshot(session, key, phase)
    newest = snapshots.latest(session, key, kind="live", phase=phase) or read
    if read is None or newest is None:
        return None
    decision = read.report["decision"]
    exposed = sum(variant["exposed"] for variant in newest.report["variants"])
    return Headline(Action(decision["action"]), decision["title"], decision["provisional"], exposed)


def deciding_snapshot(session: Session, key: str, phase: int) -> Snapshot | None:
    """The report people read verdicts from: the last look, unless newer data forbid any; before it the live counts."""
    newest = snapshots.latest(session, key, phase=phase)
    if newest is None or newest.report["decision"]["action"] == Action.INVALID:
        return newest
    return snapshots.latest(session, key, kind="look", phase=phase) or newest
