"""The mapping of a file as the document tells it: what each kind of file needs, read from the product's own list."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.services.import_events.holds import PREFIXES, TARGETS, Holds
from experiments.services.import_events.spec import FORMATS, KEEP, MAX_VALUES, NEWEST, NONE, REFUSE
from web.api.rules import Rule, any_of, both, exactly_one, has, where, word
from web.api.schemas import key_field, name_field

#: Encodings that every installation knows; others of Python's are taken as well.
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "ascii", "cp1252", "cp850", "iso-8859-1", "iso-8859-15")
_MAYBE_TEXT = {"type": ["string", "null"]}
_COLUMN: Rule = {
    "type": "object",
    "description": "Where a field comes from: a column, a constant, or a template with {columns}; one of the three.",
    "properties": {
        "column": _MAYBE_TEXT,
        "constant": {"type": ["string", "number", "boolean", "null"]},
        "template": _MAYBE_TEXT | {"pattern": r"^([^{}]|\{[^{}!:\[\].]+\})*$"},
        "values": {
            "type": ["object", "null"],
            "additionalProperties": {"type": "string"},
            "maxProperties": MAX_VALUES,
        },
        "otherwise": word(KEEP, REFUSE, None),
        "default": _MAYBE_TEXT,
        "divide": {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000},
        "minutes": {"type": ["boolean", "null"]},
    },
    "additionalProperties": False,
    "allOf": [exactly_one("column", "constant", "template")],
}
_PERSON = any_of(has("user_id"), has("anonymous_id"))


class FileSchema(Schema):
    """How a file is written."""

    format = fields.String(validate=validate.OneOf(FORMATS))
    encoding = fields.String(
        metadata={"enum": list(ENCODINGS), "description": "Or another encoding of Python's by its name."}
    )
    delimiter = fields.String(metadata={"maxLength": 1, "description": "Found out where it is empty."})
    decimal = fields.String(validate=validate.OneOf([".", ","]))
    thousands = fields.String(validate=validate.OneOf(["", ".", ",", " ", "'"]))
    time_format = fields.String(metadata={"description": "iso, unix, unix_ms, or a pattern such as %d-%m-%Y %H:%M."})
    time_zone = fields.String(metadata={"description": "Where times without offset were written down."})
    date_at = fields.String(metadata={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
    separator = fields.String(metadata={"maxLength": 1, "description": "Between the products of one cell."})
    lines = fields.String(metadata={"description": "Path of the list of lines of an order inside one row."})
    RULES = (
        any_of(
            where(decimal=word(".", None), thousands=word("", ",", " ", "'", None)),
            both(has(decimal=word(",")), where(thousands=word("", ".", " ", "'", None))),
        ),
    )


class SourceSchema(Schema):
    """Who tells."""

    key = key_field(required=True)
    name = name_field()
    complete = fields.Boolean(metadata={"description": "The file covers all customers independently of any test."})
    watermark = fields.String(
        metadata={
            "anyOf": [{"enum": [NEWEST, NONE]}, {"format": "date"}],
            "description": "newest: delivered up to the newest row; none: says nothing; or the last whole day.",
        }
    )


def _of(holds: Holds) -> Rule:
    """What the mapping of one kind of file needs."""
    names: list[Rule] = [{"enum": [target.key for target in TARGETS[holds]]}]
    names += [{"pattern": f"^{prefix.removesuffix('.')}[.][!-~]+$"} for prefix in PREFIXES[holds]]
    columns: dict[str, Any] = {"propertyNames": {"anyOf": names}, "allOf": _needed(holds)}
    told = where(holds=word(holds), columns=columns)
    return told if holds is Holds.PRODUCTS else both(told, has(source={"type": "object"}))


def _needed(holds: Holds) -> list[Rule]:
    required = [target.key for target in TARGETS[holds] if target.required]
    needed: list[Rule] = [{"required": required}] if required else []
    if holds not in (Holds.REFUNDS, Holds.PRODUCTS):
        needed.append(_PERSON)
    return [*needed, any_of(has("csat"), has("nps"))] if holds is Holds.SURVEYS else needed


class SpecSchema(Schema):
    """A mapping; the same document as the TOML file of `netlift import events` (docs/import-events.md)."""

    holds = fields.String(required=True, validate=validate.OneOf([holds.value for holds in Holds]))
    source = fields.Nested(SourceSchema, metadata={"description": "Every kind of file but products needs it."})
    file = fields.Nested(FileSchema)
    columns = fields.Dict(
        required=True,
        values=fields.Raw(metadata={"anyOf": [{"type": "string"}, _COLUMN]}),
        metadata={"description": "A rule per field, or the name of its column."},
    )
    key = fields.List(fields.String())
    # A field, although a schema has a setting of that name.
    only = fields.Dict(values=fields.List(fields.String()))  # type: ignore[assignment]
    RULES = (any_of(*(_of(holds) for holds in Holds)),)
