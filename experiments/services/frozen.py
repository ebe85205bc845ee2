"""The frozen unit table of a finished test: its report can be computed again from one file, long after the events."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision.analyse import build_report
from experiments.decision.inputs import AnalysisInput
from experiments.decision.report import Report
from experiments.domain.errors import DomainError, NotFoundError
from experiments.services.frozen_values import from_json, to_json
from experiments.store import unit_tables
from experiments.store.catalogue import unit_tables as catalogue
from experiments.store.catalogue.unit_tables import FrozenTable
from experiments.store.engines import reading, writing
from experiments.store.moments import MomentsRequest
from experiments.store.unit_tables import UnitTable

#: What the rows of the table say themselves.
FROM_ROWS = frozenset({"moments", "exposed"})
#: µs for which a file that no row names may be one on its way.
FRESH = 3_600_000_000


def take(session: Session, request: MomentsRequest, data: AnalysisInput) -> UnitTable:
    """The units of a report, and beside them everything else it was computed from."""
    kept = {field.name: to_json(getattr(data, field.name)) for field in fields(data) if field.name not in FROM_ROWS}
    return unit_tables.take(session, request, kept)


def input_of(table: UnitTable) -> AnalysisInput:
    """What the report is computed from, read from the table alone."""
    known = {field.name for field in fields(AnalysisInput)} - FROM_ROWS
    told: dict[str, Any] = {name: from_json(value) for name, value in table.about.items() if name in known}
    places = {variant.key: place for place, variant in enumerate(told["variants"])}
    moments = table.moments(list(places.values()))
    twice = table.in_two_variants
    exposed = {key: table.exposed(place) for key, place in places.items()}
    every = sum(exposed.values()) + twice
    quality = replace(told.pop("quality"), in_two_variants=twice, in_two_variants_share=twice / every if every else 0.0)
    return AnalysisInput(
        moments={key: moments[place] for key, place in places.items()}, exposed=exposed, quality=quality, **told
    )


def keep(engine: Engine, folder: Path, experiment: str, phase: int, table: UnitTable, now: int) -> FrozenTable:
    """Store the table and name it; one that was frozen before for this phase is replaced."""
    file, digest = unit_tables.write(folder, f"{experiment}-{phase}", table)
    kept = FrozenTable(experiment, phase, file, digest, table.rows, now)
    _switch(engine, folder, kept)
    return kept


def report_from_units(engine: Engine, folder: Path, key: str, phase: int | None = None) -> Report:
    """The final report of a test, computed from its frozen unit table.

    Raises:
        NotFoundError: nothing is frozen for this test.
        DomainError: `damaged`, the file is missing or not the one that was frozen.
    """
    with reading(engine) as session:
        found = input_from_units(session, folder, key, phase)
    if found is None:
        raise NotFoundError("unit table", key)
    return build_report(found)


def input_from_units(session: Session, folder: Path, key: str, phase: int | None = None) -> AnalysisInput | None:
    """What that report is computed from; None where nothing is frozen.

    Raises:
        DomainError: `damaged`, as above.
    """
    kept = catalogue.find(session, key, phase)
    if kept is None:
        return None
    if fault := fault_of(folder, kept):
        raise DomainError("damaged", fault, "file")
    return input_of(unit_tables.read(folder, kept.file))


def fault_of(folder: Path, kept: FrozenTable) -> str:
    """What is wrong with the file of a frozen table; empty where nothing is."""
    path = folder / unit_tables.FOLDER / kept.file
    if not path.is_file():
        return f"{kept.file} is missing; restore it from a backup."
    if unit_tables.checksum(path) != kept.sha256:
        return f"{kept.file} is not the file that was frozen; restore it from a backup."
    return ""


def all_frozen(session: Session) -> tuple[FrozenTable, ...]:
    """Every frozen table."""
    return catalogue.all_tables(session)


def erase_units(engine: Engine, folder: Path, units: Collection[int]) -> int:
    """Rewrite every table that holds one of the units; the number of rows removed."""
    with reading(engine) as session:
        tables = catalogue.all_tables(session)
    removed = 0
    for kept in tables:
        if fault := fault_of(folder, kept):
            raise DomainError("damaged", fault, "file")
        table = unit_tables.read(folder, kept.file)
        left = table.without(units)
        if (gone := table.rows - left.rows) == 0:
            continue
        file, digest = unit_tables.write(folder, f"{kept.experiment}-{kept.phase}", left)
        _switch(engine, folder, replace(kept, file=file, sha256=digest, rows=left.rows, erased=kept.erased + gone))
        removed += gone
    return removed


def remove_leftovers(engine: Engine, folder: Path, now: int) -> int:
    """Remove files that no row names: what a crash between writing and naming left behind.

    One that was written within the hour may be about to be named by another process.
    """
    place = folder / unit_tables.FOLDER
    if not place.is_dir():
        return 0
    files = [path for path in place.iterdir() if now - path.stat().st_mtime_ns // 1_000 > FRESH]
    with reading(engine) as session:
        named = {table.file for table in catalogue.all_tables(session)}
    left = [path for path in files if path.name not in named]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _switch(engine: Engine, folder: Path, kept: FrozenTable) -> None:
    with writing(engine) as session:
        before = catalogue.save(session, kept)
    if before is not None:
        (folder / unit_tables.FOLDER / before).unlink(missing_ok=True)
