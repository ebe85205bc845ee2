"""Store what one request brought, for good when this returns."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.services.clock import MINUTE
from experiments.services.ingest.availability import answering
from experiments.services.ingest.grouping import writer_of
from experiments.store import partitions
from experiments.store.engines import is_sqlite
from experiments.store.new_event import NewEvent
from experiments.store.quarantine import SetAside

_log = logging.getLogger(__name__)
#: Instants (µs) between which a process need not look after the partitions of a database again.
_partitions_made: WeakKeyDictionary[Engine, tuple[int, int]] = WeakKeyDictionary()


def store(engine: Engine, good: Sequence[NewEvent], bad: Sequence[SetAside], now: int) -> int:
    """Append the good events and set the bad items aside; the number of events that were new.

    Raises:
        UnavailableError: nothing was stored; the sender may try again.
    """
    with answering():
        if not is_sqlite(engine):
            _make_partitions(engine, now)
        return writer_of(engine).run(good, bad, now)


def _make_partitions(engine: Engine, now: int) -> None:
    """Once per process and month; where it fails the events go to the default partition and nothing is lost."""
    start, end = _partitions_made.get(engine, (0, 0))
    if start <= now < end:
        return
    month = partitions.months(now, ahead=0)[0]
    try:
        partitions.ensure(engine, now)
        _partitions_made[engine] = (month.start, month.end)
    except SQLAlchemyError as error:
        _partitions_made[engine] = (now, now + MINUTE)
        _log.warning("Partition %s could not be made: %s", month.name, type(error).__name__)
