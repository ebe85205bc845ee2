"""Where a test may start from: a pattern of the field with its hypothesis, audience, roles and net declaration.

A template never holds a margin, a value of today or an effect: those are agreed or measured, never proposed.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.channel import Channel
from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.net_plan import PROMOTED, PROTECTED, NetPlan, SaleSet

BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Template:
    """One starting point.

    Args:
        key: stable word for addresses and programs.
        name, summary: what people choose by.
        offer, whom, will, because, seen: the five answers of the guided hypothesis.
        audience: the audience in words.
        variants: names, the control first.
        goal: metric that must be superior; empty = to be chosen.
        guardrails: metrics that must be non-inferior; their margins are agreed by people, there is no default.
        secondary: metrics that explain and do not decide.
        net: what the offer promotes, what it could take away, where it is shown; None = follows from the metrics.
        not_offered_within_days: pause after the same offer; None = none.
        not_with_open_issue: never to a customer with a serious issue open.
        unit: what is drawn; None = customers where gains are followed to net, else visitors.
    """

    key: str
    name: str
    summary: str
    offer: str = ""
    whom: str = ""
    will: str = ""
    because: str = ""
    seen: str = ""
    audience: str = ""
    variants: tuple[str, ...] = ("Page as it is", "")
    goal: str = ""
    guardrails: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    net: NetPlan | None = None
    not_offered_within_days: int | None = None
    not_with_open_issue: bool = False
    unit: UnitKind | None = None


def _net(promoted: SaleSet, protected: SaleSet = PROTECTED, *channels: Channel) -> NetPlan:
    stated = {"promoted", "protected", "channels"}
    left = ("promoted", "protected", "channels", "horizon_days", "early_days", "return_days", "currency")
    assumed = tuple(name for name in left if name not in stated)
    return NetPlan(
        promoted=promoted, protected=protected, channels=channels or (Channel.WEB, Channel.APP), assumed=assumed
    )


TEMPLATES: tuple[Template, ...] = (
    Template(
        key="cross-sell-entry",
        name="Cross-sell entry",
        summary="A personal way into the shop for people who hold one product and could use another.",
        offer="a personal entry to the shop",
        whom="visitors who hold only one product",
        will="let more of them buy a second one",
        because="they come for something else and never see what fits them",
        seen="cross-sell orders within 28 days, with up-sell orders unchanged",
        audience="Customers with one product",
        variants=("Page as it is", "Personal entry"),
        goal="cross-sell",
        guardrails=("up-sell",),
        secondary=("all-sales", "margin", "digital-share", "contacts"),
        net=_net(PROMOTED),
        not_with_open_issue=True,
        not_offered_within_days=30,
    ),
    Template(
        key="up-sell-banner",
        name="Up-sell banner",
        summary="A banner for a higher tier of what people hold already; the second product must not suffer.",
        offer="a banner for the next higher tier",
        whom="customers who use a small tier",
        will="let more of them move up",
        because="they reach the limits of what they hold and do not know what the next tier costs",
        seen="up-sell orders within 28 days, with cross-sell orders unchanged",
        audience="Customers on a small tier",
        variants=("Page as it is", "Banner"),
        goal="up-sell",
        guardrails=("cross-sell",),
        secondary=("all-sales", "margin", "contacts"),
        net=_net(PROTECTED, PROMOTED),
        not_with_open_issue=True,
        not_offered_within_days=30,
    ),
    Template(
        key="bundle",
        name="Bundle",
        summary="Two products for less than the sum. More orders can still earn less: margin guards it.",
        offer="a bundle at a lower price",
        whom="customers who hold one part of it",
        will="let more of them take the other part too",
        because="one price and one bill are easier to say yes to",
        seen="cross-sell orders within 28 days, with margin and up-sell orders unchanged",
        audience="Customers with one part of the bundle",
        variants=("Products alone", "Bundle"),
        goal="cross-sell",
        guardrails=("up-sell", "margin"),
        secondary=("all-sales", "revenue", "contacts"),
        net=_net(PROMOTED),
        not_with_open_issue=True,
        not_offered_within_days=30,
    ),
    Template(
        key="wording",
        name="Wording of an offer",
        summary="The same offer in the same place, said in another way.",
        offer="another wording of the offer",
        whom="everybody who sees it today",
        will="let more of them accept it",
        because="it says what they gain instead of what it costs",
        seen="all sales within 28 days, with contacts unchanged",
        audience="Everybody who sees the offer",
        variants=("Wording of today", "New wording"),
        goal="all-sales",
        guardrails=("contacts",),
        secondary=("cross-sell", "up-sell", "margin"),
        net=_net(SaleSet(relations=(Relation.CROSS, Relation.UP)), SaleSet()),
    ),
    Template(
        key="talk-guide",
        name="Talk guide for agents",
        summary="Half of the agents work with another talk guide, script or tool; each is compared as one, with all "
        "of their contacts.",
        offer="another talk guide",
        whom="half of the agents",
        will="let them sell more in the same number of contacts",
        because="it says when to ask and what to answer",
        seen="cross-sell per contact, with up-sell per contact and handle time per contact unchanged",
        audience="Agents who take sales contacts",
        variants=("Talk guide of today", "New talk guide"),
        goal="cross-sell-per-contact",
        guardrails=("up-sell-per-contact", "handle-time-per-contact"),
        secondary=("sales-per-contact", "csat", "answers-per-contact"),
        unit=UnitKind.AGENT,
    ),
    Template(
        key="a-a",
        name="A/A test",
        summary="Two times the same page: proves that splitting, sending and counting work before it matters.",
        offer="nothing new",
        whom="everybody",
        will="change nothing",
        because="both variants are the same page",
        seen="equal groups, and no metric that differs",
        audience="Everyone",
        variants=("Page as it is", "The same page"),
        goal="all-sales",
        guardrails=("up-sell",),
        secondary=("cross-sell", "contacts"),
    ),
    Template(
        key=BLANK,
        name="Blank",
        summary="Nothing filled in.",
    ),
)


def template_by_key(key: str) -> Template:
    """The template with this key; raises NotFoundError."""
    for template in TEMPLATES:
        if template.key == key:
            return template
    raise NotFoundError("template", key)
