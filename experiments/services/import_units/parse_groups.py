"""The tables `variant`, `segments` and `rows` of a spec file: how the units are divided, and which of them count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import normalize

from experiments.domain.checks import check_key, check_range, check_text, check_unique
from experiments.domain.errors import DomainError
from experiments.domain.variant import MAX_VARIANTS, MIN_VARIANTS
from experiments.services.fields import Fields
from experiments.services.import_units.nearest import nearest
from experiments.services.import_units.spec import (
    MAX_SEGMENT_VALUES,
    SegmentSpec,
    SegmentValue,
    VariantSpec,
    When,
)


def parse_variants(data: Any, more: Sequence[str] = ()) -> tuple[str, tuple[VariantSpec, ...]]:
    """The column of the variants, and the variants with the control first.

    `weights` names every text that may stand in the column with its planned share, in any unit. There is no default:
    a check of the split against shares nobody planned would mean nothing.

    Args:
        more: fields of the table that somebody else reads.
    """
    fields = Fields(data, "variant", ("column", "control", "weights", "names", "keys", *more))
    column = check_text(fields.text("column"), "variant.column")
    weights = _weights(fields)
    control = fields.text("control").strip()
    if control not in weights:
        raise DomainError(
            "unknown_choice",
            f"variant.control == {control!r}, must be one of variant.weights; nearest: {nearest(control, weights)}.",
            "variant.control",
        )
    names, keys = (_words(fields, name, weights) for name in ("names", "keys"))
    ordered = [control, *(value for value in weights if value != control)]
    variants = tuple(_variant(value, weights[value], names, keys) for value in ordered)
    check_unique((variant.key for variant in variants), "variant.keys")
    return column, variants


def parse_left_out(data: Any, variants: Sequence[VariantSpec]) -> tuple[str, ...]:
    """Texts of the variants in `leave_out`, none of which is compared."""
    given = data.get("leave_out") if isinstance(data, Mapping) else None
    texts = Fields({"leave_out": given}, "variant", ("leave_out",)).texts("leave_out")
    left_out = tuple(check_text(text, "variant.leave_out") for text in texts)
    check_unique(left_out, "variant.leave_out")
    for both in (variant.value for variant in variants if variant.value in left_out):
        raise DomainError(
            "bad_variant", f"variant.leave_out holds {both!r}, must hold no entry of variant.weights.",
            "variant.leave_out",
        )  # fmt: skip
    if len(left_out) > MAX_VARIANTS:
        raise DomainError(
            "out_of_range", f"variant.leave_out has {len(left_out)} entries, must have at most {MAX_VARIANTS}.",
            "variant.leave_out",
        )  # fmt: skip
    return left_out


def parse_rows(data: Any) -> When:
    """The cells that a row must have to count; () where every row counts."""
    fields = Fields(data, "rows", ("when",))
    return _when(fields) if data else ()


def parse_segment(data: Any, path: str) -> SegmentSpec:
    """One entry of `segments`."""
    fields = Fields(data, path, ("key", "name", "column", "values"))
    key = check_key(fields.text("key"), fields.at("key"))
    name = check_text(fields.text("name", key), fields.at("name"))
    values = tuple(_segment_value(item, where) for where, item in fields.items("values"))
    if fields.has("column") == bool(values):
        raise DomainError("bad_segment", f"{path} must have either column or values.", path)
    if not values:
        return SegmentSpec(key, name, (check_text(fields.text("column"), fields.at("column")),))
    check_unique((value.name for value in values), fields.at("values.name"))
    if len(values) > MAX_SEGMENT_VALUES:
        where = fields.at("values")
        raise DomainError(
            "out_of_range", f"{where} has {len(values)} entries, must have at most {MAX_SEGMENT_VALUES}.", where
        )
    columns = dict.fromkeys(column for value in values for column, _ in value.when)
    return SegmentSpec(key, name, tuple(columns), values)


def _weights(fields: Fields) -> dict[str, float]:
    where = fields.at("weights")
    values, table = _free(fields, "weights")
    if not MIN_VARIANTS <= len(values) <= MAX_VARIANTS:
        raise DomainError(
            "out_of_range",
            f"{where} has {len(values)} entries, must have {MIN_VARIANTS} to {MAX_VARIANTS}: one per variant.",
            where,
        )
    weights = {check_text(value, where): table.number(value) for value in values}
    check_unique((value.strip() for value in values), where)
    for value, weight in weights.items():
        check_range(weight, f"{where}.{value}", low=0, open_low=True)
    total = sum(weights.values())
    return {value: weight / total for value, weight in weights.items()}


def _words(fields: Fields, name: str, weights: Mapping[str, float]) -> dict[str, str]:
    """Words for some of the variants."""
    data = fields.raw(name) if fields.has(name) else {}
    table = Fields(data, fields.at(name), weights)
    return {value: table.text(value) for value in weights if table.has(value)}


def _free(fields: Fields, name: str) -> tuple[tuple[str, ...], Fields]:
    """A table in which any name may stand, and its names."""
    data = fields.raw(name) if fields.has(name) else {}
    names = tuple(data) if isinstance(data, Mapping) else ()
    return names, Fields(data, fields.at(name), names)


def _variant(value: str, weight: float, names: Mapping[str, str], keys: Mapping[str, str]) -> VariantSpec:
    key = keys.get(value) or _key_of(value)
    return VariantSpec(
        value=check_text(value, "variant.weights"),
        key=check_key(key, f"variant.keys.{value}"),
        name=check_text(names.get(value, value), f"variant.names.{value}"),
        weight=weight,
    )


def _key_of(value: str) -> str:
    """Lower-case letters, digits and hyphens that read like the value: "No E-Mail" → no-e-mail."""
    plain = normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-")


def _segment_value(data: Any, path: str) -> SegmentValue:
    fields = Fields(data, path, ("name", "when"))
    when = _when(fields)
    return SegmentValue(check_text(fields.text("name"), fields.at("name")), when)


def _when(fields: Fields) -> When:
    where = fields.at("when")
    columns, table = _free(fields, "when")
    if not columns:
        raise DomainError("required", f"{where} is empty, must hold at least one column.", where)
    return tuple((check_text(column, table.at(column)), _cell(table, column)) for column in columns)


def _cell(table: Fields, column: str) -> str:
    """A text, number or truth value as the text of a cell."""
    value = table.raw(column)
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip() if isinstance(value, str) else repr(table.number(column))
