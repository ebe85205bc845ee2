"""A stretch of an experiment with one salt, weights, audience and payload."""

from __future__ import annotations

from dataclasses import dataclass, field

from experiments.domain.audience import Audience
from experiments.domain.checks import check_range, check_text
from experiments.domain.errors import ConflictError
from experiments.domain.layer import LayerSlice
from experiments.domain.variant import Variant, check_variants

SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class Phase:
    """What decides who sees what; a change of any of it but the enrolment starts the next phase.

    Args:
        number: 1, 2, …
        salt: random and stored, never the editable name.
        enrolment: share of eligible units that take part; it may rise within a phase and never fall.
        started_at, ended_at: µs UTC; None while not started or still open.
    """

    number: int
    salt: str
    variants: tuple[Variant, ...]
    audience: Audience = field(default_factory=Audience)
    enrolment: float = 1.0
    layer: LayerSlice | None = None
    started_at: int | None = None
    ended_at: int | None = None

    def __post_init__(self) -> None:
        """Check every bound."""
        check_range(self.number, "phase.number", low=1)
        check_text(self.salt, "phase.salt")
        check_variants(self.variants)
        check_range(self.enrolment, "phase.enrolment", low=0, high=1, open_low=True)

    @property
    def control(self) -> Variant:
        """The first variant."""
        return self.variants[0]

    def check_enrolment_rise(self, share: float) -> None:
        """Raise where the share would fall: units already enrolled would be dropped by their hash."""
        if share < self.enrolment:
            raise ConflictError(
                f"phase.enrolment == {share:g}, must be >= {self.enrolment:g}: the share may only rise within a phase.",
                "phase.enrolment",
                code="out_of_range",
            )
        check_range(share, "phase.enrolment", low=0, high=1, open_low=True)
