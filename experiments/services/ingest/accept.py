"""The 202 path: parse, key, append; nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from experiments.domain.errors import DomainError
from experiments.domain.source import SourceKind
from experiments.services.ingest.identity import Check
from experiments.services.ingest.limits import Limits
from experiments.services.ingest.reading import Delivery, SourceInfo, read
from experiments.services.ingest.refusal import RefusalError
from experiments.services.ingest.refused import set_aside, stated_message_id
from experiments.services.ingest.storing import store
from experiments.services.ingest.wire import as_json
from experiments.store.new_event import NewEvent
from experiments.store.quarantine import SetAside


@dataclass(frozen=True, slots=True)
class Rejected:
    """One item that was not accepted: its place in the request, and why."""

    index: int
    message_id: str | None
    field: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, with the names of the wire."""
        return {"index": self.index, "messageId": self.message_id, "field": self.field, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a request; accepted + duplicates + rejected = items."""

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        rejected = [item.to_dict() for item in self.rejected]
        return {"accepted": self.accepted, "duplicates": self.duplicates, "rejected": rejected}


def accept(
    engine: Engine,
    source: SourceInfo,
    items: Sequence[bytes | Mapping[str, Any]],
    *,
    id_key: bytes,
    now: int,
    limits: Limits,
    default_type: str | None = None,
    sent_at: str | None = None,
    user_agent: str = "",
    is_signed: Check | None = None,
) -> Accepted:
    """Store every good item once, in one transaction; a bad one is set aside and takes no neighbour down.

    Args:
        items: JSON text of each item (`msgspec.Raw` too), or the item as a mapping.
        now: µs; the server's clock when the request came.
        default_type: type of items that do not say theirs (the endpoint's).
        sent_at: `sentAt` of the request, for items without their own.
        user_agent: of the request; only that of a browser key tells who the visitor is.
        is_signed: tells whether the shop signed a customer id; asked for browser keys only.

    Raises:
        DomainError: more items than `limits.max_batch` (`too_many`).
        UnavailableError: the database could not answer; nothing was stored.
    """
    if len(items) > limits.max_batch:
        bound = f"must have at most {limits.max_batch}"
        raise DomainError("too_many", f"batch has {len(items)} items, {bound}.", "batch")
    trusted = source.kind is not SourceKind.CLIENT
    browser, check = ("", None) if trusted else (user_agent, is_signed)
    delivery = Delivery(source.id, id_key, now, limits, default_type, sent_at, browser, check, trusted)
    good, bad, refused = _sort(items, delivery)
    stored = store(engine, good, bad, now) if good or bad else 0
    return Accepted(stored, len(good) - stored, tuple(refused))


def _sort(
    items: Sequence[bytes | Mapping[str, Any]], delivery: Delivery
) -> tuple[list[NewEvent], list[SetAside], list[Rejected]]:
    good: list[NewEvent] = []
    bad: list[SetAside] = []
    refused: list[Rejected] = []
    for index, item in enumerate(items):
        raw = b""
        try:
            raw = as_json(item)
            good.append(read(raw, delivery))
        except RefusalError as refusal:
            bad.append(set_aside(raw, refusal, delivery))
            refused.append(Rejected(index, stated_message_id(raw), refusal.field, refusal.reason))
    return good, bad, refused
