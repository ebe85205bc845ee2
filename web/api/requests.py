"""Bodies of requests as the document tells them: what may be left out may be null, what only answers hold is absent."""

from __future__ import annotations

from copy import deepcopy
from functools import cache

from marshmallow import Schema, fields


@cache
def request_of(schema: type[Schema]) -> type[Schema]:
    """The same schema for a body: `Fields` counts null as absent, and the answer may hold more than was asked."""
    name = schema.__name__.removesuffix("Schema").removesuffix("Request")
    members = {key: _asked(field) for key, field in schema().fields.items() if not field.dump_only}
    return Schema.from_dict(members, name=f"{name}Request")


def _asked(field: fields.Field) -> fields.Field:
    made = _nested(field)
    made.allow_none = not made.required
    return made


def _nested(field: fields.Field) -> fields.Field:
    given = {"required": field.required, "metadata": dict(field.metadata)}
    if isinstance(field, fields.Nested):
        return fields.Nested(request_of(type(field.schema)), **given)
    if isinstance(field, fields.List):
        return fields.List(_nested(field.inner), **given)
    return deepcopy(field)
