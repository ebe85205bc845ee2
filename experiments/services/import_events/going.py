"""Going through a file batch by batch: convert, then store, or only look what would be stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.source import SourceKind
from experiments.services.import_events.convert import Converter
from experiments.services.import_events.converted import Converted, Refused
from experiments.services.import_events.rows import RowFile, check_columns, open_rows
from experiments.services.import_events.spec import EventSpec
from experiments.services.import_events.tally import Tally
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.ingest.reading import Delivery, read
from experiments.services.ingest.refusal import RefusalError
from experiments.services.quarantine_words import advice_of
from experiments.store import event_keys
from experiments.store.engines import reading
from experiments.store.intake.runs import RowProblem

#: Events of one transaction: so few that SQLite's one writer soon gives way to the shop.
BATCH = 2_000
#: Files tell of years past; messages of a shop may be late by `late_days` only.
OLDEST_DAYS = 3_650

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Reached:
    """After a batch: results handled, how much of the file was read, and what was refused in this batch."""

    done: int
    position: int
    size: int
    problems: tuple[RowProblem, ...]


@dataclass(slots=True)
class Going:
    """One file on its way.

    Args:
        source_id: code of the source; None in a dry run of a source that does not exist yet.
        products: keys and aliases of the catalogue.
        skip: results an earlier start has handled; they are read once more, because lines are counted, and not stored.
        stamp: µs; `received_at` of everything this start stores.
        dry: store nothing, find out what would be new.
    """

    engine: Engine
    path: Path
    spec: EventSpec
    id_key: bytes
    limits: Limits
    products: Collection[str]
    source_id: int | None
    stamp: int
    tally: Tally
    skip: int = 0
    dry: bool = False
    converter: Converter | None = None

    def batches(self) -> Iterator[Reached]:
        """Handle the file; every step is safe to be the last one."""
        self.limits = replace(self.limits, max_batch=BATCH, late_days=max(self.limits.late_days, OLDEST_DAYS))
        columns = ordered_columns(self.spec)
        with open_rows(self.path, self.spec.file) as file:
            check_columns(columns, file)
            self.converter = Converter(self.spec, columns, id_key=self.id_key, products=self.products)
            results = self.converter.items(file.rows(columns))
            handle = self._look if self.dry else self._store
            yield from self._batches(file, results, handle)

    def _batches(
        self,
        file: RowFile,
        results: Iterator[Converted | Refused],
        handle: Callable[[Sequence[Converted]], Sequence[RowProblem]],
    ) -> Iterator[Reached]:
        done = 0
        for _ in islice(results, self.skip):
            done += 1
        while some := list(islice(results, BATCH)):
            good = [result for result in some if isinstance(result, Converted)]
            problems = [RowProblem(*result) for result in some if isinstance(result, Refused)]
            for _, event in good:
                self.tally.saw(event.get("event", event.get("type", "product")), event.get("timestamp"))
            problems += handle(good)
            for problem in problems:
                self.tally.refuse(problem.field, problem.reason, problem.value)
            done += len(some)
            self.tally.rows = done
            yield Reached(
                done, min(file.done, file.total), file.total, tuple(sorted(problems, key=lambda one: one.row))
            )

    def _store(self, good: Sequence[Converted]) -> Sequence[RowProblem]:
        if not good or self.source_id is None:
            return ()
        info = SourceInfo(self.source_id, self.spec.source.key, SourceKind.IMPORT, Environment.PRODUCTION)
        items = [_encode(event) for _, event in good]
        answer = accept(self.engine, info, items, id_key=self.id_key, now=self.stamp, limits=self.limits)
        self.tally.new += answer.accepted
        self.tally.duplicates += answer.duplicates
        return [RowProblem(good[item.index].row, item.field, "", _words(item.reason)) for item in answer.rejected]

    def _look(self, good: Sequence[Converted]) -> Sequence[RowProblem]:
        delivery = Delivery(self.source_id or 0, self.id_key, self.stamp, self.limits)
        ids, problems = [], []
        for row, event in good:
            try:
                ids.append(read(_encode(event), delivery).id)
            except RefusalError as refusal:
                problems.append(RowProblem(row, refusal.field, "", _words(refusal.reason)))
        fresh = {one for one in ids if one not in self._seen}
        if self.source_id is not None and fresh:
            with reading(self.engine) as session:
                fresh -= event_keys.known(session.connection(), sorted(fresh))
        self._seen.update(ids)
        self.tally.new += len(fresh)
        self.tally.duplicates += len(ids) - len(fresh)
        return problems

    _seen: Any = None

    def __post_init__(self) -> None:
        """A dry run remembers the messages of the file itself."""
        self._seen = set()


def _words(reason: str) -> str:
    return advice_of(reason).title.lower()


def ordered_columns(spec: EventSpec) -> tuple[str, ...]:
    """The columns that are read; those inside the lines of an order last."""
    inside = f"{spec.file.lines}." if spec.file.lines else "\x00"
    outer = [column for column in spec.columns if not column.startswith(inside)]
    inner = [column for column in spec.columns if column.startswith(inside)]
    return (*outer, *([spec.file.lines] if spec.file.lines else []), *inner)
