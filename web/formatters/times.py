"""Dates, moments and durations as text, in the reader's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from web.formatters.numbers import number
from web.formatters.reader import DEFAULT_READER, NOT_KNOWN, Reader

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Moment = datetime | date | str | int | None


def _local(value: datetime | date | str | int, reader: Reader) -> datetime | date:
    """A date stays a date; a moment (aware, naive UTC, ISO text, or µs since 1970) goes to the reader's zone."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    elif isinstance(value, int):
        value = _EPOCH + timedelta(microseconds=value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(reader.zone)
    return value


def _day(day: date, reader: Reader, *, year: bool = True) -> str:
    pattern = reader.conventions.day if year else reader.conventions.day_without_year
    return pattern.format(day=day.day, month=_MONTHS[day.month - 1], year=day.year)


def day(value: Moment, *, reader: Reader = DEFAULT_READER) -> str:
    """`"2026-10-12T08:00:00Z"` → "12 Oct 2026". Raises `ValueError` for text that is no ISO date."""
    return NOT_KNOWN if value is None else _day(_local(value, reader), reader)


def day_range(first: Moment, last: Moment, *, reader: Reader = DEFAULT_READER) -> str:
    """ "12 Oct to 1 Nov 2026"; the first year is written only where the two differ."""
    if first is None or last is None:
        return f"from {day(first, reader=reader)}" if first is not None else f"to {day(last, reader=reader)}"
    start, end = _local(first, reader), _local(last, reader)
    return f"{_day(start, reader, year=start.year != end.year)} to {_day(end, reader)}"


def moment(value: Moment, *, reader: Reader = DEFAULT_READER) -> str:
    """ "12 Oct 2026, 14:05". A plain date has no time and is written as a date."""
    if value is None:
        return NOT_KNOWN
    local = _local(value, reader)
    clock = f", {local:%H:%M}" if isinstance(local, datetime) else ""
    return _day(local, reader) + clock


def clock(value: Moment, *, reader: Reader = DEFAULT_READER) -> str:
    """ "14:05:09", the time of day alone."""
    if value is None:
        return NOT_KNOWN
    local = _local(value, reader)
    return f"{local:%H:%M:%S}" if isinstance(local, datetime) else NOT_KNOWN


def duration(seconds: float | timedelta | None, *, reader: Reader = DEFAULT_READER) -> str:
    """The two largest units that matter: "42 s", "6 min 30 s", "3 h 20 min", "14 days", "2 days 6 h"."""
    if seconds is None:
        return NOT_KNOWN
    total = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    minutes, rest = divmod(abs(total), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    days_word = f"{number(days, reader=reader)} {'day' if days == 1 else 'days'}"
    parts = [(days, days_word), (hours, f"{hours} h"), (minutes, f"{minutes} min"), (rest, f"{rest} s")]
    first = next((index for index, (amount, _) in enumerate(parts) if amount), len(parts) - 1)
    return " ".join(text for position, (amount, text) in enumerate(parts[first : first + 2]) if amount or not position)


def weeks(count: float | None, *, reader: Reader = DEFAULT_READER) -> str:
    """`1` → "1 week", `6.5` → "6.5 weeks"."""
    if count is None:
        return NOT_KNOWN
    digits = 0 if float(count).is_integer() else 1
    return f"{number(count, digits, reader=reader)} {'week' if count == 1 else 'weeks'}"
