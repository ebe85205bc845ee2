"""Every answer one experiment can give: they do not depend on the unit, so they are made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from netlift.result import Reason, Result


class Variant(NamedTuple):
    """A variant's key and the JSON value handed to the page that shows it."""

    key: str
    payload: Any


@dataclass(frozen=True)
class Answers:
    """The results of one experiment: one per reason that gives the control, one per variant otherwise."""

    no_consent: Result
    no_unit: Result
    not_running: Result
    remote: Result
    audience: Result
    layer: Result
    not_enrolled: Result
    holdout: Result
    holdback: Result
    rollout: Result | None
    kept: tuple[Result, ...]
    split: tuple[Result, ...]
    forced: Mapping[str, Result]

    @classmethod
    def of(cls, variants: tuple[Variant, ...], shipped: str | None, logged: bool, phase: int, version: str) -> Answers:
        """All answers; the first variant is the control.

        Args:
            variants: the variants in their order.
            shipped: key of the rolled-out variant, None without a roll-out.
            logged: whether showing the rolled-out variant is an exposure, which it is beside a holdback only.
            phase: phase of the experiment.
            version: version of the config.
        """

        def answer(variant: Variant, reason: Reason, exposure: bool = False) -> Result:
            return Result(variant.key, reason, variant.payload, exposure, phase, version)

        control = variants[0]
        winner = next((variant for variant in variants if variant.key == shipped), None)
        return cls(
            no_consent=answer(control, "NO_CONSENT"),
            no_unit=answer(control, "NO_UNIT"),
            not_running=answer(control, "NOT_RUNNING"),
            remote=answer(control, "REMOTE"),
            audience=answer(control, "AUDIENCE"),
            layer=answer(control, "LAYER"),
            not_enrolled=answer(control, "NOT_ENROLLED"),
            holdout=answer(control, "HOLDOUT", exposure=True),
            holdback=answer(control, "HOLDBACK", exposure=True),
            rollout=None if winner is None else answer(winner, "ROLLOUT", exposure=logged),
            kept=tuple(answer(variant, "KEPT") for variant in variants),
            split=tuple(answer(variant, "SPLIT", exposure=True) for variant in variants),
            forced={variant.key: answer(variant, "FORCED") for variant in variants},
        )
