"""All checks in the order in which they make sense; one that fails on its own is a finding too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.config import Settings
from experiments.services.doctor import database, folders, keeping, keys, work
from experiments.services.doctor.finding import Finding, fail

Check = Callable[[Engine, Settings, int], Iterator[Finding]]
#: These need no database.
ALONE: tuple[Check, ...] = (
    folders.data_folder,
    folders.disk,
    folders.clock,
    keys.id_key,
    keys.secret_key,
    work.names,
    work.fitting,
)
#: These need one at this version's revision.
MIGRATED: tuple[Check, ...] = (
    database.clock,
    database.sqlite,
    database.postgresql,
    work.worker,
    work.steps,
    work.projection,
    work.quarantine,
    keeping.backup,
    keeping.unit_tables,
    keeping.unfinished_erasures,
    keeping.retention,
)


def examine(engine: Engine, settings: Settings, now: int) -> tuple[Finding, ...]:
    """Look at everything; nothing is changed but for a file that is made and removed in the data folder."""
    begun = time.monotonic_ns()

    def moment() -> int:  # on a busy machine the looks before may have taken seconds, which are no fault of a clock
        return now + (time.monotonic_ns() - begun) // 1_000

    found = [item for check in ALONE for item in _safely(check, engine, settings, moment())]
    reached = list(_safely(database.reachable, engine, settings, moment()))
    found += reached
    if all(item.state == "ok" for item in reached):
        found += [item for check in MIGRATED for item in _safely(check, engine, settings, moment())]
    return tuple(found)


def _safely(check: Check, engine: Engine, settings: Settings, now: int) -> Iterator[Finding]:
    name = f"{check.__module__.rsplit('.', 1)[-1]}.{check.__name__}"
    try:
        yield from check(engine, settings, now)
    except (SQLAlchemyError, OSError) as error:
        yield fail(name, f"The check itself failed: {type(error).__name__}.", "Look into the log of the database.")
