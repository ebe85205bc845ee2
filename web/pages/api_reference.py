"""The reference of the management API: its OpenAPI document as a page, in the app's frame and without scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, render_template
from markupsafe import Markup, escape

from web.documents import titles
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

bp = Blueprint("api_reference", __name__)
signed_in_only(bp)

#: Where the application keeps its API, whose document this is.
API = "netlift.api"
METHODS = ("get", "post", "put", "patch", "delete")
_BOUNDS = {
    "minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<", "minLength": "characters ≥",
    "maxLength": "characters ≤", "minItems": "items ≥", "maxItems": "items ≤", "pattern": "like", "format": "format",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body; `shape` is the name of the schema it holds."""

    name: str
    kind: str
    shape: str
    required: bool
    note: Markup


@dataclass(frozen=True)
class Operation:
    """One address and method; `body` and `answer` are names of schemas."""

    method: str
    path: str
    anchor: str
    summary: Markup
    text: Markup
    parameters: tuple[Field, ...]
    body: str
    answer: str


@dataclass(frozen=True)
class Reference:
    """Everything the page shows: groups of operations by noun, fields by schema, schemas with rules between fields."""

    title: str
    groups: dict[str, tuple[Operation, ...]]
    shapes: dict[str, tuple[Field, ...]]
    ruled: frozenset[str]


@bp.get("/docs/api-reference")
def show() -> ResponseReturnValue:
    """Every address, parameter, body and answer."""
    api = current_app.extensions[API]
    return render_template(
        "pages/api_reference.html", title="API reference", reference=_reference(api), titles=titles(), name=""
    )


@lru_cache(maxsize=4)
def _reference(api: Any) -> Reference:
    """The document as the page shows it, worked out once per process."""
    document = api.spec.to_dict()
    schemas = document["components"]["schemas"]
    groups: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                given = [*operations.get("parameters", ()), *operations[method].get("parameters", ())]
                one = _operation(path, method, operations[method], given)
                groups.setdefault(operations[method]["tags"][0].removeprefix("api-"), []).append(one)
    return Reference(
        document["info"]["title"],
        {noun: tuple(found) for noun, found in groups.items()},
        {name: tuple(_fields(schema)) for name, schema in sorted(schemas.items())},
        frozenset(name for name, schema in schemas.items() if "allOf" in schema),
    )


def _operation(path: str, method: str, told: dict[str, Any], parameters: list[dict[str, Any]]) -> Operation:
    good = next((code for code in told["responses"] if code.startswith("2")), "")
    return Operation(
        method.upper(),
        path,
        re.sub(r"[^a-z0-9]+", "-", f"{method}{path}".lower()).strip("-"),
        _told(told.get("summary", "")),
        _told(told.get("description", "")),
        tuple(_parameter(one) for one in parameters),
        _shape_of(told.get("requestBody", {})),
        _shape_of(told["responses"].get(good, {})),
    )


def _parameter(one: dict[str, Any]) -> Field:
    where = {"path": "in the address", "header": "header"}.get(one["in"], "")
    schema = one["schema"]
    note = _note(one.get("description", ""), _bounds(schema.get("items", schema)))
    return Field(one["name"], where or _kind(schema), "", one.get("required", False), note)


def _fields(schema: dict[str, Any]) -> Iterator[Field]:
    for name, one in schema.get("properties", {}).items():
        inner = one.get("items", one)
        note = _note(one.get("description", ""), _bounds(inner))
        yield Field(name, _kind(one), _reference_of(inner), name in schema.get("required", ()), note)


def _note(*parts: str) -> Markup:
    return _told(" ".join(part for part in parts if part))


def _told(text: str) -> Markup:
    """Words of the document; what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # an odd one is part of a pattern
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def _shape_of(told: dict[str, Any]) -> str:
    return _reference_of(told.get("content", {}).get("application/json", {}).get("schema", {}))


def _reference_of(schema: dict[str, Any]) -> str:
    inner = schema.get("$ref") or next((one["$ref"] for one in schema.get("anyOf", ()) if "$ref" in one), "")
    return str(inner).rpartition("/")[2]


def _kind(schema: dict[str, Any]) -> str:
    given = schema.get("type", "")
    kind = " or ".join(given) if isinstance(given, list) else given
    return f"list of {_kind(schema['items']) or 'tables'}" if "items" in schema else kind


def _bounds(schema: dict[str, Any]) -> str:
    words = [f"{word} {schema[name]}" for name, word in _BOUNDS.items() if name in schema]
    if "enum" in schema:
        words.append("one of " + ", ".join(str(value) for value in schema["enum"] if value is not None))
    ways = [_bounds(one) for one in schema.get("anyOf", ())]
    if len(ways) > 1 and all(ways):
        words.append(" or ".join(ways))
    return "; ".join(words)
