"""Which tests have seen their first exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.environment import Environment
from experiments.domain.experiment import LIVE, Experiment, Status
from experiments.services.arrivals.seen import VIEWED, Event, event_of
from experiments.services.arrivals.senders import senders
from experiments.services.clock import MINUTE, maybe_iso
from experiments.services.experiments import all_experiments
from experiments.store import arrivals, reach

#: A rehearsal leaves no facts behind, so its exposures are looked for among the events of the last hour.
LOOKED_BACK = 60 * MINUTE
#: Newest exposures that are looked through.
VIEWS = 1_000


@dataclass(frozen=True)
class Awaited:
    """A test whose variants may be read.

    Args:
        first, last: µs, when the first and the newest exposure happened; None where none is known.
    """

    key: str
    name: str
    unit: str
    status: Status
    first: int | None
    last: int | None

    @property
    def waiting(self) -> bool:
        """Whether nobody has been exposed yet."""
        return self.first is None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        told = {"first_exposure": maybe_iso(self.first), "last_exposure": maybe_iso(self.last)}
        return {"experiment": self.key, "name": self.name, "status": self.status.value, "waiting": self.waiting, **told}


def awaited(session: Session, now: int) -> tuple[Awaited, ...]:
    """Running tests and rehearsals; those that wait come first."""
    tests = [test for test in all_experiments(session, LIVE) if not test.imported]
    phases = reach.newest_phases(session.connection(), [test.key for test in tests])
    views = _views(session, now) if tests else []
    found = [_awaited(session, test, phases.get(test.key), views) for test in tests]
    return tuple(sorted(found, key=lambda test: (not test.waiting, test.name.lower())))


def _views(session: Session, now: int) -> list[Event]:
    wanted = arrivals.Wanted(now - LOOKED_BACK, name=VIEWED, limit=VIEWS)
    known = senders(session)
    return [event_of(row, known) for row in arrivals.newest(session.connection(), wanted)]


def _awaited(session: Session, test: Experiment, phase: int | None, views: list[Event]) -> Awaited:
    """Facts where there are any; events the worker has not read yet count too, so that the line turns green at once."""
    environment = Environment.TEST if test.status is Status.TESTING else Environment.PRODUCTION
    told = [
        event.happened
        for event in views
        if event.experiment == test.key and event.sender is not None and event.sender.environment is environment
    ]
    connection = session.connection()
    if phase is not None and environment is Environment.PRODUCTION:
        told += [at for at in (reach.first_exposure(connection, phase), reach.last_exposure(connection, phase)) if at]
    first, last = (min(told), max(told)) if told else (None, None)
    return Awaited(test.key, test.name, test.unit.value, test.status, first, last)
