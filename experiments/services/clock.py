"""Instants: µs since 1970 UTC inside, ISO 8601 with Z outside."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from experiments.domain.errors import DomainError

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_us() -> int:
    """This instant; services take it as an argument and never ask themselves."""
    return time.time_ns() // 1000


def to_iso(instant: int) -> str:
    """For example `2026-11-22T10:15:00Z`."""
    return (_EPOCH + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


def maybe_iso(instant: int | None) -> str | None:
    """The same, None for None."""
    return None if instant is None else to_iso(instant)


def from_iso(text: str, field: str = "instant") -> int:
    """Instant of an ISO 8601 text; a text without offset is refused, because it names no instant."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise DomainError("bad_instant", f"{field} == {text!r}, must look like 2026-11-22T10:15:00Z.", field)
    return (parsed - _EPOCH) // timedelta(microseconds=1)


def local_day(instant: int, zone: ZoneInfo) -> date:
    """The day an instant belongs to in the deployment's time zone."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(zone).date()
