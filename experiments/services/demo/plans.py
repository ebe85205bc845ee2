"""Plans of the demo's tests: calculated as anybody's are, from the rates and margins that were agreed."""

from __future__ import annotations

from dataclasses import replace

from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, size_test
from experiments.decision.sizing.frozen import frozen_plan
from experiments.domain.metric import MetricKind
from experiments.domain.plan import Plan
from experiments.services.demo.company import PRODUCTS, RETURN_DAYS, WINDOW_DAYS
from experiments.services.demo.designs import Design

MATURATION_DAYS = WINDOW_DAYS + RETURN_DAYS


def plan_of(design: Design, currency: str) -> Plan:
    """The plan with the record of its calculation.

    Raises:
        DomainError: `out_of_reach`, the traffic never brings the units.
    """
    plan = frozen_plan(size_test(_sizing(design, currency)), MATURATION_DAYS)
    return replace(plan, net=design.net_plan(currency))


def _sizing(design: Design, currency: str) -> Sizing:
    values = {product.key: product.value / 100 for product in PRODUCTS}
    sold = sum(values[key] * share for key, share in design.reaction.sells.items())
    step = values["mobile-m"] - values["mobile-s"]
    return Sizing(
        goals=(GoalLine("cross-sell", MetricKind.RATE, design.goal, design.effect, value=round(sold, 2)),),
        guardrails=(
            GuardrailLine("up-sell", MetricKind.RATE, design.guardrail, design.margin, MarginForm.RELATIVE, value=step),
        ),
        traffic_per_week=design.traffic_per_week,
        looks=design.looks,
        window_days=MATURATION_DAYS,
        currency=currency,
    )
