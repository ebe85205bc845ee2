from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest

from netlift import Client, __version__

Make = Callable[..., Client]


@pytest.fixture
def offered(make_client: Make) -> str:
    """A visitor who gets the offer."""
    client = make_client()
    return next(
        f"visitor-{n}" for n in range(100) if client.peek("tv-entry", f"visitor-{n}").variant == "personal-entry"
    )


def test_an_exposure_says_all_that_its_analysis_needs(server: Any, make_client: Make, offered: str) -> None:
    client = make_client()
    before = datetime.now(timezone.utc)
    assert client.variant("tv-entry", offered) == "personal-entry"
    assert client.flush()
    (event,) = server.accepted
    assert event["type"] == "track"
    assert event["event"] == "Experiment Viewed"
    assert event["anonymousId"] == offered
    assert "userId" not in event
    assert event["context"] == {"library": {"name": "netlift-python", "version": __version__}}
    assert event["properties"] == {
        "experiment_id": "tv-entry",
        "variation_id": "personal-entry",
        "phase": 1,
        "config_version": client.stats()["config_version"],
        "reason": "SPLIT",
        "unit": "visitor",
    }
    assert UUID(event["messageId"]).version == 7
    created = datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    sent = datetime.fromisoformat(event["sentAt"].replace("Z", "+00:00"))
    assert abs((created - before).total_seconds()) < 60
    assert sent >= created


def test_an_exposure_is_logged_once_per_unit(server: Any, make_client: Make) -> None:
    client = make_client()
    for _ in range(50):
        for unit in ("visitor-1", "visitor-2"):
            client.variant("tv-entry", unit)
            client.decide("tv-entry", unit)
            client.payload("tv-entry", unit)
    assert client.flush()
    assert sorted(event["anonymousId"] for event in server.accepted) == ["visitor-1", "visitor-2"]
    assert client.stats()["evaluations"] == {"tv-entry": {"SPLIT": 300}}


def test_many_threads_log_one_exposure(server: Any, make_client: Make) -> None:
    client = make_client()
    start = threading.Barrier(8)

    def read() -> None:
        start.wait()
        for number in range(200):
            client.variant("tv-entry", f"visitor-{number}")

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush()
    assert sorted(event["anonymousId"] for event in server.accepted) == sorted(f"visitor-{n}" for n in range(200))
    assert client.stats()["evaluations"] == {"tv-entry": {"SPLIT": 1600}}


def test_a_new_phase_is_a_new_exposure(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], until: Callable[..., None]
) -> None:
    client = make_client(poll_interval=0.02)
    client.variant("tv-entry", "visitor-1")
    version = server.publish(make_experiment(phase=2))
    until(lambda: client.stats()["config_version"] == version)
    client.variant("tv-entry", "visitor-1")
    assert client.flush()
    assert [event["properties"]["phase"] for event in server.accepted] == [1, 2]


def test_a_new_config_of_the_same_phase_is_no_new_exposure(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], until: Callable[..., None]
) -> None:
    client = make_client(poll_interval=0.02)
    client.variant("tv-entry", "visitor-1")
    version = server.publish(make_experiment(), make_experiment("other"))
    until(lambda: client.stats()["config_version"] == version)
    client.variant("tv-entry", "visitor-1")
    assert client.flush()
    assert len(server.accepted) == 1


def test_a_unit_of_the_test_that_is_later_held_back_is_logged_as_held_back(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], until: Callable[..., None]
) -> None:
    client = make_client(poll_interval=0.02)
    shown = {f"visitor-{number}": client.variant("tv-entry", f"visitor-{number}") for number in range(20)}
    kept = next(unit for unit, variant in shown.items() if variant == "control")
    rollout = {"variant": "personal-entry", "share": 1.0, "holdback": 0.5}
    version = server.publish(make_experiment(status="decided", rollout=rollout))
    until(lambda: client.stats()["config_version"] == version)
    assert client.variant("tv-entry", kept) == "control"
    assert client.flush()
    logged = [event["properties"]["reason"] for event in server.accepted if event["anonymousId"] == kept]
    assert logged == ["SPLIT", "HOLDBACK"]


def shown(variant: str) -> list[dict[str, Any]]:
    """Variants of which everybody gets this one."""
    return [{"key": key, "weight": float(key == variant), "payload": [{"places": [1]}]} for key in ("control", "entry")]


def test_every_experiment_logs_its_own_exposure(
    server: Any, make_client: Make, make_experiment: Callable[..., Any]
) -> None:
    server.publish(*(make_experiment(key, variants=shown("entry")) for key in ("tv", "mobile")))
    client = make_client()
    for key in ("tv", "mobile", "tv"):
        assert client.variant(key, "visitor-1") == "entry"
    assert client.flush()
    assert [event["properties"]["experiment_id"] for event in server.accepted] == ["tv", "mobile"]


