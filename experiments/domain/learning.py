"""What a finished test taught: its words, where they hold, and the tests that speak for and against them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from experiments.domain.checks import TEXT_MAX, check_json, check_key, check_text, check_unique
from experiments.domain.errors import ConflictError, DomainError

FACTS_MAX = 65_536
EVIDENCE_MAX = 50


class LearningStatus(StrEnum):
    """A draft is seen by all and counts for nothing until it is published; an archived one is kept."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Stance(StrEnum):
    """Whether a test speaks for a learning or against it."""

    FOR = "for"
    AGAINST = "against"


#: Where a learning may go from where it is; an archived one comes back as a draft.
MOVES: dict[LearningStatus, frozenset[LearningStatus]] = {
    LearningStatus.DRAFT: frozenset({LearningStatus.PUBLISHED, LearningStatus.ARCHIVED}),
    LearningStatus.PUBLISHED: frozenset({LearningStatus.DRAFT, LearningStatus.ARCHIVED}),
    LearningStatus.ARCHIVED: frozenset({LearningStatus.DRAFT}),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A test beside a learning; its numbers are read from its report, never typed.

    Args:
        experiment: key of the test.
        note: what it adds, in words.
    """

    experiment: str
    stance: Stance
    note: str = ""

    def __post_init__(self) -> None:
        """Check key and note."""
        check_key(self.experiment, "learning.evidence.experiment")
        note = check_text(self.note, "learning.evidence.note", at_most=TEXT_MAX, required=False)
        object.__setattr__(self, "note", note)


@dataclass(frozen=True, slots=True)
class Learning:
    """One version of a learning.

    Args:
        title: the lesson in one line.
        finding: what, for whom, by how much, in sentences.
        conditions: under which it was seen: period, channels, audience.
        journey: key of the journey the test was on; empty where it belongs to none.
        template: kind of change, as people call it ("entry text"); empty where it has no kind.
        families: keys of the product families that were offered.
        facts: what the draft was written from, as the report had it at the decision; empty for one typed by hand.
    """

    title: str
    finding: str
    conditions: str = ""
    journey: str = ""
    template: str = ""
    families: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every bound."""
        object.__setattr__(self, "title", check_text(self.title, "learning.title"))
        object.__setattr__(self, "finding", check_text(self.finding, "learning.finding", at_most=TEXT_MAX))
        for name, most in (("conditions", TEXT_MAX), ("template", 80)):
            text = check_text(getattr(self, name), f"learning.{name}", at_most=most, required=False)
            object.__setattr__(self, name, text)
        for name, keys in (("journey", (self.journey,) if self.journey else ()), ("families", self.families)):
            for key in keys:
                check_key(key, f"learning.{name}")
        check_unique(self.families, "learning.families")
        if len(self.evidence) > EVIDENCE_MAX:
            message = f"learning.evidence has {len(self.evidence)} entries, must have at most {EVIDENCE_MAX}."
            raise DomainError("too_long", message, "learning.evidence")
        check_unique((one.experiment for one in self.evidence), "learning.evidence")
        check_json(self.facts, "learning.facts", at_most=FACTS_MAX)


def check_move(before: LearningStatus, after: LearningStatus) -> None:
    """Raise where a learning cannot go from one state to another."""
    if after not in MOVES[before]:
        raise ConflictError(
            f"status == {after.value!r}, from {before.value!r} only {', '.join(sorted(MOVES[before]))} can follow.",
            "status",
            code="bad_transition",
        )
