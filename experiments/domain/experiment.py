"""An experiment and the changes of state it allows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from experiments.domain.checks import TEXT_MAX, check_key, check_text, check_unique
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.metric import MetricUse, Role
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.rollout import RollOut


class UnitKind(StrEnum):
    """What is randomised, fixed per experiment.

    agent: somebody of the contact centre who works under one variant; what is measured are the contacts they handle,
    and the analysis takes each agent's contacts together.
    """

    VISITOR = "visitor"
    CUSTOMER = "customer"
    AGENT = "agent"


class Status(StrEnum):
    """States of an experiment."""

    DRAFT = "draft"
    TESTING = "testing"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DECIDED = "decided"
    ARCHIVED = "archived"


#: draft → testing → running ⇄ paused → stopped → decided → archived; a draft may be launched without a rehearsal.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.TESTING, Status.RUNNING, Status.ARCHIVED}),
    Status.TESTING: frozenset({Status.DRAFT, Status.RUNNING, Status.ARCHIVED}),
    Status.RUNNING: frozenset({Status.PAUSED, Status.STOPPED}),
    Status.PAUSED: frozenset({Status.RUNNING, Status.STOPPED}),
    Status.STOPPED: frozenset({Status.DECIDED, Status.ARCHIVED}),
    Status.DECIDED: frozenset({Status.ARCHIVED}),
    Status.ARCHIVED: frozenset(),
}
EDITABLE = frozenset({Status.DRAFT, Status.TESTING})
LIVE = frozenset({Status.TESTING, Status.RUNNING})


@dataclass(frozen=True, slots=True)
class Experiment:
    """One test with its phases, metrics and plan.

    Args:
        key: stable key used in SDK code.
        hypothesis: why this should work, for whom, and how it will be seen.
        metrics: the metrics in use with their roles; at least one goal at launch.
        phases: at least one; the last is the current one.
        revision: raised at every change, so that two editors do not overwrite each other.
    """

    key: str
    name: str
    hypothesis: str
    unit: UnitKind
    metrics: tuple[MetricUse, ...]
    phases: tuple[Phase, ...]
    plan: Plan = field(default_factory=Plan)
    status: Status = Status.DRAFT
    rollout: RollOut | None = None
    owner: str = ""
    imported: bool = False
    created_at: int = 0
    launched_at: int | None = None
    stopped_at: int | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.key, "experiment.key")
        object.__setattr__(self, "name", check_text(self.name, "experiment.name"))
        object.__setattr__(
            self,
            "hypothesis",
            check_text(self.hypothesis, "experiment.hypothesis", at_most=TEXT_MAX, required=False),
        )
        check_unique((use.metric for use in self.metrics), "experiment.metrics")
        if not self.phases:
            raise DomainError("required", "experiment.phases is empty, must hold at least one.", "experiment.phases")
        numbers = [phase.number for phase in self.phases]
        if numbers != list(range(1, len(numbers) + 1)):
            raise DomainError(
                "out_of_range", f"experiment.phases == {numbers}, must count from 1.", "experiment.phases"
            )

    @property
    def phase(self) -> Phase:
        """The current phase."""
        return self.phases[-1]

    @property
    def goals(self) -> tuple[MetricUse, ...]:
        """Metrics that must be superior."""
        return tuple(use for use in self.metrics if use.role is Role.GOAL)

    @property
    def guardrails(self) -> tuple[MetricUse, ...]:
        """Metrics that must be non-inferior."""
        return tuple(use for use in self.metrics if use.role is Role.GUARDRAIL)

    def missing_for_launch(self) -> tuple[str, ...]:
        """Sentences that say what is missing before launch; empty when nothing is."""
        missing = []
        if not self.hypothesis:
            missing.append("The hypothesis is empty.")
        if not self.goals:
            missing.append("No metric has the role goal.")
        if not self.guardrails:
            missing.append("No guardrail protects the sales this offer could take away.")
        if self.plan.weeks is None or self.plan.units_per_variant is None:
            missing.append("The plan has no sample size yet.")
        return tuple(missing)

    def move_to(self, status: Status, now: int) -> Experiment:
        """The experiment in its next state.

        Raises:
            ConflictError: the state does not allow it (`bad_transition`) or something is missing (`not_ready`).
        """
        if status not in TRANSITIONS[self.status]:
            allowed = ", ".join(sorted(TRANSITIONS[self.status])) or "none"
            raise ConflictError(
                f"status == {status.value!r}, from {self.status.value!r} only {allowed} can follow.",
                "status",
                code="bad_transition",
            )
        if status is Status.RUNNING and self.launched_at is None:
            return self._launch(now)
        if status is Status.STOPPED:
            ended = replace(self.phase, ended_at=now)
            return replace(self, status=status, stopped_at=now, phases=(*self.phases[:-1], ended))
        return replace(self, status=status)

    def _launch(self, now: int) -> Experiment:
        missing = self.missing_for_launch()
        if missing:
            raise ConflictError("Not ready to launch: " + " ".join(missing), "status", code="not_ready")
        started = replace(self.phase, started_at=now)
        return replace(self, status=Status.RUNNING, launched_at=now, phases=(*self.phases[:-1], started))

    def check_editable(self) -> None:
        """Raise where the design is frozen."""
        if self.status not in EDITABLE:
            raise ConflictError(
                f"status == {self.status.value!r}, the design can be changed in draft and testing only.",
                "status",
                code="frozen",
            )

    def decide(self, rollout: RollOut | None, now: int) -> Experiment:
        """Close the test with a decision; a roll-out names one of its variants."""
        if rollout is not None and rollout.variant not in {variant.key for variant in self.phase.variants}:
            raise DomainError(
                "unknown_choice",
                f"rollout.variant == {rollout.variant!r}, is not a variant of this test.",
                "rollout.variant",
            )
        return replace(self.move_to(Status.DECIDED, now), rollout=rollout)
