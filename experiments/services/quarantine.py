"""What was set aside: looked at by reason, mended by a name or in the catalogue, replayed, or given up on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.checks import check_text
from experiments.domain.errors import DomainError, NotFoundError
from experiments.services import audit, project
from experiments.services.actor import Actor
from experiments.services.clock import maybe_iso, to_iso
from experiments.services.ingest import Limits, replay
from experiments.services.ingest.replay import REASONS as DOOR_REASONS
from experiments.services.quarantine_words import Advice, advice_of
from experiments.store import quarantined
from experiments.store.engines import reading, writing
from experiments.store.projection.gather import REASONS as FACT_REASONS
from experiments.store.quarantined import DISCARDED, REPLAYED, WAITING, GroupRow, ItemRow, Wanted

NOUN = "quarantine"
STATES = (WAITING, REPLAYED, DISCARDED)
#: Items of one transaction of a replay or a discard.
AT_ONCE = 500
#: In a message of an unknown product, the value nobody knows.
_UNKNOWN = re.compile(r"^(?:product_id ==|holdings holds) '(.+)',")
_IDS = frozenset({"order_id", "line_id", "orderid", "lineid", "id"})

__all__ = ["STATES", "WAITING", "Group", "ItemRow", "Replayed", "Wanted", "discard", "groups", "items", "replay_all"]


@dataclass(frozen=True, slots=True)
class Group:
    """Items of one source that wait for the same reason.

    Args:
        example: the body of one of them as JSON text, ids masked; "" where none is there any more.
        message: the sentence that belongs to the example.
        replayable: whether trying again can help.
        unknown: for unknown products, what they are called and how many items.
    """

    source: str
    reason: str
    field: str
    items: int
    count: int
    first_seen: int
    last_seen: int
    advice: Advice
    message: str
    example: str
    replayable: bool
    unknown: tuple[tuple[str, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        names = ("source", "reason", "field", "items", "count", "message", "example", "replayable")
        found = {name: getattr(self, name) for name in names}
        times = {"first_seen": to_iso(self.first_seen), "last_seen": to_iso(self.last_seen)}
        unknown = [{"value": value, "items": count} for value, count in self.unknown]
        return found | times | {"title": self.advice.title, "advice": self.advice.text, "unknown": unknown}


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many were tried, and how many went through."""

    tried: int
    passed: int


def groups(session: Session, wanted: Wanted) -> list[Group]:
    """Groups in a state, the largest first; raises DomainError for an unknown state."""
    check_state(wanted.state)
    return [_group(session, wanted, row) for row in quarantined.groups(session.connection(), wanted)]


def items(session: Session, wanted: Wanted, *, limit: int = 1_000) -> list[dict[str, Any]]:
    """Items as they are shown and exported, ids masked."""
    check_state(wanted.state)
    return [describe(item) for item in quarantined.items(session.connection(), wanted, limit=limit)]


def describe(item: ItemRow) -> dict[str, Any]:
    """JSON-ready form of an item, ids masked."""
    return {
        "id": item.id.hex(),
        "source": item.source,
        "reason": item.reason,
        "field": item.field,
        "message": item.message,
        "count": item.count,
        "first_seen": to_iso(item.first_seen),
        "last_seen": to_iso(item.last_seen),
        "replayed_at": maybe_iso(item.replayed_at),
        "discarded_at": maybe_iso(item.discarded_at),
        "discarded_why": item.discarded_why,
        "item": masked(item.body),
    }


