"""Files of day totals, read whole: all of it or an error that names file, line, column, value and bound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from experiments.domain.errors import DomainError
from experiments.services.import_daily.days import Counts, Day, Days
from experiments.services.import_daily.spec import DailyMetric, DailySpec
from experiments.services.import_units.nearest import nearest
from experiments.services.import_units.raw_row import RawRow
from experiments.services.import_units.read import RowSource, open_rows

#: Larger counts are no counts.
_LARGEST = 10**15
_WHOLE = re.compile(r"\+?[0-9]+(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: where it stands, and what it says."""

    where: str
    day: date
    variant: str
    counts: Counts


def read_days(paths: Sequence[Path], spec: DailySpec) -> Days:
    """All days of all variants.

    Raises:
        DomainError: a file is missing or cannot be read, a cell is not what it must be, a day lacks a variant or has
            it twice, or a mature day lacks a count.
    """
    by_day: dict[date, dict[str, _Row]] = {}
    for path, variant in _assigned(paths, spec):
        for row in _rows(path, spec, variant):
            before = by_day.setdefault(row.day, {}).setdefault(row.variant, row)
            if before is not row:
                raise _refused(row.where, spec.day.column, f"{row.day} of {row.variant}", f"once; {before.where} is it")
    if not by_day:
        raise DomainError("no_rows", f"file == {paths[0].name!r}, has no row below its header.", "file")
    _check_complete(by_day, spec)
    days = Days(tuple(_day(day, by_day[day]) for day in sorted(by_day)))
    for metric in spec.metrics:
        _check_metric(metric, days, by_day)
    return days


def _assigned(paths: Sequence[Path], spec: DailySpec) -> list[tuple[Path, str | None]]:
    """The files with the key of their variant; None where a column says it."""
    if not spec.files:
        return [(path, None) for path in paths]
    keys = {variant.value: variant.key for variant in spec.variants}
    wanted = {name: keys[value] for value, name in spec.files}
    given = {path.name: path for path in paths}
    for name in wanted:
        if name not in given:
            raise DomainError("missing_file", f"variant.files == {name!r}, is not among the files given.", "file")
    for name in given:
        if name not in wanted:
            raise DomainError("unknown_file", f"file == {name!r}, must be one of {', '.join(wanted)}.", "file")
    return [(given[name], variant) for name, variant in wanted.items()]


def _rows(path: Path, spec: DailySpec, variant: str | None) -> Iterator[_Row]:
    with open_rows(path, spec.csv) as source:
        _check_header(path, source, spec)
        for raw in source.rows(spec.columns):
            yield _row(f"{path.name} line {raw.line}", raw, spec, variant)


def _check_header(path: Path, source: RowSource, spec: DailySpec) -> None:
    for column in spec.columns:
        if column not in source.header:
            raise DomainError(
                "unknown_column",
                f"{column!r} is no column of {path.name}; nearest: {nearest(column, source.header)}.",
                column,
            )


def _row(where: str, raw: RawRow, spec: DailySpec, variant: str | None) -> _Row:
    if raw.problem is not None:
        raise DomainError("bad_row", f"{where}: {raw.problem}.", "file")
    cells = dict(zip(spec.columns, (cell.strip() for cell in raw.cells), strict=True))
    return _Row(
        where,
        _read_day(where, cells[spec.day.column], spec),
        variant or _read_variant(where, cells[spec.variant_column or ""], spec),
        {column: _count(where, column, cells[column]) for column in spec.count_columns},
    )


def _read_day(where: str, cell: str, spec: DailySpec) -> date:
    text, form = (cell, spec.day.format) if spec.day.year is None else (f"{cell} {spec.day.year}", _dated(spec))
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        raise _refused(where, spec.day.column, repr(cell), f"a day written {spec.day.format}") from None


def _dated(spec: DailySpec) -> str:
    return f"{spec.day.format} %Y"


def _read_variant(where: str, cell: str, spec: DailySpec) -> str:
    keys = {variant.value: variant.key for variant in spec.variants}
    if cell not in keys:
        raise _refused(where, spec.variant_column or "", repr(cell), f"one of {', '.join(keys)}")
    return keys[cell]


def _count(where: str, column: str, cell: str) -> int | None:
    if not cell or cell.lower() == "nan":
        return None
    if not _WHOLE.fullmatch(cell) or float(cell) > _LARGEST:
        raise _refused(where, column, repr(cell), "a whole number >= 0")
    return int(float(cell))


def _check_complete(by_day: dict[date, dict[str, _Row]], spec: DailySpec) -> None:
    for day, rows in sorted(by_day.items()):
        for variant in spec.variants:
            if variant.key not in rows:
                raise DomainError("missing_row", f"{day} has no row for {variant.value!r}, must have one.", "file")
            row = rows[variant.key]
            if row.counts[spec.exposure] is None:
                raise _refused(row.where, spec.exposure, "empty", "a whole number >= 0")


def _check_metric(metric: DailyMetric, days: Days, by_day: dict[date, dict[str, _Row]]) -> None:
    for day in days.mature(metric.lag_days):
        for row in by_day[day.day].values():
            _check_share(metric, row)


def _check_share(metric: DailyMetric, row: _Row) -> None:
    events, units = row.counts[metric.events], row.counts[metric.denominator]
    for column, count in ((metric.events, events), (metric.denominator, units)):
        if count is None:
            bound = f"a whole number >= 0 on a day that is {metric.lag_days} days old or older"
            raise _refused(row.where, column, "empty", bound)
    if events is not None and units is not None and events > units:
        raise _refused(row.where, metric.events, str(events), f"<= {metric.denominator} == {units}")


def _day(day: date, rows: dict[str, _Row]) -> Day:
    return Day(day, {variant: row.counts for variant, row in rows.items()})


def _refused(where: str, column: str, value: str, bound: str) -> DomainError:
    return DomainError("bad_cell", f"{where}: {column} == {value}, must be {bound}.", column)
