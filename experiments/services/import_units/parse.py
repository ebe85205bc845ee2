"""From a TOML file to an `ImportSpec`; docs/import-units.md says the same for people."""

from __future__ import annotations

from pathlib import Path

from experiments.domain.checks import check_text, check_unique
from experiments.domain.errors import DomainError
from experiments.services.fields import Fields
from experiments.services.import_units import spec_parts
from experiments.services.import_units.parse_experiment import parse_csv, parse_experiment
from experiments.services.import_units.parse_groups import parse_left_out, parse_rows, parse_segment, parse_variants
from experiments.services.import_units.parse_metric import parse_metric
from experiments.services.import_units.spec import ImportSpec, MetricSpec
from experiments.services.import_units.toml_file import spec_tables, spec_text

#: A unit with more numbers than this is no row of a test; positions of columns are small integers.
MAX_COLUMNS = 200

_TOP = ("experiment", "unit", "variant", "plan", "metrics", "segments", "rows", "csv", "empty")


def read_spec(path: Path) -> ImportSpec:
    """The spec in a file.

    Raises:
        DomainError: the file cannot be read (`bad_file`), is not TOML (`bad_toml`), or says what it must not; the
            field is the dotted path.
    """
    return parse_spec(spec_text(path))


def parse_spec(text: str) -> ImportSpec:
    """The spec in a text; errors as in `read_spec`."""
    top = Fields(spec_tables(text), "", _TOP)
    variant = spec_parts.table(top, "variant")
    variant_column, variants = parse_variants(variant, more=("leave_out",))
    spec = ImportSpec(
        experiment=parse_experiment(spec_parts.table(top, "experiment")),
        unit_column=_unit_column(top),
        variant_column=variant_column,
        variants=variants,
        metrics=tuple(parse_metric(item, path) for path, item in spec_parts.items(top, "metrics")),
        plan=spec_parts.plan(top),
        segments=tuple(parse_segment(item, path) for path, item in spec_parts.items(top, "segments")),
        csv=parse_csv(spec_parts.table(top, "csv")),
        empty_is_zero=_empty_is_zero(top),
        when=parse_rows(spec_parts.table(top, "rows")),
        left_out=parse_left_out(variant, variants),
    )
    _check_whole(spec)
    return spec


def _unit_column(top: Fields) -> str | None:
    unit = Fields(spec_parts.table(top, "unit"), "unit", ("column", "row_number"))
    by_row = unit.flag("row_number", default=False)
    if by_row == unit.has("column"):
        raise DomainError("bad_unit", "unit must have either column or row_number = true.", "unit")
    return None if by_row else check_text(unit.text("column"), "unit.column")


def _empty_is_zero(top: Fields) -> bool:
    word = top.text("empty", "reject")
    if word not in ("reject", "zero"):
        raise DomainError("unknown_choice", f"empty == {word!r}, must be one of reject, zero.", "empty")
    return word == "zero"


def _check_whole(spec: ImportSpec) -> None:
    """What no table of the file can know by itself."""
    if not spec.metrics:
        raise DomainError("required", "metrics is empty, must hold at least one.", "metrics")
    check_unique((metric.key for metric in spec.metrics), "metrics.key")
    check_unique((segment.name for segment in spec.segments), "segments.name")
    check_unique((*spec.number_columns, *(segment.column_key for segment in spec.segments)), "segments.key")
    count = len(spec.number_columns) + len(spec.segments)
    if count > MAX_COLUMNS:
        raise DomainError(
            "out_of_range", f"metrics and segments read {count} columns, must be <= {MAX_COLUMNS}.", "metrics"
        )
    for metric in spec.metrics:
        _check_columns(spec, metric)
        _check_covariates(spec, metric)
    _check_when(spec)


def _check_columns(spec: ImportSpec, metric: MetricSpec) -> None:
    for column in metric.measure.columns:
        if column in (spec.unit_column, spec.variant_column):
            where = f"metrics.{metric.key}.column"
            raise DomainError(
                "bad_metric", f"{where} == {column!r}, must not be the column of the unit or the variant.", where
            )


def _check_covariates(spec: ImportSpec, metric: MetricSpec) -> None:
    outcomes = {column for other in spec.metrics for column in (other.column, other.denominator)}
    for column in metric.covariates:
        if column in outcomes:
            where = f"metrics.{metric.key}.covariates"
            raise DomainError(
                "bad_metric",
                f"{where} holds {column!r}, must hold columns that no metric measures: covariates named for one "
                "metric serve all of them, and nothing explains itself.",
                where,
            )


def _check_when(spec: ImportSpec) -> None:
    """Rows chosen by what happened in the test are no random groups any more."""
    outcomes = {column for metric in spec.metrics for column in (metric.column, metric.denominator)}
    for column, _ in spec.when:
        where = f"rows.when.{column}"
        if column in outcomes:
            raise DomainError("bad_rows", f"{where} is the column of a metric, must be known before the test.", where)
        if column == spec.variant_column:
            raise DomainError("bad_rows", f"{where} is the column of the variant; use variant.leave_out.", where)
