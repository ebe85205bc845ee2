"""What reading one event can yield, gathered by table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from experiments.store.quarantine import SetAside
from experiments.store.tables.base import Base


class Fact(NamedTuple):
    """One row of one table; names of events and paths are still words."""

    table: type[Base]
    row: dict[str, Any]


class Ignored(NamedTuple):
    """The event, or a part of it, is left out on purpose and counted."""

    reason: str


class Flaw(NamedTuple):
    """The event, or a part of it, cannot become a fact yet; it waits in the quarantine."""

    reason: str
    field: str
    message: str


Reading = Fact | Ignored | Flaw


@dataclass(slots=True)
class Facts:
    """Everything that a run of events yields."""

    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    ignored: Counter[tuple[int, str]] = field(default_factory=Counter)
    set_aside: list[SetAside] = field(default_factory=list)

    def of(self, table: type[Base]) -> list[dict[str, Any]]:
        """Rows for a table."""
        return self.rows.get(table, [])

    def add(self, facts: Iterable[Fact]) -> None:
        """Sort facts by table."""
        for table, row in facts:
            self.rows.setdefault(table, []).append(row)
