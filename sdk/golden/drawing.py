"""Units whose draws lie where a case wants them, and the shape of a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from golden.configs import CONFIGS, CONTROL, OFFER
from golden.murmur import draw

# A salt, and the range in [0, 1) that a unit's draw under it must fall into.
Condition = tuple[str, float, float]
HELD_OUT: Condition = ("salt-pages:h", 0.0, 0.1)
NOT_HELD_OUT: Condition = ("salt-pages:h", 0.1, 1.0)
LOWER, UPPER = (0.0, 0.5), (0.5, 1.0)


def enrolled(key: str, low: float, high: float) -> Condition:
    """The enrolment draw of an experiment lies between."""
    return f"salt-{key}:e", low, high


def varied(key: str, low: float, high: float) -> Condition:
    """The variant draw of an experiment lies between."""
    return f"salt-{key}:v", low, high


def placed(low: float, high: float) -> Condition:
    """The place in the layer of pages lies between."""
    return "salt-pages", low, high


def units(*conditions: Condition, count: int = 2) -> Iterator[str]:
    """The first units whose draws meet all conditions."""
    found = 0
    number = 0
    while found < count:
        unit = f"visitor-{number}"
        number += 1
        if all(low <= draw(salt, unit) < high for salt, low, high in conditions):
            found += 1
            yield unit


def unit(*conditions: Condition) -> str:
    """The first unit whose draws meet all conditions."""
    return next(units(*conditions, count=1))


def arm(key: str, name: str) -> str:
    """The variant a unit is drawn into in a 50/50 experiment."""
    return CONTROL if draw(f"salt-{key}:v", name) < 0.5 else OFFER


def case(
    config: str | None,
    key: str,
    unit: Any,
    variant: str | None,
    reason: str,
    *,
    exposure: bool = False,
    **inputs: Any,
) -> dict[str, Any]:
    """One evaluation; inputs that are left out take their defaults (no attributes, nothing forced, consent given).

    Phase, payload and version of the answer are those that the config states.
    """
    known = [] if config is None else CONFIGS[config]["experiments"]
    item = next((item for item in known if item["key"] == key), None)
    payloads = {entry["key"]: entry["payload"] for entry in item["variants"]} if item else {}
    expected = {
        "variant": variant,
        "reason": reason,
        "payload": payloads.get(variant),
        "exposure": exposure,
        "phase": item["phase"] if item else None,
        "config_version": None if config is None else CONFIGS[config]["version"],
    }
    return {"config": config, "key": key, "unit": unit, **inputs, "expected": expected}


def exposed(config: str, key: str, unit: Any, variant: str, reason: str = "SPLIT", **inputs: Any) -> dict[str, Any]:
    """One evaluation that is an exposure."""
    return case(config, key, unit, variant, reason, exposure=True, **inputs)
