"""How often each experiment was evaluated with which reason."""

from __future__ import annotations

import threading
from collections import Counter

# Experiment keys come from the caller; more than this many pairs are counted under one name.
_MOST_PAIRS = 1000
OTHER = "(other)"


class Tally:
    """Counts per experiment and reason since the start, and how many of them the server has been told."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._told: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, experiment: str, reason: str) -> None:
        """Count one evaluation."""
        pair = (experiment, reason)
        with self._lock:
            count = self._counts.get(pair)
            if count is None and len(self._counts) >= _MOST_PAIRS:
                pair = (OTHER, reason)
                count = self._counts.get(pair)
            self._counts[pair] = (count or 0) + 1

    def totals(self) -> dict[str, dict[str, int]]:
        """Counts since the start, as `{experiment: {reason: count}}`."""
        with self._lock:
            return _nested(self._counts)

    def untold(self) -> tuple[Counter[tuple[str, str]], dict[str, dict[str, int]]]:
        """What to pass to `told` once the server has it, and the counts it has not been told, by experiment."""
        with self._lock:
            now = self._counts.copy()
        return now, _nested(now - self._told)

    def told(self, counts: Counter[tuple[str, str]]) -> None:
        """The server has these counts."""
        self._told = counts


def _nested(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (experiment, reason), count in counts.items():
        nested.setdefault(experiment, {})[reason] = count
    return nested
