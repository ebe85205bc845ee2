"""From an opportunity to the form of an idea: its own numbers, typed for you."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from experiments.decision.sizing import MarginForm
from experiments.services.insight.draft import GOAL, GUARDRAIL
from web.formatters.numbers import minor_digits

if TYPE_CHECKING:
    from experiments.insight.opportunities import Opportunity
    from experiments.services.insight.draft import Proposal


def idea_address(cell: Opportunity, made: Proposal, title: str, who: str, source: str, currency: str) -> str:
    """The address of the filled form.

    Args:
        who: the audience in words; source: where the opportunity is found again.
    """
    asked = {
        "title": title,
        "origin": "opportunity",
        "source": source,
        "audience": who,
        "families": cell.family,
        "goal": GOAL,
        "baseline": f"{100 * made.baseline:.6g}",
        "effect": f"{100 * made.effect:.4g}",
        "expected": f"{100 * made.effect:.4g}",
        "value": f"{cell.worth.margin / 10 ** minor_digits(currency):.6g}",
        "traffic_per_week": f"{made.traffic_per_week:.0f}",
    }
    if made.protected is not None and made.agreed is not None and made.agreed.form is MarginForm.RELATIVE:
        asked |= {"guardrail": GUARDRAIL, "guardrail_baseline": f"{100 * made.protected:.6g}",
                  "guardrail_margin": f"{100 * made.agreed.value:.4g}"}  # fmt: skip
    return f"/backlog/new?{urlencode(asked)}"
