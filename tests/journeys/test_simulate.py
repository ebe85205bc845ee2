"""From a launched test to a decision: a real server, the SDK over HTTP, a worker's round, the report."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.decision.report import Report
from experiments.services import audit, experiments, launch
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.definitions import read_definition
from experiments.services.ready_metrics import add_ready, missing_metrics
from experiments.services.stored_reports import StoredReports, stored_reports
from experiments.services.work import Worker
from experiments.store.engines import reading, writing
from tests.running import ROOT, install, serving
from web.cli import cli
from web.cli.failures import run

pytestmark = pytest.mark.slow

PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """A running server with the demo's catalogue and nothing else."""

    address: str
    settings: Settings
    environment: dict[str, str]
    engine: Engine
    client_key: str
    server_key: str

    def simulate(self, *arguments: str) -> str:
        """What the command prints; it runs as a person would run it."""
        command = [sys.executable, "-m", "web.cli", "simulate", *arguments, *self.keys()]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=250)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def keys(self) -> list[str]:
        return ["--host", self.address, "--client-key", self.client_key, "--server-key", self.server_key]

    def work(self) -> None:
        """One round of a worker."""
        worker = Worker(self.engine, self.settings, "tests")
        worker.tick(now_us())
        worker.close()

    def reports(self, key: str) -> StoredReports:
        with reading(self.engine) as session:
            return stored_reports(session, key)

    def look(self, key: str) -> Report:
        found = self.reports(key).look
        assert found is not None
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("simulate")
    made = install(folder, sources=("web-shop", "shop-backend"))
    with serving(folder, "--no-worker") as (address, environment):
        yield Server(address, made.settings, environment, made.engine, made.client_key, made.server_key)
    made.engine.dispose()


def launched(server: Server, key: str, **changes: Any) -> None:
    """A test whose assignment is the same in every run."""
    definition = {
        "key": key,
        "name": "A newcomer's test",
        "hypothesis": "A personal entry sells TV to those who have a mobile product only.",
        "unit": "customer",
        "variants": [{"key": "control"}, {"key": "entry"}],
        "metrics": [
            {"metric": "cross-sell", "role": "goal", "effect": 0.5},
            {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.4}},
        ],
        "plan": {"weeks": 4, "looks": 2, "units_per_variant": 800, "maturation_days": 21},
        **changes,
    }
    with writing(server.engine) as session:
        experiments.create(session, SYSTEM, now_us(), read_definition(definition), salt=f"salt of {key}")
        launch.launch(session, SYSTEM, now_us(), key)


HOLDS_MOBILE_ONLY = {
    "description": "Mobile, no TV",
    "rules": [
        {"attribute": "holdings", "op": "any_of", "values": ["mobile"]},
        {"attribute": "holdings", "op": "none_of", "values": ["tv"]},
    ],
}


@pytest.mark.parametrize(
    ("key", "unit", "audience"),
    [
        ("for-customers", "customer", {"description": "Everyone", "rules": []}),
        ("for-visitors", "visitor", {"description": "Everyone", "rules": []}),
        ("for-holders", "customer", HOLDS_MOBILE_ONLY),
    ],
)
def test_weeks_with_a_lift_come_to_a_ship(server: Server, key: str, unit: str, audience: dict[str, Any]) -> None:
    launched(server, key, unit=unit, audience=audience)
    told = server.simulate(key, "--weeks", "8", "--lift", "1", "--seed", "2")
    assert re.search(r"(\d,\d{3}) accepted, 0 rejected; 0 not sent", told)
    server.work()
    report = server.look(key)
    assert (report.decision.action, report.decision.variant) == ("ship", "entry")
    assert report.look.final
    assert all(variant.mature == variant.exposed > 750 for variant in report.variants)
    cross, up = report.rows("entry")
    assert (cross.verdict, up.verdict) == ("better", "holds")
    assert cross.control_value == pytest.approx(0.10, abs=0.03)
    assert up.control_value == pytest.approx(0.15, abs=0.03)
    with reading(server.engine) as session:
        deeds = [(deed.action, deed.reason) for deed in audit.history(session, noun="experiment", key=key)]
    assert deeds[0] == ("backdate", "simulated")


def test_weeks_without_a_lift_ship_nothing(server: Server) -> None:
    launched(server, "no-lift")
    server.simulate("no-lift", "--weeks", "8", "--lift", "0", "--seed", "2")
    server.work()
    report = server.look("no-lift")
    assert report.look.final
    assert report.decision.action in ("no_gain", "inconclusive")
    assert report.rows("entry")[0].verdict == "not_shown"


