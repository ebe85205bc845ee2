"""A look back finds the planted baselines, correlation, explained share and traffic, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import Engine, create_engine, func, select, text

from experiments.decision.sizing import Sizing, size_test
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import MetricKind
from experiments.domain.phase import Phase
from experiments.domain.variant import Variant
from experiments.services.history import History, Lookback, look_back
from experiments.store.catalogue import experiments
from experiments.store.engines import make_engine, reading, writing
from experiments.store.tables import ExposureRow, PageViewRow, PhaseRow, SourceRow
from tests.history_world import AUDIENCE, LATE, START, UNKNOWN, UNTIL, WITH_TV, Past, fill, micros

SALES = ("cross-sell", "up-sell")
ON_TV_PAGES = Lookback(page="/tv/*", holds=("mobile",), lacks=("tv",))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Past]]:
    """The planted past, once per kind of database; tests only read it."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("history") / "netlift.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        engine = make_engine(f"sqlite:///{path}")
        yield engine, fill(engine)
        engine.dispose()
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    admin, name = create_engine(server, isolation_level="AUTOCOMMIT"), f"netlift_history_{uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template {template}"))
    engine = make_engine(server.set(database=name).render_as_string(hide_password=False))
    yield engine, fill(engine)
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


def _back(engine: Engine, keys: tuple[str, ...], wanted: Lookback = ON_TV_PAGES, **changes: Any) -> History:
    with reading(engine) as session:
        return look_back(session, keys, replace(wanted, **changes), micros(UNTIL))


def test_baselines_and_their_correlation_are_those_planted(shop: tuple[Engine, Past]) -> None:
    engine, past = shop
    found = _back(engine, SALES)
    cross, up = found.metrics
    assert found.units == AUDIENCE
    assert (cross.baseline, up.baseline) == (pytest.approx(0.10), pytest.approx(0.12))
    assert (cross.events, up.events) == (sum(past.cross), sum(past.up))
    assert cross.sd is None
    assert cross.standard_error == pytest.approx((0.1 * 0.9 / AUDIENCE) ** 0.5)
    phi = np.corrcoef(past.cross, past.up)[0, 1]
    assert phi > 0.2
    assert found.correlation[0][1] == pytest.approx(phi, rel=1e-9)
    assert found.window_days == 28 + 14


def test_visitors_are_found_by_their_links(shop: tuple[Engine, Past]) -> None:
    """The orders carry customers only, the page views visitors as well."""
    engine, past = shop
    found = _back(engine, SALES, unit=UnitKind.VISITOR)
    assert found.units == AUDIENCE
    assert [metric.events for metric in found.metrics] == [sum(past.cross), sum(past.up)]
    assert any("browsers that cap" in note for note in found.notes)


def test_what_covariates_explain_is_that_of_least_squares(shop: tuple[Engine, Past]) -> None:
    engine, past = shop
    found = _back(engine, ("cross-sell", "contacts"), covariate_days=14)
    calls = np.array(past.calls, dtype=float)
    before = np.column_stack([np.ones(AUDIENCE), past.cross_before, past.calls_before])
    residuals = {}
    for metric, values in zip(found.metrics, (np.array(past.cross, dtype=float), calls), strict=True):
        residuals[metric.key] = values - before @ np.linalg.lstsq(before, values)[0]
        explained = 1 - residuals[metric.key].var() / values.var()
        assert metric.r_squared == pytest.approx(explained, rel=1e-9)
    contacts = found.metrics[1]
    assert contacts.r_squared > 0.3
    assert contacts.kind is MetricKind.MEAN
    assert contacts.baseline == pytest.approx(calls.mean())
    assert contacts.sd == pytest.approx(calls.std(ddof=1))
    partial = np.corrcoef(residuals["cross-sell"], residuals["contacts"])[0, 1]
    assert found.correlation[0][1] == pytest.approx(partial, rel=1e-9)


