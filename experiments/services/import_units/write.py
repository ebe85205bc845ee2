"""The use case: a file and a spec become an experiment, or the experiment stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import file_digest
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.plain import from_plain
from experiments.services.actor import Actor
from experiments.services.import_units.experiment import check_replaceable
from experiments.services.import_units.read import RowSource, open_rows
from experiments.services.import_units.result import ImportResult, RowTally, result_of
from experiments.services.import_units.rows import Rejection, RowReader, UnitRow, check_columns
from experiments.services.import_units.runs import Run, clean
from experiments.services.import_units.seen import SeenUnits
from experiments.services.import_units.spec import KIND, ImportSpec
from experiments.store.catalogue import experiments
from experiments.store.engines import reading
from experiments.store.imported import ImportRun, current_run

#: Rows per transaction, so that no writer waits long for another.
CHUNK = 500

#: Called with how much was read and how much there is: bytes of a CSV file, rows of a Parquet file.
Progress = Callable[[int, int], None]


def import_units(
    engine: Engine,
    path: Path,
    spec: ImportSpec,
    *,
    id_key: bytes,
    now: int,
    actor: Actor,
    progress: Progress | None = None,
) -> ImportResult:
    """Import a finished test with one row per unit.

    The rows are written in many short transactions under a run that no analysis sees; the experiment and the run that
    counts change together in the last one. Where anything fails, or the process dies, the experiment is what it was
    before, and the next import of it removes the remains. The same file with the same spec changes nothing.

    Args:
        id_key: key of the id hashes of the deployment.
        now: µs UTC.

    Raises:
        DomainError: the file cannot be read or lacks a column (see `open_rows`, `check_columns`), a variant has no
            unit (`no_units`), or the file changed while it was read (`changed`).
        ConflictError: the key belongs to another kind of test (`exists`), the test is decided (`frozen`), or another
            import of it has begun meanwhile (`superseded`).
    """
    actor.require(Right.EDIT)
    state = _file_state(path)
    digest = _digest(path)
    before = _before(engine, spec)
    if before is not None and before.digest == digest and from_plain(ImportSpec, before.spec) == spec:
        return result_of("unchanged", spec, before.id, before.rejected, before.report)
    with open_rows(path, spec.csv) as source:
        check_columns(spec, source)
        clean(engine, spec.experiment.key)
        run = Run(engine, spec, path.name, digest, now)
        try:
            tally = _read_all(run, source, RowReader(spec, id_key), spec, progress)
            if _file_state(path) != state:
                raise DomainError("changed", f"file == {path.name!r}, changed while it was read.", "file")
            run.finish(tally, actor)
        except BaseException:
            run.discard()
            raise
    # The import counts from here on; what the replaced one left is removed by the next import at the latest.
    with suppress(SQLAlchemyError):
        clean(engine, spec.experiment.key)
    return result_of("replaced" if before else "imported", spec, run.id, tally.rejected, tally.to_plain())


def _read_all(run: Run, source: RowSource, reader: RowReader, spec: ImportSpec, progress: Progress | None) -> RowTally:
    tally = RowTally(len(spec.variants), len(spec.left_out))
    seen = SeenUnits(tally)
    for rows in _chunks(source, reader, spec, tally, seen):
        run.add(rows)
        if progress is not None:
            progress(source.done, source.total)
    run.drop(seen.crossed)
    if progress is not None:
        progress(source.total, source.total)
    return tally


def _chunks(
    source: RowSource, reader: RowReader, spec: ImportSpec, tally: RowTally, seen: SeenUnits
) -> Iterator[list[UnitRow]]:
    raw = source.rows(spec.columns)
    while some := list(islice(raw, CHUNK)):
        kept = []
        for row in map(reader.read, some):
            if isinstance(row, Rejection):
                tally.reject(row)
            elif seen.keep(row) and isinstance(row, UnitRow):
                kept.append(row)
        yield kept


def _before(engine: Engine, spec: ImportSpec) -> ImportRun | None:
    """The run that counts now, where the experiment may be replaced."""
    key = spec.experiment.key
    with reading(engine) as session:
        check_replaceable(experiments.find(session, key), key)
        run = current_run(session, key)
    if run is not None and run.kind != KIND:
        raise ConflictError(
            f"experiment.key == {key!r}, was imported as {run.kind}, not as units.", "experiment.key", code="exists"
        )
    return run


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise DomainError("bad_file", f"file == {path.name!r}, cannot be read: {error}.", "file") from None


def _file_state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
