"""Try refused items once more, after a limit was changed or their time has come."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Engine

from experiments.services.ingest.limits import Limits
from experiments.services.ingest.privacy import Scrubber
from experiments.services.ingest.reading import Delivery, Identity, build
from experiments.services.ingest.refusal import RefusalError
from experiments.services.ingest.wire import Item
from experiments.store import events, quarantine
from experiments.store.engines import writing
from experiments.store.new_event import NewEvent

#: Reasons of the 202 path; those of the projection are replayed by `services.project.replay`.
REASONS = (
    "bad_text",
    "bad_time",
    "no_event",
    "no_id",
    "no_order_id",
    "other_currency",
    "too_deep",
    "too_large",
    "too_long",
    "too_new",
    "too_old",
    "unknown_type",
    "unreadable",
    "wrong_type",
)


def replay(engine: Engine, *, now: int, limits: Limits, ids: Sequence[bytes] = ()) -> int:
    """Store what passes by now; the number of items that did.

    Ids were hashed when the item came, so they are taken as they are; texts that were cut stay cut.

    Args:
        ids: rows of the quarantine; empty = all whose reason belongs to the 202 path.
    """
    done, after = 0, quarantine.FIRST
    while page := _page(engine, now, limits, ids, after):
        passed, after = page
        done += passed
    return done


def _page(engine: Engine, now: int, limits: Limits, ids: Sequence[bytes], after: bytes) -> tuple[int, bytes] | None:
    with writing(engine) as session:
        connection = session.connection()
        rows = quarantine.waiting(connection, REASONS, ids, after=after)
        if not rows:
            return None
        passed = {row.id: event for row in rows if (event := _again(row, now, limits)) is not None}
        events.append(connection, list(passed.values()), now)
        quarantine.mark_replayed(connection, list(passed), now)
        return len(passed), rows[-1].id


def _again(row: quarantine.Kept, now: int, limits: Limits) -> NewEvent | None:
    kept = msgspec.json.decode(row.body)
    identity = Identity(bytes.fromhex(kept["id"]), row.visitor, row.customer, row.agent)
    delivery = Delivery(row.source_id, b"", row.first_seen, limits)
    try:
        item = msgspec.convert(kept["item"], Item)
        return build(item, identity, Scrubber((), None, limits), delivery, now=now)
    except (RefusalError, msgspec.ValidationError):
        return None
