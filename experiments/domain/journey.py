"""Ordered pages or moments a visitor passes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from experiments.domain.checks import check_key, check_range, check_text, check_unique
from experiments.domain.errors import DomainError

#: Days in which the later steps of a journey follow its first, unless its owner says otherwise.
WINDOW_DAYS, MOST_WINDOW_DAYS = 14, 60
MOST_STEPS = 8


class Match(StrEnum):
    """How a step recognises an event."""

    PATH = "path"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a path pattern with `*`, or the exact name of an event."""

    key: str
    name: str
    match: Match
    pattern: str

    def __post_init__(self) -> None:
        """Check key, name and pattern."""
        check_key(self.key, "step.key")
        object.__setattr__(self, "name", check_text(self.name, "step.name"))
        object.__setattr__(self, "pattern", check_text(self.pattern, "step.pattern"))
        if self.match is Match.PATH and not self.pattern.startswith(("/", "*")):
            raise DomainError(
                "bad_pattern",
                f"step.pattern == {self.pattern!r}, must start with '/' or '*'.",
                "step.pattern",
            )

    def matches(self, *, path: str | None = None, event: str | None = None) -> bool:
        """Whether a page path or an event name belongs to this step."""
        if self.match is Match.PATH:
            return path is not None and fnmatchcase(path, self.pattern)
        return event == self.pattern


@dataclass(frozen=True, slots=True)
class Journey:
    """A named, ordered set of at least one step.

    Args:
        families: product families its pages were made to sell; empty = none in particular.
        addons: products whose presence makes an order one with an add-on; empty = any second product does.
        priority: products that stand for priority shipping in an order; empty = it cannot be told.
        window_days: days from the first step within which the others count.
        version: raised at every change of the definition.
        archived: kept, and neither counted nor offered any more.
    """

    key: str
    name: str
    steps: tuple[Step, ...]
    families: tuple[str, ...] = ()
    addons: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    window_days: int = WINDOW_DAYS
    version: int = 1
    archived: bool = False

    def __post_init__(self) -> None:
        """Check key, name, steps and window."""
        check_key(self.key, "journey.key")
        object.__setattr__(self, "name", check_text(self.name, "journey.name"))
        if not self.steps:
            raise DomainError("required", "journey.steps is empty, must hold at least one step.", "journey.steps")
        check_range(len(self.steps), "journey.steps", high=MOST_STEPS)
        check_unique((step.key for step in self.steps), "journey.steps")
        for name in ("families", "addons", "priority"):
            for key in getattr(self, name):
                check_key(key, f"journey.{name}")
            check_unique(getattr(self, name), f"journey.{name}")
        check_range(self.window_days, "journey.window_days", low=1, high=MOST_WINDOW_DAYS)

    def same_as(self, other: Journey) -> bool:
        """Whether both say the same, whatever their version."""
        return replace(self, version=other.version) == other
