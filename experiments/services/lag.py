"""How far the projection is behind what was taken in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from experiments.store import events
from experiments.store.engines import reading
from experiments.store.projection import cursor

#: Counting stops here: far behind is far behind, and the question must stay cheap.
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Lag:
    """Events that wait for the projection.

    Args:
        events: their number, at most `MOST`.
        age: µs since the oldest of them came; 0 where none waits.
    """

    events: int
    age: int


def of(engine: Engine, now: int) -> Lag:
    """The lag as of `now` (µs)."""
    with reading(engine) as session:
        connection = session.connection()
        count, oldest = events.behind(connection, cursor.position(connection), MOST)
    return Lag(count, 0 if oldest is None else max(0, now - oldest))
