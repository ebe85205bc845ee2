"""The SDK for Python against the real server: private facts, OpenFeature, crashes and wrong clocks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openfeature.api
import pytest
from openfeature.evaluation_context import EvaluationContext
from openfeature.track import TrackingEventDetails
from sqlalchemy import Engine, select

import netlift
from experiments.domain.rollout import RollOut
from experiments.services import access, catalogue, ingest, launch, project
from experiments.services.clock import now_us
from experiments.services.decide import Choice, decide
from experiments.services.sessions import reading, writing
from experiments.store.tables.facts import ExposureRow
from netlift import Client, sign_identity
from netlift.openfeature import NetliftProvider
from tests.scenes import ADMIN, APPROVER, NOW, running
from tests.served import Served, serving
from tests.web.test_evaluate import AUDIENCE

CUSTOMER = {"anonymous_id": "visitor-1", "user_id": "customer-1"}
HOUR = 3_600_000_000
PATIENCE = 20.0
WORDS = [{"key": "control", "weight": 0.5}, {"key": "entry", "weight": 0.5}]

CHILD = """
import os, signal, sys, time
from netlift import Client
client = Client(sys.argv[1], sys.argv[2], spool=sys.argv[3], flush_interval=60)
assert client.wait_ready(10)
while not client._runtime.spool._look_at:
    time.sleep(0.005)  # the first turn sends what it finds; the next one is a minute away
time.sleep(0.05)
"""


def run_child(shop: Served, folder: Path, program: str) -> int:
    """The exit code of a process that begins with a client with a spool."""
    environment = {**os.environ, "PYTHONPATH": str(Path(netlift.__file__).parents[1]), "NO_PROXY": "*"}
    command = [sys.executable, "-c", CHILD + program, shop.server, shop.address, str(folder)]
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode


@pytest.fixture
def served(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(engine, tmp_path) as shop:
        with writing(engine) as session:
            running(session, "words", variants=WORDS)
            running(session, "customers", unit="customer", variants=WORDS, audience=AUDIENCE)
        yield shop


@pytest.fixture
def client_of(served: Served) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(key: str, **settings: Any) -> Client:
        client = Client(key, served.address, timeout=10, flush_interval=0.05, **settings)
        clients.append(client)
        assert client.wait_ready(PATIENCE)
        return client

    yield make
    for client in clients:
        client.close(PATIENCE)
        for worker in client._runtime.workers:
            worker.join(PATIENCE)


def test_private_facts_decide_for_a_signed_customer_and_are_never_told_to_others(
    served: Served, client_of: Callable[..., Client]
) -> None:
    page = client_of(served.page)
    assert page.decide("tv-entry", **CUSTOMER).reason == "REMOTE"
    assert page.remote(**CUSTOMER).decide("tv-entry").reason == "REMOTE"
    signed = sign_identity(served.secret, "customer-1")
    visit = page.remote(**CUSTOMER, identity=signed)
    shown = {key: visit.decide(key) for key in ("tv-entry", "customers", "words")}
    assert {result.reason for result in shown.values()} == {"SPLIT"}
    office = client_of(served.server).remote(**CUSTOMER)
    assert {key: office.peek(key).variant for key in shown} == {key: result.variant for key, result in shown.items()}
    assert page.flush(PATIENCE)
    told = {each["experiment_id"]: each for each in served.exposures()}
    assert {key: each["variation_id"] for key, each in told.items()} == {
        key: result.variant for key, result in shown.items()
    }
    assert {json.loads(row.body).get("verified") for row in served.events("Experiment Viewed")} == {True}


def test_an_issue_that_opens_later_hides_the_offer_and_the_unit_stays(
    served: Served, client_of: Callable[..., Client]
) -> None:
    client = client_of(served.server)
    first = client.remote(**CUSTOMER).decide("customers")
    assert (first.reason, first.suppressed) == ("SPLIT", False)
    with writing(served.engine) as session:
        key = access.find_key(session, served.server)
    assert key is not None
    contact = {"type": "track", "event": "Contact Handled", "userId": "customer-1", "properties": {"severity": "high"}}
    now = now_us()
    ingest.accept(served.engine, ingest.source_of(key), [contact], id_key=b"for tests", now=now, limits=ingest.Limits())
    project.run_all(served.engine, now)
    later = client.remote(**CUSTOMER).decide("customers")
    assert (later.variant, later.suppressed, later.assigned) == ("control", True, first.variant)
    assert client.flush(PATIENCE)
    told = [(each["variation_id"], each.get("suppressed")) for each in served.exposures()]
    assert told == [(first.variant, None), (first.variant, True)]


def test_holdout_and_holdback_are_exposed_on_both_sides_at_the_place_of_the_offer(
    served: Served, client_of: Callable[..., Client]
) -> None:
    with writing(served.engine) as session:
        catalogue.change_layer(session, ADMIN, NOW, "tv-pages", name="TV pages", holdout=0.3)
        running(session, "layered", variants=WORDS, layer={"key": "tv-pages"})
        running(session, "shipped", variants=WORDS)
        launch.stop(session, APPROVER, NOW + 1, "shipped")
        rollout = RollOut("entry", holdback=0.2, keep=False)
        decide(session, APPROVER, NOW + 1, "shipped", Choice.SHIP, rollout=rollout, reason="Because.")
    client = client_of(served.server)
    visitors = [f"visitor-{number}" for number in range(60)]
    decided = {key: [client.decide(key, visitor) for visitor in visitors] for key in ("layered", "shipped")}
    for visitor in visitors[:30]:  # a second visit to the same place
        client.variant("layered", visitor)
    assert client.flush(PATIENCE)
    project.run_all(served.engine, now_us())
    for key, words in (("layered", {"SPLIT", "HOLDOUT"}), ("shipped", {"ROLLOUT", "HOLDBACK"})):
        assert {result.reason for result in decided[key]} == words
        told = [(each["reason"], each["variation_id"]) for each in served.exposures() if each["experiment_id"] == key]
        assert Counter(told) == Counter((result.reason, result.variant) for result in decided[key])
    with reading(served.engine) as session:
        kept = Counter(session.scalars(select(ExposureRow.variant)))
    reasons = Counter(result.reason for results in decided.values() for result in results)
    assert (kept[-1], kept[-2]) == (reasons["HOLDOUT"], reasons["HOLDBACK"])
    assert kept.total() == 120


def test_a_killed_process_loses_no_event_and_none_is_stored_twice(
    served: Served, tmp_path: Path, client_of: Callable[..., Client]
) -> None:
    folder = tmp_path / "spool"
    record = "[client.track('Done', user_id=f'c-{n}') for n in range(40)]; "
    kill = "os.kill(os.getpid(), signal.SIGKILL)"
    assert run_child(served, folder, record + kill) == -signal.SIGKILL
    assert served.events("Done") == []
    # The second one sends what the first left behind and its own, and is killed before it has noted so.
    forgetful = "client._runtime.spool.gone = lambda last: None\n"
    assert run_child(served, folder, forgetful + record + "client.flush(20); " + kill) == -signal.SIGKILL
    client = client_of(served.server, spool=folder)
    until = time.monotonic() + PATIENCE
    while client.stats()["restored"] < 40 or client.stats()["queued"]:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert len(served.events("Done")) == 80
    client.close(PATIENCE)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off_moves_no_event(served: Served, tmp_path: Path, hours: int) -> None:
    wrong = f"""
