"""What the demo's people wrote down of their tests and would test next; the winner's lesson is left to be written.

The ideas' numbers are those of the demo's plans. Everything says that it belongs to the demo.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.idea import Idea, Origin
from experiments.domain.learning import LearningStatus
from experiments.services.actor import Actor
from experiments.services.backlog import ideas
from experiments.services.demo.desk_designs import CALL_OFFER
from experiments.services.demo.story import OWNER
from experiments.services.learn import drafts, library
from experiments.store.catalogue import learnings

#: Test, and the kind of change it was.
LESSONS = (("tv-bundle-banner", "Bundle"), ("order-button", "Other channel"), (CALL_OFFER.key, "Script"))
PUBLISHED = ("tv-bundle-banner", CALL_OFFER.key)
#: Somebody of the contact centre, who may read and suggest.
AGENT = Actor("agent@netlift.example", UserRole.VIEWER)
GUARDED: dict[str, Any] = {
    "goal": "cross-sell",
    "guardrail": "up-sell",
    "guardrail_baseline": 0.15,
    "guardrail_margin": 0.12,
}
IDEAS = (
    Idea(
        "Entry text that names the price (demo)",
        "The personal entry works; a price in it lets more of those who hold a mobile product only look, seen in "
        "cross-sell orders.",
        "The test of the personal entry (tv-entry).",
        journey="tv-pages", template="Entry text", families=("tv", "broadband"), layer="tv-pages",
        audience="Customers who hold a mobile product only", effort_days=3, traffic_per_week=4_400, baseline=0.1,
        effect=0.18, value=190, **GUARDED,
    ),
    Idea(
        "Bundle price beside the checkout (demo)",
        "Who is about to pay adds a product when the price of the bundle stands beside it, seen in cross-sell orders.",
        "Recordings of the checkout: people go back to compare.",
        template="Bundle", families=("streaming",), layer="shop", layer_share=0.5,
        audience="Everyone who reaches the checkout", effort_days=8, traffic_per_week=9_200, baseline=0.08, effect=0.15,
        value=45, half_life_weeks=40, **GUARDED,
    ),
)  # fmt: skip


def leave_lessons(session: Session, now: int) -> None:
    """Learnings of three tests, two of them published, and a backlog of four ideas."""
    drafted = {kept.experiment: kept for kept in learnings.all_learnings(session)}  # at the decision to ship
    for key, kind in LESSONS:
        kept = drafted.get(key) or drafts.draft_of(session, OWNER, now, key)
        drafted[key] = library.change(session, OWNER, now, kept.id, replace(kept.learning, template=kind))
    for key in PUBLISHED:
        library.move(session, OWNER, now, drafted[key].id, LearningStatus.PUBLISHED)
    banner = drafted["tv-bundle-banner"].id
    for idea in IDEAS:
        ideas.add(session, OWNER, now, idea)
    from_lesson = Idea(
        "TV bundle below the offer of faster broadband (demo)",
        "Below the offer instead of in its place, the banner brings TV orders and takes no up-sell.",
        origin=Origin.LEARNING, source=f"/learnings/{banner}", journey="tv-pages", template="Bundle", families=("tv",),
        audience="Customers with mobile and broadband, without TV", effort_days=2, traffic_per_week=4_800, baseline=0.1,
        effect=0.18, value=210, net_share=0.6, **GUARDED,
    )  # fmt: skip
    ideas.add(session, OWNER, now, from_lesson)
    ideas.suggest(
        session, AGENT, now, "Say in the chat that TV comes with the mobile plan (demo)",
        "Customers ask whether it does; those who hear yes order at once.", "About twenty chats a day ask it.",
    )  # fmt: skip
