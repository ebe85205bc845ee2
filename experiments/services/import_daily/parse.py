"""From a TOML file to a `DailySpec`; docs/summary-files.md says the same for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.domain.checks import check_range, check_text, check_unique
from experiments.domain.errors import DomainError
from experiments.domain.metric import MetricKind
from experiments.services.fields import Fields
from experiments.services.import_daily.spec import DailyMetric, DailySpec, DaySpec
from experiments.services.import_units import spec_parts
from experiments.services.import_units.parse_experiment import parse_csv, parse_experiment
from experiments.services.import_units.parse_groups import parse_variants
from experiments.services.import_units.parse_metric import parse_metric
from experiments.services.import_units.spec import VariantSpec
from experiments.services.import_units.toml_file import spec_tables, spec_text

_TOP = ("experiment", "variant", "day", "exposure", "plan", "metrics", "csv")
_METRIC = (
    "key", "name", "role", "column", "denominator", "lag_days", "direction", "margin", "effect", "protected",
)  # fmt: skip
_LAG_MAX = 730


def read_spec(path: Path) -> DailySpec:
    """The spec in a file.

    Raises:
        DomainError: the file cannot be read (`bad_file`), is not TOML (`bad_toml`), or says what it must not; the
            field is the dotted path.
    """
    return parse_spec(spec_text(path))


def parse_spec(text: str) -> DailySpec:
    """The spec in a text; errors as in `read_spec`."""
    top = Fields(spec_tables(text), "", _TOP)
    column, files, variants = _variants(spec_parts.table(top, "variant"))
    metrics = tuple(_metric(item, path) for path, item in spec_parts.items(top, "metrics"))
    if not metrics:
        raise DomainError("required", "metrics is empty, must hold at least one.", "metrics")
    check_unique((metric.key for metric in metrics), "metrics.key")
    exposure = Fields(spec_parts.table(top, "exposure"), "exposure", ("column",))
    return DailySpec(
        experiment=parse_experiment(spec_parts.table(top, "experiment")),
        variants=variants,
        day=_day(spec_parts.table(top, "day")),
        exposure=check_text(exposure.text("column"), "exposure.column"),
        metrics=metrics,
        plan=spec_parts.plan(top),
        variant_column=column,
        files=files,
        csv=parse_csv(spec_parts.table(top, "csv")),
    )


def _variants(data: Any) -> tuple[str | None, tuple[tuple[str, str], ...], tuple[VariantSpec, ...]]:
    """Column or files of the variants, and the variants with the control first."""
    by_file = isinstance(data, Mapping) and data.get("files") is not None
    if isinstance(data, Mapping) and by_file == (data.get("column") is not None):
        raise DomainError("bad_variant", "variant must have either column or files.", "variant")
    if not by_file:
        column, variants = parse_variants(data)
        return column, (), variants
    rest = {name: value for name, value in data.items() if name != "files"}
    _, variants = parse_variants({**rest, "column": "files"})
    table = Fields(data["files"], "variant.files", [variant.value for variant in variants])
    files = tuple((variant.value, table.text(variant.value)) for variant in variants)
    check_unique((name for _, name in files), "variant.files")
    return None, files, variants


def _day(data: Any) -> DaySpec:
    fields = Fields(data, "day", ("column", "format", "year"))
    year = fields.maybe_whole("year")
    if year is not None:
        check_range(year, "day.year", low=1970, high=2999)
    column = check_text(fields.text("column"), "day.column")
    return DaySpec(column, fields.text("format", DaySpec("").format), year)


def _metric(data: Any, path: str) -> DailyMetric:
    fields = Fields(data, path, _METRIC)
    lag = fields.whole("lag_days", 0)
    check_range(lag, fields.at("lag_days"), low=0, high=_LAG_MAX)
    own = ("denominator", "lag_days")
    rate = {**{name: value for name, value in data.items() if name not in own}, "kind": MetricKind.RATE.value}
    return DailyMetric(parse_metric(rate, path), check_text(fields.text("denominator"), fields.at("denominator")), lag)
