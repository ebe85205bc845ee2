"""The worker's part: imports in small steps between its other work, so that a long one holds nothing up."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments.domain.access import UserRole
from experiments.domain.errors import DomainError
from experiments.services.actor import SYSTEM, Actor
from experiments.services.import_desk import files
from experiments.services.import_desk.desk import API, BUSY, FOLDER, OPEN, PAGE
from experiments.services.import_desk.undo import take_back
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.parse import read_spec
from experiments.services.import_events.products import look_at_products
from experiments.services.import_events.runs import Surroundings, go_on, going_of, notes_of
from experiments.services.import_events.tally import Tally
from experiments.services.ingest import UnavailableError
from experiments.services.steps import is_down
from experiments.store.catalogue import sources
from experiments.store.engines import reading, writing
from experiments.store.intake import runs
from experiments.store.intake.runs import Checkpoint, FileImport

_log = logging.getLogger(__name__)
#: Seconds of one turn; then events are projected, reports refreshed, and the lease renewed.
TURN = 2.0
#: An upload that nobody goes on with is given up.
PATIENCE = 24 * 3_600 * 1_000_000
#: Batches of a look between two checkpoints.
BETWEEN = 5


@dataclass(slots=True)
class _Job:
    run: FileImport
    steps: Iterator[object]


class ImportTurns:
    """Imports of pages, programs and the folder, one after the other; a worker that dies loses none."""

    def __init__(self, around: Surroundings, data_dir: Path) -> None:
        self._around, self._data_dir = around, data_dir
        self._job: _Job | None = None

    @property
    def is_undoing(self) -> bool:
        """Whether an import is half taken back, so that no report may be computed."""
        return self._job is not None and self._job.run.state == "undoing"

    def turn(self, seconds: float = TURN) -> int:
        """Work on the oldest import for a while; how many steps were made."""
        until, made = time.monotonic() + seconds, 0
        while time.monotonic() < until and self._step():
            made += 1
        return made

    def tidy(self) -> None:
        """Give up uploads that nobody goes on with, and delete files that nobody needs."""
        now = self._around.clock()
        with writing(self._around.engine) as session:
            for run in runs.newest(session, limit=1_000):
                if run.state in OPEN and run.created_at < now - PATIENCE:
                    runs.change(session, run.id, only_in=OPEN, state="cancelled", stored="", finished_at=now)
                    files.drop(self._data_dir, run.stored)
            needed = {run.stored for run in runs.newest(session, limit=1_000) if run.stored}
        files.sweep(self._data_dir, needed, time.time())

    def _step(self) -> bool:
        if self._job is None:
            self._job = self._next()
        if self._job is None:
            return False
        try:
            next(self._job.steps)
        except StopIteration:
            self._done()
        except DomainError as error:
            self._failed(error.message)
        except Exception as error:  # whatever it is, the imports behind it must not wait for ever
            if isinstance(error, UnavailableError) or is_down(error):
                _log.warning("Import %s waits for the database: %s", self._job.run.id, type(error).__name__)
                self._job = None  # it stays as it is and goes on at the next turn
                return False
            _log.exception("Import %s stopped.", self._job.run.id)
            self._failed("Something unexpected happened; the log of the worker says what.")
        return True

    def _next(self) -> _Job | None:
        with writing(self._around.engine) as session:
            run = runs.oldest_in(session, BUSY, (PAGE, FOLDER, API))
            if run is None:
                return None
            if run.state == "waiting":
                runs.change(session, run.id, only_in=("waiting",), state="running")
                run = runs.find(session, run.id)
        return _Job(run, self._steps(run))

    def _steps(self, run: FileImport) -> Iterator[object]:
        if run.state == "undoing":
            return self._undo(run)
        if run.state == "checking":
            return self._look(run)
        return self._take_in(run)

    def _take_in(self, run: FileImport) -> Iterator[object]:
        yield from go_on(self._around, run, files.path_of(self._data_dir, run.stored), _actor(run))

    def _look(self, run: FileImport) -> Iterator[object]:
        path, spec = files.path_of(self._data_dir, run.stored), read_spec(run.spec)
        with writing(self._around.engine) as session:
            runs.forget_problems(session, run.id)
        if spec.holds is Holds.PRODUCTS:
            report, found = look_at_products(self._around.engine, path, spec, _actor(run), self._around.clock())
            self._looked(run, Checkpoint(report["rows"], run.size, run.size, report, found))
            yield None
        else:
            going = going_of(self._around, spec, path, Tally(), dry=True)
            reached = Checkpoint(0, 0, run.size, going.tally.plain(notes_of(None)))
            found = []
            for count, at in enumerate(going.batches(), start=1):
                found += at.problems
                reached = Checkpoint(at.done, at.position, at.size, going.tally.plain(notes_of(going.converter)), found)
                if count % BETWEEN == 0:
                    if not self._looked(run, reached):
                        return
                    found = []
                yield None
            reached = Checkpoint(reached.done, run.size, run.size, going.tally.plain(notes_of(going.converter)), found)
            if not self._looked(run, reached):
                return
        with writing(self._around.engine) as session:
            runs.change(session, run.id, only_in=("checking",), state="checked")

    def _looked(self, run: FileImport, reached: Checkpoint) -> bool:
        with writing(self._around.engine) as session:
            return runs.checkpoint(session, run.id, reached, states=("checking",))

    def _undo(self, run: FileImport) -> Iterator[object]:
        with reading(self._around.engine) as session:
            source_id = sources.ids(session)[run.source_key]
        stamps, total = run.report.get("stamps", []), run.report.get("new", 0)
        for gone in take_back(self._around.engine, source_id, stamps, self._around.clock()):
            with writing(self._around.engine) as session:
                runs.change(session, run.id, only_in=("undoing",), position=gone, size=max(total, 1))
            yield None

    def _done(self) -> None:
        """Close what ended well, and delete its file."""
        assert self._job is not None
        run, self._job = self._job.run, None
        with writing(self._around.engine) as session:
            now = self._around.clock()
            runs.change(session, run.id, only_in=("undoing",), state="undone", finished_at=now)
            self._drop_if_over(runs.find(session, run.id))
            runs.change(session, run.id, only_in=("done", "failed", "cancelled", "undone"), stored="")

    def _failed(self, message: str) -> None:
        assert self._job is not None
        run, self._job = self._job.run, None
        _log.warning("Import %s failed: %s", run.id, message)
        with writing(self._around.engine) as session:
            runs.change(session, run.id, only_in=("checking",), state="uploaded", error=message)
            runs.change(session, run.id, only_in=("running", "undoing"), state="failed", error=message)
            ended = runs.find(session, run.id)
            self._drop_if_over(ended)
            if ended.state == "failed":
                runs.change(session, run.id, stored="", finished_at=self._around.clock())

    def _drop_if_over(self, run: FileImport) -> None:
        if run.state in ("done", "failed", "cancelled", "undone"):
            files.drop(self._data_dir, run.stored)


def _actor(run: FileImport) -> Actor:
    """Who asked for it: their right was checked when they did."""
    return Actor(run.who or SYSTEM.name, UserRole.ADMIN)
