"""Taking an import back: its events, and every fact that came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine

from experiments.services.project import run as project
from experiments.store.engines import writing
from experiments.store.intake import taking_back

#: Events of one transaction.
AT_ONCE = 1_000


def take_back(engine: Engine, source_id: int, stamps: Sequence[int], now: int) -> Iterator[int]:
    """Remove what a source told at these instants; yields how many events are gone so far.

    Everything is projected first, so that no fact can come of an event that is removed. The facts of the source's other
    events are written anew at the end, because two of its messages may have told the same.
    """
    while project(engine, now).events:
        yield 0
    gone = 0
    while True:
        with writing(engine) as session:
            removed = taking_back.remove_some(session.connection(), source_id, stamps, AT_ONCE)
        if not removed:
            break
        gone += removed
        yield gone
    after = None
    while True:
        with writing(engine) as session:
            after = taking_back.tell_again(session.connection(), source_id, after, now, AT_ONCE)
        if after is None:
            return
        yield gone
