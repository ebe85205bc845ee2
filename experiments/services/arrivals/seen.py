"""One event or refused item as it is shown: what it was, who sent it, with which SDK; never an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from experiments.services.arrivals.senders import Sender
from experiments.services.clock import to_iso
from experiments.store.arrivals import Arrived, Refused
from experiments.store.codes import EVENT_TYPE

VIEWED = "Experiment Viewed"
TYPE_WORD = {code: word for word, code in EVENT_TYPE.items()}
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True)
class Event:
    """An accepted event.

    Args:
        number: rises with every event; names the row on a page.
        at: µs, when it arrived; `happened` when it happened, by the corrected clock.
        skew: µs by which the sender's clock is ahead; 0 where it is right or did not say.
        sdk: name and version of the library that sent it; empty where it did not say.
        ids: "visitor", "customer" or both; the ids themselves are hashes and not shown.
        path: page it happened on, empty where it did not say.
        experiment, variant: of an exposure.
        body: properties, traits and context as they are kept.
    """

    number: int
    at: int
    happened: int
    skew: int
    type: str
    name: str
    sender: Sender | None
    sdk: str
    ids: tuple[str, ...]
    path: str
    experiment: str
    variant: str
    body: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "received_at": to_iso(self.at),
            "happened_at": to_iso(self.happened),
            "clock_ahead_seconds": round(self.skew / 1e6, 3),
            "type": self.type,
            "name": self.name,
            "source": self.sender.key if self.sender else None,
            "environment": self.sender.environment.value if self.sender else None,
            "sdk": self.sdk or None,
            "ids": list(self.ids),
            "path": self.path or None,
            "experiment": self.experiment or None,
            "variant": self.variant or None,
            "body": self.body,
        }


@dataclass(frozen=True)
class Refusal:
    """An item that was refused, or an event that could not become a fact.

    Args:
        at: µs, when it was sent last; `count` how often.
        field, message: what is wrong with it.
    """

    at: int
    sender: Sender | None
    reason: str
    field: str
    message: str
    count: int
    name: str
    sdk: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "last_seen": to_iso(self.at),
            "source": self.sender.key if self.sender else None,
            "environment": self.sender.environment.value if self.sender else None,
            "reason": self.reason,
            "field": self.field,
            "message": self.message,
            "count": self.count,
            "name": self.name or None,
            "sdk": self.sdk or None,
        }


def event_of(row: Arrived, known: Mapping[int, Sender]) -> Event:
    """An event from its row."""
    body = _read(row.body)
    properties, context = _part(body, "properties"), _part(body, "context")
    viewed = row.name == VIEWED
    return Event(
        number=row.seq,
        at=row.received_at,
        happened=row.occurred_at,
        skew=0 if row.raw_time is None else row.raw_time - row.occurred_at,
        type=TYPE_WORD.get(row.type, "?"),
        name=row.name,
        sender=known.get(row.source_id),
        sdk=sdk_of(context),
        ids=tuple(word for word, there in (("visitor", row.by_visitor), ("customer", row.by_customer)) if there),
        path=_text(properties.get("path")) or _text(_part(context, "page").get("path")),
        experiment=_text(properties.get("experiment_id")) if viewed else "",
        variant=_text(properties.get("variation_id")) if viewed else "",
        body=body,
    )


def refusal_of(row: Refused, known: Mapping[int, Sender]) -> Refusal:
    """A refused item from its row; of one the projection set aside the item lies one level deeper."""
    item = _part(_read(row.body), "item")
    context = _part(item, "context") or _part(_part(item, "body"), "context")
    name = _text(item.get("event")) or _text(item.get("name")) or _text(item.get("type"))
    return Refusal(
        row.last_seen, known.get(row.source_id), row.reason, row.field, row.message, row.times, name, sdk_of(context)
    )


def sdk_of(context: Mapping[str, Any]) -> str:
    """Name and version of the library, for example "netlift-python 0.3.0"."""
    library = _part(context, "library")
    return " ".join(filter(None, (_text(library.get("name")), _text(library.get("version")))))


def _read(text: str) -> dict[str, Any]:
    try:
        value = _decode(text)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _part(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = values.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: Any) -> str:
    return value[:200] if isinstance(value, str) else ""
