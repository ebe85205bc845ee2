"""What the rule and the banner look at: the whole report but the decision, and one variant of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.decision.arms import Rows, goals_superior, rule_met
from experiments.decision.heads import ExperimentHead, LookHead, VariantHead
from experiments.decision.metric_result import MetricResult
from experiments.decision.net import NetValue
from experiments.decision.quality import Quality, Split
from experiments.decision.settled import Settled
from experiments.decision.words import Verdict
from experiments.domain.metric import Role
from experiments.domain.plan import GoalRule
from experiments.stats.prior import Prior

#: Above this share of units seen in two variants no verdict is given.
MOST_IN_TWO_VARIANTS = 0.001


@dataclass(frozen=True)
class Arm:
    """One variant against the control."""

    variant: VariantHead
    rows: Rows
    goal_rule: GoalRule = GoalRule.ALL
    net: NetValue | None = None

    @property
    def goals(self) -> Rows:
        """Rows of the goals."""
        return tuple(row for row in self.rows if row.role is Role.GOAL)

    @property
    def guardrails(self) -> Rows:
        """Rows of the guardrails, protected sales first."""
        rows = [row for row in self.rows if row.role is Role.GUARDRAIL]
        return tuple(sorted(rows, key=lambda row: not row.protected))

    @property
    def superior(self) -> bool:
        """True where the goals are superior as the plan combines them."""
        return goals_superior(self.rows, self.goal_rule)

    @property
    def rule_met(self) -> bool:
        """True where the goals are superior and every guardrail holds."""
        return rule_met(self.rows, self.goal_rule)

    @property
    def guardrails_hold(self) -> bool:
        """True where every guardrail holds; a guardrail that cannot be measured never does."""
        return all(row.verdict is Verdict.HOLDS for row in self.guardrails)

    @property
    def broken(self) -> Rows:
        """Guardrails that are worse."""
        return tuple(row for row in self.guardrails if row.verdict is Verdict.BROKEN)

    @property
    def worse_goals(self) -> Rows:
        """Goals that are worse."""
        return tuple(row for row in self.goals if row.verdict is Verdict.WORSE)

    @property
    def better_goals(self) -> Rows:
        """Goals that are better."""
        return tuple(row for row in self.goals if row.verdict is Verdict.BETTER)

    @property
    def gain_excluded(self) -> bool:
        """True where the goals cannot have gained what the plan was sized for."""
        excluded = [row.verdict is not Verdict.BETTER and excludes_plan(row) for row in self.goals]
        if not excluded:
            return False
        return any(excluded) if self.goal_rule is GoalRule.ALL else all(excluded)


@dataclass(frozen=True)
class Evidence:
    """The report without its decision."""

    experiment: ExperimentHead
    variants: tuple[VariantHead, ...]
    look: LookHead
    split: Split
    quality: Quality
    metrics: Rows
    goal_rule: GoalRule = GoalRule.ALL
    faults: tuple[str, ...] = ()
    net: Mapping[str, NetValue] = field(default_factory=dict)
    prior: Prior | None = None
    settled: Settled | None = None

    @property
    def arms(self) -> tuple[Arm, ...]:
        """One arm per variant but the control."""
        return tuple(
            Arm(variant, self._rows(variant.key), self.goal_rule, self.net.get(variant.key))
            for variant in self.variants
            if not variant.control
        )

    @property
    def exposed(self) -> int:
        """Exposed units of all variants."""
        return sum(variant.exposed for variant in self.variants)

    @property
    def split_broken(self) -> bool:
        """True where the sample does not have the planned split."""
        return self.split.status == "broken"

    @property
    def mixed_up(self) -> bool:
        """True where too many units were seen in two variants."""
        return self.quality.in_two_variants_share > MOST_IN_TWO_VARIANTS

    @property
    def invalid(self) -> bool:
        """True where the data forbid any verdict."""
        return self.split_broken or self.mixed_up or bool(self.faults)

    def _rows(self, variant: str) -> Rows:
        return tuple(row for row in self.metrics if row.variant == variant)


def excludes_plan(row: MetricResult) -> bool:
    """True where the interval of a goal lies wholly below the change the plan was sized for."""
    best = row.relative.hi if row.direction > 0 else row.relative.lo
    if row.planned_effect is None or best is None:
        return False
    return row.direction * best < row.planned_effect
