"""What is kept of one person, across all tables: hand it over, or forget it.

Ids are hashed on the way in and never written anywhere: the audit names the hash. A person is the customer and the
visitors that are known to be this customer and nobody else; a device that several customers use stays, and only what
names the erased customer goes. An agent of the contact centre is forgotten by taking the agent out of what was handled:
what customers did is theirs and stays.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.domain.ids import hash_id
from experiments.services import audit, frozen
from experiments.services.actor import Actor
from experiments.services.clock import to_iso
from experiments.store import agents, erasures, people
from experiments.store.engines import reading, writing
from experiments.store.people import Person
from experiments.store.projection import cursor
from experiments.store.scrubbing import overwrite_deleted

Kind = Literal["customer", "visitor", "agent"]
NOUN = "privacy"
#: Rounds of looking again; new rows can come in while the last ones are deleted.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure removed.

    Args:
        rows: by table.
        units: rows of frozen unit tables.
        visitors: devices that went with the customer.
        shared: devices that other customers use too; they stay.
        unnamed: rows of customers that no longer say which agent handled them.
    """

    rows: dict[str, int]
    units: int
    visitors: int
    shared: int
    unnamed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; no id in it."""
        return {
            "rows": self.rows,
            "frozen_units": self.units,
            "visitors": self.visitors,
            "shared_visitors": self.shared,
            "unnamed": self.unnamed,
        }


def export(engine: Engine, actor: Actor, now: int, kind: Kind, raw: str, *, id_key: bytes) -> dict[str, Any]:
    """Every stored row of a person, by table, as JSON-ready values.

    Raises:
        DomainError: the id is empty.
        ForbiddenError: only administrators may.
    """
    actor.require(Right.ERASE)
    hashed = _hashed(kind, raw, id_key)
    with reading(engine) as session:
        connection = session.connection()
        person, shared = _person(connection, kind, hashed)
        told = {name: rows for name, rows in people.rows_of(connection, person) if rows}
        told |= {name: rows for name, rows in agents.rows_of(connection, person.agents) if rows}
        tables = {name: [_plain(row) for row in rows] for name, rows in told.items()}
    counts = {name: len(rows) for name, rows in tables.items()}
    with writing(engine) as session:
        audit.record(session, actor, now, "export", NOUN, _reference(kind, hashed), after={"rows": counts})
    return {
        "exported_at": to_iso(now), "kind": kind, "hash": str(hashed), "visitors": len(person.visitors),
        "shared_visitors": len(shared), "tables": tables,
    }  # fmt: skip


def erase(
    engine: Engine, actor: Actor, now: int, kind: Kind, raw: str, *, id_key: bytes, folder: Path, reason: str = ""
) -> Erased:
    """Forget a person: events, facts, links, holdings, quarantine, imported and frozen units.

    What happened up to `now` and arrives later is dropped when it is projected; the keys of messages stay, so that a
    message sent again is not taken for a new one. Stored reports are sums over many and stay as they are.

    Args:
        folder: the data folder with the frozen unit tables.

    Raises:
        DomainError: the id is empty.
        ForbiddenError: only administrators may.
    """
    actor.require(Right.ERASE)
    hashed = _hashed(kind, raw, id_key)
    with writing(engine) as session:
        connection = session.connection()
        cursor.position(connection, lock=True)
        person, shared = _person(connection, kind, hashed)
        erasures.mark(connection, person, now)
    rows, units, unnamed = _forget(engine, person, now, folder)
    done = Erased(rows, units, len(person.visitors) if kind == "customer" else 0, len(shared), unnamed)
    with writing(engine) as session:
        audit.record(session, actor, now, "erase", NOUN, _reference(kind, hashed), after=done.to_dict(), reason=reason)
    return done


def finish_erasures(engine: Engine, now: int, folder: Path) -> int:
    """Finish what was interrupted; the number of rows removed or unnamed."""
    with reading(engine) as session:
        person = erasures.unfinished(session.connection())
    if not person.units:
        return 0
    rows, units, unnamed = _forget(engine, person, now, folder)
    return sum(rows.values()) + units + unnamed


def _forget(engine: Engine, person: Person, now: int, folder: Path) -> tuple[dict[str, int], int, int]:
    """Look in a reading transaction, delete by key in a short writing one, until nothing is found."""
    removed: dict[str, int] = {}
    unnamed = 0
    for _ in range(ROUNDS):
        with reading(engine) as session:
            keys = people.keys_of(session.connection(), person)
            named = agents.keys_of(session.connection(), person.agents)
        if not keys and not named:
            break
        with writing(engine) as session:
            connection = session.connection()
            cursor.position(connection, lock=True)
            people.delete_rows(connection, keys)
            agents.clear(connection, named)
        for name, found in keys.items():
            removed[name] = removed.get(name, 0) + len(found)
        unnamed += sum(map(len, named.values()))
    units = frozen.erase_units(engine, folder, person.units)
    with writing(engine) as session:
        erasures.finish(session.connection(), person, now)
    overwrite_deleted(engine)
    return removed, units, unnamed


def _person(connection: Any, kind: Kind, hashed: int) -> tuple[Person, frozenset[int]]:
    if kind == "visitor":
        return Person(visitors=frozenset({hashed})), frozenset()
    if kind == "agent":
        return Person(agents=frozenset({hashed})), frozenset()
    visitors, shared = people.linked_visitors(connection, hashed)
    return Person(visitors, frozenset({hashed})), shared


def _hashed(kind: Kind, raw: str, id_key: bytes) -> int:
    hashed = hash_id(kind, raw, id_key)
    if hashed is None:
        raise DomainError("required", f"{kind} is empty, must be the id as the shop sends it.", kind)
    return hashed


def _reference(kind: Kind, hashed: int) -> str:
    """How the audit names a person: by what only the id itself can be compared with."""
    return f"{kind}:{hashed}"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, uuid.UUID):
        return value.hex
    if name == "body" and isinstance(value, str):
        return json.loads(value)
    # 64-bit hashes do not survive a reader that takes every number for a double.
    return str(value) if name in ("visitor", "customer", "unit", "agent", "order_key") and value is not None else value
