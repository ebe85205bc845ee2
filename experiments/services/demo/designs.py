"""The five tests of the demo's pages and app: what people wrote down before launch, and how the customers really react.

The rates are several times those of a real telecom, so that two months of traffic on a laptop reach a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.channel import Channel
from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.layer import LayerSlice
from experiments.domain.metric import Margin, MetricUse, Role, Scale
from experiments.domain.net_plan import NetPlan, SaleSet
from experiments.domain.variant import Variant
from experiments.services.definitions import Definition
from experiments.services.demo.company import PRODUCTS, RETURN_DAYS, WINDOW_DAYS

#: Minor units per handled second, and per order taken by a person.
SECOND_COST = {Channel.PHONE: 1.1, Channel.CHAT: 0.6, Channel.EMAIL: 0.5, Channel.STORE: 0.9}
SALE_COST = {Channel.PHONE: 900.0, Channel.STORE: 1_500.0}
SECONDARY = ("all-sales", "margin", "digital-share", "contacts")


@dataclass(frozen=True)
class Reaction:
    """How those who are exposed behave; the statistics know nothing of it.

    Args:
        segments: who comes.
        units: how many come from launch to stop, or until today.
        page: path of the page on which variants differ; None in the app.
        sells: share of each product in cross-sales.
        cross, up: chance of a cross-sale and of an up-sale that the control leads to.
        lift, up_change: relative change of these chances by the variant.
        lost: share of the variant's exposures that a redirect swallows.
        moved: share of the variant's cross-sales over phone and counter that are made on the web instead.
    """

    segments: tuple[str, ...]
    units: int
    page: str | None
    sells: dict[str, float]
    cross: float
    up: float
    lift: float = 0.0
    up_change: float = 0.0
    lost: float = 0.0
    moved: float = 0.0


@dataclass(frozen=True)
class Design:
    """One test.

    Args:
        goal, guardrail: control values assumed in the plan.
        effect: relative change of cross-sales the plan is sized for.
        margin: relative loss of up-sales the plan accepts.
        launch_ago, stop_ago: days before the end; a stop of None = still running.
        decided_ago: days before the end at which the variant is shipped; None = nobody has decided.
        why: kept in the audit log with the stop; launch_reason: with the launch.
        channels, expected: where the offer is shown, and where it could take sales from; empty = pages or app.
    """

    key: str
    name: str
    hypothesis: str
    audience: Audience
    variant: Variant
    goal: float
    guardrail: float
    effect: float
    margin: float
    traffic_per_week: int
    launch_ago: int
    stop_ago: int | None
    reaction: Reaction
    looks: int = 1
    layer: LayerSlice | None = None
    why: str = "Planned end of recruitment"
    control: str = "Page as it is"
    decided_ago: int | None = None
    channels: tuple[Channel, ...] = ()
    expected: tuple[Channel, ...] = (Channel.PHONE, Channel.STORE)
    secondary: tuple[str, ...] = SECONDARY
    launch_reason: str = ""

    @property
    def salt(self) -> str:
        """Fixed, so that everybody's variant comes out the same again."""
        return f"polder-{self.key}"

    def net_plan(self, currency: str) -> NetPlan:
        """What the offer is for, where it is shown, and what service costs this company."""
        sold = {product.key: product.family for product in PRODUCTS}
        families = tuple(dict.fromkeys(sold[key] for key in self.reaction.sells))
        usual = (Channel.APP,) if self.reaction.page is None else (Channel.WEB, Channel.APP)
        return NetPlan(
            promoted=SaleSet(families, (Relation.CROSS,)),
            channels=self.channels or usual,
            expected_channels=self.expected,
            horizon_days=WINDOW_DAYS,
            early_days=WINDOW_DAYS // 2,
            return_days=RETURN_DAYS,
            # A test of the desk counts the desk's own channels: others may not have told anything yet.
            second_cost={key: cost for key, cost in SECOND_COST.items() if not self.channels or key in self.channels},
            sale_cost=SALE_COST,
            currency=currency,
        )

    def definition(self, owner: str) -> Definition:
        """The draft as its owner writes it down; the plan is calculated from it."""
        return Definition(
            key=self.key,
            name=self.name,
            hypothesis=self.hypothesis,
            unit=UnitKind.CUSTOMER,
            owner=owner,
            audience=self.audience,
            variants=(Variant("control", self.control, 0.5), self.variant),
            metrics=(
                MetricUse("cross-sell", Role.GOAL, effect=self.effect),
                MetricUse("up-sell", Role.GUARDRAIL, margin=Margin(Scale.RELATIVE, self.margin)),
                *(MetricUse(key, Role.SECONDARY) for key in self.secondary),
            ),
            layer=self.layer,
        )


#: Segments that no other decided test is about.
AT_HOME = ("broadband-only", "mobile-broadband-tv", "broadband-tv")


def _only(description: str, attribute: str, *values: Any) -> Audience:
    return Audience(description, (Rule(attribute, Operator.IN, values),))


