"""The decision: rules in order, the first that matches wins.

The rules are rows of data: the action, when it applies to a variant, and the sentence that describes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from experiments.decision.banner import Banner
from experiments.decision.decision import Decision
from experiments.decision.evidence import Arm, Evidence
from experiments.decision.invalid import between_looks, invalid_banner, invalid_reasons, waiting
from experiments.decision.reasons import arm_reasons
from experiments.decision.sentence import overall_banner
from experiments.decision.settled import kept
from experiments.decision.shrinking import shrunken_effects
from experiments.decision.words import Action


@dataclass(frozen=True)
class Rule:
    """One row: the action where `applies` is true of a variant, and the rule in words."""

    action: Action
    applies: Callable[[Arm], bool]
    text: str


INVALID = "The split is broken, units were seen in two variants, or the data are faulty: no verdict."
WAITING = "Nobody has been exposed yet."
BETWEEN = "Verdicts change at planned looks only."
RULES: tuple[Rule, ...] = (
    Rule(
        Action.CANNIBALISING,
        lambda arm: arm.superior and any(row.protected for row in arm.broken),
        "The goal is superior and protected sales are worse: the gain is taken from them.",
    ),
    Rule(
        Action.HARM,
        lambda arm: bool(arm.worse_goals or arm.broken),
        "The goal or a guardrail is worse.",
    ),
    Rule(
        Action.NET_LOSS,
        lambda arm: arm.rule_met and arm.net is not None and arm.net.is_loss,
        "The goal is superior and every guardrail holds, but the net interval lies wholly below 0.",
    ),
    Rule(
        Action.SHIP,
        lambda arm: arm.rule_met,
        "The goal is superior and every guardrail holds.",
    ),
    Rule(
        Action.NO_GAIN,
        lambda arm: arm.guardrails_hold and arm.gain_excluded,
        "Every guardrail holds, and the interval of the goal excludes the planned effect.",
    ),
    Rule(
        Action.INCONCLUSIVE,
        lambda _: True,
        "Neither the rule to ship nor a reason against it is met.",
    ),
)


def matching_rule(arm: Arm) -> Rule:
    """The first rule that applies to a variant."""
    return next(rule for rule in RULES if rule.applies(arm))


def decide(evidence: Evidence) -> Decision:
    """One decision for the experiment, with the action of every variant."""
    if evidence.invalid:
        reasons = invalid_reasons(evidence)
        return _same_for_all(evidence, Action.INVALID, invalid_banner(evidence), INVALID, reasons)
    if evidence.exposed == 0:
        return _same_for_all(evidence, Action.INCONCLUSIVE, waiting(evidence), WAITING)
    if not evidence.look.is_look:
        return _same_for_all(evidence, Action.INCONCLUSIVE, between_looks(evidence), BETWEEN)
    return _judged(evidence) if evidence.settled is None else kept(evidence.settled)


def _judged(evidence: Evidence) -> Decision:
    rules = {arm.variant.key: matching_rule(arm) for arm in evidence.arms}
    actions = {variant: rule.action for variant, rule in rules.items()}
    leading = leading_arm(evidence, actions)
    key = leading.variant.key
    banner = overall_banner(evidence, leading, actions)
    others = [arm for arm in evidence.arms if arm.variant.key != key]
    reasons = [line for arm in (leading, *others) for line in arm_reasons(evidence, arm, actions)]
    return Decision(
        action=actions[key],
        variant=key if actions[key] is Action.SHIP else None,
        title=banner.title,
        sentence=banner.sentence,
        reasons=tuple(reasons),
        rule=rules[key].text,
        provisional=False,
        variants=actions,
        shrunken=shrunken_effects(
            (arm for arm in evidence.arms if actions[arm.variant.key] is Action.SHIP), evidence.prior
        ),
    )


def leading_arm(evidence: Evidence, actions: dict[str, Action]) -> Arm:
    """The variant the decision is about.

    A variant to ship comes first, then one that is still open, then the first action in the order of the rules.
    Among equals the highest net value counts, or without it the goal's lowest plausible gain.
    """
    order = [Action.SHIP, Action.INCONCLUSIVE, *Action]
    action = min(actions.values(), key=order.index)
    candidates = [arm for arm in evidence.arms if actions[arm.variant.key] is action]
    if all(arm.net is not None and arm.net.status == "ok" for arm in candidates):
        return max(candidates, key=_net)
    return max(candidates, key=_lowest_gain)


def _net(arm: Arm) -> float:
    point = arm.net.point if arm.net else None
    return float("-inf") if point is None else point


def _lowest_gain(arm: Arm) -> float:
    """The goal's confidence bound on the unfavourable side, counted in the good direction."""
    bounds = []
    for row in arm.better_goals or arm.goals:
        worst = row.relative.lo if row.direction > 0 else row.relative.hi
        if worst is not None:
            bounds.append(row.direction * worst)
    return max(bounds, default=float("-inf"))


def _same_for_all(
    evidence: Evidence, action: Action, banner: Banner, rule: str, reasons: tuple[str, ...] = ()
) -> Decision:
    return Decision(
        action=action,
        variant=None,
        title=banner.title,
        sentence=banner.sentence,
        reasons=reasons,
        rule=rule,
        provisional=not evidence.look.is_look,
        variants={arm.variant.key: action for arm in evidence.arms},
    )
