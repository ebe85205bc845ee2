"""Results and decisions of all tests as lists: what the last report says, and what people made of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment
from experiments.services.clock import to_iso
from experiments.services.experiments import all_experiments, attempt
from experiments.services.headlines import deciding_snapshot
from experiments.store.catalogue import decisions
from experiments.store.catalogue.decisions import Decided
from experiments.store.catalogue.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class Result:
    """What the report people read verdicts from says about a test.

    Args:
        status: of the test now.
        computed_at: µs UTC.
        exposed: units so far, all variants together.
    """

    experiment: str
    name: str
    owner: str
    status: str
    phase: int
    kind: str
    computed_at: int
    action: str
    title: str
    provisional: bool
    exposed: int

    def to_dict(self) -> dict[str, object]:
        """JSON-ready form."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "computed_at"}
        return {**told, "computed_at": to_iso(self.computed_at)}


def results(session: Session) -> list[Result]:
    """Every test with a report."""
    found = []
    for test in all_experiments(session):
        result = attempt(session, test, partial(_result_of, session))
        if result is not None:
            found.append(result)
    return found


def all_decisions(session: Session) -> list[tuple[str, Decided]]:
    """(experiment, decision) of every decision, oldest first."""
    return decisions.everything(session)


def _result_of(session: Session, test: Experiment) -> Result | None:
    snapshot = deciding_snapshot(session, test.key, test.phase.number)
    return None if snapshot is None else _result(test, snapshot)


def _result(test: Experiment, snapshot: Snapshot) -> Result:
    decision = snapshot.report["decision"]
    exposed = sum(variant["exposed"] for variant in snapshot.report["variants"])
    return Result(
        experiment=test.key,
        name=test.name,
        owner=test.owner,
        status=test.status.value,
        phase=test.phase.number,
        kind=snapshot.kind,
        computed_at=snapshot.at,
        action=decision["action"],
        title=decision["title"],
        provisional=decision["provisional"],
        exposed=exposed,
    )