import datetime as real, time
from netlift import events
class Wrong(real.datetime):
    @classmethod
    def now(cls, tz=None):
        return real.datetime.now(tz) + real.timedelta(hours={hours})
events.datetime = Wrong
client.track("Early", user_id="c1"); time.sleep(0.3); client.track("Late", user_id="c1")
assert client.flush(20)
"""
    before = now_us()
    assert run_child(served, tmp_path / "spool", wrong) == 0
    [early], [late] = served.events("Early"), served.events("Late")
    for event in (early, late):
        assert before < event.occurred_at <= now_us()
    assert 250_000 < late.occurred_at - early.occurred_at < HOUR // 60


def test_openfeature_evaluates_exposes_and_tracks(served: Served, client_of: Callable[..., Client]) -> None:
    client = client_of(served.server)
    openfeature.api.set_provider(NetliftProvider(client), "journey")
    flags = openfeature.api.get_client("journey")
    context = EvaluationContext("visitor-1", {"anonymousId": "visitor-1", "userId": "customer-1"})
    details = [flags.get_string_details("words", "none", context) for _ in range(3)]
    assert {str(each.reason) for each in details} == {"SPLIT"}
    entry = flags.get_string_details("tv-entry", "none", context)
    assert entry.value == entry.variant
    payload = entry.flag_metadata.get("payload")
    assert payload == ('{"label":"For you"}' if entry.variant == "personal-entry" else None)
    assert flags.get_string_value("customers", "none", EvaluationContext("customer-9")) in ("control", "entry")
    assert flags.get_string_details("nothing", "none", context).error_code == "FLAG_NOT_FOUND"
    flags.track("Shop Opened", context, TrackingEventDetails(12.5, {"place": "tv"}))
    openfeature.api.shutdown()
    told = {each["experiment_id"]: each for each in served.exposures()}
    assert len(served.exposures()) == 3
    assert told["words"]["variation_id"] == details[0].value
    local = Client.peek(client, "words", "visitor-1")
    assert (local.variant, local.phase, local.config_version) == (
        details[0].value,
        told["words"]["phase"],
        told["words"]["config_version"],
    )
    assert told["customers"]["unit"] == "customer"
    [opened] = served.events("Shop Opened")
    assert json.loads(opened.body)["properties"] == {"place": "tv", "value": 12.5}
    assert opened.visitor is not None
    assert opened.customer is not None
    project.run_all(served.engine, now_us())
