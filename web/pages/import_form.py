"""The mapping of columns as a form, and the form as the document of a spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from experiments.domain.channel import Channel
from experiments.services.import_desk.sniff import ENCODINGS, TIME_FORMATS
from experiments.services.import_events.holds import KEYS, PREFIXES, TARGETS, Holds, Target, Type
from web.pages.fields import Form, slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.services.import_desk.sniff import Beginning

HOLDS = (
    (Holds.ORDERS.value, "Orders", "One row per line of an order, or per order."),
    (Holds.REFUNDS.value, "Returns and cancellations", "Whole orders or single products."),
    (Holds.CONTACTS.value, "Contacts", "Handled calls, chats, visits, with their duration."),
    (Holds.SURVEYS.value, "Surveys", "Answers: satisfaction, recommendation."),
    (Holds.CUSTOMERS.value, "Customers and what they hold", "Since when, optionally until when."),
    (Holds.PRODUCTS.value, "Products", "A price list: families, tiers, prices, margins."),
    (
        Holds.EVENTS.value,
        "Other events",
        "Anything else that a metric may count; also who was shown what, of a test without code.",
    ),
)
_EXAMPLES = {"iso": "2026-11-03 09:15 (ISO)", "unix": "1793693700 (seconds since 1970)", "unix_ms": "1793693700000"}
DIRECTIVES = (("%d", "03"), ("%m", "11"), ("%Y", "2026"), ("%H", "09"), ("%M", "15"), ("%S", "00"))
NUMBERS = ((".|", "1234.50"), (",|", "1234,50"), (",|.", "1.234,50"), (".|,", "1,234.50"), (",|space", "1 234,50"))
WATERMARKS = (
    ("newest", "Up to its newest row"),
    ("day", "Up to the end of a day"),
    ("none", "It says nothing about that", "For a one-off file, or one that will not come again."),
)
CHANNELS = tuple((channel.value, channel.value) for channel in Channel)
NEW_SOURCE = "(new)"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the form with what is chosen."""

    target: Target
    column: str
    fixed: str
    kind: str


