"""How many who begin a journey come how far, by what they hold and where they came in."""

from experiments.insight.journeys.counts import EntrantGroup, JourneyCounts, OrderWeek
from experiments.insight.journeys.fallback import OrderFigures, order_figures
from experiments.insight.journeys.funnel import Funnel, FunnelStep, by_channel, by_segment, by_week, funnel

__all__ = [
    "EntrantGroup",
    "Funnel",
    "FunnelStep",
    "JourneyCounts",
    "OrderFigures",
    "OrderWeek",
    "by_channel",
    "by_segment",
    "by_week",
    "funnel",
    "order_figures",
]
