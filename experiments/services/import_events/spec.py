"""What the columns of a file mean."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from experiments.domain.checks import check_key, check_text
from experiments.domain.errors import DomainError
from experiments.services.import_events.holds import PREFIXES, TARGETS, Holds, target_of

FORMATS = ("", "csv", "jsonl", "parquet")
KEEP, REFUSE = "keep", "refuse"
MAX_VALUES = 2_000
#: Words of `source.watermark`; anything else is a date.
NEWEST, NONE = "newest", "none"


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How the file is written.

    Args:
        format: csv, jsonl or parquet; "" = by its first bytes and its ending.
        delimiter: of a CSV file; "" = found out.
        decimal, thousands: signs inside numbers; thousands "" = none.
        time_format: `iso`, `unix`, `unix_ms`, or a pattern such as %d-%m-%Y %H:%M.
        time_zone: where times without offset were written down.
        date_at: the time of day that a date without time stands for.
        separator: between the products of one cell.
        lines: path of the list of lines of an order, inside one row of a JSON or Parquet file; "" = a row is a line.
    """

    format: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""
    decimal: str = "."
    thousands: str = ""
    time_format: str = "iso"
    time_zone: str = "UTC"
    date_at: str = "12:00"
    separator: str = ";"
    lines: str = ""

    def __post_init__(self) -> None:
        """Check every choice."""
        _among(self.format, FORMATS, "file.format")
        _among(self.decimal, (".", ","), "file.decimal")
        _among(self.thousands, ("", ".", ",", " ", "'"), "file.thousands")
        if self.decimal == self.thousands:
            raise DomainError("same", "file.thousands must differ from file.decimal.", "file.thousands")
        for name in ("delimiter", "separator"):
            if len(getattr(self, name)) > 1:
                message = f"file.{name} == {getattr(self, name)!r}, must be one character."
                raise DomainError("bad_delimiter", message, f"file.{name}")
        self._check_known()

    def _check_known(self) -> None:
        try:
            codecs.lookup(self.encoding)
        except (LookupError, ValueError):
            message = f"file.encoding == {self.encoding!r}, is not known."
            raise DomainError("unknown_choice", message, "file.encoding") from None
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            message = f"file.time_zone == {self.time_zone!r}, must be a zone such as Europe/Amsterdam."
            raise DomainError("unknown_choice", message, "file.time_zone") from None
        try:
            time.fromisoformat(self.date_at)
        except ValueError:
            raise DomainError(
                "bad_time", f"file.date_at == {self.date_at!r}, must look like 12:00.", "file.date_at"
            ) from None


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one field comes from: a column, a constant, or a template with {columns}.

    Args:
        values: what a cell is replaced by, before it is read.
        otherwise: what becomes of a cell that `values` does not name: `keep` it or `refuse` the row.
        default: stands for an empty cell.
        divide: the number is divided by it, 100 for cents.
        minutes: a plain number is minutes and not seconds.
    """

    column: str | None = None
    constant: str | None = None
    template: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    otherwise: str = KEEP
    default: str | None = None
    divide: int = 1
    minutes: bool = False

    def check(self, path: str) -> None:
        """Refuse what cannot be; `path` is where the rule stands."""
        given = [value for value in (self.column, self.constant, self.template) if value is not None]
        if len(given) != 1:
            raise DomainError("one_of", f"{path} must have one of column, constant and template.", path)
        _among(self.otherwise, (KEEP, REFUSE), f"{path}.otherwise")
        if not 1 <= self.divide <= 1_000_000:
            raise DomainError("out_of_range", f"{path}.divide == {self.divide}, must be >= 1 and <= 1000000.", path)
        if len(self.values) > MAX_VALUES:
            raise DomainError(
                "too_many", f"{path}.values has {len(self.values)}, must have at most {MAX_VALUES}.", path
            )


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Who tells.

    Args:
        complete: the file covers all customers independently of any test, so that its facts count even when they
            arrive after the exposure.
        watermark: `newest` (delivered up to the newest row), `none` (says nothing about delivery), or the last day
            that was delivered whole, such as 2026-05-12.
    """

    key: str
    name: str
    complete: bool = False
    watermark: str = NEWEST


@dataclass(frozen=True, slots=True)
class EventSpec:
    """A whole mapping.

    Args:
        fields: rule by field.
        key: columns that make a row unique; empty = the fields in `holds.KEYS`.
        only: by column the values a row must have to be taken; other rows are left out and counted.
    """

    holds: Holds
    source: SourceSpec
    fields: dict[str, Rule]
    file: FileOptions = field(default_factory=FileOptions)
    key: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that the fields exist, the required ones are there, and somebody is named."""
        check_key(self.source.key, "source.key")
        check_text(self.source.name, "source.name")
        for name, rule in self.fields.items():
            if target_of(self.holds, name) is None:
                known = ", ".join(
                    [target.key for target in TARGETS[self.holds]] + [p + "…" for p in PREFIXES[self.holds]]
                )
                raise DomainError(
                    "unknown_field", f"columns.{name} is no field of {self.holds}: {known}.", f"columns.{name}"
                )
            rule.check(f"columns.{name}")
        for target in TARGETS[self.holds]:
            if target.required and target.key not in self.fields:
                raise DomainError(
                    "required", f"columns.{target.key} ({target.label}) is not mapped.", f"columns.{target.key}"
                )
        self._check_people()

    def _check_people(self) -> None:
        named = not {"user_id", "anonymous_id", "agent_id"}.isdisjoint(self.fields)
        if not named and self.holds not in (Holds.REFUNDS, Holds.PRODUCTS):
            message = "columns.user_id or columns.anonymous_id must be mapped: without them nobody did it."
            raise DomainError("required", message, "columns.user_id")
        if self.holds is Holds.SURVEYS and not {"csat", "nps"} & self.fields.keys():
            raise DomainError("required", "columns.csat or columns.nps must be mapped.", "columns.csat")

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        wanted: dict[str, None] = {}
        for rule in self.fields.values():
            if rule.column is not None:
                wanted[rule.column] = None
            elif rule.template is not None:
                wanted.update(dict.fromkeys(template_columns(rule.template)))
        wanted.update(dict.fromkeys((*self.key, *self.only)))
        return tuple(wanted)


def template_columns(template: str) -> list[str]:
    """Names in braces.

    Raises:
        DomainError: braces that do not match.
    """
    from string import Formatter

    try:
        return [name for _, name, _, _ in Formatter().parse(template) if name]
    except ValueError as error:
        raise DomainError("bad_template", f"template == {template!r}: {error}.", "template") from None


def _among(value: str, known: tuple[str, ...], path: str) -> None:
    if value not in known:
        words = ", ".join(repr(word) for word in known)
        raise DomainError("unknown_choice", f"{path} == {value!r}, must be one of {words}.", path)


def plain(value: Any) -> Any:
    """A value without what equals its default, for documents that people read."""
    return {key: item for key, item in value.items() if item not in ("", None, {}, (), [])}
