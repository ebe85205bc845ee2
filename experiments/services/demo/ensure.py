"""The demo, ready to be served: seeded where it is not there yet, left alone where it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from experiments.config import Settings
from experiments.domain.errors import ConflictError
from experiments.services.catalogue import all_sources
from experiments.services.demo.company import CRM
from experiments.services.demo.credentials import Credentials, grant, is_granted, load, still_valid
from experiments.services.demo.seed import Seeded, seed
from experiments.services.experiments import all_experiments
from experiments.services.sessions import reading
from experiments.services.setup import prepare
from experiments.store import migrate
from experiments.store.engines import make_engine

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """The demo and how to get in; `seeded` is None where it was there already."""

    credentials: Credentials
    seeded: Seeded | None


def find_demo(settings: Settings, now: int) -> Ready | None:
    """The demo that is there already, brought to this version's revision; None where the database is empty.

    Raises:
        ConflictError: the database holds something else (`not_empty`) or a demo that was interrupted (`half_seeded`).
    """
    if _missing_file(settings) is not None:
        return None
    engine = make_engine(settings.url)
    try:
        if _is_empty(engine, settings):
            return None
        prepare(engine, settings, now)
        known = load(settings.data_dir)
        if known is None or not still_valid(engine, known):
            known = grant(engine, now)
            known.save(settings.data_dir)
        return Ready(known, None)
    finally:
        engine.dispose()


def make_demo(settings: Settings, now: int, *, days: int, on_progress: Progress) -> Ready:
    """Seed an empty database; arguments as in `seed`."""
    path = _missing_file(settings)
    if path is not None:
        return _seed_aside(path, settings, now, days, on_progress)
    engine = make_engine(settings.url)
    try:
        return _seed(engine, settings, now, days, on_progress)
    finally:
        engine.dispose()


def _seed(engine: Engine, settings: Settings, now: int, days: int, on_progress: Progress) -> Ready:
    seeded = seed(engine, settings, now, days=days, on_progress=on_progress)
    credentials = grant(engine, now)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    credentials.save(settings.data_dir)
    return Ready(credentials, seeded)


def _is_empty(engine: Engine, settings: Settings) -> bool:
    """True for a database without sources and tests, False for a whole demo."""
    if migrate.current_revision(engine) is None:
        return True
    with reading(engine) as session:
        sources = {source.key for source in all_sources(session)}
        if not sources and not all_experiments(session):
            return True
        if CRM in sources and is_granted(session):
            return False
    where = make_url(settings.url).render_as_string(hide_password=True)
    if CRM in sources:
        message = f"{where} holds a demo whose seeding was interrupted; empty the database and start again."
        raise ConflictError(message, code="half_seeded")
    message = f"{where} holds another installation; choose an empty folder: NETLIFT_DATA_DIR=demo netlift demo"
    raise ConflictError(message, code="not_empty")


def _missing_file(settings: Settings) -> Path | None:
    """The path of a SQLite file that does not exist yet."""
    url = make_url(settings.url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    path = Path(url.database)
    return None if path.exists() else path


def _seed_aside(path: Path, settings: Settings, now: int, days: int, on_progress: Progress) -> Ready:
    """Seed a draft beside the file, so that an interrupted seeding leaves nothing half done."""
    draft = path.with_name(path.name + ".draft")
    _remove(draft)
    engine = make_engine(f"sqlite:///{draft.absolute()}")
    event.listen(engine, "connect", _without_waiting)
    try:
        ready = _seed(engine, settings, now, days, on_progress)
    except BaseException:
        engine.dispose()
        _remove(draft)
        raise
    engine.dispose()  # the last connection writes the log back into the file and removes it
    with draft.open("rb+") as handle:
        os.fsync(handle.fileno())
    draft.replace(path)
    _remove(draft)
    return ready


def _remove(draft: Path) -> None:
    """The draft, and what lies beside a SQLite file while it is written."""
    for suffix in ("", "-wal", "-shm", ".turn", ".next"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _without_waiting(connection: Any, _record: Any) -> None:
    """Nobody else knows the draft, and it is thrown away if the machine stops: the disk need not confirm a commit."""
    connection.execute("PRAGMA synchronous = OFF")
