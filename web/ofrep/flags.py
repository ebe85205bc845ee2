"""One answer of our evaluation → one flag as OFREP states it.

The value of a flag is the variant's payload where every variant has one and all are of one type; else it is the key of
the variant, and a payload travels as JSON text in the metadata. So a flag is of one type, and whoever is in a test
always gets a value: a client that expects another type, or the node client where there is none, makes an error of the
answer, and an error is no exposure, which would lose one arm of the test.

Whoever is not in the test gets no `value`: the client then uses the default in the shop's code.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.domain.environment import Environment
    from experiments.services.evaluate import Answer

#: Our reasons that are no exposure → the protocol's; an exposure is always SPLIT, so that hooks need one word.
_REASONS = {"NOT_RUNNING": "DISABLED", "ROLLOUT": "TARGETING_MATCH", "KEPT": "TARGETING_MATCH", "FORCED": "STATIC"}
_SHOWN = frozenset({"SPLIT", "HOLDOUT", "HOLDBACK", "ROLLOUT", "KEPT"})


def flag_of(answer: Answer, version: str, environment: Environment) -> dict[str, Any]:
    """`variant` and `reason` are always there: clients read them unguarded."""
    result = answer.result
    flag = {
        "key": answer.key,
        "reason": "SPLIT" if result.exposure else _REASONS.get(result.reason, "UNKNOWN"),
        "variant": result.variant,
        "metadata": _metadata(answer, version, environment),
    }
    return {**flag, "value": _value(answer)} if result.reason in _SHOWN else flag


def _value(answer: Answer) -> Any:
    shown, kind = answer.shown, None if answer.test is None else answer.test.payload_type
    if kind is None:
        return shown.variant
    return float(shown.payload) if kind is float else shown.payload  # 1 beside 0.5 is 1.0, or Python sees an int


def _metadata(answer: Answer, version: str, environment: Environment) -> dict[str, bool | str | int]:
    """Facts of the experiment, for exposure hooks and telemetry."""
    result, test = answer.result, answer.test
    facts: dict[str, bool | str | int | None] = {
        "experimentKey": answer.key,
        "phase": result.phase,
        "layer": None if test is None else test.layer,
        "unit": None if test is None else test.unit.value,
        "experimentReason": result.reason,
        "doLogExposure": result.exposure,
        "suppressed": answer.suppressed or None,
        "payload": _payload(answer),
        "contextId": answer.unit,
        "version": version,
        "flagSetId": environment.value,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _payload(answer: Answer) -> str | None:
    """The payload as text where it is not the value; metadata holds no objects."""
    payload = answer.shown.payload
    if payload is None or answer.test is None or answer.test.payload_type is not None:
        return None
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