def test_a_unit_that_changes_sides_within_a_phase_is_logged_on_both(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], until: Callable[..., None]
) -> None:
    """It is a fault of the shop's assignment, which the analysis finds by these exposures."""
    server.publish(make_experiment(variants=shown("entry")))
    client = make_client(poll_interval=0.02)
    client.variant("tv-entry", "visitor-1")
    version = server.publish(make_experiment(variants=shown("control")))
    until(lambda: client.stats()["config_version"] == version)
    client.variant("tv-entry", "visitor-1")
    assert client.flush()
    assert [event["properties"]["variation_id"] for event in server.accepted] == ["entry", "control"]


def test_what_a_caller_does_to_a_list_changes_it_for_nobody_else(
    server: Any, make_client: Make, make_experiment: Callable[..., Any]
) -> None:
    server.publish(make_experiment(variants=shown("entry")))
    client = make_client()
    client.payload("tv-entry", "visitor-1")[0]["places"].append(2)
    client.payload("tv-entry", "visitor-1").clear()
    assert client.payload("tv-entry", "visitor-2") == [{"places": [1]}]


def test_what_was_forgotten_is_logged_again(server: Any, make_client: Make) -> None:
    client = make_client(exposure_memory=2)
    for unit in ("visitor-1", "visitor-2", "visitor-1", "visitor-3", "visitor-1", "visitor-2"):
        client.variant("tv-entry", unit)
    assert client.flush()
    seen = [event["anonymousId"] for event in server.accepted]
    assert seen == ["visitor-1", "visitor-2", "visitor-3", "visitor-2"]


def test_fallbacks_are_counted_and_are_no_exposures(
    server: Any, make_client: Make, make_experiment: Callable[..., Any]
) -> None:
    web = [{"attribute": "channel", "op": "in", "values": ["web"]}]
    server.publish(make_experiment(audience=web), make_experiment("off", status="paused"))
    client = make_client()
    assert client.variant("tv-entry", "visitor-1") == "control"
    assert client.variant("tv-entry", "visitor-1", {"channel": "web"}, consent=False) == "control"
    assert client.variant("tv-entry", "", {"channel": "web"}) == "control"
    assert client.variant("tv-entry", None, {"channel": "web"}) == "control"
    assert client.variant("off", "visitor-1") == "control"
    assert client.variant("elsewhere", "visitor-1", default="mine") == "mine"
    assert client.variant("tv-entry", "visitor-1", forced="personal-entry") == "personal-entry"
    assert client.flush()
    assert server.accepted == []
    assert client.stats()["evaluations"] == {
        "tv-entry": {"AUDIENCE": 1, "NO_CONSENT": 1, "NO_UNIT": 2, "FORCED": 1},
        "off": {"NOT_RUNNING": 1},
        "elsewhere": {"UNKNOWN": 1},
    }


@pytest.mark.parametrize(
    ("changes", "reason", "variant"),
    [
        ({"layer": {"key": "pages", "range": [0, 1]}}, "HOLDOUT", "control"),
        (
            {"status": "decided", "rollout": {"variant": "personal-entry", "share": 1.0, "holdback": 0.5}},
            None,
            None,
        ),
    ],
)
def test_holdouts_holdbacks_and_shipped_winners_beside_them_are_exposures(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], changes: Any, reason: Any, variant: Any
) -> None:
    server.publish(make_experiment(**changes))
    client = make_client()
    shown = {f"visitor-{number}": client.decide("tv-entry", f"visitor-{number}") for number in range(20)}
    assert client.flush()
    logged = {
        event["anonymousId"]: (event["properties"]["reason"], event["properties"]["variation_id"])
        for event in server.accepted
    }
    assert logged == {unit: (result.reason, result.variant) for unit, result in shown.items()}
    expected = {(reason, variant)} if reason else {("HOLDBACK", "control"), ("ROLLOUT", "personal-entry")}
    assert set(logged.values()) == expected


def test_a_winner_shipped_without_holdback_is_no_exposure(
    server: Any, make_client: Make, make_experiment: Callable[..., Any]
) -> None:
    rollout = {"variant": "personal-entry", "share": 1.0, "holdback": 0.0}
    server.publish(make_experiment(status="decided", rollout=rollout))
    client = make_client()
    assert client.variant("tv-entry", "visitor-1") == "personal-entry"
    assert client.flush()
    assert server.accepted == []


def test_the_experiment_picks_the_id_it_randomises(
    server: Any, make_client: Make, make_experiment: Callable[..., Any]
) -> None:
    server.publish(make_experiment(), make_experiment("by-customer", unit="customer"))
    client = make_client()
    for key in ("tv-entry", "by-customer"):
        long = client.variant(key, anonymous_id="v1", user_id="c1")
        assert long == client.peek(key, "v1" if key == "tv-entry" else "c1").variant
    assert client.flush()
    ids = {
        event["properties"]["experiment_id"]: (event["properties"]["unit"], event["anonymousId"], event["userId"])
        for event in server.accepted
    }
    assert ids == {"tv-entry": ("visitor", "v1", "c1"), "by-customer": ("customer", "v1", "c1")}


