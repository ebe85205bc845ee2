"""Experiments that exclude each other share a layer."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.checks import check_key, check_range, check_text
from experiments.domain.errors import DomainError

MAX_HOLDOUT = 0.5


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with its own salt; `holdout` is the share of units kept out of the whole layer."""

    key: str
    name: str
    salt: str
    holdout: float = 0.0

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.key, "layer.key")
        object.__setattr__(self, "name", check_text(self.name, "layer.name"))
        check_text(self.salt, "layer.salt")
        check_range(self.holdout, "layer.holdout", low=0, high=MAX_HOLDOUT)


@dataclass(frozen=True, slots=True)
class LayerSlice:
    """The part [start, end) of a layer's units that one experiment may use."""

    layer: str
    start: float
    end: float

    def __post_init__(self) -> None:
        """Check that the slice is not empty and lies inside [0, 1]."""
        check_key(self.layer, "layer.key")
        check_range(self.start, "layer.start", low=0, high=1)
        check_range(self.end, "layer.end", low=0, high=1)
        if self.start >= self.end:
            raise DomainError(
                "out_of_range",
                f"layer.end == {self.end:g}, must be > layer.start == {self.start:g}.",
                "layer.end",
            )

    def overlaps(self, other: LayerSlice) -> bool:
        """Whether two slices of the same layer share units."""
        return self.layer == other.layer and self.start < other.end and other.start < self.end
