"""Ordered pages or moments a visitor passes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from experiments.domain.checks import check_key, check_text, check_unique
from experiments.domain.errors import DomainError


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
    """A named, ordered set of at least one step."""

    key: str
    name: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Check key, name and steps."""
        check_key(self.key, "journey.key")
        object.__setattr__(self, "name", check_text(self.name, "journey.name"))
        if not self.steps:
            raise DomainError("required", "journey.steps is empty, must hold at least one step.", "journey.steps")
        check_unique((step.key for step in self.steps), "journey.steps")