def test_the_short_form_gives_the_id_the_experiment_randomises(
    server: Any, make_client: Make, make_experiment: Callable[..., Any]
) -> None:
    server.publish(make_experiment(), make_experiment("by-customer", unit="customer"))
    client = make_client()
    client.variant("tv-entry", "v1")
    client.variant("by-customer", "c1", anonymous_id="v1")
    assert client.flush()
    visitor, customer = server.accepted
    assert (visitor.get("anonymousId"), visitor.get("userId")) == ("v1", None)
    assert (customer.get("anonymousId"), customer.get("userId")) == ("v1", "c1")


def test_the_other_id_alone_decides_nothing(server: Any, make_client: Make) -> None:
    client = make_client()
    assert client.decide("tv-entry", user_id="c1").reason == "NO_UNIT"
    assert client.flush()
    assert server.accepted == []


def test_a_useless_second_id_does_not_cost_the_exposure(server: Any, make_client: Make) -> None:
    client = make_client()
    client.variant("tv-entry", "v1", user_id=42)  # type: ignore[arg-type]
    client.variant("tv-entry", "v2", user_id="  ")
    assert client.flush()
    assert [(event["anonymousId"], event.get("userId")) for event in server.accepted] == [("v1", None), ("v2", None)]


def test_ids_are_sent_as_they_are_hashed(server: Any, make_client: Make) -> None:
    client = make_client()
    client.variant("tv-entry", " cafe\u0301 \n")
    assert client.flush()
    assert server.accepted[0]["anonymousId"] == "caf\u00e9"


def test_peek_logs_and_counts_nothing(server: Any, make_client: Make) -> None:
    client = make_client()
    assert client.peek("tv-entry", "visitor-1").reason == "SPLIT"
    assert client.flush()
    assert server.accepted == []
    assert client.stats()["evaluations"] == {}


def test_payloads_come_with_the_variant_and_with_a_default(server: Any, make_client: Make, offered: str) -> None:
    client = make_client()
    assert client.payload("tv-entry", offered, default={"label": "TV"}) == {"label": "Shop", "places": [1, 2]}
    assert client.payload("tv-entry", offered, forced="control", default={"label": "TV"}) == {"label": "TV"}
    assert client.payload("elsewhere", offered) is None


def test_changing_a_payload_changes_it_for_nobody_else(make_client: Make, offered: str) -> None:
    client = make_client()
    reads: list[Callable[[], Any]] = [
        lambda: client.payload("tv-entry", offered),
        lambda: client.decide("tv-entry", offered).payload,
        lambda: client.peek("tv-entry", offered).payload,
    ]
    for read in reads:
        mine = read()
        mine["label"] = "changed"
        mine["places"].append(3)
        assert read() == {"label": "Shop", "places": [1, 2]}


def test_variants_can_be_forced_for_a_whole_client(
    server: Any, make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(forced={"tv-entry": "personal-entry"})
    assert {client.variant("tv-entry", f"visitor-{number}") for number in range(20)} == {"personal-entry"}
    assert client.variant("tv-entry", "visitor-1", forced="control") == "control"
    monkeypatch.setenv("NETLIFT_SDK_FORCED", "other=x, tv-entry = control")
    assert {make_client().variant("tv-entry", f"visitor-{number}") for number in range(20)} == {"control"}
    assert client.flush()
    assert server.accepted == []


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("hostile")

    def __repr__(self) -> str:  # without an address, so that parallel runs collect the same tests
        return "Hostile()"


BAD_ARGUMENTS: list[dict[str, Any]] = [
    {"key": None},
    {"key": ["tv-entry"]},
    {"key": 5},
    {"attributes": "channel=web"},
    {"attributes": [1]},
    {"attributes": Hostile()},
    {"forced": ["control"]},
    {"unit": 42},
    {"unit": "\ud800"},
    {"unit": b"visitor-1"},
    {"unit": {}},
]


@pytest.mark.parametrize(
    "bad", BAD_ARGUMENTS, ids=lambda bad: "-".join(f"{name}={type(value).__name__}" for name, value in bad.items())
)
def test_bad_arguments_never_raise_and_are_said_once(
    bad: dict[str, Any], server: Any, make_client: Make, make_experiment: Callable[..., Any], caplog: Any
) -> None:
    server.publish(make_experiment(audience=[{"attribute": "channel", "op": "exists"}]))
    client = make_client()
    arguments: dict[str, Any] = {"key": "tv-entry", "unit": "visitor-1", "attributes": {"channel": "web"}, **bad}
    for _ in range(3):
        assert client.variant(**arguments) == "control"
        assert client.payload(**arguments, default=1) == 1
        assert client.decide(**arguments).exposure is False
        assert client.peek(**arguments).exposure is False
    assert client.flush()
    assert server.accepted == []
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == (0 if isinstance(bad.get("unit"), str) else 1)


def test_errors_are_counted_as_fallbacks(make_client: Make) -> None:
    client = make_client()
    client.variant("tv-entry", "visitor-1", attributes=[1], forced=[])  # type: ignore[arg-type]
    client.variant(None, "visitor-1")  # type: ignore[arg-type]
    assert client.stats()["evaluations"] == {"tv-entry": {"ERROR": 1}, "(no key)": {"ERROR": 1}}
