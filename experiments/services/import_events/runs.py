"""An import from its beginning to its end: begun, gone through in steps, finished; left off anywhere, it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as day_time
from hashlib import file_digest
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.source import Source, SourceKind
from experiments.services import audit, catalogue
from experiments.services.actor import Actor
from experiments.services.import_events.convert import Converter, Notes
from experiments.services.import_events.going import Going, Reached
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.parse import describe_spec, read_spec
from experiments.services.import_events.products import go_through_products
from experiments.services.import_events.spec import NEWEST, NONE, EventSpec
from experiments.services.import_events.tally import Tally
from experiments.services.ingest import Limits
from experiments.store.catalogue import aliases, products, sources
from experiments.store.engines import reading, writing
from experiments.store.intake import runs
from experiments.store.intake.runs import Checkpoint, FileImport, RowProblem

NOUN = "file_import"
#: Batches between two checkpoints: what an interruption costs at most is handled twice and stored once.
BETWEEN = 5
Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every import of a deployment needs."""

    engine: Engine
    id_key: bytes
    limits: Limits
    clock: Clock


def begin(
    session: Session,
    actor: Actor,
    now: int,
    *,
    path: Path,
    spec: EventSpec,
    digest: str,
    origin: str,
    name: str | None = None,
) -> FileImport:
    """An import that runs; the one of the same file and spec where such a one was interrupted at the same place.

    Raises:
        ConflictError: the source is the key of a shop.
    """
    actor.require(Right.EDIT)
    document = describe_spec(spec)
    for left in runs.newest(session, origin=origin, state="running", digest=digest):
        if left.spec == document:
            return left
    if spec.holds is not Holds.PRODUCTS:
        ensure_source(session, actor, now, spec)
    made = runs.add(
        session,
        holds=spec.holds.value,
        source_key=spec.source.key,
        origin=origin,
        file=name or path.name,
        digest=digest,
        spec=document,
        state="running",
        who=actor.name,
        created_at=now,
        size=path.stat().st_size,
    )
    return runs.find(session, made)


def ensure_source(session: Session, actor: Actor, now: int, spec: EventSpec) -> None:
    """The source of the spec; its watermark stays what it is."""
    known = sources.find(session, spec.source.key)
    if known is not None and known.kind is not SourceKind.IMPORT:
        message = f"source.key == {spec.source.key!r}, sends with a key; a file needs a source of its own."
        raise ConflictError(message, "source.key")
    watermark = known.watermark if known else None
    wanted = Source(
        spec.source.key, spec.source.name, SourceKind.IMPORT, complete=spec.source.complete, watermark=watermark
    )
    if wanted != known:
        catalogue.save_source(session, actor, now, wanted)


def go_on(around: Surroundings, run: FileImport, path: Path, actor: Actor) -> Iterator[Reached]:
    """Handle the file from where it was left; the import is finished when nothing more is yielded.

    An import that somebody cancelled meanwhile ends by itself. A database that cannot answer raises and leaves it
    running, so that it can go on later.

    Raises:
        DomainError: what makes the whole file unusable; the import is `failed` then.
    """
    try:
        spec = read_spec(run.spec)
        if spec.holds is Holds.PRODUCTS:
            yield from go_through_products(around.engine, run, path, spec, actor, around.clock())
            return
        yield from _events(around, run, path, spec, actor)
    except DomainError as error:
        with writing(around.engine) as session:
            runs.change(
                session, run.id, only_in=("running",), state="failed", error=error.message, finished_at=around.clock()
            )
        raise


def _events(around: Surroundings, run: FileImport, path: Path, spec: EventSpec, actor: Actor) -> Iterator[Reached]:
    going = going_of(around, spec, path, Tally(run.report), skip=run.done)
    going.tally.stamps.append(going.stamp)
    if not _checkpoint(around, run, going, Reached(run.done, run.position, run.size, ())):
        return
    problems: list[RowProblem] = []
    reached = None
    for count, reached in enumerate(going.batches(), start=1):
        problems += reached.problems
        if count % BETWEEN == 0:
            if not _checkpoint(around, run, going, reached, problems):
                return
            problems = []
        yield reached
    reached = reached or Reached(run.done, run.size, run.size, ())
    if _checkpoint(around, run, going, reached, problems):
        _finish(around, run, spec, going, actor)


def going_of(
    around: Surroundings, spec: EventSpec, path: Path, tally: Tally, *, skip: int = 0, dry: bool = False
) -> Going:
    """A going-through with what the catalogue knows now."""
    with reading(around.engine) as session:
        known = products.ids(session).keys() | aliases.all_aliases(session).keys()
        code = sources.ids(session).get(spec.source.key)
    return Going(
        around.engine, path, spec, around.id_key, around.limits, known, code, around.clock(), tally, skip=skip, dry=dry
    )


def digest_of(path: Path) -> str:
    """SHA-256 of the file in hex; raises DomainError where it cannot be read."""
    try:
        with path.open("rb") as handle:
            return file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise DomainError("bad_file", f"file == {path.name!r}, cannot be read: {error.strerror}.", "file") from None


def notes_of(converter: Converter | None) -> Notes:
    """What the converter noticed so far."""
    return converter.notes if converter else Notes()


def _checkpoint(
    around: Surroundings, run: FileImport, going: Going, reached: Reached, problems: list[RowProblem] | None = None
) -> bool:
    report = going.tally.plain(notes_of(going.converter))
    at = Checkpoint(reached.done, reached.position, reached.size, report, problems or ())
    with writing(around.engine) as session:
        return runs.checkpoint(session, run.id, at, states=("running",))


def _finish(around: Surroundings, run: FileImport, spec: EventSpec, going: Going, actor: Actor) -> None:
    now = around.clock()
    tally = going.tally
    with writing(around.engine) as session:
        done = runs.change(session, run.id, only_in=("running",), state="done", position=run.size, finished_at=now)
        if not done:
            return
        mark = watermark_of(spec, tally.last, now)
        if mark is not None:
            move_watermark(session, actor, now, spec.source.key, mark)
        counts = {"new": tally.new, "duplicates": tally.duplicates, "refused": tally.refused}
        after: dict[str, Any] = {"file": run.file, "holds": run.holds, "source": spec.source.key, **counts}
        audit.record(session, actor, now, "import", NOUN, str(run.id), after=after)


def watermark_of(spec: EventSpec, last: int | None, now: int) -> int | None:
    """Up to when the source has delivered, by what the spec says; None where it says nothing."""
    told = spec.source.watermark
    if told == NONE:
        return None
    if told == NEWEST:
        return None if last is None else min(last, now)
    try:
        day = date.fromisoformat(told)
    except ValueError:
        message = f"source.watermark == {told!r}, must be newest, none or a date such as 2026-05-12."
        raise DomainError("bad_date", message, "source.watermark") from None
    end = datetime.combine(day + timedelta(days=1), day_time(), ZoneInfo(spec.file.time_zone))
    return min(now, round(end.timestamp() * 1_000_000))


def move_watermark(session: Session, actor: Actor, now: int, key: str, mark: int) -> None:
    """Move a source's watermark ahead; never back."""
    from dataclasses import replace

    source = catalogue.source_by_key(session, key)
    if source.watermark is None or source.watermark < mark:
        catalogue.save_source(session, actor, now, replace(source, watermark=mark))
