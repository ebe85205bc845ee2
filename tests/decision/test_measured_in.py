"""Money and seconds are said in euros and seconds: facts hold cents, and a limit of 50 cents is not "500"."""

from __future__ import annotations

import csv
import io

import pytest

from experiments.decision.analyse import build_report
from experiments.decision.inputs import MetricPlan
from experiments.decision.phrases import held, limit, value_text
from experiments.decision.render_text import to_csv, to_text
from experiments.domain.metric import (
    Column,
    Direction,
    EventFilter,
    EventKind,
    Margin,
    Metric,
    MetricKind,
    Role,
    Scale,
    Value,
)
from experiments.stats.measure import Measure


def guarded(build, measured_in, title="Margin", direction=Direction.HIGHER):
    """A test with a guardrail on a mean of 0.0589, in cents or in seconds, whose limit is 0.01."""
    margin = Margin(Scale.ABSOLUTE, 0.01)
    goal = MetricPlan("cross-sell", "Cross-sell orders", Role.GOAL, Direction.HIGHER, Measure("rate", "cross"))
    guard = MetricPlan("guard", title, Role.GUARDRAIL, direction, Measure("mean", "calls"), margin=margin,
                       measured_in=measured_in)  # fmt: skip
    return build_report(build({"entry": {"cross": 0.125}}, metrics=(goal, guard)))


def test_sentences_and_tables_say_money_in_major_units(build):
    report = guarded(build, "EUR")
    row = report.metrics[1]
    assert limit(row, "visitor") == "€0.10 per 1,000 visitors"
    assert value_text(row, 7096.1) == "€70.96"
    bound = 10 * -row.noninferiority.bound
    assert held(row, "visitor") == (
        f"margin can have lost at most €{bound:.2f} per 1,000 visitors (limit €0.10 per 1,000 visitors)"
    )
    assert "€0.10 per 1,000 visitors" in to_text(report)
    assert "€" in report.decision.sentence


def test_seconds_are_those_of_one_unit(build):
    row = guarded(build, "s", "Handle time", Direction.LOWER).metrics[1]
    assert limit(row, "customer") == "0.01 s"
    assert value_text(row, 340.2) == "340 s"
    assert " s (limit 0.01 s)" in held(row, "customer")


def test_the_file_has_money_as_the_page_prints_it(build):
    report = guarded(build, "EUR")
    shares, money = csv.DictReader(io.StringIO(to_csv(report)))
    assert (shares["measured_in"], money["measured_in"]) == ("share", "EUR")
    row = report.metrics[1]
    assert float(money["control_value"]) == pytest.approx(row.control_value / 100)
    assert float(money["absolute_lo"]) == pytest.approx(row.absolute.lo / 100)
    assert float(money["margin"]) == pytest.approx(0.0001)
    assert float(money["bound"]) == pytest.approx(row.noninferiority.bound / 100)
    assert float(money["relative_effect"]) == row.relative.point
    assert float(shares["control_value"]) == report.metrics[0].control_value


def test_reports_kept_before_say_nothing_of_it(build):
    report = guarded(build, "EUR")
    kept = report.to_dict()
    for row in kept["metrics"]:
        del row["measured_in"]
    assert type(report).from_dict(kept).metrics[1].measured_in is None


@pytest.mark.parametrize(
    ("kind", "above", "below", "said"),
    [
        (MetricKind.MEAN, Value.MARGIN, None, "EUR"),
        (MetricKind.RATIO, Value.REVENUE, Value.ORDERS, "EUR"),
        (MetricKind.RATIO, Value.MARGIN, Value.REVENUE, None),
        (MetricKind.MEAN, Value.SECONDS, None, "s"),
        (MetricKind.MEAN, Value.COUNT, None, None),
    ],
)
def test_the_definition_says_what_a_value_is(kind, above, below, said):
    kinds = {Value.SECONDS: EventKind.CONTACT}
    columns = [Column(EventFilter(kinds.get(value, EventKind.SALE)), value) for value in (above, below) if value]
    metric = Metric("m", "M", kind, *columns[:1], denominator=columns[1] if below else None)
    assert metric.measured_in("EUR") == said
