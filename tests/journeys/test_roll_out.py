"""A winner is shipped in steps over HTTP: harm takes it back by itself, without harm it reaches everybody.

Hours pass by a clock of the test's own; everything else is real: the published config evaluated by the SDK, exposures
and orders sent as events, the worker's rounds, the management API.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.domain.product import Family, Product
from experiments.services import access, catalogue, clock
from experiments.services.alarms import untold
from experiments.services.clock import DAY, from_iso, now_us, to_iso
from experiments.services.metrics import ensure_default_metrics
from experiments.services.sessions import reading, writing
from experiments.services.work import Worker
from netlift.config import parse_config
from netlift.evaluation import evaluate
from tests.apps import Caller
from tests.scenes import ADMIN, EDITOR, running
from web.app import create_app

HOUR = DAY // 24
UNITS = [f"customer-{number}" for number in range(2_400)]
METRICS = [
    {"metric": "all-sales", "role": "goal", "effect": 0.1},
    {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.2}},
]


class Shop:
    """A shop whose people and visitors live by one clock."""

    def __init__(self, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = now_us() // DAY * DAY
        monkeypatch.setattr(clock, "time", SimpleNamespace(time_ns=lambda: self.now * 1000))
        settings = Settings(_env_file=None, data_dir=folder, id_key="for tests")  # type: ignore[call-arg]
        self.engine, self.worker = engine, Worker(engine, settings, "the worker")
        with writing(engine) as session:
            ensure_default_metrics(session, self.now)
            catalogue.save_family(session, EDITOR, self.now, Family("tv", "TV"))
            product = Product("tv-basic", "TV basic", "tv", 1, 1_000, 500, 24)
            catalogue.save_product(session, EDITOR, self.now, product)
            running(session, "tv-entry", unit="customer", metrics=METRICS)
            made = access.create_key(session, ADMIN, self.now, KeyKind.SERVER, "Shop", Environment.PRODUCTION)
        self.client = create_app(settings, engine).test_client()
        self.headers = {"Authorization": f"Bearer {made.key}"}
        self.api = Caller(self.client, made.key)

    def ship(self, **rollout: Any) -> Any:
        """Stop the test and ship the entry, as the brief of this story says."""
        assert self.api.post("/experiments/tv-entry/stop").status_code == 200
        self.now += HOUR
        wanted = {"variant": "personal-entry", "holdback": 0.4, "guard_days": 1, "keep": False, **rollout}
        body = {"choice": "ship", "rollout": wanted, "reason": "A story for the tests."}
        answer = self.api.post("/experiments/tv-entry/decide", body)
        assert answer.status_code == 200, answer.json
        return answer.json["rollout"]

    def asked(self) -> dict[str, Any]:
        """What every customer gets now, and how often each reason was given."""
        answer = self.client.get("/v1/config/server", headers=self.headers)
        config = parse_config(answer.json)
        return {unit: evaluate(config, "tv-entry", unit) for unit in UNITS}

    def visit(self, held: float, given: float) -> Counter[str]:
        """Everybody comes, exposures are logged, and a share of each side buys an hour later."""
        shown = self.asked()
        exposed = [(unit, result) for unit, result in shown.items() if result.exposure]
        events = [
            {
                "type": "track",
                "event": "Experiment Viewed",
                "userId": unit,
                "timestamp": to_iso(self.now),
                "properties": {
                    "experiment_id": "tv-entry",
                    "variation_id": result.variant,
                    "phase": result.phase,
                    "reason": result.reason,
                },
            }
            for unit, result in exposed
        ]
        for reason, share in (("HOLDBACK", held), ("ROLLOUT", given)):
            side = [unit for unit, result in exposed if result.reason == reason]
            events += [self._order(unit) for unit in side[: round(share * len(side))]]
        self.now += 2 * HOUR
        for start in range(0, len(events), 1_000):
            batch = {"batch": events[start : start + 1_000]}
            answer = self.client.post("/v1/batch", json=batch, headers=self.headers)
            assert (answer.status_code, answer.json["rejected"]) == (202, [])
        return Counter(result.reason for result in shown.values())

    def _order(self, unit: str) -> dict[str, Any]:
        products = [{"product_id": "tv-basic", "quantity": 1, "price": 10}]
        return {
            "type": "track",
            "event": "Order Completed",
            "userId": unit,
            "timestamp": to_iso(self.now + HOUR),
            "properties": {"order_id": f"{unit} at {self.now}", "channel": "web", "products": products},
        }

    def work(self) -> None:
        """Rounds of the worker until nothing changes."""
        for _ in range(3):
            self.now += HOUR
            assert not self.worker.tick(self.now).idle

    def shown(self) -> Any:
        """The roll-out as the API shows it."""
        return self.api.get("/experiments/tv-entry/roll-out").json


@pytest.fixture
def shop(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(engine, tmp_path, monkeypatch)


def test_harm_takes_the_winner_back_by_itself_and_people_can_undo_it(shop: Shop) -> None:
    steps = [
        {"share": 0.9, "earliest": to_iso(shop.now + 3 * DAY)},
        {"share": 1, "earliest": to_iso(shop.now + 9 * DAY)},
    ]
    shipped = shop.ship(share=0.8, steps=steps, last_read_out=90)
    assert (shipped["state"], shipped["on_harm"], shipped["keep_until"]) == ("going", "roll_back", None)
    reasons = shop.visit(held=0.30, given=0.10)
    assert set(reasons) == {"ROLLOUT", "HOLDBACK", "NOT_ENROLLED"}
    assert 0.36 < reasons["HOLDBACK"] / (reasons["HOLDBACK"] + reasons["ROLLOUT"]) < 0.44
    shop.work()
    assert shop.shown()["guard"]["status"] == "too_few"  # nobody is a day old yet
    shop.now += 4 * DAY  # the next step is overdue by now, and the guard speaks before it is taken
    shop.work()

    told = shop.shown()
    assert (told["rollout"]["state"], told["rollout"]["share"]) == ("rolled_back", 0.8)
    assert told["guard"]["status"] == "harm"
    [harmed] = [row for row in told["guard"]["rows"] if row["verdict"] == "worse"]
    assert (harmed["metric"], round(harmed["held"], 2), round(harmed["given"], 2)) == ("all-sales", 0.3, 0.1)
    assert [deed["action"] for deed in told["history"]] == ["roll_back", "decide"]
    assert (told["history"][0]["who"], told["history"][0]["reason"]) == ("system", told["guard"]["sentence"])
    assert {result.variant for result in shop.asked().values()} == {"control"}
    assert {result.reason for result in shop.asked().values()} == {"NOT_RUNNING"}
    [alarm] = shop.api.get("/alarms").json["items"]
    assert (alarm["kind"], alarm["experiment"]) == ("harm", "tv-entry")
    assert alarm["sent_at"] is not None  # the same worker hands alarms to whoever wants messages
    assert alarm["sentence"].endswith("It was rolled back: everybody sees the control.")
    with reading(shop.engine) as session:
        assert untold(session) == ()

    refused = shop.api.post("/experiments/tv-entry/roll-out", {"share": 1, "holdback": 0.4})
    assert (refused.status_code, refused.json["error"]) == (409, "bad_transition")
    unexplained = shop.api.post("/experiments/tv-entry/roll-out/restore")
    assert (unexplained.status_code, unexplained.json["field"]) == (422, "reason")
    back = shop.api.post("/experiments/tv-entry/roll-out/restore", {"reason": "The orders were counted twice."})
    assert (back.status_code, back.json["rollout"]["state"], back.json["rollout"]["halted_at"]) == (200, "going", None)
    assert from_iso(back.json["rollout"]["guard_since"]) == shop.now
    moved = [from_iso(step["earliest"]) for step in back.json["rollout"]["steps"]]
    assert moved[1] - moved[0] == 6 * DAY
    shop.work()  # the guard starts anew, so that what was judged once does not halt it a second time
    assert (shop.shown()["rollout"]["state"], shop.shown()["guard"]["status"]) == ("going", "too_few")
    assert Counter(result.reason for result in shop.asked().values())["ROLLOUT"] >= reasons["ROLLOUT"]


def test_without_harm_it_reaches_everybody_but_the_holdback_which_ends_by_itself(shop: Shop) -> None:
    steps = [
        {"share": 0.75, "earliest": to_iso(shop.now + 3 * DAY)},
        {"share": 1, "earliest": to_iso(shop.now + 5 * DAY)},
    ]
    shop.ship(share=0.5, steps=steps, last_read_out=30)
    first = shop.asked()
    shop.visit(held=0.20, given=0.22)
    for day, share in ((2, 0.5), (2, 0.75), (2, 1.0)):
        shop.now += day * DAY
        shop.work()
        assert (shop.shown()["rollout"]["share"], shop.shown()["rollout"]["state"]) == (share, "going")
        shop.visit(held=0.20, given=0.22)
    last = shop.asked()
    for unit, had in first.items():
        assert had.reason not in ("ROLLOUT", "HOLDBACK") or last[unit].reason == had.reason
    assert set(Counter(result.reason for result in last.values())) == {"ROLLOUT", "HOLDBACK"}
    told = shop.shown()
    assert told["guard"]["status"] in ("clear", "too_few")
    assert [deed["action"] for deed in told["history"]] == ["next_step", "next_step", "decide"]
    assert shop.api.get("/alarms").json["items"] == []

    thirty, ninety = told["read_outs"][:2]
    assert (thirty["planned"], ninety["planned"], thirty["reading"]) == (True, False, None)
    assert from_iso(thirty["at"]) == from_iso(told["rollout"]["holdback_until"])
    assert told["level"] == pytest.approx(0.99)
    assert told["standard_error_times"] == pytest.approx(1.0206, abs=1e-4)  # 40 % held back is nearly 50/50
    extended = shop.api.post("/experiments/tv-entry/roll-out/extend-holdback", {"days": 90})
    assert (extended.status_code, extended.json["field"]) == (422, "reason")

    shop.now = from_iso(thirty["at"]) + HOUR
    shop.work()
    told = shop.shown()
    assert told["rollout"]["holdback"] == 0
    assert told["history"][0]["action"] == "end_holdback"
    reading_ = told["read_outs"][0]["reading"]
    again, kept, margin = reading_["rows"]
    assert (again["measure"], kept["measure"], margin["measure"]) == ("again", "kept", "margin")
    assert (again["status"], kept["status"], margin["status"]) == ("too_few", "not_measured", "ok")
    assert margin["lo"] < margin["change"] < margin["hi"]
    assert reading_["held"] + reading_["given"] == len(UNITS)
    assert {result.reason for result in shop.asked().values()} == {"ROLLOUT"}
    assert not any(result.exposure for result in shop.asked().values())


def test_the_enrolled_keep_their_variant_until_their_windows_close(shop: Shop) -> None:
    before = shop.asked()
    shipped = shop.ship(keep=True, holdback=0.05)
    kept = shop.asked()
    assert {result.reason for result in kept.values()} == {"KEPT"}
    assert [result.variant for result in kept.values()] == [result.variant for result in before.values()]
    told = shop.shown()
    assert told["kept_share"] == pytest.approx(0.5)
    shop.now = from_iso(shipped["keep_until"]) + HOUR
    shop.work()
    assert shop.shown()["history"][0]["action"] == "windows_closed"
    after = shop.asked()
    assert Counter(result.variant for result in after.values())["control"] < 0.08 * len(UNITS)
    assert all(
        result.variant == "personal-entry" for unit, result in after.items() if before[unit].variant != "control"
    )
    with reading(shop.engine) as session:
        assert untold(session) == ()
