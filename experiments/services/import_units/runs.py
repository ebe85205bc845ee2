"""A run of an import from its first row to the moment it counts, in short transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.decision.analyse import build_report
from experiments.decision.report import Report
from experiments.domain.errors import DomainError
from experiments.domain.plain import to_plain
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.services.import_units.experiment import experiment_of, save_experiment
from experiments.services.import_units.quality import units_of
from experiments.services.import_units.report import input_of
from experiments.services.import_units.result import RowTally
from experiments.services.import_units.rows import UnitRow
from experiments.services.import_units.spec import KIND, ImportSpec
from experiments.store import imported
from experiments.store.catalogue import snapshots
from experiments.store.engines import reading, writing

#: Units taken out in one transaction.
_DROPPED_AT_ONCE = 500


class Run:
    """The rows of one run, invisible to every analysis until `finish`."""

    def __init__(self, engine: Engine, spec: ImportSpec, file: str, digest: str, now: int) -> None:
        self._engine = engine
        self._spec = spec
        self._file = file
        self._now = now
        self._began = monotonic()
        self._names: dict[str, int] = {}
        self._rows = 0
        with writing(engine) as session:
            self.id = imported.begin_run(
                session,
                kind=KIND,
                file=file,
                digest=digest,
                spec=to_plain(spec),
                columns=_stored_columns(spec),
                now=now,
            )

    def add(self, rows: Sequence[UnitRow]) -> None:
        """Write some units.

        Raises:
            ConflictError: `superseded`.
        """
        self._rows += len(rows)
        self._name({name for row in rows for name in row.segments})
        units = [(row.unit, row.variant) for row in rows]
        values = [value for row in rows for value in _values(row, self._names)]
        with writing(self._engine) as session:
            imported.claim(session, self.id, self._rows)
            imported.write_units(session, self.id, units, values)

    def _name(self, groups: set[str]) -> None:
        """Make sure that the names of groups have ids; after the first rows they have."""
        new = groups - self._names.keys()
        if new:
            with writing(self._engine) as session:
                found = imported.segment_names(session, new)
            # Only now, because a transaction that is rolled back takes its new names with it.
            self._names |= found

    def drop(self, units: Iterable[int]) -> None:
        """Take units out again."""
        rest = iter(sorted(units))
        while some := list(islice(rest, _DROPPED_AT_ONCE)):
            with writing(self._engine) as session:
                imported.claim(session, self.id, self._rows)
                imported.drop_units(session, self.id, some)

    def finish(self, tally: RowTally, actor: Actor) -> None:
        """Save the experiment with its report and let this run count for it, in one short transaction.

        Raises:
            DomainError: a variant has no unit (`no_units`).
            ConflictError: another import has begun, or the experiment may not be replaced.
        """
        _check_variants(self._spec, tally)
        key = self._spec.experiment.key
        report = self._report(tally).to_dict()
        with writing(self._engine) as session:
            experiment_id = save_experiment(session, self._spec, self._now)
            imported.finish_run(
                session,
                self.id,
                experiment_id,
                rows=tally.rows,
                rejected=tally.rejected,
                report=tally.to_plain(),
                now=self._now + int((monotonic() - self._began) * 1e6),
            )
            snapshots.save_live(session, key, report["phase"], report, self._now)
            snapshots.add(session, key, report["phase"], "look", report, self._now, report["look"]["number"])
            left_out = sum(tally.left_out) + tally.unmatched
            counts = {"run": self.id, "rows": tally.rows, "rejected": tally.rejected, "left_out": left_out}
            audit.record(session, actor, self._now, "import", "experiment", key, after=counts)

    def _report(self, tally: RowTally) -> Report:
        """The report, from rows that no other analysis sees yet."""
        with writing(self._engine) as session:
            imported.claim(session, self.id, tally.rows)
            imported.tell_planner(session)
        units = units_of(self.id, self._file, tally.rows, tally.rejected, tally.to_plain())
        experiment = experiment_of(self._spec, salt="not drawn yet", created_at=self._now)
        with reading(self._engine) as session:
            return build_report(input_of(session, experiment, self._spec, units, self._now))

    def discard(self) -> None:
        """Give up: the run will never count, and its rows are removed as far as the database lets us."""
        with suppress(SQLAlchemyError):
            _remove(self._engine, self.id)


def clean(engine: Engine, experiment: str) -> None:
    """Remove what crashed, refused or replaced imports of an experiment have left behind."""
    with writing(engine) as session:
        leftovers = imported.leftover_runs(session, KIND, experiment)
    for run_id in leftovers:
        _remove(engine, run_id)


def _remove(engine: Engine, run_id: int) -> None:
    with writing(engine) as session:
        imported.fail_run(session, run_id)
    left = True
    while left:
        with writing(engine) as session:
            left = imported.remove_some(session, run_id)


def _stored_columns(spec: ImportSpec) -> list[imported.StoredColumn]:
    numbers = [imported.StoredColumn(place, column, "number") for place, column in enumerate(spec.number_columns)]
    first = len(numbers)
    segments = enumerate(spec.segments, start=first)
    return numbers + [imported.StoredColumn(place, segment.column_key, "segment") for place, segment in segments]


def _values(row: UnitRow, names: dict[str, int]) -> Iterable[tuple[int, int, float]]:
    cells = (*row.numbers, *(float(names[name]) for name in row.segments))
    return ((row.unit, position, value) for position, value in enumerate(cells))


def _check_variants(spec: ImportSpec, tally: RowTally) -> None:
    for variant, kept in zip(spec.variants, tally.kept, strict=True):
        if not kept:
            where = f"variant.weights.{variant.value}"
            raise DomainError("no_units", f"{where}, has no valid row in the file ({_lost(tally)}).", where)


def _lost(tally: RowTally) -> str:
    unmatched = f", {tally.unmatched} left out by rows.when" if tally.unmatched else ""
    return f"{tally.rejected} rejected{unmatched}"
