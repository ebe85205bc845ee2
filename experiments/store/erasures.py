"""Who asked to be forgotten: kept as hashes, so that what arrives late is dropped instead of bringing them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, tuple_, update

from experiments.store import agents
from experiments.store.codes import ID_KIND
from experiments.store.events import StoredEvent
from experiments.store.people import Person
from experiments.store.tables import ErasedRow, EventRow
from experiments.store.upserts import dialect_insert

_NAME = {code: name for name, code in ID_KIND.items()}


def mark(connection: Connection, person: Person, now: int) -> None:
    """From now on nothing that happened up to `now` is kept of these ids."""
    rows = [
        {"kind": ID_KIND[kind], "unit": unit, "at": now, "done_at": None}
        for kind, units in _units(person).items()
        for unit in sorted(units)
    ]
    statement = dialect_insert(connection, ErasedRow)
    changes = {"at": statement.excluded.at, "done_at": None}
    connection.execute(statement.on_conflict_do_update(index_elements=["kind", "unit"], set_=changes), rows)


def finish(connection: Connection, person: Person, now: int) -> None:
    """Nothing of these ids is left."""
    where = or_(
        *(and_(ErasedRow.kind == ID_KIND[kind], ErasedRow.unit.in_(ids)) for kind, ids in _units(person).items())
    )
    connection.execute(update(ErasedRow).where(where).values(done_at=now))


def unfinished(connection: Connection) -> Person:
    """Ids whose erasure was interrupted."""
    rows = connection.execute(select(ErasedRow.kind, ErasedRow.unit).where(ErasedRow.done_at.is_(None))).all()
    found = {name: frozenset(unit for kind, unit in rows if _NAME[kind] == name) for name in ID_KIND}
    return Person(found["visitor"], found["customer"], found["agent"])


def _units(person: Person) -> dict[str, frozenset[int]]:
    return {"visitor": person.visitors, "customer": person.customers, "agent": person.agents}


def version(connection: Connection) -> tuple[int, int]:
    """Changes with every erasure: what was read before must not be written after it."""
    count, newest = connection.execute(select(func.count(), func.max(ErasedRow.at))).one()
    return int(count), int(newest or 0)


def split_erased(connection: Connection, found: Sequence[StoredEvent]) -> tuple[list[StoredEvent], list[StoredEvent]]:
    """(events to keep, events of somebody who asked to be forgotten after they happened).

    What an agent handled is kept without the agent; an exposure that names nobody else goes.
    """
    if not version(connection)[0]:
        return list(found), []
    pairs = {(ID_KIND[kind], unit) for event in found for kind in ID_KIND if (unit := getattr(event, kind)) is not None}
    query = select(ErasedRow.kind, ErasedRow.unit, ErasedRow.at)
    until: dict[tuple[int, int], int] = {}
    listed = sorted(pairs)
    for start in range(0, len(listed), 500):
        rows = connection.execute(query.where(tuple_(ErasedRow.kind, ErasedRow.unit).in_(listed[start : start + 500])))
        until.update({(kind, unit): at for kind, unit, at in rows})
    keep: list[StoredEvent] = []
    drop: list[StoredEvent] = []
    for event in found:
        late = {
            kind for kind in ID_KIND if until.get((ID_KIND[kind], getattr(event, kind) or 0), -1) >= event.occurred_at
        }
        if late == {"agent"} and not agents.is_only_of_agent(event):
            keep.append(event._replace(agent=None))
        else:
            (drop if late else keep).append(event)
    return keep, drop


def unname(connection: Connection, found: Sequence[StoredEvent], kept: Sequence[StoredEvent]) -> None:
    """Take the agent out of the raw events of which `split_erased` took it."""
    named = {(event.received_at, event.seq) for event in found if event.agent is not None}
    agents.unname(
        connection, [key for event in kept if event.agent is None and (key := (event.received_at, event.seq)) in named]
    )


def drop_events(connection: Connection, dropped: Sequence[StoredEvent]) -> None:
    """Delete raw events that came too late for somebody who was erased; their keys stay, so they cannot come again."""
    places: list[Any] = [(event.received_at, event.seq) for event in dropped]
    for start in range(0, len(places), 500):
        part = places[start : start + 500]
        seqs = [seq for _, seq in part]
        here = tuple_(EventRow.received_at, EventRow.seq).in_(part)
        connection.execute(delete(EventRow).where(EventRow.seq.in_(seqs), here))
