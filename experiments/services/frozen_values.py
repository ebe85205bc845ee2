"""Frozen dataclasses, enums, tuples, mappings and arrays to JSON and back, exactly, whatever a report is computed from.

`domain.plain` writes the contract of reports, which has neither arrays nor keys that are no texts. Here every value
names its own type; only types of this product are read back, so that a file can run nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any

import numpy as np

#: Where types may come from.
OURS = ("experiments.decision.", "experiments.domain.", "experiments.stats.")
_PLAIN = (bool, int, float, str)


def to_json(value: Any) -> Any:
    """JSON-ready form.

    Raises:
        TypeError: where a value has none.
    """
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return {"enum": _name(value), "value": value.value}
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "shape": list(value.shape)}
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: to_json(getattr(value, field.name)) for field in fields(value) if field.init}
        return {"type": _name(value), "fields": kept}
    if isinstance(value, Mapping):
        return {"map": [[to_json(key), to_json(item)] for key, item in value.items()]}
    if isinstance(value, tuple | list | frozenset | set):
        return {type(value).__name__: [to_json(item) for item in value]}
    raise TypeError(f"value of type {type(value).__name__} cannot be frozen.")


def from_json(data: Any) -> Any:
    """What `to_json` wrote; fields that a type no longer has are left out, new ones take their defaults.

    Raises:
        ValueError: a type is not one of ours.
    """
    if not isinstance(data, dict):
        return data
    if "type" in data:
        cls = _type(data["type"])
        known = {field.name for field in fields(cls) if field.init}
        return cls(**{name: from_json(item) for name, item in data["fields"].items() if name in known})
    if "enum" in data:
        return _type(data["enum"])(data["value"])
    if "array" in data:
        return np.array(data["array"], dtype=np.float64).reshape(data["shape"])
    if "map" in data:
        return {from_json(key): from_json(item) for key, item in data["map"]}
    [(kind, items)] = data.items()
    return {"tuple": tuple, "list": list, "frozenset": frozenset, "set": set}[kind](from_json(item) for item in items)


def _name(value: Any) -> str:
    return f"{type(value).__module__}:{type(value).__qualname__}"


def _type(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if not module.startswith(OURS) or "." in attribute:
        raise ValueError(f"{name} is none of the types a report is computed from.")
    return getattr(import_module(module), attribute)
