"""The tables `experiment` and `csv` of a spec file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from experiments.domain.checks import TEXT_MAX, check_key, check_text
from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.services.fields import Fields
from experiments.services.import_units.spec import CsvOptions, ExperimentSpec

_EXPERIMENT = ("key", "name", "hypothesis", "unit", "owner", "started", "ended", "not_measured")
#: Longer lists are no statement about the data.
_MOST_SENTENCES = 10
_MICROSECOND = timedelta(microseconds=1)


def parse_experiment(data: Any) -> ExperimentSpec:
    """The test itself; dates are whole days in UTC, the last one included."""
    fields = Fields(data, "experiment", _EXPERIMENT)
    key = check_key(fields.text("key"), "experiment.key")
    started, last = _day(fields, "started"), _day(fields, "ended")
    if started and last and last < started:
        raise DomainError(
            "out_of_range",
            f"experiment.ended == {last}, must be >= experiment.started == {started}.",
            "experiment.ended",
        )
    return ExperimentSpec(
        key=key,
        name=check_text(fields.text("name", key), "experiment.name"),
        hypothesis=check_text(fields.text("hypothesis", ""), "experiment.hypothesis", at_most=TEXT_MAX, required=False),
        unit=fields.choice("unit", UnitKind),
        owner=check_text(fields.text("owner", ""), "experiment.owner", required=False),
        started=None if started is None else _instant(started),
        ended=None if last is None else _instant(last + timedelta(days=1)) - 1,
        not_measured=_not_measured(fields),
    )


def parse_csv(data: Any) -> CsvOptions:
    """How the CSV file is written."""
    fields = Fields(data, "csv", ("delimiter", "encoding", "decimal"))
    standard = CsvOptions()
    options = CsvOptions(
        delimiter=fields.text("delimiter", standard.delimiter),
        encoding=fields.text("encoding", standard.encoding).lower(),
        decimal=fields.text("decimal", standard.decimal),
    )
    if len(options.delimiter) != 1 or options.delimiter in '"\r\n':
        raise DomainError(
            "out_of_range",
            f"csv.delimiter == {options.delimiter!r}, must be one character and no quote or line end.",
            "csv.delimiter",
        )
    if options.decimal not in (".", ",") or options.decimal == options.delimiter:
        raise DomainError(
            "unknown_choice",
            f"csv.decimal == {options.decimal!r}, must be '.' or ',' and differ from csv.delimiter.",
            "csv.decimal",
        )
    _check_encoding(options.encoding)
    return options


def _not_measured(fields: Fields) -> tuple[str, ...]:
    where, sentences = fields.at("not_measured"), fields.texts("not_measured")
    if len(sentences) > _MOST_SENTENCES:
        raise DomainError(
            "out_of_range", f"{where} has {len(sentences)} entries, must have at most {_MOST_SENTENCES}.", where
        )
    return tuple(check_text(text, f"{where}.{place}", at_most=TEXT_MAX) for place, text in enumerate(sentences))


def _check_encoding(name: str) -> None:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        raise DomainError(
            "unknown_choice", f"csv.encoding == {name!r}, must be an encoding such as utf-8 or cp1252.", "csv.encoding"
        ) from None


def _day(fields: Fields, name: str) -> date | None:
    value = fields.raw(name)
    if value is None:
        return None
    if isinstance(value, datetime) or not isinstance(value, date):
        where = fields.at(name)
        raise DomainError("bad_type", f"{where} == {str(value)!r}, must be a date such as 2026-03-02.", where)
    return value


def _instant(day: date) -> int:
    """µs UTC of the beginning of a day."""
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