def replay_all(
    engine: Engine, actor: Actor, now: int, wanted: Wanted, limits: Limits, *, ids: tuple[bytes, ...] = ()
) -> Replayed:
    """Try the items again; what goes through counts once, what does not waits on.

    Args:
        ids: only these; empty = all that `wanted` names.
    """
    actor.require(Right.EDIT)
    tried = passed = 0
    for chosen, reason in _chunks(engine, wanted, ids):
        tried += len(chosen)
        if reason in FACT_REASONS:
            passed += project.replay(engine, now, ids=chosen)
        elif reason in DOOR_REASONS:
            passed += replay(engine, now=now, limits=limits, ids=chosen)
    after = {"tried": tried, "passed": passed, "source": wanted.source, "field": wanted.field}
    with writing(engine) as session:
        audit.record(session, actor, now, "replay", NOUN, wanted.reason or "items", after=after)
    return Replayed(tried, passed)


def discard(engine: Engine, actor: Actor, now: int, wanted: Wanted, why: str, *, ids: tuple[bytes, ...] = ()) -> int:
    """Give up on the items: they stay to be looked at and are never replayed. How many.

    Raises:
        DomainError: no reason is given.
    """
    actor.require(Right.EDIT)
    reason = check_text(why, "why", at_most=500)
    gone = 0
    for chosen, _ in _chunks(engine, wanted, ids):
        with writing(engine) as session:
            gone += quarantined.discard(session.connection(), chosen, now, reason)
    after = {"items": gone, "source": wanted.source, "field": wanted.field}
    with writing(engine) as session:
        audit.record(session, actor, now, "discard", NOUN, wanted.reason or "items", after=after, reason=reason)
    return gone


def check_state(state: str) -> None:
    """Refuse a word that is no state."""
    if state not in STATES:
        raise DomainError("unknown_choice", f"state == {state!r}, must be one of {', '.join(STATES)}.", "state")


def item_id(text: str) -> bytes:
    """The id of an item from its text; raises NotFoundError where it is none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:
        raise NotFoundError("item", text)
    return found


def masked(body: str) -> str:
    """The body as readable JSON without hashes of ids."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    item = told.get("item", {}) if isinstance(told, dict) else {}
    return json.dumps(_without_ids(item), indent=2, ensure_ascii=False) if item else ""


def _group(session: Session, wanted: Wanted, row: GroupRow) -> Group:
    connection = session.connection()
    mine = Wanted(wanted.state, row.source, row.reason, row.field)
    found = quarantined.items(connection, mine, limit=1)
    unknown: list[tuple[str, int]] = []
    if row.reason == "unknown_product":
        told = quarantined.messages(connection, mine)
        unknown = [(match.group(1), count) for text, count in told if (match := _UNKNOWN.match(text))]
    return Group(
        source=row.source,
        reason=row.reason,
        field=row.field,
        items=row.items,
        count=row.count,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        advice=advice_of(row.reason),
        message=found[0].message if found else "",
        example=masked(found[0].body) if found else "",
        replayable=row.reason in FACT_REASONS or row.reason in DOOR_REASONS,
        unknown=tuple(unknown),
    )


def _chunks(engine: Engine, wanted: Wanted, ids: tuple[bytes, ...]) -> Iterator[tuple[list[bytes], str]]:
    """Ids of items that wait, by reason, so many as one transaction should hold."""
    if ids:
        with reading(engine) as session:
            known = _by_id(session, ids)
        for reason in sorted({item.reason for item in known}):
            yield [item.id for item in known if item.reason == reason], reason
        return
    after = None
    while True:
        with reading(engine) as session:
            page = quarantined.items(session.connection(), wanted, after=after, limit=AT_ONCE)
        if not page:
            return
        for reason in sorted({item.reason for item in page}):
            yield [item.id for item in page if item.reason == reason], reason
        after = page[-1].id


def _by_id(session: Session, ids: tuple[bytes, ...]) -> list[ItemRow]:
    found = [item for one in ids for item in quarantined.by_id(session.connection(), one)]
    if len(found) < len(ids):
        raise NotFoundError("item", ", ".join(one.hex() for one in ids))
    return [item for item in found if item.replayed_at is None and item.discarded_at is None]


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "(id)" if key.lower() in _IDS else _without_ids(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_ids(inner) for inner in value]
    return value
