"""The catalogue's use cases: rights, audit lines, versions of metrics, frozen holdouts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.channel import Channel
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.journey import Journey, Match, Step
from experiments.domain.metric import Direction, Metric, MetricKind
from experiments.domain.product import Family, Product
from experiments.domain.rollout import RollOut
from experiments.domain.source import Source, SourceKind
from experiments.services import audit, catalogue, launch, metrics
from experiments.services.decide import Choice, decide
from experiments.services.default_metrics import default_metrics
from experiments.services.metric_documents import describe_metric, read_metric
from experiments.services.sessions import reading, writing
from tests import strategies
from tests.scenes import APPROVER, EDITOR, NOW, VIEWER, running, seed

MOBILE = Family("mobile", "Mobile")
SIM = Product("sim-5", "SIM", "mobile", 1, 1500, 600, 24)
JOURNEY = Journey("tv", "TV", (Step("start", "Start", Match.PATH, "/tv/*"),))
SHOP = Source("shop", "Shop", SourceKind.CLIENT)


def test_a_new_price_leaves_earlier_days_alone(engine: Engine) -> None:
    with writing(engine) as session:
        catalogue.save_family(session, EDITOR, NOW, MOBILE)
        catalogue.save_product(session, EDITOR, NOW, SIM)
        catalogue.save_product(session, EDITOR, NOW + 10, replace(SIM, price=1700))
        announced = replace(SIM, price=1900)
        catalogue.save_product(session, EDITOR, NOW + 20, announced, valid_from=NOW + 100)
        prices = [catalogue.product_by_key(session, "sim-5", at).price for at in (0, NOW + 9, NOW + 10, NOW + 100)]
        history = [at for at, _ in catalogue.price_history(session, "sim-5")]
    assert prices == [1500, 1500, 1700, 1900]
    assert history == [0, NOW + 10, NOW + 100]


def test_every_change_is_written_down_once(engine: Engine) -> None:
    with writing(engine) as session:
        for _ in range(2):
            catalogue.save_family(session, EDITOR, NOW, MOBILE)
            catalogue.save_product(session, EDITOR, NOW, SIM)
            catalogue.save_journey(session, EDITOR, NOW, JOURNEY)
            catalogue.save_source(session, EDITOR, NOW, SHOP)
        catalogue.save_source(session, EDITOR, NOW, replace(SHOP, watermark=NOW))
        catalogue.delete_journey(session, EDITOR, NOW, "tv")
        lines = audit.history(session)
    assert [(line.action, line.noun) for line in reversed(lines)] == [
        ("create", "family"),
        ("create", "product"),
        ("create", "journey"),
        ("create", "source"),
        ("change", "source"),
        ("delete", "journey"),
    ]
    assert (lines[1].before, lines[1].after) == ({"watermark": None}, {"watermark": "2026-09-21T14:13:20Z"})


def test_what_does_not_exist_is_not_found(engine: Engine) -> None:
    with reading(engine) as session:
        for find in (
            catalogue.product_by_key,
            catalogue.journey_by_key,
            catalogue.layer_by_key,
            catalogue.source_by_key,
            metrics.metric_by_key,
        ):
            with pytest.raises(NotFoundError, match="'absent'"):
                find(session, "absent")


def test_a_holdout_is_frozen_while_its_layer_is_used(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        before = catalogue.layer_by_key(session, "tv-pages")
        running(session, layer={"key": "tv-pages", "end": 0.5})
        _change_holdout_refused(session)
        renamed = catalogue.change_layer(session, EDITOR, NOW, "tv-pages", name="TV", holdout=0.05)
        launch.stop(session, APPROVER, NOW, "tv-entry")
        raised = catalogue.change_layer(session, EDITOR, NOW, "tv-pages", name="TV", holdout=0.1)
        shipped = RollOut("personal-entry")
        decide(session, APPROVER, NOW, "tv-entry", Choice.SHIP, rollout=shipped, reason="Because.")
        _change_holdout_refused(session)
    assert (renamed.name, renamed.salt) == ("TV", before.salt)
    assert (raised.holdout, raised.salt) == (0.1, before.salt)


def test_built_in_metrics() -> None:
    found = {metric.key: metric for metric in default_metrics({"web", "app"})}
    assert set(found) == {
        "cross-sell",
        "up-sell",
        "all-sales",
        "revenue",
        "margin",
        "digital-share",
        "contacts",
        "handle-time",
        "csat",
        "nps",
        "survey-response",
    }
    assert [key for key, metric in found.items() if metric.protected] == ["up-sell"]
    assert {key for key, metric in found.items() if metric.direction is Direction.LOWER} == {"contacts", "handle-time"}
    assert found["digital-share"].column.event.channels == (Channel.WEB, Channel.APP)
    assert found["digital-share"].kind is MetricKind.RATIO


def test_an_unknown_digital_channel_is_refused() -> None:
    with pytest.raises(DomainError, match="digital_channels == 'fax'"):
        default_metrics({"web", "fax"})


def test_built_in_metrics_are_added_once_and_never_overwrite(engine: Engine) -> None:
    with writing(engine) as session:
        metrics.ensure_default_metrics(session, NOW)
        own = replace(metrics.metric_by_key(session, "revenue"), window_days=90)
        metrics.save_metric(session, EDITOR, NOW, own)
        metrics.ensure_default_metrics(session, NOW + 1)
        versions = {metric.key: metric.version for metric in metrics.all_metrics(session)}
    assert versions.pop("revenue") == 2
    assert set(versions.values()) == {1}


def test_the_digital_share_follows_the_setting_unless_redefined(engine: Engine) -> None:
    with writing(engine) as session:
        metrics.ensure_default_metrics(session, NOW, {"web"})
        metrics.ensure_default_metrics(session, NOW, {"web", "tv"})
        followed = metrics.metric_by_key(session, "digital-share")
        metrics.save_metric(session, EDITOR, NOW, replace(followed, window_days=7))
        metrics.ensure_default_metrics(session, NOW, {"app"})
        kept = metrics.metric_by_key(session, "digital-share")
    assert (followed.version, followed.column.event.channels) == (2, (Channel.WEB, Channel.TV))
    assert (kept.version, kept.column.event.channels) == (3, (Channel.WEB, Channel.TV))


def test_a_changed_metric_is_a_new_version(engine: Engine) -> None:
    first = default_metrics()[0]
    with writing(engine) as session:
        assert metrics.save_metric(session, EDITOR, NOW, first).version == 1
        assert metrics.save_metric(session, EDITOR, NOW, first).version == 1
        second = metrics.save_metric(session, EDITOR, NOW, replace(first, window_days=14), reason="Shorter.")
        assert [metric.version for metric in metrics.metric_versions(session, first.key)] == [2, 1]
        assert metrics.metric_by_key(session, first.key, 1) == first
        with pytest.raises(NotFoundError, match="version 3"):
            metrics.metric_by_key(session, first.key, 3)
        lines = audit.history(session, noun="metric")
    assert second == replace(first, window_days=14, version=2)
    assert [(line.action, line.reason) for line in lines] == [("change", "Shorter."), ("create", "")]
    assert lines[0].before == {"version": 1, "window_days": 28}


@settings(max_examples=60, deadline=None)
@given(metric=strategies.metrics())
def test_a_metric_is_read_back_from_its_document(metric: Metric) -> None:
    assert read_metric(describe_metric(metric)) == metric


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "median"}, "kind"),
        ({"kind": "ratio"}, "denominator"),
        ({"direction": "up"}, "direction"),
        ({"window_days": 0}, "window_days"),
        ({"column": {"event": "custom"}}, "column.name"),
        ({"column": {"event": "sale", "cap": -1}}, "column.cap"),
        ({"column": {"event": "sale", "relations": ["sideways"]}}, "column.relations.0"),
        ({"column": None}, "column"),
        ({"colum": {}}, "colum"),
    ],
)
def test_a_failure_names_its_field(change: dict[str, object], field: str) -> None:
    document = {"key": "m", "name": "M", "kind": "rate", "column": {"event": "sale"}}
    assert read_metric(document).key == "m"
    with pytest.raises(DomainError) as caught:
        read_metric(document | change)
    assert caught.value.field == field


CHANGES: list[Callable[[Session], object]] = [
    lambda session: catalogue.save_family(session, VIEWER, NOW, MOBILE),
    lambda session: catalogue.save_product(session, VIEWER, NOW, SIM),
    lambda session: catalogue.save_journey(session, VIEWER, NOW, JOURNEY),
    lambda session: catalogue.delete_journey(session, VIEWER, NOW, "tv"),
    lambda session: catalogue.add_layer(session, VIEWER, NOW, key="a", name="A"),
    lambda session: catalogue.change_layer(session, VIEWER, NOW, "a", name="A", holdout=0),
    lambda session: catalogue.save_source(session, VIEWER, NOW, SHOP),
    lambda session: metrics.save_metric(session, VIEWER, NOW, default_metrics()[0]),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_viewer_changes_nothing(sqlite_engine: Engine, change: Callable[[Session], object]) -> None:
    with writing(sqlite_engine) as session:
        with pytest.raises(ForbiddenError, match="needs editor"):
            change(session)
        assert audit.history(session) == ()


def _change_holdout_refused(session: Session) -> None:
    with pytest.raises(ConflictError, match="'tv-entry' uses the layer") as caught:
        catalogue.change_layer(session, EDITOR, NOW, "tv-pages", name="TV", holdout=0.3)
    assert caught.value.code == "frozen"
