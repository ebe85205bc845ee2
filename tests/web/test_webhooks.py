"""What tools of Segment's kind pass on to a webhook, in the shapes they send, taken or refused item by item.

The payloads are written after the public descriptions of Segment's and RudderStack's webhook destinations; every name
and number in them is invented.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services.access import create_key
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us, to_iso
from experiments.store.engines import reading, writing
from tests.web.test_ingest import make_app, stored

HOUR = 3_600_000_000
PAYLOADS = json.loads((Path(__file__).parent / "webhook_payloads.json").read_text())


@pytest.fixture
def client(sqlite_engine: Engine, tmp_path: Path) -> FlaskClient:
    return make_app(sqlite_engine, tmp_path).test_client()


@pytest.fixture
def headers(sqlite_engine: Engine) -> dict[str, str]:
    with writing(sqlite_engine) as session:
        key = create_key(session, SYSTEM, 0, KeyKind.SERVER, "Customer data platform", Environment.PRODUCTION).key
    return {
        "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
        "Content-Type": "application/json",
    }


def payload(tool: str, kind: str, at: int) -> dict[str, Any]:
    """A payload whose event happened at an instant and reached the tool two seconds later."""
    seen, later = to_iso(at), to_iso(at + 2_000_000)
    return PAYLOADS[tool][kind] | {"timestamp": seen, "originalTimestamp": seen, "sentAt": later, "receivedAt": later}


def post(client: FlaskClient, path: str, body: Any, headers: dict[str, str]) -> Any:
    answer = client.post(path, data=json.dumps(body), headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json


@pytest.mark.parametrize("tool", ["segment", "rudderstack"])
@pytest.mark.parametrize("kind", ["track", "identify", "page"])
def test_single_events_come_to_one_address_whatever_they_are(
    client: FlaskClient, sqlite_engine: Engine, headers: dict[str, str], tool: str, kind: str
) -> None:
    answer = post(client, "/v1/track", payload(tool, kind, now_us() - HOUR), headers)
    assert (answer["accepted"], answer["rejected"]) == (1, [])
    [row] = stored(sqlite_engine)
    assert row.type == {"track": 1, "identify": 2, "page": 3}[kind]
    assert row.customer is not None
    for raw in ("user-97980cfea0067", "ada.invented@example.com", "Invented Street", "203.0.113.7"):
        assert raw not in row.body


@pytest.mark.parametrize("tool", ["segment", "rudderstack"])
def test_what_is_passed_on_late_keeps_its_time(
    client: FlaskClient, sqlite_engine: Engine, headers: dict[str, str], tool: str
) -> None:
    at = now_us() - 50 * HOUR
    post(client, "/v1/batch", {"batch": [payload(tool, "track", at)]}, headers)
    [row] = stored(sqlite_engine)
    assert row.occurred_at // 1_000_000 == at // 1_000_000


def test_a_browser_whose_clock_is_off_is_still_corrected(
    client: FlaskClient, sqlite_engine: Engine, headers: dict[str, str]
) -> None:
    now = now_us()
    item = {
        "type": "track",
        "event": "Seen",
        "userId": "u-12345",
        "timestamp": to_iso(now + 5 * HOUR),
        "sentAt": to_iso(now + 5 * HOUR),
    }
    post(client, "/v1/batch", {"batch": [item]}, headers)
    [row] = stored(sqlite_engine)
    assert abs(row.occurred_at - now) < 60_000_000


def test_calls_that_are_not_kept_are_refused_one_by_one(
    client: FlaskClient, sqlite_engine: Engine, headers: dict[str, str]
) -> None:
    at = now_us() - HOUR
    batch = [payload("segment", kind, at) for kind in ("track", "screen", "group", "alias", "page")]
    answer = post(client, "/v1/batch", batch, headers)
    assert answer["accepted"] == 2
    assert [(item["index"], item["reason"]) for item in answer["rejected"]] == [
        (1, "unknown_type"), (2, "unknown_type"), (3, "unknown_type"),
    ]  # fmt: skip
    with reading(sqlite_engine) as session:
        kept = session.scalars(text("select body from quarantine")).all()
    assert len(kept) == 3
    assert all("Initech Invented" not in body or "user-97980cfea0067" not in body for body in kept)


def test_a_bare_list_is_a_batch_and_the_same_again_counts_once(client: FlaskClient, headers: dict[str, str]) -> None:
    batch = [payload("rudderstack", kind, now_us() - HOUR) for kind in ("track", "identify")]
    assert post(client, "/v1/batch", batch, headers)["accepted"] == 2
    again = [item | {"sentAt": to_iso(now_us()), "receivedAt": to_iso(now_us())} for item in batch]
    assert post(client, "/v1/batch", again, headers)["duplicates"] == 2
    assert client.post("/v1/batch", data="[1,", headers=headers).status_code == 400
