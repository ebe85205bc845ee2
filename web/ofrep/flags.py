"""One answer of our evaluation → one flag as OFREP states it.

The value of a flag is the variant's payload where the test has payloads, and the variant's key where it has none, so
that a flag is of one type. A variant without a payload beside others that have one, and whoever is not in the test,
gets no `value`: the client then uses the default in the shop's code, which is the page as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.domain.environment import Environment
    from experiments.services.evaluate import Answer

#: Our reasons that are no exposure → the protocol's; an exposure is always SPLIT, so that hooks need one word.
_REASONS = {"NOT_RUNNING": "DISABLED", "ROLLOUT": "TARGETING_MATCH", "FORCED": "STATIC"}
_SHOWN = frozenset({"SPLIT", "HOLDOUT", "HOLDBACK", "ROLLOUT"})


def flag_of(answer: Answer, version: str, environment: Environment) -> dict[str, Any]:
    """`variant` and `reason` are always there: clients read them unguarded."""
    result = answer.result
    flag = {
        "key": answer.key,
        "reason": "SPLIT" if result.exposure else _REASONS.get(result.reason, "UNKNOWN"),
        "variant": result.variant,
        "metadata": _metadata(answer, version, environment),
    }
    value = _value(answer) if result.reason in _SHOWN else None
    return flag if value is None else {**flag, "value": value}


def _value(answer: Answer) -> Any:
    """What is shown: the control's where showing the variant is suppressed."""
    shown = answer.control if answer.suppressed and answer.control is not None else answer.result
    has_payload = answer.test is not None and answer.test.has_payload
    return shown.payload if has_payload else shown.variant


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
        "contextId": answer.unit,
        "version": version,
        "flagSetId": environment.value,
    }
    return {name: value for name, value in facts.items() if value is not None}
