"""A look at a metric finds what was planted, on everybody and on a sample, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from experiments.domain.channel import Channel
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Column, EventFilter, EventKind, Metric, MetricKind, Value
from experiments.services.metric_preview import DAYS, known_names, preview, usual_unit
from experiments.services.sessions import reading
from experiments.store.tables import HoldingRow, OutcomeRow
from tests.history_world import START, fill, micros

NOW = micros(START + timedelta(days=40))
SALES = EventFilter(EventKind.SALE)
MEAN = Metric("lines", "Lines", MetricKind.MEAN, Column(SALES))


def test_a_preview_counts_like_the_table_of_facts(engine: Engine) -> None:
    """The second implementation is plain Python over the rows."""
    fill(engine)
    start = NOW - DAYS * 86_400_000_000
    with reading(engine) as session:
        rows = session.execute(select(OutcomeRow.customer, OutcomeRow.at, OutcomeRow.kind, OutcomeRow.revenue)).all()
        units = set(session.scalars(select(HoldingRow.customer).distinct()))
        units |= {row.customer for row in rows if start <= row.at < NOW}
        sold = [row for row in rows if row.kind == 1 and start <= row.at < NOW]
        found = preview(session, MEAN, NOW)
        assert len(sold) > 20
        assert (found.unit, found.units, found.share) == (UnitKind.CUSTOMER, len(units), 1.0)
        by_day = [sum(start + day * 86_400_000_000 <= row.at < start + (day + 1) * 86_400_000_000 for row in sold)
                  for day in range(DAYS)]  # fmt: skip
        assert [value for _, value in found.by_day] == by_day
        assert found.mean == pytest.approx(len(sold) / len(units))
        buyers = {row.customer for row in sold}
        assert found.zero_share == pytest.approx(1 - len(buyers) / len(units))
        rate = preview(session, replace(MEAN, kind=MetricKind.RATE), NOW)
        share = len(buyers) / len(units)
        assert rate.mean == pytest.approx(share)
        assert rate.variance == pytest.approx(share * (1 - share) * len(units) / (len(units) - 1))
        assert rate.cap is None
        value = replace(MEAN, kind=MetricKind.RATIO, column=Column(SALES, Value.REVENUE), denominator=Column(SALES))
        assert preview(session, value, NOW).mean == pytest.approx(sum(row.revenue for row in sold) / len(sold))
        most = max(sum(row.customer == buyer for row in sold) for buyer in buyers)
        assert found.cap == most
        capped = preview(session, replace(MEAN, column=Column(SALES, cap=0.5)), NOW)
        assert capped.mean == pytest.approx(0.5 * share)
        assert capped.cap == most


def test_a_sample_is_bounded_and_names_its_share(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as session:
        every = preview(session, MEAN, NOW)
        part = preview(session, MEAN, NOW, rows=60)
        customers = session.scalar(select(func.count(HoldingRow.customer.distinct())))
    assert 5 < part.units < 61
    assert part.units < every.units
    assert 0.2 < part.share / (part.units / every.units) < 5
    assert every.units >= (customers or 0) > 0


def test_nothing_to_divide_by_and_nobody_seen(engine: Engine) -> None:
    with reading(engine) as session:
        empty = preview(session, MEAN, NOW)
    assert (empty.units, empty.mean, empty.zero_share, empty.cap) == (0, None, None, None)
    fill(engine)
    nobody = Column(EventFilter(EventKind.SALE, channels=(Channel.TV,)))
    with reading(engine) as session:
        found = preview(session, replace(MEAN, kind=MetricKind.RATIO, denominator=nobody), NOW)
        assert (found.mean, found.variance) == (None, None)
        assert {value for _, value in found.by_day} == {None}
        assert "/tv" in " ".join(known_names(session))


def test_pages_are_looked_at_per_visitor() -> None:
    assert usual_unit(MEAN) is UnitKind.CUSTOMER
    assert usual_unit(replace(MEAN, column=Column(EventFilter(EventKind.PAGE, name="/tv/*")))) is UnitKind.VISITOR


@pytest.mark.parametrize("unit", [UnitKind.VISITOR, UnitKind.CUSTOMER])
def test_what_was_bought_can_be_divided_by_pages_seen(engine: Engine, unit: UnitKind) -> None:
    """Both tables in one statement tell what each tells alone."""
    fill(engine)
    pages = Column(EventFilter(EventKind.PAGE))
    with reading(engine) as session:
        bought, seen = (preview(session, replace(MEAN, column=each), NOW, unit) for each in (MEAN.column, pages))
        per_page = preview(session, replace(MEAN, kind=MetricKind.RATIO, denominator=pages), NOW, unit)
        per_sale = preview(
            session, replace(MEAN, kind=MetricKind.RATIO, column=pages, denominator=MEAN.column), NOW, unit
        )
    assert bought.mean
    assert seen.mean
    assert per_page.mean == pytest.approx(bought.mean / seen.mean)
    assert per_sale.mean == pytest.approx(seen.mean / bought.mean)
