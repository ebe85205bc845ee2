"""How often each experiment was evaluated with which reason."""

from __future__ import annotations

import threading
from collections import Counter, deque

# Experiment keys come from the caller; more than this many pairs are counted under one name.
_MOST_PAIRS = 1000
OTHER = "(other)"
# So many evaluations are noted before they are added up.
_FEW = 1000


class Tally:
    """Counts per experiment and reason since the start, and how many of them the server has been told.

    Every decision passes here, so it only notes what to count: appending to a deque needs no lock.
    """

    def __init__(self) -> None:
        self._noted: deque[tuple[str, str]] = deque()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._told: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, experiment: str, reason: str) -> None:
        """Count one evaluation."""
        noted = self._noted
        noted.append((experiment, reason))
        if len(noted) >= _FEW:
            self._counted()

    def totals(self) -> dict[str, dict[str, int]]:
        """Counts since the start, as `{experiment: {reason: count}}`."""
        return _nested(self._counted())

    def untold(self) -> tuple[Counter[tuple[str, str]], dict[str, dict[str, int]]]:
        """What to pass to `told` once the server has it, and the counts it has not been told, by experiment."""
        now = self._counted()
        return now, _nested(now - self._told)

    def told(self, counts: Counter[tuple[str, str]]) -> None:
        """The server has these counts."""
        self._told = counts

    def _counted(self) -> Counter[tuple[str, str]]:
        """A copy of all counts, after adding up what was noted."""
        with self._lock:
            counts = self._counts
            for pair, count in Counter(self._noted.popleft() for _ in range(len(self._noted))).items():
                known = pair in counts or len(counts) < _MOST_PAIRS
                counts[pair if known else (OTHER, pair[1])] += count
            return counts.copy()


def _nested(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (experiment, reason), count in counts.items():
        nested.setdefault(experiment, {})[reason] = count
    return nested
