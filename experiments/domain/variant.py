"""What a visitor can be shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiments.domain.checks import check_json, check_key, check_range, check_text, check_unique
from experiments.domain.errors import DomainError

MIN_VARIANTS = 2
MAX_VARIANTS = 8
PAYLOAD_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Variant:
    """One version; the first of an experiment is the control.

    Args:
        weight: share of enrolled units, above 0 and below 1.
        payload: JSON that travels to the browser; it is public.
    """

    key: str
    name: str
    weight: float
    payload: Any = None

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.key, "variant.key")
        object.__setattr__(self, "name", check_text(self.name, "variant.name"))
        check_range(self.weight, "variant.weight", low=0, high=1, open_low=True, open_high=True)
        check_json(self.payload, "variant.payload", at_most=PAYLOAD_MAX)

    @property
    def shown(self) -> tuple[str, float, str]:
        """What decides who sees what, comparable: JSON keeps `true` and 1 apart, Python's == does not."""
        return self.key, self.weight, json.dumps(self.payload, sort_keys=True)


def check_variants(variants: Sequence[Variant]) -> None:
    """2 to 8 variants with distinct keys whose weights sum to 1."""
    if not MIN_VARIANTS <= len(variants) <= MAX_VARIANTS:
        raise DomainError(
            "out_of_range",
            f"variants has {len(variants)} entries, must have {MIN_VARIANTS} to {MAX_VARIANTS}.",
            "variants",
        )
    check_unique((variant.key for variant in variants), "variants.key")
    total = sum(variant.weight for variant in variants)
    if abs(total - 1) > 1e-9:
        raise DomainError("out_of_range", f"variants.weight sums to {total:g}, must sum to 1.", "variants.weight")
