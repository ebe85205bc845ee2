"""Bodies of requests as the document tells them.

What may be left out may be null, what only answers hold is absent, and every number says how large it may be.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields, validate

from experiments.services.fields import WHOLE_MAX

#: Name of the class attribute with the rules between fields: `RULES` of a schema, told of requests only.
TOLD = "told_rules"


class Converter(OpenAPIConverter):
    """apispec's converter, which also tells the rules between fields."""

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        """A JSON Schema of a schema."""
        told: dict[str, Any] = super().schema2jsonschema(schema)
        rules = getattr(schema, TOLD, ())
        return told | {"allOf": list(rules)} if rules else told


class Plugin(MarshmallowPlugin):
    """apispec's plugin with our converter."""

    Converter = Converter


@cache
def request_of(schema: type[Schema]) -> type[Schema]:
    """The same schema for a body: `Fields` counts null as absent, and the answer may hold more than was asked.

    Of a schema whose `Meta.partial` is true nothing is required, and null takes out only what may be left out.
    """
    name = schema.__name__.removesuffix("Schema").removesuffix("Request")
    partial = bool(getattr(schema.Meta, "partial", False))
    members = {key: _asked(field, partial) for key, field in schema().fields.items() if not field.dump_only}
    made = Schema.from_dict(members, name=f"{name}Request")
    setattr(made, TOLD, () if partial else getattr(schema, "RULES", ()))
    return made


def _asked(field: fields.Field[Any], partial: bool) -> fields.Field[Any]:
    made = _nested(field)
    made.allow_none = not field.required
    made.required = field.required and not partial
    return made


def _nested(field: fields.Field[Any]) -> fields.Field[Any]:
    given: dict[str, Any] = {"required": field.required, "metadata": dict(field.metadata)}
    if isinstance(field, fields.Nested):
        return fields.Nested(request_of(type(field.schema)), **given)
    if isinstance(field, fields.List):
        return fields.List(_nested(field.inner), **given)
    made = deepcopy(field)
    if isinstance(made, fields.Number):
        made.metadata = _bounded(made)
    return made


def _bounded(field: fields.Field[Any]) -> dict[str, Any]:
    """Every number has bounds: none is larger than what every JSON reader keeps exactly."""
    told = dict(field.metadata)
    if "enum" in told or any(isinstance(each, validate.Range) for each in field.validators):
        return told
    if not told.keys() & {"minimum", "exclusiveMinimum"}:
        told["minimum"] = -WHOLE_MAX
    if not told.keys() & {"maximum", "exclusiveMaximum"}:
        told["maximum"] = WHOLE_MAX
    return told
