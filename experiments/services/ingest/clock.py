"""When an event happened: the sender's clock, corrected by what the server's clock says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from experiments.services.ingest.limits import Limits
from experiments.services.ingest.refusal import RefusalError

#: A smaller difference is travel time and not a wrong clock.
SLACK = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


#: Every item of a request says when it was sent, and all say the same.
_MAX_REMEMBERED = 64


def parse_instant(text: str, field: str) -> int:
    """µs UTC of an ISO 8601 date and time with its offset; a text without one names no instant."""
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except (ValueError, TypeError, OverflowError):
        raise RefusalError("bad_time", field, f"{field} is no ISO 8601 time with offset.") from None


def happened_at(timestamp: str | None, sent_at: str | None, received: int) -> tuple[int, int | None]:
    """(instant, raw instant): a device whose clock is off sends both its times off by the same amount.

    Without a timestamp the event happened when it was received, and there is no raw instant.
    """
    sent = None if sent_at is None else _sending(sent_at)
    if timestamp is None:
        return received, None
    raw = parse_instant(timestamp, "timestamp")
    if sent is None or abs(received - sent) <= SLACK:
        return raw, raw
    return raw + received - sent, raw


def _sending(text: str) -> int:
    return _remembered(text) if len(text) <= _MAX_REMEMBERED else parse_instant(text, "sentAt")


@lru_cache(maxsize=256)
def _remembered(text: str) -> int:
    return parse_instant(text, "sentAt")


def check_age(at: int, now: int, limits: Limits) -> None:
    """Refuse what is older than the message keys are kept for, and what lies ahead."""
    if at < limits.oldest(now):
        raise RefusalError("too_old", "timestamp", f"timestamp is older than {limits.late_days} days.")
    if at > limits.newest(now):
        raise RefusalError("too_new", "timestamp", f"timestamp is over {limits.future_minutes} minutes ahead.")
