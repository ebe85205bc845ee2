"""Values and changes of key figures by their kind: counts, shares, ratios, means and seconds."""

from __future__ import annotations

from web.formatters import current_reader, numbers, times

NOT_KNOWN = "–"
_PARTS = ("share", "ratio")


def write(kind: str, value: float | None) -> str:
    """A value as people read it."""
    reader = current_reader()
    if value is None:
        return NOT_KNOWN
    if kind in _PARTS:
        return numbers.percent(value, 1, reader=reader)
    if kind == "seconds":
        return times.duration(value, reader=reader)
    return numbers.number(value, 2 if kind == "mean" else 0, reader=reader)


def write_change(kind: str, change: float | None) -> str:
    """A change as people read it: relative for counts, a difference for the others."""
    reader = current_reader()
    if change is None:
        return NOT_KNOWN
    if kind == "count":
        return numbers.signed_percent(change, 1, reader=reader)
    if kind in _PARTS:
        return numbers.signed_points(change, 1, reader=reader)
    text = numbers.signed_number(change, 2 if kind == "mean" else 0, reader=reader)
    return f"{text} s" if kind == "seconds" else text
