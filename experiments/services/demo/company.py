"""The demo's telecom: a company that does not exist, with its catalogue, journeys, senders and metrics."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from experiments.domain.journey import Journey, Match, Step
from experiments.domain.metric import EventKind, Metric
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue
from experiments.services.actor import Actor
from experiments.services.metrics import all_metrics, save_metric

NAME = "Polder Telecom (demo)"

SHOP, BACKEND, CRM, OFFLINE = "web-shop", "shop-backend", "crm", "phone-and-store"
SOURCES = (
    Source(SHOP, "Web shop and app", SourceKind.CLIENT),
    Source(BACKEND, "Shop back office", SourceKind.SERVER),
    Source(CRM, "CRM: holdings of all customers", SourceKind.IMPORT, complete=True),
    Source(OFFLINE, "Phone and store, imported every night", SourceKind.IMPORT),
)

FAMILIES = (
    Family("mobile", "Mobile"),
    Family("broadband", "Broadband"),
    Family("tv", "TV"),
    Family("streaming", "Streaming"),
)
#: Prices and margins per month in minor units, then the months a customer keeps it.
PRODUCTS = (
    Product("mobile-s", "Mobile S", "mobile", 1, 1_000, 450, 24, multiple=True),
    Product("mobile-m", "Mobile M", "mobile", 2, 1_750, 800, 24, multiple=True),
    Product("mobile-l", "Mobile L", "mobile", 3, 2_500, 1_200, 24, multiple=True),
    Product("broadband-100", "Broadband 100", "broadband", 1, 3_500, 1_400, 36),
    Product("broadband-400", "Broadband 400", "broadband", 2, 4_500, 1_900, 36),
    Product("broadband-1000", "Broadband 1000", "broadband", 3, 5_500, 2_400, 36),
    Product("tv-start", "TV Start", "tv", 1, 1_250, 500, 30),
    Product("tv-plus", "TV Plus", "tv", 2, 2_000, 900, 30),
    Product("tv-max", "TV Max", "tv", 3, 3_000, 1_300, 30),
    Product("streaming-basic", "Streaming Basic", "streaming", 1, 600, 150, 14),
    Product("streaming-plus", "Streaming Plus", "streaming", 2, 1_100, 300, 14),
)
PRICE = {product.key: product.price / 100 for product in PRODUCTS}

JOURNEYS = (
    Journey(
        "tv-pages",
        "TV pages",
        (
            Step("entry", "TV pages", Match.PATH, "/tv*"),
            Step("offer", "Offer in the shop", Match.PATH, "/shop/tv*"),
            Step("order", "Order", Match.EVENT, "Order Completed"),
        ),
        families=("tv",),
    ),
    Journey(
        "cross-sell-shop",
        "Cross-sell shop",
        (
            Step("shop", "Shop", Match.PATH, "/shop*"),
            Step("checkout", "Checkout", Match.PATH, "/checkout*"),
            Step("order", "Order", Match.EVENT, "Order Completed"),
        ),
    ),
)
#: Layers with fixed salts, so that everybody's place comes out the same again.
LAYERS = (("tv-pages", "TV pages", "polder-tv-pages"), ("shop", "Shop and app", "polder-shop"))

#: Two months of traffic cannot hold four weeks of window and two weeks of returns behind a test of four weeks.
WINDOW_DAYS, RETURN_DAYS = 14, 7
REASON = "The demo tells two months only: 14 days after exposure and 7 days for returns let its tests mature in them."


def found_company(session: Session, actor: Actor, at: int) -> None:
    """Everything the tests of the demo stand on."""
    for family in FAMILIES:
        catalogue.save_family(session, actor, at, family)
    for product in PRODUCTS:
        catalogue.save_product(session, actor, at, product)
    for journey in JOURNEYS:
        catalogue.save_journey(session, actor, at, journey)
    for source in SOURCES:
        catalogue.save_source(session, actor, at, source)
    for key, name, salt in LAYERS:
        catalogue.add_layer(session, actor, at, key=key, name=name, salt=salt)
    for metric in all_metrics(session):
        save_metric(session, actor, at, _shortened(metric), reason=REASON)


def _shortened(metric: Metric) -> Metric:
    returns = RETURN_DAYS if metric.column.event.kind is EventKind.SALE else metric.return_days
    return replace(metric, window_days=WINDOW_DAYS, return_days=returns)


def delivered(session: Session, actor: Actor, now: int, until: int) -> None:
    """The nightly import has told everything up to an instant."""
    source = catalogue.source_by_key(session, OFFLINE)
    catalogue.save_source(session, actor, now, replace(source, watermark=until))
