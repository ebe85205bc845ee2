"""`identify` with `qualifies` → which offers a customer qualifies for, as the back office says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, case

from experiments.store.events import StoredEvent
from experiments.store.projection import names
from experiments.store.projection.body import Body
from experiments.store.projection.catalogue import SourceCode
from experiments.store.projection.facts import Fact, Flaw, Ignored, Reading
from experiments.store.tables import QualificationRow
from experiments.store.upserts import dialect_insert

_KEY = ("customer", "as_of", "source_id", "offer_id")
MOST = 500
MAX_NAME = 200


def read(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """A marker row and one row per offer: a full statement, which replaces the one before."""
    stated = body.traits.get("qualifies")
    if stated is None:
        return
    if not source.trusted:
        yield Ignored("untrusted_qualification")
        return
    if event.customer is None:
        yield Ignored("qualification_of_nobody")
        return
    offers = _offers(stated)
    if offers is None:
        message = f"qualifies must be true, false or a list of at most {MOST} names of offers."
        yield Flaw("bad_qualifies", "traits.qualifies", message)
        return
    for offer in ["", *offers]:
        row = {
            "customer": event.customer,
            "as_of": event.occurred_at,
            "source_id": event.source_id,
            "offer": (names.EVENT, offer),
            "received_at": event.received_at,
        }
        yield Fact(QualificationRow, row)


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert; one told twice was known from when it was first received."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in _KEY)
        received = min(row["received_at"], merged.get(key, row)["received_at"])
        merged[key] = {**row, "received_at": received}
    statement = dialect_insert(connection, QualificationRow)
    new = statement.excluded
    earlier = case(
        (new.received_at < QualificationRow.received_at, new.received_at), else_=QualificationRow.received_at
    )
    statement = statement.on_conflict_do_update(index_elements=_KEY, set_={"received_at": earlier})
    connection.execute(statement, list(merged.values()))


def _offers(stated: Any) -> list[str] | None:
    if isinstance(stated, bool):
        return [names.EVERY_OFFER] if stated else []
    if not isinstance(stated, list) or len(stated) > MOST:
        return None
    found = [name.replace("\x00", "").strip()[:MAX_NAME] for name in stated if isinstance(name, str)]
    return sorted(set(found)) if len(found) == len(stated) and all(found) else None
