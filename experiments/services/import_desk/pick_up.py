"""Files that lie down in a folder are taken in by themselves.

`NETLIFT_PICK_UP_DIR/<mapping>/file.csv` is read by the saved mapping of that name, where it is switched on for that. A
file is taken once it has not changed for a while; it goes to `done` or `failed` beside it, with a report.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from experiments.domain.errors import DomainError
from experiments.services.actor import SYSTEM
from experiments.services.clock import maybe_iso
from experiments.services.import_desk import desk, files
from experiments.services.import_desk.desk import FOLDER
from experiments.services.import_events.holds import Holds
from experiments.services.steps import Alone, together
from experiments.store.engines import reading, writing
from experiments.store.intake import mappings, runs
from experiments.store.intake.runs import FileImport

DONE, FAILED = "done", "failed"
#: Names that belong to uploads in progress and to systems.
_UNFINISHED = (".part", ".tmp", ".partial", ".filepart", ".crdownload")


@dataclass(slots=True)
class _Seen:
    size: int
    changed: float
    since: float


class PickUp:
    """Looks into the folder; remembers sizes, so that a file that still grows is left alone.

    Args:
        still: seconds a file must not have changed.
        most: bytes of a file.
    """

    def __init__(self, engine: Engine, folder: Path, data_dir: Path, *, still: float, most: int) -> None:
        self._engine, self._folder, self._data_dir = engine, folder, data_dir
        self._still, self._most = still, most
        self._seen: dict[Path, _Seen] = {}

    def look(self, now: int, seconds: float, alone: Alone = together) -> int:
        """Take what is ready, and put away what is finished; how many files were taken.

        Args:
            now: µs UTC. seconds: the same clock as the files', in seconds.
        """
        with reading(self._engine) as session:
            ended = [run for state in ("done", "failed") for run in runs.newest(session, origin=FOLDER, state=state)]
            names = [mapping.name for mapping in mappings.all_mappings(session) if mapping.picked_up]
        for run in ended:
            alone("pick-up folder", partial(self._put_away, run), f"report of {run.file}")
        ready = [(name, path) for name in names for path in self._ready(name, seconds, alone)]
        return sum(alone("pick-up folder", partial(self._take, name, path, now), f"{name}/{path.name}") or 0
                   for name, path in ready)  # fmt: skip

    def _ready(self, name: str, seconds: float, alone: Alone) -> list[Path]:
        found = alone("pick-up folder", lambda: list(self._candidates(name)), name) or []
        return [path for path in found if self._is_still(path, seconds)]

    def _candidates(self, name: str) -> Iterator[Path]:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.iterdir()):
            hidden = path.name.startswith((".", "~")) or path.name.lower().endswith(_UNFINISHED)
            if path.is_file() and not path.is_symlink() and not hidden:
                yield path

    def _is_still(self, path: Path, seconds: float) -> bool:
        try:
            found = path.stat()
        except OSError:
            return False
        seen = self._seen.get(path)
        if seen is None or (seen.size, seen.changed) != (found.st_size, found.st_mtime):
            self._seen[path] = _Seen(found.st_size, found.st_mtime, seconds)
            return self._still <= 0
        return min(seconds - seen.since, seconds - found.st_mtime) >= self._still

    def _take(self, name: str, path: Path, now: int) -> int:
        """Move the file into the data folder and start its import; a failure is put beside it."""
        _check_movable(path)  # a file that stays where it is would be taken again and again
        try:
            stored = files.keep(self._data_dir, lambda target: shutil.copyfile(path, target), self._most)
        except DomainError as error:
            self._set_aside(path, FAILED, {"file": path.name, "error": error.message})
            return 0
        kept, target = files.path_of(self._data_dir, stored), _free(path.parent / DONE / path.name)
        try:
            with writing(self._engine) as session:
                holds = Holds(desk.mapping_by_name(session, name).holds)
                told = f"{name}/{target.name}"
                made = desk.upload(
                    session, SYSTEM, now, holds=holds, file=told, stored=stored, path=kept, origin=FOLDER
                )
                desk.use_saved(session, SYSTEM, runs.find(session, made), name, kept)
                desk.start(session, SYSTEM, now, runs.find(session, made), dry=False)
        except DomainError as error:
            files.drop(self._data_dir, stored)
            self._set_aside(path, FAILED, {"file": path.name, "error": error.message})
            return 0
        self._set_aside(path, DONE, None)
        return 1

    def _put_away(self, run: FileImport) -> None:
        """Write the report of a finished import beside its file; a failed one's file moves to `failed`."""
        name, _, file = run.file.partition("/")
        path = self._folder / name / DONE / file
        if not path.exists() or _report_beside(path).exists():
            return
        if run.state == "failed":
            self._set_aside(path, FAILED, _report_of(run))
        else:
            _report_beside(path).write_text(json.dumps(_report_of(run), indent=2) + "\n")

    def _set_aside(self, path: Path, where: str, report: dict[str, object] | None) -> None:
        folder = (path.parent.parent if path.parent.name == DONE else path.parent) / where
        folder.mkdir(exist_ok=True)
        target = _free(folder / path.name)
        path.replace(target)
        self._seen.pop(path, None)
        if report is not None:
            _report_beside(target).write_text(json.dumps(report, indent=2) + "\n")


def _check_movable(path: Path) -> None:
    done = path.parent / DONE
    done.mkdir(exist_ok=True)
    for folder in (path.parent, done):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "The worker may not move files in this folder", str(folder))


def _report_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.report.json")


def _free(path: Path) -> Path:
    """The path, with a number before its ending where it is taken."""
    number, found = 2, path
    while found.exists():
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return found


def _report_of(run: FileImport) -> dict[str, object]:
    return {
        "file": run.file,
        "state": run.state,
        "error": run.error if run.state == "failed" else "",
        "finished_at": maybe_iso(run.finished_at),
        **{
            name: run.report.get(name)
            for name in ("rows", "new", "duplicates", "refused", "reasons", "unknown_products")
        },
    }
