"""Events in the Segment shape, and the batches they travel in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from netlift import __version__
from netlift.hashing import normalise_unit
from netlift.identity import presented
from netlift.message_ids import new_message_id

LIBRARY = {"name": "netlift-python", "version": __version__}
# Segment's limits, which its other receivers share.
LARGEST_EVENT = 32 * 1024
LARGEST_BATCH = 450 * 1024
# The property that says who of the contact centre handled it.
AGENT = "agent_id"


class EventError(ValueError):
    """An event cannot be sent as it is, because of `field`."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        # What must be, without the value: one field may fail in two ways, and each is said once.
        self.topic = f"{field} {problem.rpartition(', ')[2]}"


def make_event(
    kind: str,
    *,
    anonymous_id: object = None,
    user_id: object = None,
    timestamp: object = None,
    identity: object = None,
    **fields: Any,
) -> bytes:
    """The JSON of one event, with its own `messageId` and the time it happened.

    It is written at once, so that later changes to the caller's objects change nothing and a bad value stops this
    event and not the batch it would travel in. Fields that are None are left out. `identity` comes from
    `sign_identity`.

    Raises:
        EventError: where there is no id, a value has no JSON form, or the event is too large.
    """
    event = {
        "type": kind,
        "messageId": new_message_id(),
        "timestamp": _instant(timestamp),
        "anonymousId": _unit_id("anonymous_id", anonymous_id),
        "userId": _unit_id("user_id", user_id),
        "context": {"library": LIBRARY, **_identity(identity)},
        **fields,
    }
    if event["anonymousId"] is None and event["userId"] is None and not _names_agent(fields):
        raise EventError("anonymous_id", "and user_id are both missing or blank, one must be given.")
    return _encoded({name: value for name, value in event.items() if value is not None})


def make_batch(events: Iterable[bytes], evaluations: Mapping[str, Mapping[str, int]]) -> bytes:
    """The body of one request; `sentAt` is stamped now, on each event and on the whole."""
    sent_at = json.dumps(_written(datetime.now(timezone.utc))).encode()
    stamped = b",".join(event[:-1] + b',"sentAt":' + sent_at + b"}" for event in events)
    counts = b',"evaluations":' + json.dumps(evaluations).encode() if evaluations else b""
    return b'{"batch":[' + stamped + b'],"sentAt":' + sent_at + counts + b"}"


def _unit_id(name: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        # The value stays out of the log: it may be somebody's id.
        raise EventError(name, f"is of type {type(value).__name__}, must be a text.")
    return normalise_unit(value)


def _names_agent(fields: Mapping[str, Any]) -> bool:
    """Whether an event is about an agent, so that it needs nobody else."""
    return _unit_id(AGENT, fields.get("properties", {}).get(AGENT)) is not None


def _identity(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    proof = presented(value)
    if proof is None:
        raise EventError("identity", "is not what sign_identity makes, must have an expiry and a signature.")
    return {"identity": proof}


def _instant(value: object) -> str:
    """ISO 8601 in UTC; a datetime without a zone is taken as UTC."""
    if value is None:
        return _written(datetime.now(timezone.utc))
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return _written(zoned.astimezone(timezone.utc))
    if isinstance(value, str) and value:
        return value
    raise EventError("timestamp", f"== {value!r}, must be a datetime or an ISO 8601 text.")


def _written(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _encoded(event: Mapping[str, Any]) -> bytes:
    try:
        encoded = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise EventError("event", f"has no JSON form: {error}.") from error
    if len(encoded) > LARGEST_EVENT:
        raise EventError("event", f"has {len(encoded)} bytes, must have at most {LARGEST_EVENT}.")
    return encoded


def plain(value: object) -> Any:
    """A JSON form for what shops' code commonly holds."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