def test_traffic_is_the_concave_curve_of_distinct_customers(shop: tuple[Engine, Past]) -> None:
    engine, past = shop
    found = _back(engine, SALES)
    assert list(found.by_day) == past.distinct_by_day()
    assert found.by_day[-1] == AUDIENCE + LATE
    assert found.traffic_per_week == (AUDIENCE + LATE) / 10
    weeks = [found.by_day[day] for day in (6, 13, 20, 27)]
    assert [b - a for a, b in pairwise(weeks)] == sorted((b - a for a, b in pairwise(weeks)), reverse=True)


def test_holdings_are_those_known_at_first_sight(shop: tuple[Engine, Past]) -> None:
    engine, _ = shop
    assert _back(engine, SALES, holds=(), lacks=()).units == AUDIENCE + WITH_TV + UNKNOWN
    assert _back(engine, ("contacts", "cross-sell"), holds=("mobile",), lacks=()).units == AUDIENCE + WITH_TV
    assert _back(engine, SALES, holds=(), lacks=("tv",)).units == AUDIENCE
    with pytest.raises(DomainError, match=r"metric\.cross-sell is the same for all 60 units"):
        _back(engine, ("cross-sell",), holds=("tv",), lacks=())


def test_the_history_sizes_a_test(shop: tuple[Engine, Past]) -> None:
    engine, _ = shop
    found = _back(engine, SALES)
    sizing = Sizing(
        goals=(found.known("cross-sell", value=240).goal(0.6),),
        guardrails=(found.known("up-sell").guardrail(0.5),),
        traffic_per_week=found.traffic_per_week,
        traffic_by_day=found.by_day,
        correlation=found.correlation,
        window_days=found.window_days,
    )
    outcome = size_test(sizing)
    p, lifted, z = 0.1, 0.16, 1.959963984540054 + 0.8416212335729143
    alone = z**2 * (p * (1 - p) + lifted * (1 - lifted)) / (lifted - p) ** 2
    assert outcome.line("cross-sell").n_control == pytest.approx(alone, rel=1e-9)
    # 510 customers in the ten measured weeks, then five a day.
    assert outcome.weeks == 10 + -((510 - outcome.joint_total) // 35)
    straight = size_test(replace(sizing, traffic_by_day=None))
    assert straight.weeks is not None
    assert outcome.weeks is not None
    assert straight.weeks < outcome.weeks, "the average week overstates what comes later"
    apart = size_test(replace(sizing, correlation=None))
    assert outcome.joint_n_control < apart.joint_n_control


def test_the_document_is_plain_and_complete(shop: tuple[Engine, Past]) -> None:
    engine, _ = shop
    document = _back(engine, SALES).to_dict()
    assert (document["since"], document["until"]) == ("2025-04-21T00:00:00Z", "2025-06-30T00:00:00Z")
    assert (document["page"], document["holds"], document["lacks"]) == ("/tv/*", ["mobile"], ["tv"])
    assert document["metrics"][0]["direction"] == "higher"
    assert len(document["distinct_by_day"]) == 28 + document["window_days"]


@pytest.mark.parametrize(
    ("keys", "changes", "words"),
    [
        (SALES, {"days": 60}, r"days == 60, needs events on /tv/\* from 2025-03-20 on and has them from 2025-04-21"),
        (SALES, {"covariate_days": 90}, "covariate_days == 90, needs events from 2025-01-21 on"),
        (SALES, {"page": "/telly/*"}, r"page == '/telly/\*', matches none of the 3 paths seen"),
        (SALES, {"holds": ("phones",)}, "holdings == 'phones', must be a product family: broadband, mobile, tv"),
        (SALES, {"lacks": ("tvs",)}, "holdings_not == 'tvs', must be a product family"),
        (SALES, {"until": micros(UNTIL) + 1}, "must be at most 2025-06-30T00:00:00Z"),
        (SALES, {"until": micros(START - timedelta(days=90))}, r"No customers were seen on /tv/\* before 2025-01-21"),
        (SALES, {"holds": ("tv", "broadband"), "lacks": ()}, "units == 0, must be at least 2"),
    ],
)
def test_a_history_that_cannot_answer_says_why(
    shop: tuple[Engine, Past], keys: tuple[str, ...], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(DomainError, match=words):
        _back(shop[0], keys, **changes)


def test_a_metric_that_does_not_exist_is_named(shop: tuple[Engine, Past]) -> None:
    with pytest.raises(NotFoundError, match="'cross-sale'"):
        _back(shop[0], ("cross-sale",))


def test_an_end_long_after_the_last_event_names_it(shop: tuple[Engine, Past]) -> None:
    with (
        reading(shop[0]) as session,
        pytest.raises(DomainError, match=r"the last ones were seen on 2025-06-29\. State an earlier end"),
    ):
        look_back(session, SALES, ON_TV_PAGES, micros(UNTIL + timedelta(days=200)))


def test_a_single_early_view_does_not_make_a_history(shop: tuple[Engine, Past]) -> None:
    """Somebody looked at /help five weeks before anything else happened."""
    with pytest.raises(DomainError, match="has them from 2025-04-0"):
        _back(shop[0], SALES, page=None, days=61)


@pytest.mark.parametrize(("field", "value"), [("days", 6), ("covariate_days", -1)])
def test_bounds_name_their_field(field: str, value: int) -> None:
    with pytest.raises(DomainError, match=f"{field} == {value}"):
        replace(ON_TV_PAGES, **{field: value})


def test_the_event_that_a_unit_was_first_seen_by_does_not_count(sqlite_engine: Engine) -> None:
    """Else whoever is first seen by an order has bought for certain; the next order does count."""
    fill(sqlite_engine)
    with_pages = _back(sqlite_engine, ("all-sales",), page=None)
    with writing(sqlite_engine) as session:
        for row in session.scalars(select(PageViewRow)):
            session.delete(row)
    without = _back(sqlite_engine, ("all-sales",), page=None, days=20)
    buyers_of_two = without.metrics[0].events
    assert with_pages.metrics[0].events is not None
    assert buyers_of_two is not None
    assert 0 < buyers_of_two < 40 < with_pages.metrics[0].events


def test_exposures_of_the_same_kind_of_unit_are_sights(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    everybody = Lookback()
    before = _back(sqlite_engine, SALES, everybody)
    with writing(sqlite_engine) as session:
        for place, unit in enumerate(("customer", "visitor")):
            variants = (Variant("control", "Control", 0.5), Variant("entry", "Entry", 0.5))
            phase = Phase(1, unit, variants, started_at=0)
            experiments.add(session, Experiment(f"by-{unit}", unit, "", UnitKind(unit), (), (phase,)))
            session.flush()
            phase_id = session.scalars(select(func.max(PhaseRow.id))).one()
            at = {"at": micros(START) + 5, "received_at": micros(START) + 5, "source_id": 1, "channel": 1}
            for number in range(7):
                row = ExposureRow(seq=10**6 + 100 * place + number, phase_id=phase_id, unit=number, variant=0, **at)
                session.add(row)
    after = _back(sqlite_engine, SALES, everybody)
    assert after.units == before.units + 7, "customers of the one test, not visitors of the other"
    assert _back(sqlite_engine, SALES).units == AUDIENCE, "an exposure is no view of a page"


def test_a_source_that_delivers_late_ends_the_history(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    with writing(sqlite_engine) as session:
        source = session.scalars(select(SourceRow)).one()
        source.watermark = micros(UNTIL - timedelta(days=5))
    found = _back(sqlite_engine, SALES, days=14)
    assert found.until == "2025-06-25T00:00:00Z"
    with pytest.raises(DomainError, match=r"until == .*, must be at most 2025-06-25"):
        _back(sqlite_engine, SALES, until=micros(UNTIL))


def test_nothing_at_all(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    with writing(sqlite_engine) as session:
        for row in session.scalars(select(PageViewRow)):
            session.delete(row)
    with pytest.raises(DomainError, match=r"No customers were seen on /tv/\* before 2025-06-30"):
        _back(sqlite_engine, SALES)
