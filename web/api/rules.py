"""Rules between the fields of a body, in the words of JSON Schema; requests tell them, `request_of` hangs them in.

What JSON Schema has no words for (weights that sum to 1, a second day after the first, a key that must exist) stands in
the descriptions of the fields.
"""

from __future__ import annotations

from typing import Any

Rule = dict[str, Any]

#: Everything but null, which counts as absent.
SOMETHING: Rule = {"not": {"type": "null"}}
NOTHING: Rule = {"type": "null"}


def has(*names: str, **schemas: Rule) -> Rule:
    """Fields that must be there, each of the schema it is given.

    Example:
        >>> has(margin={"type": "number"})
        {'required': ['margin'], 'properties': {'margin': {'type': 'number'}}}
    """
    wanted = dict.fromkeys(names, SOMETHING) | schemas
    return {"required": list(wanted), "properties": wanted}


def where(**schemas: Rule) -> Rule:
    """Fields that are of a schema where they are given."""
    return {"properties": schemas}


def absent(*names: str) -> Rule:
    """Fields that must be left out, or null."""
    return {"properties": dict.fromkeys(names, NOTHING)}


def word(*words: str | int | None) -> Rule:
    """One of some words; None allows that it is left out."""
    return {"enum": list(words)}


def no_items() -> Rule:
    """A list that is empty or null."""
    return {"type": ["array", "null"], "maxItems": 0}


def some_items(least: int = 1, most: int | None = None) -> Rule:
    """A list that holds something."""
    return {"type": "array", "minItems": least} | ({} if most is None else {"maxItems": most})


def both(*rules: Rule) -> Rule:
    """What holds where all of some rules do."""
    required = [name for rule in rules for name in rule.get("required", ())]
    properties: dict[str, Any] = {}
    for rule in rules:
        properties |= rule.get("properties", {})
    return ({"required": required} if required else {}) | {"properties": properties}


def any_of(*rules: Rule) -> Rule:
    """At least one of some rules holds."""
    return {"anyOf": list(rules)}


def exactly_one(*names: str) -> Rule:
    """One of some fields is given and the others are not."""
    return any_of(*(both(has(name), absent(*(other for other in names if other != name))) for name in names))
