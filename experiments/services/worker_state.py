"""How the worker is: when it last showed itself, how far it is behind, and what it fails at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from experiments.services import lag
from experiments.services.clock import maybe_iso, to_iso
from experiments.services.health import SILENCE, WORKER
from experiments.services.lag import Lag
from experiments.services.steps import Told, failing
from experiments.store.engines import reading
from experiments.store.tables import LeaseRow


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One look.

    Args:
        seen_at: µs UTC; None where no worker has ever shown itself, or the last one ended in order.
        alive: whether that is recent.
    """

    seen_at: int | None
    alive: bool
    behind: Lag
    failing: tuple[Told, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "seen_at": maybe_iso(self.seen_at),
            "alive": self.alive,
            "lag": {"events": self.behind.events, "seconds": self.behind.age / 1_000_000},
            "failing": [told.to_dict() for told in self.failing],
        }


def worker_state(engine: Engine, now: int) -> WorkerState:
    """How it is at `now` (µs)."""
    with reading(engine) as session:
        seen = session.scalar(select(LeaseRow.beat_at).where(LeaseRow.name == WORKER))
        fails = failing(session)
    alive = seen is not None and abs(now - seen) < SILENCE
    return WorkerState(seen, alive, lag.of(engine, now), fails)


def summary(engine: Engine) -> dict[str, Any]:
    """What anybody may be told: how many steps fail, since when, and which kinds of work they belong to."""
    with reading(engine) as session:
        fails = failing(session)
    since = min((told.fault.since for told in fails), default=None)
    steps = sorted({told.fault.step for told in fails})
    return {"count": len(fails), "since": None if since is None else to_iso(since), "steps": steps}
