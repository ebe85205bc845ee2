"""What the demo's people agreed about losses and aims, after the tests had shown what is at stake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from experiments.domain.agreement import Agreement
from experiments.domain.metric import Margin, Scale
from experiments.services import goals
from experiments.services.demo.story import OWNER

#: Days from the agreement to its review.
REVIEWED_AFTER = 182


def agree_goals(session: Session, now: int) -> None:
    """The accepted loss of up-sales, and the aim that stands beside it."""
    today = datetime.fromtimestamp(now / 1e6, UTC).date()
    who = "Sales and online (demo)", today.isoformat(), (today + timedelta(days=REVIEWED_AFTER)).isoformat()
    held = Agreement(
        "up-sell",
        "Most tests so far accepted this much; more would cost the sales desk what the offers bring. (demo)",
        *who,
        success="Whoever moves to a higher tier still does.",
        margin=Margin(Scale.RELATIVE, 0.12),
    )
    aim = Agreement(
        "cross-sell",
        "The tests moved the share by one to three points. (demo)",
        *who,
        success="More customers hold products of two families, none of them talked down.",
        target=0.12,
        guardrails=("up-sell",),
    )
    for agreement in (held, aim):
        goals.agree(session, OWNER, now, agreement)
