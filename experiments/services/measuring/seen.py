"""A look back as it stands: waiting, under way with what is known of its length, found, or why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from experiments.domain.metric import Direction, MetricKind
from experiments.services.clock import maybe_iso
from experiments.services.history import STEPS
from experiments.services.history_result import History, MetricHistory, OfAgents
from experiments.services.measuring.question import Asked
from experiments.store.catalogue.look_backs import OPEN, LookBackRun


@dataclass(frozen=True)
class Measured:
    """One look back.

    Args:
        name: under which it can be had again.
        state: "waiting", "running", "done" or "failed".
        asked: what was asked.
        done: of `total` steps; step: the one it is at, in words.
        since: µs when the worker began; None before.
        usual: seconds the last look back took, None where none was ever finished.
        history: what was found; None until then.
        field, reason: which part of the question could not be answered, and why, in a sentence.
        finished_at: µs.
    """

    name: str
    state: str
    asked: Asked
    done: int
    total: int
    step: str
    since: int | None
    usual: float | None
    history: History | None
    field: str
    reason: str
    asked_by: str
    asked_at: int
    finished_at: int | None

    @property
    def is_busy(self) -> bool:
        """Whether the worker has it still before it."""
        return self.state in OPEN

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "name": self.name,
            "state": self.state,
            "metrics": list(self.asked.metrics),
            "step": self.step,
            "done": self.done,
            "total": self.total,
            "field": self.field or None,
            "reason": self.reason or None,
            "asked_by": self.asked_by,
            "asked_at": maybe_iso(self.asked_at),
            "finished_at": maybe_iso(self.finished_at),
            "history": None if self.history is None else self.history.to_dict(),
        }


def measured(run: LookBackRun, usual: int | None = None) -> Measured:
    """A stored look back; `usual` is µs of the last one."""
    asked = Asked.of(run.question)
    return Measured(
        run.name,
        run.state,
        asked,
        run.done,
        len(STEPS),
        STEPS[min(run.done, len(STEPS) - 1)],
        run.started_at,
        None if usual is None else usual / 1e6,
        None if run.result is None else read_history(run.result, asked),
        run.field,
        run.reason,
        run.asked_by,
        run.asked_at,
        run.finished_at,
    )


def read_history(told: dict[str, Any], asked: Asked) -> History:
    """The history of a document that `History.to_dict` wrote; its days may be fewer than were asked for."""
    return History(
        lookback=replace(asked.lookback, days=told["days"]),
        since=told["since"],
        until=told["until"],
        window_days=told["window_days"],
        units=told["units"],
        by_day=tuple(told["distinct_by_day"]),
        metrics=tuple(_metric(each) for each in told["metrics"]),
        correlation=tuple(tuple(row) for row in told["correlation"]),
        notes=tuple(told["notes"]),
    )


def _metric(told: dict[str, Any]) -> MetricHistory:
    return MetricHistory(
        told["key"],
        told["version"],
        MetricKind(told["kind"]),
        Direction[told["direction"].upper()],
        told["baseline"],
        told["sd"],
        told["standard_error"],
        told["events"],
        told["r_squared"],
        OfAgents(**told["of_agents"]) if told.get("of_agents") else None,
    )
