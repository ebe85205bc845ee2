"""Families, products, journeys, metrics, layers and sources come back from the database as they went in."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.domain.journey import Journey, Match, Step
from experiments.domain.layer import Layer
from experiments.domain.metric import Column, EventFilter, EventKind, Metric, MetricKind
from experiments.domain.product import Component, Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.store.catalogue import families, journeys, layers, metrics, products, sources
from experiments.store.engines import reading, writing
from tests import strategies

MOBILE = Family("mobile", "Mobile")
SIM = Product("sim-5", "SIM 5 GB", "mobile", 1, 1500, 600, 24, multiple=True)
JOURNEY = Journey(
    "tv", "TV", (Step("start", "Start", Match.PATH, "/tv/*"), Step("order", "Order", Match.EVENT, "Order Completed"))
)
SHOP = Source("shop", "Shop", SourceKind.CLIENT)

numbers = itertools.count()


def test_families(engine: Engine) -> None:
    with writing(engine) as session:
        families.save(session, MOBILE)
        families.save(session, Family("tv", "TV"))
        families.save(session, Family("tv", "Television"))
    with reading(engine) as session:
        assert families.all_families(session) == (MOBILE, Family("tv", "Television"))
        assert families.find(session, "mobile") == MOBILE
        assert families.find(session, "absent") is None
        assert set(families.ids(session)) == {"mobile", "tv"}


def test_a_key_that_no_database_could_hold_finds_nothing(engine: Engine) -> None:
    with reading(engine) as session:
        assert families.find(session, "mobile\x00") is None
        assert metrics.find(session, "\ud800") is None


def test_products_keep_what_they_cost_on_each_day(engine: Engine) -> None:
    dearer = replace(SIM, price=1700, margin=650)
    with writing(engine) as session:
        families.save(session, MOBILE)
        products.save(session, SIM, valid_from=100)
        products.save(session, dearer, valid_from=200)
    with reading(engine) as session:
        assert products.find(session, "sim-5", at=50) == SIM
        assert products.find(session, "sim-5", at=199) == SIM
        assert products.find(session, "sim-5", at=200) == dearer
        assert products.find(session, "sim-5") == dearer
        assert products.price_history(session, "sim-5") == ((0, SIM), (200, dearer))


def test_an_unchanged_price_adds_no_line(engine: Engine) -> None:
    with writing(engine) as session:
        families.save(session, MOBILE)
        products.save(session, SIM, valid_from=100)
        products.save(session, replace(SIM, name="SIM five"), valid_from=200)
        assert products.price_history(session, "sim-5") == ((0, replace(SIM, name="SIM five")),)


def test_a_price_corrected_at_the_same_instant_replaces_it(engine: Engine) -> None:
    with writing(engine) as session:
        families.save(session, MOBILE)
        products.save(session, SIM, valid_from=100)
        products.save(session, replace(SIM, price=1600), valid_from=200)
        products.save(session, replace(SIM, price=1650), valid_from=200)
        history = products.price_history(session, "sim-5")
    assert [(at, product.price) for at, product in history] == [(0, 1500), (200, 1650)]


def test_products_are_listed_by_family_and_tier(engine: Engine) -> None:
    tv = Product("tv-plus", "TV Plus", "a-tv", 2, 2000, 900, 36)
    with writing(engine) as session:
        families.save(session, MOBILE)
        families.save(session, Family("a-tv", "TV"))
        for product in (replace(SIM, key="sim-9", tier=2), SIM, tv):
            products.save(session, product, valid_from=0)
        assert [product.key for product in products.all_products(session)] == ["tv-plus", "sim-5", "sim-9"]
        assert set(products.ids(session)) == {"tv-plus", "sim-5", "sim-9"}


def test_a_product_needs_its_family(engine: Engine) -> None:
    with writing(engine) as session, pytest.raises(NotFoundError, match="'mobile'"):
        products.save(session, SIM, valid_from=0)


def test_bundles_replaced_products_and_what_is_earned_once_come_back(engine: Engine) -> None:
    small, large = replace(SIM, one_off=-9_900, retention=500), replace(SIM, key="sim-9", tier=2, replaces=("sim-5",))
    bundle = replace(
        SIM, key="both", price=2_500, held_discount=250, components=(Component("sim-5", 2), Component("sim-9"))
    )
    with writing(engine) as session:
        families.save(session, MOBILE)
        for product in (small, large, bundle):
            products.save(session, product, valid_from=0)
        products.save(session, replace(small, one_off=-4_900), valid_from=200)
    with reading(engine) as session:
        assert products.find(session, "both") == bundle
        assert products.find(session, "sim-9") == large
        assert products.find(session, "sim-5", at=199) == small
        assert products.find(session, "sim-5", at=200) == replace(small, one_off=-4_900)


def test_other_products_must_exist_and_bundles_hold_no_bundles(engine: Engine) -> None:
    bundle = replace(SIM, key="both", components=(Component("sim-5"),))
    with writing(engine) as session:
        families.save(session, MOBILE)
        with pytest.raises(NotFoundError, match="'sim-5'"):
            products.save(session, bundle, valid_from=0)
        with pytest.raises(NotFoundError, match="'gone'"):
            products.save(session, replace(SIM, replaces=("gone",)), valid_from=0)
        for product in (SIM, bundle, replace(SIM, key="sim-9")):
            products.save(session, product, valid_from=0)
        for nested in (
            replace(SIM, key="all", components=(Component("both"),)),
            replace(SIM, components=(Component("sim-9"),)),
        ):
            with pytest.raises(DomainError, match="cannot be part of a bundle") as refused:
                products.save(session, nested, valid_from=0)
            assert refused.value.field == "product.components"


def test_journeys(engine: Engine) -> None:
    shorter = replace(JOURNEY, name="Television", steps=JOURNEY.steps[:1])
    with writing(engine) as session:
        journeys.save(session, JOURNEY)
    with writing(engine) as session:
        assert journeys.all_journeys(session) == (JOURNEY,)
        journeys.save(session, shorter)
    with writing(engine) as session:
        assert journeys.find(session, "tv") == shorter
        assert journeys.delete(session, "tv")
        assert not journeys.delete(session, "tv")
        assert journeys.all_journeys(session) == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(metric=strategies.metrics())
def test_metrics_come_back_equal(engine: Engine, metric: Metric) -> None:
    unique = replace(metric, key=f"m-{next(numbers)}")
    with writing(engine) as session:
        metrics.add(session, unique, now=1)
    with reading(engine) as session:
        assert metrics.find(session, unique.key) == unique


def test_the_newest_version_of_a_metric_is_shown(engine: Engine) -> None:
    first = _metric()
    with writing(engine) as session:
        metrics.add(session, first, now=1)
        metrics.add(session, replace(first, version=2, window_days=14), now=2)
        metrics.add(session, replace(first, key="other"), now=2)
    with reading(engine) as session:
        assert metrics.find(session, first.key) == replace(first, version=2, window_days=14)
        assert metrics.find(session, first.key, 1) == first
        assert metrics.find(session, first.key, 3) is None
        assert [metric.version for metric in metrics.versions(session, first.key)] == [2, 1]
        assert [(metric.key, metric.version) for metric in metrics.all_metrics(session)] == [("m", 2), ("other", 1)]


def test_a_version_is_never_written_twice(engine: Engine) -> None:
    with writing(engine) as session:
        metrics.add(session, _metric(), now=1)
        with pytest.raises(ConflictError) as caught:
            metrics.add(session, replace(_metric(), window_days=7), now=2)
        assert metrics.find(session, "m") == _metric()
    assert caught.value.code == "exists"


def test_layers(engine: Engine) -> None:
    layer = Layer("tv-pages", "TV pages", "salt", 0.05)
    with writing(engine) as session:
        layers.add(session, layer)
        with pytest.raises(ConflictError, match="tv-pages"):
            layers.add(session, layer)
        layers.lock(session, "tv-pages")
        layers.change(session, "tv-pages", name="TV", holdout=0.1)
    with reading(engine) as session:
        assert layers.find(session, "tv-pages") == Layer("tv-pages", "TV", "salt", 0.1)
        assert [found.key for found in layers.all_layers(session)] == ["tv-pages"]
    with writing(engine) as session, pytest.raises(NotFoundError):
        layers.lock(session, "absent")


def test_sources(engine: Engine) -> None:
    office = Source("office", "Back office", SourceKind.IMPORT, Environment.TEST, complete=True, watermark=17)
    with writing(engine) as session:
        code = sources.add(session, SHOP, now=1)
        assert sources.save(session, replace(SHOP, name="Web shop"), now=2) == code
        assert sources.save(session, office, now=2) != code
    with reading(engine) as session:
        assert sources.all_sources(session) == (office, replace(SHOP, name="Web shop"))
        assert sources.find(session, "office") == office
        assert sources.ids(session)["shop"] == code


def _metric() -> Metric:
    return Metric("m", "Metric", MetricKind.RATE, Column(EventFilter(EventKind.SALE)))
