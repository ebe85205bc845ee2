"""Instants in cells: ISO 8601, seconds since 1970, or a pattern; with the zone of who wrote them down."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from experiments.domain.errors import DomainError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_LENGTH = 10
#: Instants before 1971 are dates that a spreadsheet made of nothing.
_EARLIEST = 31_536_000
_LATEST = 4_102_444_800
_PARTS = {
    "d": r"(?P<d>\d{1,2})",
    "m": r"(?P<m>\d{1,2})",
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "H": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "%": "%",
}


class BadTimeError(ValueError):
    """The cell holds no instant of the wanted form."""


TimeReader = Callable[[Any], tuple[str, bool]]


def time_reader(form: str, zone_name: str, date_at: str) -> TimeReader:
    """A function from a cell to (ISO 8601 text with offset, whether the cell was a date without a time).

    A time that the clocks skip or have twice in the zone is read as the earlier one.

    Raises:
        DomainError: the form cannot be understood.
    """
    zone, noon = ZoneInfo(zone_name), time.fromisoformat(date_at)
    if form in ("unix", "unix_ms"):
        scale = 1 if form == "unix" else 1_000
        return lambda value: (_from_number(value, scale), False)
    parse = _iso if form == "iso" else _pattern(form)

    @lru_cache(maxsize=65_536)
    def from_text(text: str) -> tuple[str, bool]:
        return _finished(parse(text), zone, noon)

    def read(value: Any) -> tuple[str, bool]:
        if isinstance(value, str):
            return from_text(value.strip())
        if isinstance(value, datetime):
            return _finished((value, False), zone, noon)
        if isinstance(value, date):
            return _finished((datetime(value.year, value.month, value.day), True), zone, noon)
        raise BadTimeError(_wanted(form))

    return read


def _wanted(form: str) -> str:
    return "must be an ISO 8601 date and time" if form == "iso" else f"must look like {form}"


def _finished(parsed: tuple[datetime, bool], zone: ZoneInfo, noon: time) -> tuple[str, bool]:
    moment, bare = parsed
    if bare:
        moment = datetime.combine(moment.date(), noon)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.isoformat(), bare


def _iso(text: str) -> tuple[datetime, bool]:
    try:
        return datetime.fromisoformat(text), len(text) <= _DATE_LENGTH
    except ValueError:
        raise BadTimeError(_wanted("iso")) from None


def _from_number(value: Any, scale: int) -> str:
    try:
        seconds = float(value) / scale
    except (TypeError, ValueError):
        seconds = float("nan")
    if not _EARLIEST <= seconds <= _LATEST:
        raise BadTimeError("must be " + ("seconds" if scale == 1 else "milliseconds") + " since 1970")
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def _pattern(form: str) -> Callable[[str], tuple[datetime, bool]]:
    """The pattern as a regular expression, four times as fast as strptime; other directives go to strptime itself."""
    letters = re.findall(r"%(.)", form)
    if not letters:
        message = f"file.time_format == {form!r}, must be iso, unix, unix_ms or a pattern such as %d-%m-%Y %H:%M."
        raise DomainError("bad_format", message, "file.time_format")
    bare = not {"H", "I", "c", "X", "T"} & set(letters)
    if set(letters) <= _PARTS.keys() and len(set(letters)) == len(letters) and {"d", "m"} <= set(letters):
        return _by_regex(form, bare)

    def read(text: str) -> tuple[datetime, bool]:
        try:
            return datetime.strptime(text, form), bare
        except ValueError:
            raise BadTimeError(_wanted(form)) from None

    return read


def _by_regex(form: str, bare: bool) -> Callable[[str], tuple[datetime, bool]]:
    pieces = re.split(r"%(.)", form)
    shape = re.compile("".join(_PARTS[piece] if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)))

    def read(text: str) -> tuple[datetime, bool]:
        found = shape.fullmatch(text)
        if found is None:
            raise BadTimeError(_wanted(form))
        part = found.groupdict()
        year = int(part["Y"]) if "Y" in part else 2000 + int(part.get("y") or 0)
        try:
            hour, minute, second = (int(part.get(name) or 0) for name in "HMS")
            return datetime(year, int(part["m"]), int(part["d"]), hour, minute, second), bare
        except ValueError:
            raise BadTimeError(_wanted(form)) from None

    return read