TV_ENTRY = Design(
    key="tv-entry",
    name="Personal entry to the cross-sell shop on TV pages",
    hypothesis="Many visitors of the TV pages hold a mobile product only. An entry to the shop made for them lets them "
    "find TV and broadband, seen in cross-sell orders, while as many as before move up to a larger mobile plan.",
    audience=_only("Customers who hold a mobile product only", "segment", "mobile-only"),
    variant=Variant("personal-entry", "Personal entry", 0.5, {"label": "TV with your mobile plan", "href": "/shop/tv"}),
    goal=0.10,
    guardrail=0.15,
    effect=0.18,
    margin=0.12,
    traffic_per_week=4_400,
    looks=2,
    layer=LayerSlice("tv-pages", 0.0, 1.0),
    launch_ago=58,
    stop_ago=30,
    reaction=Reaction(
        segments=("mobile-only",),
        units=17_600,
        page="/tv",
        sells={"tv-start": 0.4, "tv-plus": 0.15, "broadband-100": 0.3, "broadband-400": 0.15},
        cross=0.085,
        up=0.14,
        lift=0.36,
        up_change=0.04,
    ),
)
TV_BUNDLE_BANNER = Design(
    key="tv-bundle-banner",
    name="TV bundle banner for broadband customers",
    hypothesis="A banner for the TV bundle in place of the offer of faster broadband brings more TV orders, seen in "
    "cross-sell orders; those who came for faster broadband still find it.",
    audience=_only("Customers with mobile and broadband, without TV", "segment", "mobile-broadband"),
    variant=Variant("bundle-banner", "Bundle banner", 0.5, {"label": "TV Plus in your bundle", "href": "/shop/tv"}),
    goal=0.10,
    guardrail=0.15,
    effect=0.18,
    margin=0.12,
    traffic_per_week=4_800,
    launch_ago=46,
    stop_ago=25,
    reaction=Reaction(
        segments=("mobile-broadband",),
        units=14_400,
        page="/tv/packages",
        sells={"tv-start": 0.5, "tv-plus": 0.4, "tv-max": 0.1},
        cross=0.085,
        up=0.14,
        lift=0.34,
        up_change=-0.32,
    ),
)
CHECKOUT_HINT = Design(
    key="checkout-hint",
    name="Hint for streaming in the checkout",
    hypothesis="Who is about to pay adds a small streaming subscription when a hint names its price, seen in "
    "cross-sell orders, and finishes the order all the same.",
    audience=Audience("Everyone who reaches the checkout"),
    variant=Variant("hint", "Streaming hint", 0.5, {"label": "Add Streaming Basic"}),
    goal=0.08,
    guardrail=0.12,
    effect=0.22,
    margin=0.12,
    traffic_per_week=9_200,
    layer=LayerSlice("shop", 0.0, 0.5),
    launch_ago=40,
    stop_ago=26,
    why="The split is wrong: a redirect swallows exposures of the hint",
    control="Checkout as it is",
    reaction=Reaction(
        segments=("mobile-only", "mobile-broadband", "broadband-only", "mobile-broadband-tv", "broadband-tv"),
        units=38_000,
        page="/checkout",
        sells={"streaming-basic": 0.7, "streaming-plus": 0.3},
        cross=0.03,
        up=0.03,
        lift=0.15,
        lost=0.065,
    ),
)
APP_OFFER = Design(
    key="app-offer",
    name="Streaming offer on the app's start screen",
    hypothesis="An offer on the start screen of the app reaches customers who seldom visit the shop, seen in "
    "cross-sell orders; moving up to a larger plan stays as easy as it is.",
    audience=_only("Customers who use the app", "app", True),
    variant=Variant(
        "start-offer",
        "Offer on the start screen",
        0.5,
        {"offer": "streaming-plus", "price": 11, "label": "Streaming Plus, first month free"},
    ),
    goal=0.10,
    guardrail=0.15,
    effect=0.18,
    margin=0.12,
    traffic_per_week=2_400,
    looks=3,
    layer=LayerSlice("shop", 0.5, 1.0),
    launch_ago=37,
    stop_ago=None,
    control="Start screen as it is",
    reaction=Reaction(
        segments=("mobile-only", "mobile-broadband", "broadband-only", "mobile-broadband-tv", "broadband-tv"),
        units=26_000,
        page=None,
        sells={"streaming-basic": 0.5, "streaming-plus": 0.5},
        cross=0.07,
        up=0.11,
        lift=0.16,
    ),
)
ORDER_BUTTON = Design(
    key="order-button",
    name="Button to order streaming online beside the phone number",
    hypothesis="Customers who call or go to a shop for streaming order it online when a button stands beside the phone "
    "number, and some who would not have called order too, seen in cross-sell orders of all channels.",
    audience=_only("Customers with broadband or TV at home", "segment", *AT_HOME),
    variant=Variant("order-button", "Order button", 0.5, {"label": "Order online in two minutes"}),
    goal=0.20,
    guardrail=0.25,
    effect=0.18,
    margin=0.15,
    traffic_per_week=1_650,
    launch_ago=58,
    stop_ago=30,
    reaction=Reaction(
        segments=AT_HOME,
        units=6_600,
        page="/shop/streaming",
        sells={"streaming-basic": 0.5, "streaming-plus": 0.5},
        cross=0.20,
        up=0.25,
        moved=0.85,
    ),
)
DESIGNS = (TV_ENTRY, TV_BUNDLE_BANNER, CHECKOUT_HINT, APP_OFFER, ORDER_BUTTON)
