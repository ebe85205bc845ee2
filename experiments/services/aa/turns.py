"""The worker's part of an A/A check: a few splits at a time, so that nothing else has to wait for it."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from experiments.decision.splits import ALARM
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment
from experiments.services import changing
from experiments.services.aa.ask import design_of
from experiments.services.aa.history import Units, load_units
from experiments.services.clock import now_us
from experiments.services.steps import is_down, words_of
from experiments.stats.aa import Rejections, split_rejections
from experiments.stats.srm import pearson
from experiments.store.catalogue import aa_checks
from experiments.store.catalogue.aa_checks import AaRun
from experiments.store.engines import reading, writing
from netlift.buckets import choose, upper_edges
from netlift.hashing import draw

_log = logging.getLogger(__name__)
#: Seconds of one turn.
TURN = 1.0


@dataclass
class _Job:
    run: AaRun
    experiment: Experiment
    units: Units
    done: int = 0
    found: dict[str, Rejections] = field(default_factory=dict)


class AaTurns:
    """Checks one after the other; a worker that dies loses the splits it made, which are made again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._job: _Job | None = None

    def turn(self, now: int, seconds: float = TURN) -> bool:
        """Work on the oldest check for a while; False where there is none."""
        if self._job is None:
            self._job = self._next(now)
        if self._job is None:
            return False
        job = self._job
        try:
            _split(job, time.monotonic() + seconds)
            self._write(job, now)
        except Exception as error:  # whatever it is, the checks behind it must not wait for ever
            self._job = None
            self._fail(job.run, error)
        return True

    def _next(self, now: int) -> _Job | None:
        with reading(self._engine) as session:
            run = aa_checks.oldest_open(session)
        if run is None:
            return None
        try:
            with reading(self._engine) as session:
                experiment = changing.load(session, run.experiment)
                if run.design != design_of(experiment):
                    raise DomainError("outdated", "The test was changed meanwhile; ask again.")
                return _Job(run, experiment, load_units(session, experiment, now))
        except Exception as error:
            self._fail(run, error)
        return None

    def _fail(self, run: AaRun, error: Exception) -> None:
        """Have the check say why it failed; where the database is down it is made again later."""
        if is_down(error):
            raise error
        if not isinstance(error, DomainError):
            _log.error("The check of %s on history failed", run.experiment, exc_info=error)
        self._change(run, state="failed", result={"reason": words_of(error), "sound": None}, finished_at=now_us())

    def _write(self, job: _Job, now: int) -> None:
        over = job.done >= job.run.total
        values: dict[str, Any] = {"done": job.done, "state": "running"}
        if over:
            values |= {"state": "done", "result": result_of(job.experiment, job.units, job.found), "finished_at": now}
        if not self._change(job.run, **values) or over:
            self._job = None

    def _change(self, run: AaRun, **values: Any) -> bool:
        with writing(self._engine) as session:
            return aa_checks.change(session, run, **values)


def _split(job: _Job, until: float) -> None:
    """Add splits until all are made or the time is over."""
    while job.done < job.run.total:
        _add(job, split_of(job.units.ids, f"{job.experiment.phase.salt}:aa:{job.done}", _weights(job.experiment)))
        if time.monotonic() >= until:
            break


def split_of(ids: npt.NDArray[np.int64], salt: str, weights: tuple[float, ...]) -> npt.NDArray[np.int_]:
    """The variant each unit falls into: the SDK's own hash, on the stored ids."""
    edges, prefix = upper_edges(weights), f"{salt}:"
    return np.fromiter((choose(edges, draw(prefix, str(unit))) for unit in ids.tolist()), np.int_, len(ids))


def result_of(experiment: Experiment, units: Units, found: dict[str, Rejections]) -> dict[str, Any]:
    """The finished check as it is stored."""
    weights = _weights(experiment)
    counted = Counter(split_of(units.ids, experiment.phase.salt, weights).tolist())
    counts = [counted[place] for place in range(len(weights))]
    own = pearson(counts, weights)
    right = None if own.p is None else own.p >= ALARM
    said = [{"metric": metric, **rejections.to_dict()} for metric, rejections in found.items()]
    answers = [each["sound"] for each in said if each["sound"] is not None]
    return {
        "sound": all(answers) and right is not False if answers else None,
        "reason": "" if answers else "No metric has enough events in history to be tested.",
        "metrics": said,
        "split": {"counts": counts, "weights": list(weights), "p": own.p, "sound": right},
        "units": len(units.ids),
        "days": units.days,
        "sampled": units.share,
    }


def _add(job: _Job, variant: npt.NDArray[np.int_]) -> None:
    units = job.units
    for metric, found in split_rejections(units.rows, units.columns, variant, units.measures).items():
        job.found[metric] = job.found.get(metric, Rejections(0, 0)).plus(found)
    job.done += 1


def _weights(experiment: Experiment) -> tuple[float, ...]:
    return tuple(variant.weight for variant in experiment.phase.variants)
