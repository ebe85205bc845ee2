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
    latest = snapshots.latest(session, key, phase=phase)
    if latest is None:
        return None
    read = _deciding(session, key, phase, latest)
    # A report is large to parse, so it is not asked for twice.
    newest = latest if latest.kind == "live" else snapshots.latest(session, key, kind="live", phase=phase) or read
    decision = read.report["decision"]
    exposed = sum(variant["exposed"] for variant in newest.report["variants"])
    return Headline(Action(decision["action"]), decision["title"], decision["provisional"], exposed)


def deciding_snapshot(session: Session, key: str, phase: int) -> Snapshot | None:
    """The report people read verdicts from: the last look, unless newer data forbid any; before it the live counts."""
    newest = snapshots.latest(session, key, phase=phase)
    return None if newest is None else _deciding(session, key, phase, newest)


def _deciding(session: Session, key: str, phase: int, newest: Snapshot) -> Snapshot:
    if newest.report["decision"]["action"] == Action.INVALID or newest.kind == "look":
        return newest
    return snapshots.latest(session, key, kind="look", phase=phase) or newest
