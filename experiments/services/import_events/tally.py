"""What came of the rows of a file."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from experiments.services.import_events.convert import Notes

#: Unknown products that the report names.
NAMED = 50
#: Fields with few allowed values.
CLOSED = frozenset({"channel"})


class Tally:
    """Counts of one going-through; everything in `plain` survives an interruption.

    Args:
        rows: results handled: events and refused rows.
        events: events by name.
        new, duplicates, refused: what became of them; a refused row is one that could not be read or was not accepted.
        reasons: refused ones by field and reason.
        first, last: µs of the earliest and latest event.
        stamps: `received_at` of the events that this import stored, one per start.
        words: values of closed sets that are not in them, by field: what a mapping has to translate.
    """

    def __init__(self, told: dict[str, Any] | None = None) -> None:
        told = told or {}
        self.rows: int = told.get("rows", 0)
        self.events: Counter[str] = Counter(told.get("events", {}))
        self.new: int = told.get("new", 0)
        self.duplicates: int = told.get("duplicates", 0)
        self.refused: int = told.get("refused", 0)
        self.reasons: Counter[str] = Counter(told.get("reasons", {}))
        self.first: int | None = told.get("first")
        self.last: int | None = told.get("last")
        self.words: dict[str, dict[str, int]] = {name: dict(some) for name, some in told.get("words", {}).items()}
        self.stamps: list[int] = list(told.get("stamps", []))

    def saw(self, name: str, at: str | None) -> None:
        """Count an event and remember the span of time."""
        self.events[name] += 1
        if at is None:
            return
        instant = instant_of(at)
        self.first = instant if self.first is None or instant < self.first else self.first
        self.last = instant if self.last is None or instant > self.last else self.last

    def refuse(self, field: str, reason: str, value: str = "") -> None:
        """Count a refused row."""
        if field in CLOSED and value:
            known = self.words.setdefault(field, {})
            if value in known or len(known) < NAMED:
                known[value] = known.get(value, 0) + 1
        self.refused += 1
        key = f"{field}: {reason}" if field else reason
        if key in self.reasons or len(self.reasons) < NAMED:
            self.reasons[key] += 1
        else:
            self.reasons["other reasons"] += 1

    def plain(self, notes: Notes) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "rows": self.rows,
            "events": dict(self.events),
            "new": self.new,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "reasons": dict(self.reasons.most_common()),
            "first": self.first,
            "last": self.last,
            "stamps": self.stamps,
            "words": self.words,
            "dates": notes.dates,
            "skipped": notes.skipped,
            "unknown_products": dict(notes.unknown.most_common(NAMED)),
            "waiting": sum(notes.unknown.values()),
        }


def instant_of(text: str) -> int:
    """µs of an ISO 8601 text with offset."""
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)
