"""A price list on its way into the catalogue: small, so that it goes in whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.services import audit, catalogue
from experiments.services.actor import Actor
from experiments.services.import_events.convert import Converter
from experiments.services.import_events.converted import Converted, Refused
from experiments.services.import_events.going import Reached, ordered_columns
from experiments.services.import_events.product_rows import Saved, read_rows, save
from experiments.services.import_events.rows import check_columns, open_rows
from experiments.services.import_events.spec import EventSpec
from experiments.services.import_events.tally import Tally
from experiments.store.engines import writing
from experiments.store.intake import runs
from experiments.store.intake.runs import Checkpoint, FileImport, RowProblem

MOST_ROWS = 20_000


def go_through_products(
    engine: Engine, run: FileImport, path: Path, spec: EventSpec, actor: Actor, now: int
) -> Iterator[Reached]:
    """Save the rows and finish the import in one transaction."""
    with writing(engine) as session:
        report, problems, rows = apply(session, path, spec, actor, now)
        reached = Checkpoint(rows, run.size, run.size, report, problems)
        if not runs.checkpoint(session, run.id, reached, states=("running",)):
            session.rollback()
            return
        runs.change(session, run.id, state="done", finished_at=now)
        after: dict[str, Any] = {
            "file": run.file,
            "holds": run.holds,
            **{key: report[key] for key in ("new", "refused")},
        }
        audit.record(session, actor, now, "import", "file_import", str(run.id), after=after)
    yield Reached(rows, run.size, run.size, tuple(problems))


def look_at_products(
    engine: Engine, path: Path, spec: EventSpec, actor: Actor, now: int
) -> tuple[dict[str, Any], list[RowProblem]]:
    """What the rows would do; nothing is kept."""
    with writing(engine) as session:
        kept = session.begin_nested()
        report, problems, _ = apply(session, path, spec, actor, now)
        kept.rollback()
    return report, problems


def apply(
    session: Session, path: Path, spec: EventSpec, actor: Actor, now: int
) -> tuple[dict[str, Any], list[RowProblem], int]:
    """Save the rows in the caller's transaction: (report, refused rows, rows read)."""
    columns = ordered_columns(spec)
    with open_rows(path, spec.file) as file:
        check_columns(columns, file)
        converter = Converter(spec, columns, id_key=b"", products=())
        results = []
        for result in converter.items(file.rows(columns)):
            results.append(result)
            if len(results) > MOST_ROWS:
                raise DomainError("too_many", f"file has over {MOST_ROWS} rows, a catalogue has fewer.", "file")
    known = {product.key: product for product in catalogue.all_products(session)}
    listed, problems = read_rows((item for item in results if isinstance(item, Converted)), known)
    saved, more = save(session, actor, now, listed)
    refused = [RowProblem(*item) for item in results if isinstance(item, Refused)]
    everything = sorted((*refused, *problems, *more), key=lambda problem: problem.row)
    return _report(saved, everything, len(results), converter), everything, len(results)


def _report(saved: Saved, problems: list[RowProblem], rows: int, converter: Converter) -> dict[str, Any]:
    tally = Tally()
    tally.rows, tally.new, tally.duplicates = rows, saved.added, saved.unchanged
    tally.events["product"] = rows - len(problems)
    for problem in problems:
        tally.refuse(problem.field, problem.reason)
    return {**tally.plain(converter.notes), "changed": saved.changed}
