"""Backups, frozen unit tables, erasures and retention."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services import frozen
from experiments.services import retention as retaining
from experiments.services.clock import DAY, to_iso
from experiments.services.doctor.finding import Finding, fail, ok, warn
from experiments.store import backups, erasures
from experiments.store.engines import reading

OLD = 7 * DAY


def backup(engine: Engine, _settings: Settings, now: int) -> Iterator[Finding]:
    """A backup of database and id key not older than a week."""
    advice = "Run `netlift backup DIR` every day, and keep a copy elsewhere; other tools are fine, then ignore this."
    with reading(engine) as session:
        last = backups.last_at(session.connection())
    if last is None:
        yield warn("backup", "Database and id key were never backed up with `netlift backup`.", advice)
    elif now - last > OLD:
        yield warn("backup", f"The last `netlift backup` is {(now - last) // DAY} days old.", advice)
    else:
        yield ok("backup", f"The last one was made at {to_iso(last)}.")


def unit_tables(engine: Engine, settings: Settings, _now: int) -> Iterator[Finding]:
    """Every frozen unit table is there and as it was."""
    with reading(engine) as session:
        tables = frozen.all_frozen(session)
    faults = [fault for table in tables if (fault := frozen.fault_of(settings.data_dir, table))]
    if faults:
        yield fail("unit tables", faults[0], f"{len(faults)} of {len(tables)} files: restore them from a backup.")
    else:
        yield ok("unit tables", f"{len(tables)} finished tests have one, all as they were frozen.")


def unfinished_erasures(engine: Engine, _settings: Settings, _now: int) -> Iterator[Finding]:
    """Nobody who asked to be forgotten is still there."""
    with reading(engine) as session:
        left = erasures.unfinished(session.connection()).units
    if left:
        yield warn("erasures", f"Erasing {len(left)} ids was interrupted.", "The worker finishes it: is it running?")
    else:
        yield ok("erasures", "None was interrupted.")


def retention(engine: Engine, settings: Settings, now: int) -> Iterator[Finding]:
    """What the setting would remove, and what holds it back."""
    found = retaining.look(engine, settings, now)
    if found.wanted is None:
        yield ok("retention", "NETLIFT_RETENTION_DAYS is 0: everything is kept.")
    elif found.held:
        first = found.held[0]
        told = f"Data from {to_iso(first.since)} on are older than wanted and needed by {first.experiment}."
        yield warn("retention", told, f"{first.experiment}: {first.why}. Stop or archive it when it is done.")
    else:
        yield ok("retention", f"What is older than {settings.retention_days} days goes; nothing holds it back.")