def test_weeks_that_take_up_sales_away_are_seen_as_such(server: Server) -> None:
    launched(server, "taken")
    server.simulate("taken", "--weeks", "8", "--lift", "1", "--up-sell-change", "-0.5", "--seed", "2")
    server.work()
    assert server.look("taken").decision.action == "cannibalising"


def test_a_running_worker_takes_one_look_when_all_is_told(server: Server) -> None:
    """It projects and refreshes all the while; no look is taken on half a replay, and the one that is due follows."""
    launched(server, "watched")
    environment = {**server.environment, "NETLIFT_REFRESH_SECONDS": "1"}
    with subprocess.Popen([sys.executable, "-m", "web.cli", "worker"], env=environment, cwd=ROOT) as worker:
        try:
            told = server.simulate("watched", "--weeks", "8", "--lift", "1", "--seed", "2")
            deadline = time.monotonic() + PATIENCE
            while not server.reports("watched").looks and time.monotonic() < deadline:
                time.sleep(0.2)
        finally:
            worker.terminate()
    (look,) = server.reports("watched").looks
    shown = re.search(r"\(SPLIT ([\d,]+)\)", told)
    assert shown is not None
    assert sum(variant.mature for variant in look.variants) == int(shown.group(1).replace(",", ""))
    assert look.decision.action == "ship"


def test_live_visitors_are_counted_at_once_and_mature_later(server: Server) -> None:
    launched(server, "live", plan={"weeks": 4, "units_per_variant": 800, "maturation_days": 21})
    told = server.simulate("live", "--visitors", "60", "--rate", "100", "--seed", "2")
    shown = re.search(r"live +control (\d+), entry (\d+)  \(SPLIT 60\)", told)
    assert shown is not None
    server.work()
    reports = server.reports("live")
    assert reports.looks == ()
    assert reports.live is not None
    assert [variant.exposed for variant in reports.live.variants] == [int(count) for count in shown.groups()]
    assert [variant.mature for variant in reports.live.variants] == [0, 0]
    assert "(SPLIT 40)" in server.simulate("live", "--visitors", "40", "--rate", "100", "--seed", "3")
    server.work()
    again = server.reports("live").live
    assert again is not None
    assert sum(variant.exposed for variant in again.variants) == 100


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothing",), 1, "experiment == 'nothing', does not exist."),
        (("still-draft",), 1, "still-draft is draft, must be running to get visitors."),
        (("still-draft", "--weeks", "13"), 1, "weeks == 13, must be at most 12"),
        (("of-agents", "--weeks", "8"), 1, "of-agents draws agents, must draw visitors or customers"),
        (("seen", "--weeks", "8"), 1, "seen has exposures already"),
        (("--weeks", "8"), 2, "--weeks needs the KEY of one test"),
        (("--visitors", "0"), 2, "--visitors"),
        (("--server-key", "sk_live_unknown"), 1, "answered 401"),
        (("--host", "http://127.0.0.1:1"), 1, "does not answer"),
    ],
)
def test_what_cannot_be_simulated_is_said_in_one_line(
    server: Server, refusals: None, arguments: tuple[str, ...], code: int, words: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(server.settings.data_dir))
    assert run(cli, ["simulate", *server.keys(), *arguments]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err


def test_without_a_demo_the_keys_must_be_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(tmp_path))
    assert run(cli, ["simulate"]) == 2
    assert "holds no demo: give --client-key and --server-key" in capsys.readouterr().err


@pytest.fixture(scope="module")
def refusals(server: Server) -> None:
    """A draft, and a running test that has been seen by one customer."""
    definition = {"key": "still-draft", "name": "Draft", "variants": [{"key": "control"}, {"key": "b"}]}
    with writing(server.engine) as session:
        experiments.create(session, SYSTEM, now_us(), read_definition(definition))
    of_agents = [{"metric": "cross-sell-per-contact", "role": "goal", "effect": 0.5},
                 {"metric": "up-sell-per-contact", "role": "guardrail", "margin": {"relative": 0.4}}]  # fmt: skip
    with writing(server.engine) as session:
        for ready in missing_metrics(session):
            add_ready(session, SYSTEM, now_us(), ready.key)
    plan = {"weeks": 4, "looks": 1, "units_per_variant": 80, "maturation_days": 21}
    launched(server, "of-agents", unit="agent", metrics=of_agents, plan=plan)
    launched(server, "seen")
    server.simulate("seen", "--visitors", "1")
