"""From launch to roll-out over HTTP: whoever has a variant keeps it, by whatever way the shop asks.

The same visitors ask at every step by three ways: the published config evaluated by the SDK, OpenFeature's protocol,
and the evaluation on private facts. What is shown is logged, projected and analysed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from experiments.config import Settings
from experiments.domain import rolling
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.domain.rollout import RollOut
from experiments.services import access, catalogue, changing, decide, experiments, launch, project, roll_out
from experiments.services.actor import Actor
from experiments.services.analyse import report_for
from experiments.services.clock import DAY, now_us, to_iso
from experiments.services.decide import Choice
from experiments.services.metrics import ensure_default_metrics
from experiments.services.sessions import reading, writing
from experiments.store.codes import HELD_BACK, HELD_OUT
from experiments.store.tables import ExposureRow
from netlift.config import parse_config
from netlift.evaluation import evaluate
from tests.scenes import ADMIN, APPROVER, EDITOR, NOW, running
from web.app import create_app

VISITORS = [f"visitor-{number}" for number in range(24)]
#: A rule on private facts that every known customer meets, so that both tests have the same audience.
EVERYBODY = {"rules": [{"attribute": "open_severity", "op": "in", "values": ["none"]}]}
EXPOSED = ("variant", "reason", "phase", "exposure")
Shown = dict[str, tuple[Any, ...]]


class Story:
    """A shop that asks by three ways, and the people who change the test."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        settings = Settings(_env_file=None, data_dir=folder, id_key="for tests")  # type: ignore[call-arg]
        self.engine = engine
        self.client = create_app(settings, engine).test_client()
        with writing(engine) as session:
            ensure_default_metrics(session, NOW)
            catalogue.add_layer(session, EDITOR, NOW, key="tv-pages", name="TV pages", holdout=0.2, salt="pages")
            made = access.create_key(session, ADMIN, now_us(), KeyKind.SERVER, "Shop", Environment.PRODUCTION)
            layer = {"key": "tv-pages", "start": 0, "end": 0.9}
            for key, audience in (("open", None), ("private", EVERYBODY)):
                # The salts differ, so the two tests draw differently; each is compared with itself.
                changes = {"layer": layer} if key == "open" else {}
                running(session, key, enrolment=0.5, audience=audience, **changes)
        self.headers = {"Authorization": f"Bearer {made.key}"}

    def change(self, use_case: Callable[..., Any], *given: Any, **more: Any) -> None:
        """Somebody changes both tests."""
        for key in ("open", "private"):
            with writing(self.engine) as session:
                use_case(session, APPROVER, now_us(), key, *given, **more)

    def asked(self) -> dict[str, Shown]:
        """What every visitor gets: by the config and by OpenFeature for the open test, and for the private one."""
        config = parse_config(self.client.get("/v1/config/server", headers=self.headers).json)
        by_config: Shown = {}
        by_protocol: Shown = {}
        private: Shown = {}
        for visitor in VISITORS:
            result = evaluate(config, "open", visitor)
            by_config[visitor] = (result.variant, result.reason, result.phase, result.exposure)
            by_protocol[visitor] = self._by_protocol(visitor)
            body = {"anonymousId": visitor, "userId": f"customer of {visitor}"}
            told = self.client.post("/v1/evaluate/server", json=body, headers=self.headers).json
            assert told is not None
            private[visitor] = tuple(told["experiments"]["private"][name] for name in EXPOSED)
        assert by_config == by_protocol
        return {"open": by_config, "private": private}

    def _by_protocol(self, visitor: str) -> tuple[Any, ...]:
        body = {"context": {"targetingKey": visitor}}
        flag = self.client.post("/ofrep/v1/evaluate/flags/open", json=body, headers=self.headers).json
        assert flag is not None
        facts = flag["metadata"]
        assert (flag["reason"] == "SPLIT") == facts["doLogExposure"]
        return flag["variant"], facts["experimentReason"], facts["phase"], facts["doLogExposure"]

    def log(self, shown: dict[str, Shown]) -> None:
        """Send the exposures of what was shown, as an SDK does."""
        batch = [
            {
                "type": "track",
                "event": "Experiment Viewed",
                "anonymousId": visitor,
                "timestamp": to_iso(now_us()),
                "properties": {"experiment_id": key, "variation_id": variant, "phase": phase, "reason": reason},
            }
            for key, answers in shown.items()
            for visitor, (variant, reason, phase, exposure) in answers.items()
            if exposure
        ]
        answer = self.client.post("/v1/batch", json={"batch": batch}, headers=self.headers)
        assert answer.json == {"accepted": len(batch), "duplicates": 0, "rejected": []}
        assert not project.run_all(self.engine, now_us()).set_aside

    def exposed(self, key: str) -> dict[str, int]:
        """Exposed units per variant as the report of the test has them."""
        with reading(self.engine) as session:
            return {item.key: item.exposed for item in report_for(session, key, now=now_us()).variants}

    def stored(self) -> Counter[int]:
        """Units per variant code in the table of exposures."""
        query = select(ExposureRow.variant, func.count(ExposureRow.unit.distinct())).group_by(ExposureRow.variant)
        with reading(self.engine) as session:
            return Counter({row[0]: row[1] for row in session.execute(query)})


