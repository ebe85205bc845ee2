"""The two tests of the demo's contact centre: one was shipped before the others began, one runs."""

from __future__ import annotations

from experiments.domain.audience import Audience, OfferPolicy, Operator, Rule
from experiments.domain.channel import Channel
from experiments.domain.run_cost import RunCost
from experiments.domain.variant import Variant
from experiments.services.demo.designs import DESIGNS, SECONDARY, Design, Reaction

DESK = (Channel.PHONE, Channel.CHAT)
ELSEWHERE = (Channel.WEB, Channel.APP, Channel.STORE)
SERVICE = (*SECONDARY, "handle-time", "csat")
#: Segments that hold no TV.
WITHOUT_TV = ("mobile-only", "mobile-broadband", "broadband-only")
_ON_THE_LINE = Rule("channel", Operator.IN, tuple(channel.value for channel in DESK))

CALL_OFFER = Design(
    key="call-offer",
    name="TV offer at the end of service calls",
    hypothesis="Customers whose question was answered listen to an offer of TV at the end of the call or chat, seen in "
    "cross-sell orders, while calls grow by less than a minute and those who call are as satisfied as before.",
    audience=Audience(
        "Customers without TV who call or chat", (_ON_THE_LINE, Rule("segment", Operator.IN, WITHOUT_TV))
    ),
    variant=Variant(
        "tv-offer",
        "TV offer at the end",
        0.5,
        {"offer": "tv-start", "price": 12.5, "script": "May I tell you about TV with your plan?"},
    ),
    goal=0.10,
    guardrail=0.30,
    effect=0.60,
    margin=0.15,
    traffic_per_week=985,
    launch_ago=105,
    stop_ago=84,
    decided_ago=62,
    control="Agents answer and say goodbye",
    channels=DESK,
    expected=ELSEWHERE,
    secondary=SERVICE,
    reaction=Reaction(
        segments=WITHOUT_TV,
        units=2_960,
        page=None,
        sells={"tv-start": 0.7, "tv-plus": 0.3},
        cross=0.085,
        up=0.29,
        lift=0.85,
        up_change=0.03,
    ),
)
#: What people typed on its page.
CALL_OFFER_COST = RunCost(64, 85, 1_500, "Script, and an hour of training for each agent. (demo)")

DESK_STREAMING = Design(
    key="desk-streaming",
    name="Streaming at half price for who calls or chats",
    hypothesis="Whoever is on the line anyway takes streaming when the first months cost half, seen in cross-sell "
    "orders; moving up to a larger plan stays as frequent as it is.",
    audience=Audience(
        "Customers who call or chat, without an open serious issue",
        (_ON_THE_LINE,),
        OfferPolicy(not_with_open_issue=True, not_refused_within_days=60, most_offers_in_30_days=3),
    ),
    variant=Variant(
        "half-price", "Streaming at half price", 0.5, {"offer": "streaming-plus", "price": 5.5, "months": 3}
    ),
    goal=0.15,
    guardrail=0.25,
    effect=0.35,
    margin=0.15,
    traffic_per_week=560,
    looks=2,
    launch_ago=7,
    stop_ago=None,
    launch_reason="Agents honour whichever price the customer has seen, until the test of the app is over.",
    control="Agents offer what they think fits",
    channels=DESK,
    expected=ELSEWHERE,
    secondary=SERVICE,
    reaction=Reaction(("",), 0, None, {"streaming-plus": 1.0}, cross=0.0, up=0.0, lift=0.0),
)

#: All tests of the demo, in the order in which their random numbers are drawn.
ALL = (*DESIGNS, CALL_OFFER, DESK_STREAMING)
