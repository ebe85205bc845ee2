"""The free-trial test of an A/B testing course, from its two files to a decision, held against numbers known before.

The files and the numbers are found through NETLIFT_DATA; they are not part of this repository.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.decision.metric_result import MetricResult
from experiments.decision.report import Report
from experiments.decision.words import Action, Verdict
from experiments.services import analyse
from experiments.services.actor import SYSTEM
from experiments.services.import_daily.parse import read_spec
from experiments.services.import_daily.write import import_daily
from experiments.store.engines import reading

pytestmark = pytest.mark.data

SPEC = Path(__file__).parent / "specs" / "udacity.toml"
KEY = "free-trial-screener"
FILES = ("udacity_free_trial_control.csv", "udacity_free_trial_experiment.csv")
NOW = 1_800_000_000_000_000
#: A formula that is the same must agree to rounding.
SAME = 1e-9
#: Fieller's interval of a lift against the one on the log scale.
CLOSE = 1e-3


@pytest.fixture(scope="module")
def folder(real_cases: Path) -> Path:
    if not all((real_cases / name).exists() for name in (*FILES, "expected_udacity.json")):
        pytest.skip(f"the free-trial files are not in {real_cases}")
    return real_cases


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "expected_udacity.json").read_text())
    return found


@pytest.fixture
def report(sqlite_engine: Engine, folder: Path) -> Report:
    paths = [folder / name for name in FILES]
    result = import_daily(sqlite_engine, paths, read_spec(SPEC), now=NOW, actor=SYSTEM)
    assert (result.days, result.mature) == (37, 23)
    with reading(sqlite_engine) as session:
        return analyse.report_for(session, KEY, now=NOW)


def row_of(report: Report, metric: str) -> MetricResult:
    return next(row for row in report.metrics if row.metric == metric)


@pytest.mark.parametrize(
    ("metric", "topic"),
    [
        ("gross-conversion", "gross_conversion"),
        ("net-conversion", "net_conversion"),
        ("click-through", "click_through_prob"),
        ("retention", "retention"),
    ],
)
def test_rates_effects_and_intervals(report: Report, expected: dict[str, Any], metric: str, topic: str) -> None:
    row, wanted = row_of(report, metric), expected[topic]
    assert row.control_value == pytest.approx(wanted["rate_c"], rel=SAME)
    assert row.variant_value == pytest.approx(wanted["rate_t"], rel=SAME)
    assert row.absolute.point == pytest.approx(wanted["diff"], rel=SAME)
    assert row.absolute.se == pytest.approx(wanted["se_unpooled"], rel=SAME)
    assert (row.absolute.lo, row.absolute.hi) == pytest.approx(tuple(wanted["ci95_wald"]), rel=SAME)
    assert row.relative.point == pytest.approx(wanted["rel_lift"], rel=SAME)
    assert (row.relative.lo, row.relative.hi) == pytest.approx(tuple(wanted["rel_ci95_log"]), abs=CLOSE)
    # The published p-value pools the variance of both arms; ours is the dual of the interval.
    assert row.absolute.p == pytest.approx(wanted["p_pooled_two_sided"], rel=2e-2)


def test_the_split_of_page_views(report: Report, expected: dict[str, Any]) -> None:
    wanted = expected["srm_pageviews"]
    assert list(report.split.seen) == wanted["counts"]
    assert (report.split.statistic, report.split.p) == pytest.approx((wanted["chi2"], wanted["p"]), rel=SAME)
    assert report.split.status == "ok"


def test_young_days_are_in_no_denominator(sqlite_engine: Engine, report: Report, expected: dict[str, Any]) -> None:
    totals = expected["totals"]
    with reading(sqlite_engine) as session:
        found = analyse.explain(session, KEY, "net-conversion", now=NOW)
    for group, arm in ((found.control, "control"), (found.variant, "experiment")):
        assert group.n == totals[arm]["clicks_on_days_with_enrollments"]
        assert group.sums == pytest.approx((totals[arm]["payments"],))


def test_the_guardrail_does_not_hold(report: Report, expected: dict[str, Any]) -> None:
    wanted = expected["guardrail_net_conversion_non_inferiority_dmin"]
    row = row_of(report, "net-conversion")
    test = row.noninferiority
    assert test is not None
    assert (test.margin, test.alpha) == (wanted["margin_abs"], wanted["alpha_one_sided"])
    assert test.bound == pytest.approx(wanted["ci_lower_wald"], rel=SAME)
    assert test.statistic == pytest.approx(wanted["z_wald"], rel=SAME)
    assert test.p == pytest.approx(wanted["p_wald"], rel=SAME)
    assert test.holds is wanted["non_inferior_wald"] is False
    assert row.verdict is Verdict.NOT_SHOWN


def test_fewer_enrolments_are_shown_and_still_nothing_ships(report: Report) -> None:
    assert row_of(report, "gross-conversion").verdict is Verdict.BETTER
    assert report.decision.action is Action.INCONCLUSIVE
    assert report.decision.variant is None
    assert "payments per click can have lost up to 11.6" in report.decision.sentence


@pytest.mark.parametrize(("title", "topic"), [("Enrolments per click", "gross"), ("Payments per click", "net")])
def test_the_sign_test_stands_in_the_notes(report: Report, expected: dict[str, Any], title: str, topic: str) -> None:
    wanted = expected["sign_test"][topic]
    words = f"on {wanted['days_experiment_higher']} of {wanted['n']} days (sign test p = {wanted['p']:.3f})"
    assert any(note.startswith(f"{title}: higher") and words in note for note in report.quality.notes)


def test_days_of_payments_vary_more_than_counts(report: Report) -> None:
    (note,) = (note for note in report.quality.notes if note.startswith("Payments per click: higher"))
    assert "differ more than counts explain" in note