@dataclass(slots=True)
class MappingForm:
    """Everything the page shows: the document so far, what can be chosen, and errors by control."""

    holds: Holds
    document: dict[str, Any]
    beginning: Beginning
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> list[FieldRow]:
        """A row per field."""
        return [self._row(target) for target in TARGETS[self.holds]]

    def _row(self, target: Target) -> FieldRow:
        rule = self.document.get("columns", {}).get(target.key, {})
        return FieldRow(target, rule.get("column") or "", rule.get("constant") or "", target.type.value)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The columns as choices, with an example of what stands in them."""
        choices = [("", "not in the file")]
        for column in self.beginning.header:
            cells = self.beginning.column(column)
            example = f" ({cells[0][:24]})" if cells else " (empty)"
            choices.append((column, column + example))
        return choices

    @property
    def kept(self) -> list[str]:
        """Columns that come along under their own names."""
        prefix = _prefix(self.holds)
        rules = self.document.get("columns", {})
        return [rule.get("column", "") for name, rule in rules.items() if prefix and name.startswith(prefix)]

    @property
    def file(self) -> dict[str, Any]:
        """Options of the file."""
        return dict(self.document.get("file", {}))

    @property
    def numbers(self) -> str:
        """The choice of how numbers are written."""
        thousands = self.file.get("thousands", "")
        return f"{self.file.get('decimal', '.')}|{'space' if thousands == ' ' else thousands}"

    @property
    def source(self) -> dict[str, Any]:
        """Who tells."""
        return dict(self.document.get("source", {}))

    @property
    def watermark(self) -> tuple[str, str]:
        """(choice, day)."""
        told = self.source.get("watermark") or ("none" if self.holds is Holds.CUSTOMERS else "newest")
        return (told, "") if told in ("newest", "none") else ("day", told)

    def words(self, name: str) -> dict[str, str]:
        """What the mapping makes of values of a field."""
        return dict(self.document.get("columns", {}).get(name, {}).get("values", {}))


def time_choices(chosen: str) -> list[tuple[str, str]]:
    """Forms of dates, each with what the third of November looks like."""
    known = [*TIME_FORMATS, *([chosen] if chosen and chosen not in TIME_FORMATS else [])]
    return [(form, _EXAMPLES.get(form) or _filled(form)) for form in known]


def number_choices(chosen: str) -> list[tuple[str, str]]:
    """How numbers can be written."""
    known = dict(NUMBERS)
    return [*NUMBERS] if chosen in known else [*NUMBERS, (chosen, chosen.replace("|", " and "))]


def encoding_choices(chosen: str) -> list[tuple[str, str]]:
    """Encodings, the current one among them."""
    return [*ENCODINGS] if chosen in dict(ENCODINGS) else [*ENCODINGS, (chosen, chosen)]


def free_columns(form: MappingForm) -> list[tuple[str, str]]:
    """Columns that no field needs and that may come along."""
    if not _prefix(form.holds):
        return []
    used = {row.column for row in form.fields}
    return [(column, column) for column in form.beginning.header if column not in used]


def read_mapping(filled: Form, holds: Holds, before: Mapping[str, Any], header: Sequence[str]) -> dict[str, Any]:
    """The document that the form says; `before` is the one it was drawn from."""
    file = {**before.get("file", {}), **_read_file(filled)}
    document: dict[str, Any] = {
        "holds": holds.value,
        "file": {name: value for name, value in file.items() if value is not None},
        "columns": _read_columns(filled, holds, before, header),
        "key": [column for column in filled.many("key") if column in header],
    }
    if holds is not Holds.PRODUCTS:
        document["source"] = _read_source(filled)
    column, value = filled.text("only_column"), filled.text("only_value")
    if column and value:
        document["only"] = {column: [part.strip() for part in value.split(",") if part.strip()]}
    return document


def places(document: Mapping[str, Any]) -> dict[str, str]:
    """Where an error of the spec stands in the form."""
    found = {f"columns.{name}": f"col.{name}" for name in document.get("columns", {})}
    holds = Holds(document["holds"])
    found |= {f"columns.{target.key}": f"col.{target.key}" for target in TARGETS[holds]}
    found |= {
        f"file.{name}": name for name in ("time_format", "time_zone", "encoding", "date_at", "separator", "lines")
    }
    return found | {
        "file.decimal": "numbers",
        "file.thousands": "numbers",
        "source.key": "source_name",
        "source.name": "source_name",
        "source.watermark": "watermark_day",
    }


def _read_file(filled: Form) -> dict[str, Any]:
    decimal, _, thousands = (filled.text("numbers") or ".|").partition("|")
    told = {
        name: filled.text(name) for name in ("time_format", "time_zone", "encoding", "date_at", "separator", "lines")
    }
    return {name: value for name, value in told.items() if value} | {
        "decimal": decimal,
        "thousands": " " if thousands == "space" else thousands,
    }


def _read_columns(filled: Form, holds: Holds, before: Mapping[str, Any], header: Sequence[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for target in TARGETS[holds]:
        column, fixed = filled.text(f"col.{target.key}"), filled.text(f"fix.{target.key}")
        if column:
            rule: dict[str, Any] = {"column": column}
            old = before.get("columns", {}).get(target.key, {})
            words = read_words(filled, target.key, old.get("values", {}))
            if words:
                rule["values"] = words
            if fixed:
                rule["default"] = fixed
            columns[target.key] = rule | _units(filled, target)
        elif fixed:
            columns[target.key] = {"constant": fixed}
    prefix = _prefix(holds)
    for column in filled.many("keep"):
        if prefix and column in header:
            columns[prefix + slug(column).replace("-", "_")] = {"column": column}
    return columns


def _units(filled: Form, target: Target) -> dict[str, Any]:
    if target.type is Type.MONEY and filled.text("cents"):
        return {"divide": 100}
    return {"minutes": True} if target.type is Type.SECONDS and filled.text("minutes") else {}


def read_words(filled: Form, name: str, before: Mapping[str, str]) -> dict[str, str]:
    """Values translated before, and those of this form; an empty choice leaves a value as it is."""
    words = dict(before)
    number = 0
    while (said := filled.text(f"from.{name}.{number}")) != "":
        chosen = filled.text(f"to.{name}.{number}")
        if chosen:
            words[said] = chosen
        else:
            words.pop(said, None)
        number += 1
    return words


def _read_source(filled: Form) -> dict[str, Any]:
    chosen, name = filled.text("source_key"), filled.text("source_name")
    mark = filled.text("watermark") or "newest"
    key = chosen if chosen and chosen != NEW_SOURCE else slug(name)
    if mark == "day":
        mark = filled.text("watermark_day") or "?"
    return {"key": key, "name": name or key, "complete": bool(filled.text("complete")), "watermark": mark}


def _prefix(holds: Holds) -> str:
    return PREFIXES[holds][0] if PREFIXES[holds] else ""


def _filled(form: str) -> str:
    for directive, text in DIRECTIVES:
        form = form.replace(directive, text)
    return form


def usual_key(holds: Holds) -> str:
    """The fields that make a row unique where nobody says otherwise, as words."""
    labels = {target.key: target.label.lower() for target in TARGETS[holds]}
    return ", ".join(labels.get(name, name) for name in KEYS[holds])
