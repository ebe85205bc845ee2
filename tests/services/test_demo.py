"""The demo at full size, seeded once: what its tests come to, by the real statistics."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select

from experiments.config import Settings
from experiments.decision.gross_to_net.waterfall import Waterfall
from experiments.decision.metric_result import MetricResult
from experiments.decision.report import Report
from experiments.domain.channel import Channel
from experiments.domain.experiment import Status
from experiments.domain.holding import Relation
from experiments.domain.metric import EventKind
from experiments.domain.schedule import WEEK, final_at, planned_looks
from experiments.services import access, audit, catalogue, experiments
from experiments.services.analyse_events import input_from_events
from experiments.services.clock import DAY
from experiments.services.contact_centre import Asked, board, count_periods
from experiments.services.demo.calendar import FOUNDED_AGO
from experiments.services.demo.company import OFFLINE, REASON
from experiments.services.demo.credentials import is_demo
from experiments.services.demo.designs import (
    APP_OFFER,
    CHECKOUT_HINT,
    ORDER_BUTTON,
    TV_BUNDLE_BANNER,
    TV_ENTRY,
)
from experiments.services.demo.desk_designs import ALL, CALL_OFFER, CALL_OFFER_COST, DESK, DESK_STREAMING
from experiments.services.demo.ensure import Ready, find_demo, make_demo
from experiments.services.insight.offer_conflicts import offer_conflicts_of
from experiments.services.metrics import all_metrics
from experiments.services.returns import return_of_test
from experiments.services.stored_reports import StoredReports, stored_reports
from experiments.store.catalogue import phases, readings
from experiments.store.codes import CHANNEL_CODE, KIND_CODE
from experiments.store.engines import make_engine, reading
from experiments.store.tables import (
    EventRow,
    ExposureRow,
    HoldingRow,
    OrderClaimRow,
    OutcomeRow,
    PageViewRow,
    QuarantineRow,
    RefundRow,
)
from web.cli import cli
from web.cli.failures import run
from web.pages.tour_steps import STEPS

pytestmark = pytest.mark.slow

NOW = 1_795_012_345_678_901
DAYS = 60


@dataclass(frozen=True)
class Demo:
    """The seeded demo."""

    settings: Settings
    engine: Engine
    ready: Ready
    steps: list[tuple[int, int]]

    def reports(self, key: str) -> StoredReports:
        with reading(self.engine) as session:
            return stored_reports(session, key)

    def last(self, key: str) -> Report:
        found = self.reports(key).look
        assert found is not None
        return found

    def count(self, statement: object) -> int:
        with reading(self.engine) as session:
            return int(session.scalar(statement) or 0)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("demo"))
    steps: list[tuple[int, int]] = []
    ready = make_demo(settings, NOW, days=DAYS, on_progress=lambda done, total: steps.append((done, total)))
    engine = make_engine(settings.url)
    yield Demo(settings, engine, ready, steps)
    engine.dispose()


def row(report: Report, metric: str) -> MetricResult:
    return next(found for found in report.metrics if found.metric == metric)


def z(result: MetricResult) -> float:
    assert result.relative.statistic is not None
    return result.relative.statistic


def test_the_personal_entry_wins_without_taking_up_sales_and_waits_for_a_decision(demo: Demo) -> None:
    report = demo.last(TV_ENTRY.key)
    assert (report.decision.action, report.decision.variant) == ("ship", "personal-entry")
    assert report.look.final
    assert report.experiment.status == "stopped"
    assert row(report, "cross-sell").verdict == "better"
    assert row(report, "up-sell").verdict == "holds"
    # Far from their boundaries of about 1.97: not a draw of chance.
    guardrail = row(report, "up-sell").noninferiority
    assert z(row(report, "cross-sell")) > 4
    assert guardrail is not None
    assert guardrail.statistic is not None
    assert guardrail.statistic > 4
    assert [look.decision.action for look in demo.reports(TV_ENTRY.key).looks] == ["ship", "ship"]


def waterfall_of(report: Report) -> Waterfall:
    assert report.waterfall is not None
    return report.waterfall


def test_the_bundle_banner_cannibalises(demo: Demo) -> None:
    report = demo.last(TV_BUNDLE_BANNER.key)
    assert report.decision.action == "cannibalising"
    assert report.look.final
    assert z(row(report, "cross-sell")) > 4
    assert z(row(report, "up-sell")) < -5
    assert row(report, "up-sell").verdict == "broken"


def test_the_checkout_hint_is_invalid_because_of_its_split(demo: Demo) -> None:
    report = demo.last(CHECKOUT_HINT.key)
    assert report.decision.action == "invalid"
    assert report.split.p is not None
    assert report.split.p < 1e-4
    control, hint = report.split.seen
    assert 0.04 < 1 - hint / control < 0.09


def test_the_app_offer_keeps_running_after_its_first_look(demo: Demo) -> None:
    reports = demo.reports(APP_OFFER.key)
    assert [look.look.number for look in reports.looks] == [1]
    assert reports.looks[0].decision.action == "inconclusive"
    assert reports.looks[0].look.planned == 3
    assert reports.live is not None
    assert reports.live.experiment.status == "running"
    assert reports.live.look.next_at is not None
    assert abs(z(row(reports.looks[0], "cross-sell"))) < 2


def test_the_winner_has_a_net_gain(demo: Demo) -> None:
    report = demo.last(TV_ENTRY.key)
    fall = waterfall_of(report)
    assert fall.net.status == "ok"
    assert fall.net.final
    assert fall.net.lo is not None
    assert fall.net.lo > 0
    assert "Net +€" in report.decision.sentence
    assert report.gross_to_net is not None
    assert report.gross_to_net.variants[0].rate.status == "ok"


def test_the_banner_takes_from_up_sell_what_it_gains(demo: Demo) -> None:
    report = demo.last(TV_BUNDLE_BANNER.key)
    steps = {step.key: step for step in waterfall_of(report).steps}
    assert steps["gross"].lo is not None
    assert steps["gross"].lo > 0
    assert steps["up_sell"].hi is not None
    assert steps["up_sell"].hi < 0
    assert "are taken from up-sell" in report.decision.sentence
    assert waterfall_of(report).net.lo is not None
    assert waterfall_of(report).net.lo < 0


def test_the_order_button_moves_sales_between_channels_and_makes_none(demo: Demo) -> None:
    report = demo.last(ORDER_BUTTON.key)
    assert report.decision.action == "no_gain"
    steps = {step.key: step for step in waterfall_of(report).steps}
    assert steps["gross"].lo is not None
    assert steps["gross"].lo > 0
    assert steps["channel"].words == "moved from other channels"
    assert steps["gross"].value is not None
    assert steps["channel"].value is not None
    assert abs(steps["gross"].value + steps["channel"].value) < 0.25 * steps["gross"].value
    assert report.gross_to_net is not None
    digital = report.gross_to_net.variants[0].digital_share.effect
    assert digital.lo is not None
    assert digital.lo > 0.05


def test_the_offer_at_the_end_of_calls_was_shipped_and_is_read_out(demo: Demo) -> None:
    """Decided long ago as its report recommended; the holdback is read after 30 days, every measure of it."""
    report = demo.last(CALL_OFFER.key)
    assert (report.decision.action, report.decision.variant, report.look.final) == ("ship", "tv-offer", True)
    assert z(row(report, "cross-sell")) > 4
    assert row(report, "up-sell").verdict == "holds"
    with reading(demo.engine) as session:
        test = experiments.by_key(session, CALL_OFFER.key)
        rollout = test.rollout
        assert rollout is not None
        assert (rollout.share, rollout.holdback, rollout.live) == (1.0, 0.05, True)
        told = readings.all_of(session, test.key, rollout.started_at or 0)[30].reading
        earned = return_of_test(session, test.key, NOW, "EUR").result
    assert {line["measure"]: line["status"] for line in told["rows"]} == {"again": "ok", "kept": "ok", "margin": "ok"}
    assert told["held"] > 100
    assert told["given"] > 15 * told["held"]
    assert (earned.status, earned.cost) == ("ok", CALL_OFFER_COST.total)
    assert earned.gain_low is not None
    assert earned.gain_low > 0


def test_the_desk_asks_from_the_hour_of_the_launch_on(demo: Demo) -> None:
    """Whom the service assigned and who was exposed are the same people; nobody was shown a test that did not run."""
    with reading(demo.engine) as session:
        test = experiments.by_key(session, DESK_STREAMING.key)
        phase = phases.ids(session)[test.key, test.phase.number]
        first = session.scalar(select(func.min(ExposureRow.at)).where(ExposureRow.phase_id == phase))
        live = stored_reports(session, test.key).live
    assert live is not None
    assert first is not None
    assert first >= (test.launched_at or 0)
    assert list(live.split.assigned) == [variant.exposed for variant in live.variants]


def test_some_customers_were_promised_two_prices(demo: Demo) -> None:
    with reading(demo.engine) as session:
        found = offer_conflicts_of(session, DESK_STREAMING.key)
        other = offer_conflicts_of(session, APP_OFFER.key)
    assert {(row.other_experiment, row.channel, row.other_channel) for row in found.rows} == {
        (APP_OFFER.key, channel.value, "app") for channel in DESK
    }
    assert 20 < found.in_conflict < 0.4 * found.exposed
    assert other.in_conflict == found.in_conflict


def test_the_contact_centre_has_every_figure(demo: Demo) -> None:
    count_periods(demo.engine, NOW, ZoneInfo(demo.settings.time_zone))
    with reading(demo.engine) as session:
        found = board(session, Asked(), NOW, "EUR")
    by_channel = {line.channel: {one.key: one for one in line.figures} for line in found.channels}
    for channel in ("phone", "chat"):
        for one in by_channel[channel].values():
            assert (one.status, one.change_low is None) == ("ok", False), (channel, one.key)
    assert by_channel["store"]["csat"].status == "not_testable", "few are asked there"
    seen = [one.acceptance.value for one in found.fatigue]
    assert None not in seen
    assert seen[0] > 1.3 * seen[-1], "who heard many offers accepts fewer"  # type: ignore[operator]
    counts = {one.reason: one.units for one in found.policy}
    assert min(counts["policy:open_issue"], counts["policy:refused_before"], counts["policy:offer_cap"]) > 0
    moved = next(one for one in found.tests if one.experiment == CALL_OFFER.key)
    verdicts = {one.key: one.verdict for one in moved.moved}
    assert (verdicts["handle_seconds"], verdicts["csat"], verdicts["cross_sell"]) == ("worse", "not_shown", "better")
    assert [one.experiment for one in found.returns if one.result.status == "ok"] == [CALL_OFFER.key]


@pytest.mark.parametrize("key", [TV_ENTRY.key, TV_BUNDLE_BANNER.key, ORDER_BUTTON.key, CALL_OFFER.key])
def test_the_steps_add_up_to_the_net(demo: Demo, key: str) -> None:
    fall = waterfall_of(demo.last(key))
    values = [step.value for step in fall.steps if step.value is not None]
    assert len(values) == 6
    assert sum(values) == pytest.approx(fall.net.value, abs=1e-9 * max(map(abs, values)))


@pytest.mark.parametrize("design", [TV_ENTRY, TV_BUNDLE_BANNER, APP_OFFER, CALL_OFFER], ids=lambda design: design.key)
def test_the_other_splits_are_far_from_an_alarm(demo: Demo, design: object) -> None:
    split = demo.last(getattr(design, "key", "")).split
    assert split.p is not None
    assert split.p > 0.05
    assert min(segment.p for segment in split.segments if segment.p is not None) > 0.01


@pytest.mark.parametrize("design", ALL, ids=lambda design: design.key)
def test_each_plan_was_calculated_and_kept_to(demo: Demo, design: object) -> None:
    with reading(demo.engine) as session:
        found = experiments.by_key(session, getattr(design, "key", ""))
    plan = found.plan
    assert plan.sizing["joint_per_arm"] == plan.units_per_variant
    assert plan.sizing["weeks"] == plan.weeks
    assert plan.maturation_days == 21
    assert found.launched_at is not None
    assert found.created_at < found.launched_at
    assert plan.weeks is not None
    if found.status in (Status.STOPPED, Status.DECIDED):
        assert found.stopped_at == found.launched_at + plan.weeks * WEEK
        assert final_at(found) < NOW - NOW % DAY
    else:
        first, second = (look.at for look in planned_looks(found)[:2])
        assert second > NOW - NOW % DAY
        assert (first < NOW - NOW % DAY) is (found.key == APP_OFFER.key), "the desk's test has only begun"


@pytest.mark.parametrize("design", [TV_ENTRY, TV_BUNDLE_BANNER, CALL_OFFER], ids=lambda design: design.key)
def test_the_decided_tests_reached_the_planned_units(demo: Demo, design: object) -> None:
    report = demo.last(getattr(design, "key", ""))
    with reading(demo.engine) as session:
        planned = experiments.by_key(session, report.experiment.key).plan.units_per_variant
    assert planned is not None
    assert all(variant.mature == variant.exposed >= planned for variant in report.variants)


def test_every_sale_has_a_relation_to_known_holdings(demo: Demo) -> None:
    """The CRM told what everybody holds before the tests: nothing is unknown, and nobody is new."""
    with reading(demo.engine) as session:
        given = input_from_events(session, experiments.by_key(session, TV_ENTRY.key), NOW)
        known = {metric.key: metric for metric in all_metrics(session)}
    assert known["cross-sell"].column.event.relations == (Relation.CROSS,)
    for moments in given.moments.values():
        either = moments.mean_of("cross-sell") + moments.mean_of("up-sell")
        assert either > 0.95 * moments.mean_of("all-sales")


def test_sales_arrive_from_every_channel_and_offline_ones_with_the_customer_only(demo: Demo) -> None:
    sale = OutcomeRow.kind == KIND_CODE[EventKind.SALE]
    for channel in (Channel.WEB, Channel.APP, Channel.PHONE, Channel.STORE):
        told = OutcomeRow.channel == CHANNEL_CODE[channel]
        sold = demo.count(select(func.count()).where(sale, told))
        assert sold > 1_000
        with_browser = demo.count(select(func.count()).where(sale, told, OutcomeRow.visitor.is_not(None)))
        assert with_browser == (sold if channel in (Channel.WEB, Channel.APP) else 0)
    assert demo.count(select(func.count()).where(sale, OutcomeRow.customer.is_(None))) == 0


def test_orders_told_twice_count_once_and_some_are_given_back(demo: Demo) -> None:
    sales = demo.count(select(func.count()).where(OutcomeRow.kind == KIND_CODE[EventKind.SALE]))
    claims = demo.count(select(func.count()).select_from(OrderClaimRow))
    copies = claims - sales
    assert 0.15 * sales < copies < 0.4 * sales
    assert demo.count(select(func.count()).where(OutcomeRow.conflicts > 0)) == 0
    assert 0.01 * sales < demo.count(select(func.count()).select_from(RefundRow)) < 0.05 * sales


def test_contacts_surveys_pages_and_holdings_are_there(demo: Demo) -> None:
    for kind in (EventKind.CONTACT, EventKind.SURVEY):
        assert demo.count(select(func.count()).where(OutcomeRow.kind == KIND_CODE[kind])) > 1_000
    assert demo.count(select(func.count()).select_from(PageViewRow)) > 20_000
    told = demo.ready.seeded
    assert told is not None
    stated = select(HoldingRow.customer).where(HoldingRow.product_id == 0).distinct()
    assert demo.count(select(func.count()).select_from(stated.subquery())) == told.customers


def test_the_traffic_stays_small_and_nothing_was_set_aside(demo: Demo) -> None:
    told = demo.ready.seeded
    assert told is not None
    assert 40_000 <= told.customers <= 60_000
    assert told.events < 400_000
    assert told.duplicates > 1_000
    assert demo.count(select(func.count()).select_from(EventRow)) == told.events
    assert demo.count(select(func.count()).select_from(QuarantineRow)) == 0
    assert demo.steps == [(day, FOUNDED_AGO) for day in range(1, FOUNDED_AGO + 1)]


def test_nothing_happens_after_the_midnight_before_the_seeding(demo: Demo) -> None:
    end = NOW - NOW % DAY
    assert demo.count(select(func.max(EventRow.occurred_at))) < end
    assert demo.count(select(func.max(EventRow.received_at))) < end
    with reading(demo.engine) as session:
        assert catalogue.source_by_key(session, OFFLINE).watermark == end


def test_the_windows_are_the_demos_own_with_a_reason(demo: Demo) -> None:
    with reading(demo.engine) as session:
        metrics = {metric.key: metric for metric in all_metrics(session)}
        deeds = audit.history(session, noun="metric", key="cross-sell")
    assert {metric.window_days for metric in metrics.values()} == {14}
    assert (metrics["up-sell"].version, metrics["up-sell"].return_days, metrics["up-sell"].protected) == (2, 7, True)
    assert metrics["contacts"].return_days == 0
    assert deeds[0].reason == REASON


def test_the_credentials_open_the_demo_and_are_its_owners_only(demo: Demo) -> None:
    known = demo.ready.credentials
    with reading(demo.engine) as session:
        assert access.find_public_key(session, known.client_key) is not None
        office = access.find_key(session, known.server_key)
    assert office is not None
    assert office.source_key == "shop-backend"
    assert access.sign_in(demo.engine, known.email, known.password, NOW) is not None
    path = Path(demo.settings.data_dir) / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_start_seeds_nothing_and_knows_everything(demo: Demo) -> None:
    again = find_demo(demo.settings, NOW + DAY)
    assert again == replace(demo.ready, seeded=None)


def test_lost_credentials_are_made_anew(demo: Demo) -> None:
    path = Path(demo.settings.data_dir) / "demo.json"
    kept = path.read_text()
    path.unlink()
    try:
        again = find_demo(demo.settings, NOW + DAY)
        assert again is not None
        assert again.credentials.server_key != demo.ready.credentials.server_key
        assert access.sign_in(demo.engine, again.credentials.email, again.credentials.password, NOW) is not None
        assert find_demo(demo.settings, NOW + DAY) == again
    finally:
        path.write_text(kept)


def test_the_command_prints_everything_again_and_seeds_nothing(
    demo: Demo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(demo.settings.data_dir))
    assert run(cli, ["demo", "--no-serve", "--port", "8123"]) == 0
    said, known = capsys.readouterr(), demo.ready.credentials
    assert "The demo is there already; nothing is seeded again." in said.err
    for shown in ("http://127.0.0.1:8123", known.email, known.password, known.client_key, known.server_key):
        assert shown in said.out
    for design in ALL:
        assert design.key in said.out


def test_the_command_prints_the_waterfall(
    demo: Demo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(demo.settings.data_dir))
    assert run(cli, ["analyse", TV_ENTRY.key, "--latest", "--json"]) == 0
    fall = json.loads(capsys.readouterr().out)["waterfall"]
    assert [step["key"] for step in fall["steps"]] == [
        "gross", "up_sell", "other_families", "channel", "pull_forward", "service",
    ]  # fmt: skip
    assert sum(step["value"] for step in fall["steps"]) == pytest.approx(fall["net"]["value"], rel=1e-9)
    assert fall["net"]["lo"] < fall["net"]["value"] < fall["net"]["hi"]
    assert run(cli, ["analyse", TV_ENTRY.key, "--latest"]) == 0
    said = capsys.readouterr().out
    assert "EUR per 1,000 customers over 14 days" in said
    assert "\nNet " in said


def test_the_demo_is_known_and_has_what_the_tour_shows(demo: Demo, tmp_path: Path) -> None:
    with reading(demo.engine) as session:
        assert is_demo(session, demo.settings.data_dir)
        assert not is_demo(session, tmp_path)
        for step in STEPS:
            assert not step.test or experiments.by_key(session, step.test).launched_at
