"""What the published OFREP demands of a server's answers, and how such demands are read from an OpenAPI document.

The published document is not part of this repository. `ANSWERS` says in our words what its version 0.4.0 demands
(open-feature/protocol, `service/openapi.yaml` at 98c4e0d), field by field: per address and status the fields an answer
must have, their types, and the words that are allowed. Version 0.3.0 demands the same of answers; it differs in what
is asked: there every context has a `targetingKey`. Responses without a body (304, 401, 403, 429) demand nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SINGLE, BULK = "/ofrep/v1/evaluate/flags/{key}", "/ofrep/v1/evaluate/flags"
TEXT, OBJECT = frozenset({"string"}), frozenset({"object"})


@dataclass(frozen=True)
class Demand:
    """What an object must hold: fields that must be there, types by field, words by field."""

    required: frozenset[str] = frozenset()
    types: dict[str, frozenset[str]] = field(default_factory=dict)
    words: dict[str, frozenset[str]] = field(default_factory=dict)


FAILED = frozenset({"PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"})
ERROR = {"key": TEXT, "errorCode": TEXT, "errorDetails": TEXT, "metadata": OBJECT}
#: A value may be left out: then the default in the caller's code holds.
FLAG = Demand(
    frozenset({"key", "reason"}),
    {
        "key": TEXT,
        "reason": TEXT,
        "variant": TEXT,
        "metadata": OBJECT,
        "value": frozenset({"boolean", "string", "integer", "number", "object"}),
    },
    {"reason": frozenset({"STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"})},
)
#: Nothing is demanded of the body of a 500, but that its details are a text.
BROKEN = Demand(types={"errorDetails": TEXT})
ANSWERS: dict[tuple[str, str], Demand] = {
    (SINGLE, "200"): FLAG,
    (SINGLE, "400"): Demand(frozenset({"key", "errorCode"}), ERROR, {"errorCode": FAILED}),
    (SINGLE, "404"): Demand(frozenset({"key", "errorCode"}), ERROR, {"errorCode": frozenset({"FLAG_NOT_FOUND"})}),
    (SINGLE, "500"): BROKEN,
    (BULK, "200"): Demand(
        frozenset({"flags"}), {"flags": frozenset({"array"}), "metadata": OBJECT, "eventStreams": frozenset({"array"})}
    ),
    (BULK, "400"): Demand(frozenset({"errorCode"}), {"errorCode": TEXT, "errorDetails": TEXT}),
    (BULK, "500"): BROKEN,
}
#: All that an address may answer.
STATUSES = {
    SINGLE: frozenset({"200", "400", "401", "403", "404", "429", "500"}),
    BULK: frozenset({"200", "304", "400", "401", "403", "429", "500"}),
}


def responses(document: dict[str, Any], path: str) -> dict[str, Any]:
    """What an address answers, by status."""
    told: dict[str, Any] = document["paths"][path]["post"]["responses"]
    return told


def body(document: dict[str, Any], path: str, status: str) -> dict[str, Any] | None:
    """The schema of an answer's body; None where it has none."""
    response = resolved(document, responses(document, path)[status])
    schema: dict[str, Any] | None = response.get("content", {}).get("application/json", {}).get("schema")
    return schema


def items(document: dict[str, Any]) -> dict[str, Any]:
    """The schema of one flag of a bulk answer; the first of several alternatives, which is the evaluated one."""
    bulk = resolved(document, body(document, BULK, "200") or {})
    of_each: dict[str, Any] = bulk["properties"]["flags"]["items"]
    return of_each.get("oneOf", [of_each])[0]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` names."""
    while "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def demand(document: dict[str, Any], schema: dict[str, Any]) -> Demand:
    """What a schema demands: all of its parts, or what its alternatives have in common."""
    schema = resolved(document, schema)
    told = Demand(
        frozenset(schema.get("required", ())),
        {name: types for name, one in schema.get("properties", {}).items() if (types := _types(document, one))},
        {name: words for name, one in schema.get("properties", {}).items() if (words := _words(document, one))},
    )
    for part in schema.get("allOf", ()):
        told = _both(told, demand(document, part))
    for several in ("oneOf", "anyOf"):
        if several in schema:
            told = _both(told, _either([demand(document, part) for part in schema[several]]))
    return told


def _both(one: Demand, other: Demand) -> Demand:
    return Demand(one.required | other.required, {**one.types, **other.types}, {**one.words, **other.words})


def _either(parts: list[Demand]) -> Demand:
    names = {name for part in parts for name in part.types}
    types = {name: frozenset().union(*(part.types.get(name, frozenset()) for part in parts)) for name in names}
    return Demand(frozenset.intersection(*(part.required for part in parts)), types)


def _types(document: dict[str, Any], schema: dict[str, Any]) -> frozenset[str]:
    schema = resolved(document, schema)
    stated = schema.get("type", "string" if "enum" in schema or "const" in schema else ())
    found = frozenset([stated] if isinstance(stated, str) else stated)
    return found.union(*(_types(document, part) for part in schema.get("allOf", ())))


def _words(document: dict[str, Any], schema: dict[str, Any]) -> frozenset[str]:
    schema = resolved(document, schema)
    return frozenset(schema.get("enum", [schema["const"]] if "const" in schema else ()))