@pytest.fixture
def story(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """With salts that are the same in every run, so that two dozen visitors show every case."""
    salts = (f"a salt of this story, number {number}" for number in count(1))
    for module in (experiments, launch):
        monkeypatch.setattr(module, "new_salt", lambda: next(salts))
    return Story(engine, tmp_path)


def close_windows(session: Session, actor: Actor, now: int, key: str) -> None:
    """As if the windows of the test had closed, which the worker writes down."""
    before = changing.load(session, key)
    due = rolling.due(before, now + 365 * DAY)
    assert due is not None
    changing.save(session, actor, now, due.action, before, due.after)


def having(shown: Shown, reason: str) -> dict[str, Any]:
    """Variants of the visitors who were answered with a reason."""
    return {visitor: answer[0] for visitor, answer in shown.items() if answer[1] == reason}


def test_nobody_is_moved_between_launch_and_roll_out(story: Story) -> None:
    first = story.asked()
    assert first == story.asked()
    assert set(having(first["open"], "HOLDOUT").values()) == {"control"}
    story.log(first)
    story.change(launch.raise_enrolment, 1.0)
    raised = story.asked()
    for key in first:
        before, after = having(first[key], "SPLIT"), having(raised[key], "SPLIT")
        assert before.items() <= after.items()
        assert len(after) > len(before)
    assert having(raised["open"], "HOLDOUT") == having(first["open"], "HOLDOUT")

    story.change(launch.pause)
    assert {answer[1] for answers in story.asked().values() for answer in answers.values()} == {"NOT_RUNNING"}
    story.change(launch.resume)
    assert story.asked() == raised
    story.log(raised)

    with reading(story.engine) as session:
        control, entry = experiments.by_key(session, "open").phase.variants
    story.change(launch.new_phase, variants=(replace(control, weight=0.4), replace(entry, weight=0.6)))
    second = story.asked()
    assert {answer[2] for answers in second.values() for answer in answers.values()} == {2}
    assert second["private"] != raised["private"]  # a new salt draws anew, and says so
    story.log(second)
    assert sum(story.exposed("private").values()) == len(VISITORS)

    story.change(launch.stop)
    counted = {key: story.exposed(key) for key in second}
    rollout = RollOut(entry.key, share=0.5, holdback=0.2)
    story.change(decide.decide, Choice.SHIP, rollout=rollout, reason="A story for the tests.")
    kept = story.asked()  # everybody was enrolled, so everybody keeps the variant until the windows have closed
    for key in kept:
        assert having(kept[key], "KEPT") == having(second[key], "SPLIT")
        assert not any(answer[3] for answer in kept[key].values() if answer[1] == "KEPT")
    story.change(close_windows)
    shipped = story.asked()
    story.log(shipped)
    story.change(roll_out.raise_roll_out, share=1.0, holdback=0.1)
    grown = story.asked()
    for key in shipped:
        assert set(having(shipped[key], "HOLDBACK").values()) == {control.key}
        held = having(shipped[key], "HOLDBACK").keys()
        assert entry.key not in {having(second[key], "SPLIT").get(visitor) for visitor in held}
        assert held >= {visitor for visitor in having(grown[key], "HOLDBACK") if shipped[key][visitor][3]}
        assert having(shipped[key], "ROLLOUT").items() <= having(grown[key], "ROLLOUT").items()
        assert all(answer[3] for answer in grown[key].values() if answer[1] in ("HOLDBACK", "ROLLOUT", "HOLDOUT"))
    story.log(grown)
    stored = story.stored()
    assert stored[HELD_BACK] >= 2
    assert stored[HELD_OUT] == len(having(first["open"], "HOLDOUT"))
    # Both sides of the holdback are logged, and none of it reaches the test that was stopped.
    assert {key: story.exposed(key) for key in second} == counted
