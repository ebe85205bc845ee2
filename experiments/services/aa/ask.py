"""Ask for an A/A check, and read what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.experiment import Experiment
from experiments.services import changing
from experiments.services.aa.history import JUDGED
from experiments.services.actor import Actor
from experiments.services.clock import maybe_iso
from experiments.store.catalogue import aa_checks
from experiments.store.catalogue.aa_checks import AaRun

SPLITS = 200


@dataclass(frozen=True, slots=True)
class Check:
    """An A/A check as it stands.

    Args:
        state: "waiting", "running", "done", "failed", or "outdated": the test was changed since.
        done, total: splits made and wanted.
        sound: whether every metric that could be tested rejects within the bounds and the test's own split is right;
            None until it is done.
        reason: why it failed, in a sentence.
        metrics: {metric, rejected, splits, share, sound} of every goal and guardrail.
        split: {counts, weights, p, sound} of the test's own hash on the same units.
        units, days, sampled: what it was computed on.
    """

    state: str
    done: int
    total: int
    sound: bool | None
    reason: str
    metrics: tuple[dict[str, Any], ...]
    split: dict[str, Any] | None
    units: int | None
    days: int | None
    sampled: float | None
    asked_by: str
    finished_at: int | None

    @property
    def is_busy(self) -> bool:
        """Whether the worker has it still before it."""
        return self.state in ("waiting", "running")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "sound": self.sound,
            "reason": self.reason or None,
            "metrics": list(self.metrics),
            "split": self.split,
            "units": self.units,
            "days": self.days,
            "sampled": self.sampled,
            "asked_by": self.asked_by,
            "finished_at": maybe_iso(self.finished_at),
        }


def ask(session: Session, actor: Actor, now: int, key: str) -> Check:
    """Have the worker split history 200 times with this test's metrics and shares; what was found before is replaced.

    Raises:
        ConflictError: the test is launched (`frozen`).
    """
    actor.require(Right.EDIT)
    experiment = changing.load(session, key)
    experiment.check_editable()
    run = AaRun(key, "waiting", design_of(experiment), 0, SPLITS, None, actor.name, now)
    aa_checks.ask(session, run)
    return _check(run, experiment)


def check_of(session: Session, experiment: Experiment) -> Check | None:
    """The check of a test, None where nobody asked for one."""
    run = aa_checks.find(session, experiment.key)
    return None if run is None else _check(run, experiment)


def design_of(experiment: Experiment) -> str:
    """What the check depends on: metrics, unit, shares and salt."""
    judged = [(use.metric, use.version) for use in experiment.metrics if use.role in JUDGED]
    shares = [variant.weight for variant in experiment.phase.variants]
    told = json.dumps([sorted(judged, key=str), experiment.unit.value, shares, experiment.phase.salt])
    return sha256(told.encode()).hexdigest()[:32]


def _check(run: AaRun, experiment: Experiment) -> Check:
    found = run.result or {}
    fresh = run.design == design_of(experiment)
    return Check(
        state=run.state if fresh else "outdated",
        done=run.done,
        total=run.total,
        sound=found.get("sound") if fresh else None,
        reason=found.get("reason", ""),
        metrics=tuple(found.get("metrics", ())),
        split=found.get("split"),
        units=found.get("units"),
        days=found.get("days"),
        sampled=found.get("sampled"),
        asked_by=run.asked_by,
        finished_at=run.finished_at,
    )
