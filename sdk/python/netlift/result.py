"""What an evaluation answers: which variant, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Reason = Literal[
    "ERROR",  # a client could not evaluate, for example because of a bad argument
    "NO_CONFIG",  # nothing has been fetched yet
    "UNKNOWN",  # the config holds no such experiment
    "FORCED",  # the caller asked for this variant
    "NO_CONSENT",
    "NO_UNIT",  # the id is missing, blank or not text
    "NOT_RUNNING",
    "REMOTE",  # the audience needs facts that were not given
    "AUDIENCE",  # the audience rules are not met
    "LAYER",  # the unit belongs to another experiment of the layer
    "HOLDOUT",  # kept out of the whole layer
    "HOLDBACK",  # kept out of a shipped winner
    "ROLLOUT",  # gets the shipped winner
    "KEPT",  # keeps the variant it had until the windows of the decided test have closed
    "NOT_ENROLLED",
    "SPLIT",  # drawn into the experiment
]


@dataclass(frozen=True)
class Result:
    """One answer for one experiment and one unit.

    Args:
        variant: key of the variant to show; None where no config knows the experiment.
        reason: why; every reason but SPLIT, HOLDOUT, HOLDBACK, ROLLOUT, KEPT and FORCED is a fallback to the control.
        payload: what the config attaches to the variant. Shared by all callers: read it, never write to it.
        exposure: whether showing this variant must be logged as an exposure.
        phase: phase of the experiment, None where it is unknown.
        config_version: version of the config that answered, None without one.
        suppressed: whether the control is shown although another variant may be `assigned`, because of something that
            came to light after the unit had entered; its exposure says so.
        assigned: key of the variant that the unit has, where that may differ from the one to show.
    """

    variant: str | None
    reason: Reason
    payload: Any
    exposure: bool
    phase: int | None
    config_version: str | None
    suppressed: bool = False
    assigned: str | None = None


ERROR = Result(None, "ERROR", None, exposure=False, phase=None, config_version=None)
NO_CONFIG = Result(None, "NO_CONFIG", None, exposure=False, phase=None, config_version=None)
