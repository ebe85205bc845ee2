"""Project raw events into facts: resumable, repeatable, the same whatever order events came in."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection, Engine

from experiments.domain.errors import ConflictError
from experiments.services.steps import is_down, words_of
from experiments.store import erasures, events, quarantine
from experiments.store.engines import reading, writing
from experiments.store.events import StoredEvent
from experiments.store.projection import catalogue, cursor
from experiments.store.projection.catalogue import Catalogue
from experiments.store.projection.facts import Facts
from experiments.store.projection.gather import REASONS, gather, set_all_aside
from experiments.store.projection.writing import clear, count_ignored, write

_log = logging.getLogger(__name__)
#: Events of one transaction: few enough that SQLite's one writer gives way to the 202 path every 50 ms or so.
CHUNK = 1_000
LIMIT = 50_000


@dataclass(slots=True)
class Projected:
    """What a run did.

    Args:
        events: raw events read.
        facts: rows yielded, by table.
        ignored: left out on purpose, by reason.
        set_aside: flaws put into the quarantine, by reason.
    """

    events: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)

    def add(self, events_read: int, facts: Facts) -> None:
        """Count one chunk."""
        self.events += events_read
        self.facts.update({table.__tablename__: len(rows) for table, rows in facts.rows.items()})
        for (_, reason), count in facts.ignored.items():
            self.ignored[reason] += count
        self.set_aside.update(item.reason for item in facts.set_aside)


def run(engine: Engine, now: int, *, limit: int = LIMIT) -> Projected:
    """Project up to `limit` events beyond the cursor; the cursor moves in the transaction that writes their facts.

    Raises:
        ConflictError: the cursor is ahead of the database (`restored`): it was restored into another server.
    """
    done = Projected()
    while done.events < limit:
        size = min(CHUNK, limit - done.events)
        try:
            more = _chunk(engine, now, size, done)
        except Exception as error:
            if isinstance(error, ConflictError) or is_down(error):
                raise
            _log.error("A chunk of events could not be written as facts; each is tried alone", exc_info=error)
            more = _one_by_one(engine, now, size, done)
        if not more:
            break
    return done


def run_all(engine: Engine, now: int) -> Projected:
    """Project until nothing is left; for commands that need today's facts at once."""
    return run(engine, now, limit=sys.maxsize)


def rebuild(engine: Engine, now: int) -> Projected:
    """Clear all facts and project every event again; no report is computed until all that there was is back.

    Should it be interrupted, whoever projects next goes on where it stopped.
    """
    with writing(engine) as session:
        connection = session.connection()
        cursor.position(connection, lock=True)
        events.settle_restored(connection)
        clear(connection)
        cursor.begin_rebuild(connection, events.last_place(connection), now)
    done = run_all(engine, now)
    with writing(engine) as session:
        cursor.end_rebuild(session.connection(), now)
    return done


def is_rebuilding(engine: Engine) -> bool:
    """Whether the facts are partial, so that no report may be computed."""
    with reading(engine) as session:
        return cursor.rebuilding(session.connection())


def replay(engine: Engine, now: int, *, ids: Sequence[bytes] = ()) -> int:
    """Project again what waits in the quarantine, for example after a product was added; the number that went through.

    Args:
        ids: rows of the quarantine; empty = all whose reason belongs to the projection.
    """
    done, after = 0, quarantine.FIRST
    while page := _replay_page(engine, now, ids, after):
        mended, after = page
        done += mended
    return done


def _replay_page(engine: Engine, now: int, ids: Sequence[bytes], after: bytes) -> tuple[int, bytes] | None:
    with writing(engine) as session:
        connection = session.connection()
        cursor.position(connection, lock=True)
        rows = quarantine.waiting(connection, REASONS, ids, after=after)
        if not rows:
            return None
        places = {row.id: _place(row.body) for row in rows}
        found = events.at_places(connection, places.values())
        facts = gather(found, catalogue.load(connection))
        write(connection, facts, now)
        still = {quarantine.row_id(item.event_id, item.reason) for item in facts.set_aside}
        present = {(event.received_at, event.seq) for event in found}
        mended = [row.id for row in rows if places[row.id] in present and row.id not in still]
        quarantine.mark_replayed(connection, mended, now)
        return len(mended), rows[-1].id


def _one_by_one(engine: Engine, now: int, size: int, done: Projected) -> bool:
    """The same for single events: those whose facts the database refuses are set aside, and hold up no other."""
    for _ in range(size):
        try:
            more = _chunk(engine, now, 1, done)
        except Exception as error:
            if isinstance(error, ConflictError) or is_down(error):
                raise
            _log.error("An event could not be written as facts: %s", words_of(error))
            more = _chunk(engine, now, 1, done, reader=set_all_aside)
        if not more:
            return False
    return True


def _chunk(
    engine: Engine,
    now: int,
    size: int,
    done: Projected,
    reader: Callable[[Sequence[StoredEvent], Catalogue], Facts] | None = None,
) -> bool:
    """Read and work out in a reading transaction, write in a short one; False where nothing is left."""
    with reading(engine) as session:
        connection = session.connection()
        start = cursor.position(connection)
        _check_place(connection, start)
        found = events.unread(connection, start, size)
        known = catalogue.load(connection) if found else None
        erased = erasures.version(connection)
        kept, dropped = erasures.split_erased(connection, found)
    if known is None:
        return False
    facts = (reader or gather)(kept, known)
    facts.ignored.update((event.source_id, "erased") for event in dropped)
    with writing(engine) as session:
        connection = session.connection()
        if cursor.position(connection, lock=True) != start or erasures.version(connection) != erased:
            return True  # another process was faster, or somebody was erased meanwhile: read again
        erasures.drop_events(connection, dropped)
        erasures.unname(connection, found, kept)
        write(connection, facts, now)
        count_ignored(connection, facts, now)
        cursor.move(connection, cursor.Position(found[-1].txn, found[-1].seq), now)
    done.add(len(found), facts)
    return True


def _check_place(connection: Connection, start: cursor.Position) -> None:
    if not events.is_settled(connection, start):
        message = "The database was restored into another server, so its events must be projected anew: run a rebuild."
        raise ConflictError(message, "cursor", code="restored")


def _place(body: str) -> tuple[int, int]:
    told = msgspec.json.decode(body)
    return told["receivedAt"], told["seq"]
