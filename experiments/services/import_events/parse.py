"""The spec as a document (TOML or JSON), there and back."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any

from experiments.domain.errors import DomainError
from experiments.services.fields import Fields
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.spec import EventSpec, FileOptions, Rule, SourceSpec
from experiments.services.import_units.toml_file import spec_tables, spec_text

_RULE = tuple(item.name for item in dataclass_fields(Rule))
_FILE = tuple(item.name for item in dataclass_fields(FileOptions))
_DEFAULT_RULE, _DEFAULT_FILE = Rule(), FileOptions()


def read_spec_file(path: Path, holds: Holds | None = None) -> EventSpec:
    """The spec in a TOML file.

    Args:
        holds: what it must be for; None = anything but products.

    Raises:
        DomainError: naming the field by its dotted path.
    """
    spec = read_spec(spec_tables(spec_text(path)))
    if (spec.holds is Holds.PRODUCTS) != (holds is Holds.PRODUCTS):
        right = "products" if spec.holds is Holds.PRODUCTS else "events"
        raise DomainError("wrong_kind", f"holds == {spec.holds.value!r}: use `netlift import {right}`.", "holds")
    return spec


def read_spec(document: Any) -> EventSpec:
    """The spec of a decoded document."""
    given = Fields(document, "", ("holds", "source", "file", "columns", "key", "only"))
    holds = given.choice("holds", Holds)
    return EventSpec(
        holds=holds,
        source=_source(given, holds),
        fields={name: _rule(value, f"columns.{name}") for name, value in _flat(given.raw("columns"), "columns")},
        file=_file(given.raw("file")),
        key=given.texts("key"),
        only=_only(given.raw("only") or {}),
    )


def describe_spec(spec: EventSpec) -> dict[str, Any]:
    """The document of a spec; reading it gives the spec again."""
    document: dict[str, Any] = {
        "holds": spec.holds.value,
        "source": {
            "key": spec.source.key,
            "name": spec.source.name,
            "complete": spec.source.complete,
            "watermark": spec.source.watermark,
        },
        "file": _changed(spec.file, _DEFAULT_FILE, _FILE),
        "columns": {name: _changed(rule, _DEFAULT_RULE, _RULE) for name, rule in spec.fields.items()},
        "key": list(spec.key),
        "only": {column: list(values) for column, values in spec.only.items()},
    }
    return document


def _changed(value: Any, default: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names if getattr(value, name) != getattr(default, name)}


def _source(given: Fields, holds: Holds) -> SourceSpec:
    if holds is Holds.PRODUCTS and not given.has("source"):
        return SourceSpec("products", "Product catalogue", watermark="none")
    told = Fields(given.raw("source"), "source", ("key", "name", "complete", "watermark"))
    key = told.text("key")
    usual = "none" if holds in (Holds.CUSTOMERS, Holds.PRODUCTS) else "newest"
    return SourceSpec(key, told.text("name", key), told.flag("complete", False), told.text("watermark", usual))


def _file(data: Any) -> FileOptions:
    told = Fields(data if data is not None else {}, "file", _FILE)
    return FileOptions(**{name: told.text(name, "") for name in _FILE if told.has(name)})


def _flat(data: Any, path: str) -> list[tuple[str, Any]]:
    """(field, rule); `[columns.properties]` holds fields called `properties.…`."""
    if not isinstance(data, dict):
        raise DomainError("bad_type", f"{path} must be a table of fields.", path)
    found: list[tuple[str, Any]] = []
    for name, value in data.items():
        if name in ("properties", "traits", "holds") and isinstance(value, dict):
            found += [(f"{name}.{inner}", rule) for inner, rule in value.items()]
        else:
            found.append((name, value))
    return found


def _rule(data: Any, path: str) -> Rule:
    if isinstance(data, str):
        return Rule(column=data)
    told = Fields(data, path, _RULE)
    values = told.raw("values") or {}
    if not isinstance(values, dict) or not all(isinstance(word, str) for word in values.values()):
        raise DomainError("bad_type", f"{path}.values must be a table of texts.", f"{path}.values")
    return Rule(
        column=told.text("column") if told.has("column") else None,
        constant=_constant(told),
        template=told.text("template") if told.has("template") else None,
        values=dict(values),
        otherwise=told.text("otherwise", "keep"),
        default=told.text("default") if told.has("default") else None,
        divide=told.whole("divide", 1),
        minutes=told.flag("minutes", False),
    )


def _only(data: Any) -> dict[str, tuple[str, ...]]:
    told = Fields(data, "only", data if isinstance(data, dict) else ())
    return {str(column): told.texts(str(column)) for column in data}


def _constant(told: Fields) -> str | None:
    """Numbers and truths may be written as such."""
    value = told.raw("constant")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
