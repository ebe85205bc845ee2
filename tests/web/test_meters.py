"""What the server counts of itself: the right numbers, few labels, and only for those who may read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services import project
from experiments.services.access import create_key
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.ingest.replay import REASONS
from experiments.store.engines import appending, writing
from web import health, ingest, meters
from web.deployment import Deployment, attach
from web.gunicorn_hooks import keep_counts
from web.ingest.metering import Recent
from web.meters.counters import REASON_CLASS

ITEM = {"type": "track", "event": "Clicked", "anonymousId": "visitor-12345"}


def make_app(engine: Engine, folder: Path, **changes: Any) -> Flask:
    app = Flask("meters")
    settings = Settings(_env_file=None, data_dir=folder, id_key="for tests", **changes)  # type: ignore[call-arg]
    attach(app, Deployment(settings, engine))
    meters.register(app)
    app.register_blueprint(health.bp)
    ingest.register(app)
    return app


def make_key(engine: Engine) -> str:
    with writing(engine) as session:
        return create_key(session, SYSTEM, 0, KeyKind.SERVER, "A key", Environment.PRODUCTION).key


def read(client: FlaskClient) -> dict[str, float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
        if "le" not in sample.labels
    }


def send(client: FlaskClient, key: str, *items: dict[str, Any]) -> None:
    assert client.post("/v1/batch", json={"batch": list(items), "writeKey": key}).status_code == 202


def test_events_are_counted_by_what_became_of_them(engine: Engine, tmp_path: Path) -> None:
    client, key = make_app(engine, tmp_path).test_client(), make_key(engine)
    before = read(client)
    good = [ITEM | {"messageId": f"m-{number}"} for number in range(3)]
    send(client, key, *good, good[0], ITEM | {"type": "alias"}, ITEM | {"timestamp": "never"}, ITEM | {"event": 5})
    now = read(client)
    grown = {name: value - before.get(name, 0) for name, value in now.items()}
    assert grown["netlift_events_total accepted"] == 3
    assert grown["netlift_events_total duplicate"] == 1
    assert grown["netlift_events_rejected_total shape"] == 2
    assert grown["netlift_events_rejected_total time"] == 1
    assert grown["netlift_request_seconds_count ingest 2xx"] == 1
    assert now["netlift_writer_queue_items"] == 0
    assert now["netlift_projection_lag_events"] == 3
    assert 0 < now["netlift_projection_lag_seconds"] < 60


def test_health_shows_the_lag_and_what_was_refused(engine: Engine, tmp_path: Path) -> None:
    client, key = make_app(engine, tmp_path).test_client(), make_key(engine)
    assert client.get("/readyz").json["lag"] == {"events": 0, "seconds": 0}  # type: ignore[index]
    send(client, key, ITEM, ITEM | {"event": "Other"}, ITEM | {"event": "Third"}, ITEM | {"type": "alias"})
    ready = client.get("/readyz").json
    assert ready is not None
    assert ready["lag"]["events"] == 3
    assert ready["ingest"] == {"minutes": 10, "taken": 3, "rejected": 1, "rejected_share": 0.25}
    assert client.get("/healthz").json == {"ok": True, "ingest": ready["ingest"]}
    project.run_all(engine, now_us())
    assert client.get("/readyz").json["lag"] == {"events": 0, "seconds": 0}  # type: ignore[index]


def test_a_store_that_cannot_take_it_is_counted_and_says_when_to_come_back(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.store.engines.BUSY_TIMEOUT_MS", 50)
    client, key = make_app(sqlite_engine, tmp_path).test_client(), make_key(sqlite_engine)
    send(client, key, ITEM)  # the connection of the pool has its own busy timeout from now on
    sqlite_engine.dispose()
    before = read(client).get("netlift_ingest_unavailable_total", 0)
    with appending(sqlite_engine):
        answer = client.post("/v1/track", json=ITEM | {"writeKey": key, "messageId": "late"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert read(client)["netlift_ingest_unavailable_total"] == before + 1
    send(client, key, ITEM | {"messageId": "late"})


@pytest.mark.parametrize(
    ("token", "headers", "address", "status"),
    [
        ("", {}, "127.0.0.1", 200),
        ("", {}, "::1", 200),
        ("", {}, "192.0.2.7", 404),
        ("", {}, "10.0.0.9", 404),
        ("", {"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", 404),
        ("", {"Via": "1.1 proxy"}, "127.0.0.1", 404),
        ("secret", {}, "127.0.0.1", 404),
        ("secret", {"Authorization": "Bearer wrong"}, "127.0.0.1", 404),
        ("secret", {"Authorization": "Bearer secret"}, "192.0.2.7", 200),
        ("secret", {"Authorization": "Bearer secret", "X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", 200),
    ],
)
def test_who_may_read(
    sqlite_engine: Engine, tmp_path: Path, token: str, headers: dict[str, str], address: str, status: int
) -> None:
    client = make_app(sqlite_engine, tmp_path, metrics_token=token).test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_addresses_nobody_serves_are_one_label(sqlite_engine: Engine, tmp_path: Path) -> None:
    client = make_app(sqlite_engine, tmp_path).test_client()
    read(client)
    before = read(client)
    for number in range(5):
        client.get(f"/wp-admin/{number}")
    grown = set(read(client)) - set(before)
    assert grown <= {"netlift_request_seconds_count none 4xx", "netlift_request_seconds_sum none 4xx",
                     "netlift_request_seconds_created none 4xx"}  # fmt: skip


def test_every_reason_of_a_refusal_has_its_class() -> None:
    assert set(REASONS) <= set(REASON_CLASS)


def test_only_the_last_ten_minutes_count() -> None:
    seconds = [0.0]
    counted = Recent(lambda: seconds[0])
    assert counted.to_dict()["rejected_share"] is None
    counted.add(9, 1)
    seconds[0] = 9 * 60.0
    counted.add(5, 5)
    assert counted.to_dict() == {"minutes": 10, "taken": 14, "rejected": 6, "rejected_share": 0.3}
    seconds[0] = 10 * 60.0
    assert counted.to_dict()["rejected_share"] == 0.5
    seconds[0] = 60 * 60.0
    assert counted.to_dict()["taken"] == 0


_PROCESS = """
import os, sys
from prometheus_client.values import MultiProcessValue
from web.meters import counters
counters.ACCEPTED.inc(int(sys.argv[1]))
counters.REQUESTS.labels("ingest", "2xx").observe(0.002)
counters.QUEUE.set(7)
print(os.getpid())
"""
_READING = """
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def _python(code: str, folder: Path, *arguments: str) -> str:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_what_ended_processes_counted_is_kept_in_one_file(tmp_path: Path) -> None:
    for events in (5, 6, 7):
        keep_counts(tmp_path, int(_python(_PROCESS, tmp_path, str(events))))
    _python(_PROCESS, tmp_path, "1")
    told = _python(_READING, tmp_path)
    assert 'netlift_events_total{outcome="accepted"} 19.0' in told
    assert 'netlift_request_seconds_count{part="ingest",status="2xx"} 4.0' in told
    assert "netlift_writer_queue_items 7.0" in told
    assert sorted(path.name.split("_")[0] for path in tmp_path.iterdir()) == [
        "counter", "counter", "gauge", "gauge", "histogram", "histogram",
    ]  # fmt: skip
