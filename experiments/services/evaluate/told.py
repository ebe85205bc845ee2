"""Counts of reasons that SDKs tell beside their events: gathered in memory, written every few seconds.

They travel with every batch of every page, so that a write of their own for each would double the cost of taking
events in. What a process that is killed had gathered is lost; these are counts of fallbacks, and no statistic.
"""

from __future__ import annotations

import atexit
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, get_args
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.services.clock import SECOND, now_us
from experiments.services.ingest.availability import UnavailableError, answering
from experiments.store import eligibility
from experiments.store.catalogue import experiments
from experiments.store.eligibility import Count
from experiments.store.engines import hurrying
from netlift.result import Reason

_log = logging.getLogger(__name__)
EVERY = 5 * SECOND
#: How long a lock is waited for: the sender of a batch waits too.
PATIENCE_MS = 500
#: Keys and reasons come from public pages: so many pairs at most, and no count beyond what an SDK can gather.
MOST_PAIRS = 5_000
MOST_TIMES = 1_000_000
REASONS = frozenset(get_args(Reason))
Pair = tuple[str, str]


class Told:
    """What SDKs told one process about one database since the last write."""

    def __init__(self, engine: Engine) -> None:
        self._engine = ref(engine)
        self._lock = Lock()
        self._counts: Counter[Pair] = Counter()
        self._written_at = 0

    def add(self, evaluations: Any, now: int) -> None:
        """Take `{experiment: {reason: count}}`; whatever in it is none of that is left out."""
        counts = read_counts(evaluations)
        if not counts:
            return
        with self._lock:
            for pair, times in counts.items():
                if pair in self._counts or len(self._counts) < MOST_PAIRS:
                    self._counts[pair] += times
            due = now - self._written_at >= EVERY
            if due:
                self._written_at = now
        if due:
            self.write(now)

    def write(self, now: int) -> None:
        """Write what was gathered; where the database cannot take it now it waits for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        engine = self._engine()
        if engine is None or not counts:
            return
        try:
            with answering(), hurrying(engine, PATIENCE_MS) as connection:
                numbers = experiments.ids(connection)
                known = [
                    Count(numbers[key], 0, reason, times) for (key, reason), times in counts.items() if key in numbers
                ]
                eligibility.count(connection, known, eligibility.SDK, now)
        except UnavailableError as error:
            _log.warning("Counts of reasons were not stored: %s", error)
            with self._lock:
                self._counts += counts


_told: WeakKeyDictionary[Engine, Told] = WeakKeyDictionary()


def told_of(engine: Engine) -> Told:
    """The counts gathered for a database."""
    found = _told.get(engine)
    if found is None:
        found = _told.setdefault(engine, Told(engine))
    return found


def tell(engine: Engine, environment: Environment, evaluations: Any, now: int) -> None:
    """Take the counts of one batch; those of the test environment tell of rehearsals and are left out."""
    if evaluations is not None and environment is Environment.PRODUCTION:
        told_of(engine).add(evaluations, now)


def read_counts(evaluations: Any) -> Counter[Pair]:
    """The counts by (experiment, reason) as far as they can be read.

    Servers send `{"tv-entry": {"SPLIT": 3}}` and browsers, whose bytes are dear, `{"tv-entry SPLIT": 3}`.
    """
    found: Counter[Pair] = Counter()
    for key, reason, times in _told_of(evaluations):
        whole = isinstance(times, int) and not isinstance(times, bool)
        if isinstance(key, str) and reason in REASONS and whole and 0 < times <= MOST_TIMES:
            found[key, reason] += times
    return found


def _told_of(evaluations: Any) -> Iterator[tuple[Any, Any, Any]]:
    if not isinstance(evaluations, Mapping):
        return
    for key, told in evaluations.items():
        if isinstance(told, Mapping):
            yield from ((key, reason, times) for reason, times in told.items())
        elif isinstance(key, str):
            experiment, _, reason = key.rpartition(" ")
            yield experiment, reason, told


@atexit.register
def _write_the_rest() -> None:
    for told in list(_told.values()):
        try:
            told.write(now_us())
        except Exception:  # the process ends; there is nobody left to tell
            _log.exception("Counts of reasons were lost at the end of the process.")
