"""The steps of the builder: their addresses, titles and fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.domain.channel import Channel
from experiments.domain.variant import MAX_VARIANTS
from experiments.services.net_definition import ASSUMABLE
from web.pages.hypothesis import PARTS
from web.pages.sizing_form import AGENTS, FIELDS, GUARDRAILS

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTRIBUTE_ROWS = 3
LINES = ("goal", *(f"guardrail{number}" for number in range(1, GUARDRAILS + 1)))
NET = (
    *(f"net_{name}_{part}" for name in ("promoted", "protected") for part in ("families", "relations")),
    *("net_channels", "net_expected", "net_horizon", "net_early", "net_returns", "net_offer_cost"),
    *(f"{name}_{channel.value}" for name in ("net_second", "net_sale") for channel in Channel),
)
#: What the declaration may leave to the metrics, and which fields state it.
NET_STATED = dict(
    zip(
        ASSUMABLE,
        (
            ("net_promoted_families", "net_promoted_relations"),
            ("net_protected_families", "net_protected_relations"),
            ("net_channels",),
            ("net_horizon",),
            ("net_early",),
            ("net_returns",),
            (),
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class Step:
    """One step; a field may be asked in two of them, where it is agreed and where it is tried out."""

    key: str
    title: str
    lead: str
    fields: tuple[str, ...]


def _audience() -> Iterator[str]:
    yield from ("unit", "audience", "place", "holds", "holds_not", "channels")
    for number in range(1, ATTRIBUTE_ROWS + 1):
        yield from (f"attribute{number}", f"attribute{number}_op", f"attribute{number}_values")
    yield from ("not_with_open_issue", "not_offered_within_days", "not_refused_within_days")
    yield from ("only_if_qualified", "most_offers_in_30_days")
    yield from ("enrolment", "layer", "layer_start", "layer_end")


def _variants() -> Iterator[str]:
    for number in range(1, MAX_VARIANTS + 1):
        yield from (f"variant{number}_{part}" for part in ("name", "weight", "payload"))


STEPS = (
    Step("start", "Start", "What colleagues will find it by, and whose it is.", ("name", "owner")),
    Step(
        "hypothesis",
        "Hypothesis",
        "What you believe, for whom, and why: one sentence that can turn out wrong.",
        (*(part.field for part in PARTS), "hypothesis_text"),
    ),
    Step("audience", "Audience", "Who may enter the test, and when the offer must not be made.", tuple(_audience())),
    Step(
        "variants", "Variants", "What they see: the control first, then what is tested against it.", tuple(_variants())
    ),
    Step(
        "metrics",
        "Metrics",
        "What must rise, what must not be lost, what else explains it, and how the gain is followed to its net.",
        (*(name for name in FIELDS if name not in ("power", "looks", "variant_count", *AGENTS)), "secondary",
         "exploratory", *NET),
    ),
    Step(
        "plan",
        "Plan",
        "How many units and weeks it takes. Move the sliders until plan and patience agree.",
        (*(f"{line}_{part}" for line in LINES for part in ("effect", "margin")), "traffic", "power", "looks",
         *AGENTS),
    ),
    Step("review", "Review", "Everything that should be true before the first visitor is enrolled.", ()),
)  # fmt: skip
BY_KEY = {step.key: step for step in STEPS}
KEYS = tuple(step.key for step in STEPS)


def after(step: Step) -> Step:
    """The next step; the last is followed by itself."""
    return STEPS[min(KEYS.index(step.key) + 1, len(STEPS) - 1)]


def before(step: Step) -> Step | None:
    """The step before, None at the first."""
    place = KEYS.index(step.key)
    return STEPS[place - 1] if place else None
