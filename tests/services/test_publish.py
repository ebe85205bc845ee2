"""The published config: what it holds, what it hides, and that the SDK evaluates it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.environment import Environment
from experiments.domain.rollout import RollOut
from experiments.services import experiments, launch
from experiments.services.decide import Choice, decide
from experiments.services.publish import Published, published_config
from experiments.services.roll_out import end_roll_out
from experiments.services.sessions import reading, writing
from netlift.config import parse_config
from netlift.evaluation import evaluate
from tests.scenes import APPROVER, EDITOR, NOW, damage, draft, running, seed, stopped

PUBLIC = {"attribute": "plan", "op": "in", "values": ["basic"]}
PRIVATE = {"attribute": "holdings", "op": "none_of", "values": ["tv-plus"]}
UNITS = [f"visitor-{number}" for number in range(400)]


def production(session: Session, *, private: bool = False) -> Published:
    return published_config(session, Environment.PRODUCTION, private=private)


def test_the_shape_of_the_document(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        test = running(session, layer={"key": "tv-pages", "start": 0.0, "end": 0.5}, audience={"rules": [PUBLIC]})
    with reading(engine) as session:
        published = production(session)
    layer = published.document["layers"]["tv-pages"]
    assert layer["holdout"] == 0.05
    assert published.document == {
        "v": 1,
        "version": published.etag,
        "environment": "production",
        "generated": False,
        "layers": {"tv-pages": {"salt": layer["salt"], "holdout": 0.05}},
        "experiments": [
            {
                "key": "tv-entry",
                "phase": 1,
                "salt": test.phase.salt,
                "unit": "visitor",
                "status": "running",
                "enrolment": 1.0,
                "layer": {"key": "tv-pages", "range": [0.0, 0.5]},
                "audience": [PUBLIC],
                "remote": False,
                "variants": [
                    {"key": "control", "weight": 0.5, "payload": None},
                    {"key": "personal-entry", "weight": 0.5, "payload": {"label": "For you"}},
                ],
            }
        ],
    }
    assert re.fullmatch("[0-9a-f]{16}", published.etag)
    assert json.loads(published.body) == published.document


def test_it_holds_no_names_and_no_hypotheses(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, layer={"key": "tv-pages"}, audience={"description": "Secret segment"})
        for private in (False, True):
            body = production(session, private=private).body.decode()
            for word in (
                "Personal entry on TV pages",
                "Page as it is",
                "TV pages",
                "Mobile-only",
                "Secret",
                "cross-sell",
            ):
                assert word not in body


def test_equal_content_has_equal_bytes_whatever_the_order_of_keys(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, "b", variants=_paid({"b": 1, "aa": 2, "c": {"z": 1, "y": 2}}))
        running(session, "a")
    with reading(engine) as session:
        first = production(session)
    with reading(engine) as session:
        assert production(session) == first
    assert [each["key"] for each in first.document["experiments"]] == ["a", "b"]
    assert b'{"aa":2,"b":1,"c":{"y":2,"z":1}}' in first.body


def test_every_change_that_matters_changes_the_version(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, enrolment=0.5)
        versions = [production(session).etag]
        for change in (
            lambda: launch.raise_enrolment(session, APPROVER, NOW, "tv-entry", 0.6),
            lambda: launch.pause(session, APPROVER, NOW, "tv-entry"),
            lambda: launch.stop(session, APPROVER, NOW, "tv-entry"),
        ):
            change()
            versions.append(production(session).etag)
        draft(session, "unrelated")
        assert production(session).etag == versions[-1]
    assert len(set(versions)) == len(versions)


@pytest.mark.parametrize("environment", Environment)
def test_which_states_are_published(engine: Engine, environment: Environment) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session, "draft")
        draft(session, "testing")
        launch.start_testing(session, EDITOR, NOW, "testing")
        running(session, "running")
        running(session, "paused")
        launch.pause(session, APPROVER, NOW, "paused")
        for key in ("stopped", "kept", "shipped", "ended", "archived"):
            stopped(session, key)
        launch.archive(session, EDITOR, NOW, "archived")
        decide(session, APPROVER, NOW, "kept", Choice.KEEP_CONTROL)
        for key in ("shipped", "ended"):
            _ship(session, key)
        end_roll_out(session, APPROVER, NOW, "ended")
        document = published_config(session, environment, private=False).document
    published = {each["key"]: each["status"] for each in document["experiments"]}
    expected = {"running": "running", "paused": "paused", "stopped": "stopped", "shipped": "decided"}
    assert published == (expected | {"testing": "testing"} if environment is Environment.TEST else expected)


def test_private_rules_stay_on_the_server(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, audience={"rules": [PUBLIC, PRIVATE], "policy": {"only_if_qualified": True}})
        public, private = (_only(production(session, private=flag)) for flag in (False, True))
    assert (public["remote"], public["audience"], "policy" in public) == (True, [], False)
    assert private["remote"] is True
    assert private["audience"] == [PUBLIC, PRIVATE, {"attribute": "offer_allowed", "op": "in", "values": [True]}]
    assert private["policy"] == {"not_with_open_issue": False, "only_if_qualified": True}


def test_nobody_is_let_in_on_half_of_the_facts(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, audience={"rules": [PUBLIC, PRIVATE], "policy": {"only_if_qualified": True}})
        public, private = (parse_config(production(session, private=flag).document) for flag in (False, True))
    half: dict[str, Any] = {"plan": "basic", "holdings": []}
    everything = half | {"offer_allowed": True}
    assert evaluate(public, "tv-entry", "v-1", everything).reason == "REMOTE"
    assert evaluate(private, "tv-entry", "v-1", half).reason == "REMOTE"
    assert evaluate(private, "tv-entry", "v-1", half, facts=True).reason == "AUDIENCE"
    assert evaluate(private, "tv-entry", "v-1", everything | {"offer_allowed": False}).reason == "AUDIENCE"
    assert evaluate(private, "tv-entry", "v-1", everything | {"holdings": ["tv-plus"]}).reason == "AUDIENCE"
    assert evaluate(private, "tv-entry", "v-1", everything).reason == "SPLIT"


def test_the_sdk_reads_every_state(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, "running", layer={"key": "tv-pages", "start": 0.0, "end": 0.5}, audience={"rules": [PUBLIC]})
        stopped(session, "stopped")
        stopped(session, "shipped")
        _ship(session, "shipped", holdback=0.2)
        config = parse_config(production(session).document)
    assert config.problems == ()
    facts = {"plan": "basic"}
    assert {evaluate(config, "running", unit, facts).reason for unit in UNITS} == {"SPLIT", "LAYER", "HOLDOUT"}
    assert evaluate(config, "running", "v-1", {"plan": "gold"}).reason == "AUDIENCE"
    assert evaluate(config, "stopped", "v-1").reason == "NOT_RUNNING"
    assert {evaluate(config, "shipped", unit).reason for unit in UNITS} == {"ROLLOUT", "HOLDBACK"}
    assert evaluate(config, "absent", "v-1").reason == "UNKNOWN"


def test_a_shipped_winner_goes_to_the_whole_layer(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        stopped(session, layer={"key": "tv-pages", "start": 0.0, "end": 0.1})
        _ship(session, "tv-entry", holdback=0.0)
        config = parse_config(production(session).document)
    reasons = [evaluate(config, "tv-entry", unit).reason for unit in UNITS]
    assert set(reasons) == {"ROLLOUT", "HOLDOUT"}
    assert reasons.count("ROLLOUT") > 340


def test_a_demonstration_says_so(engine: Engine) -> None:
    with reading(engine) as session:
        made_up = published_config(session, Environment.PRODUCTION, private=False, generated=True)
        assert made_up.document["generated"] is True
        assert made_up.etag != production(session).etag


def test_an_imported_test_is_not_published(engine: Engine) -> None:
    from dataclasses import replace

    from experiments.store.catalogue import experiments as rows

    with writing(engine) as session:
        seed(session)
        running(session)
        rows.save(session, replace(experiments.by_key(session, "tv-entry"), imported=True))
        assert production(session).document["experiments"] == []


def _paid(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": "control"}, {"key": "other", "payload": payload}]


def _ship(session: Session, key: str, holdback: float = 0.1) -> None:
    rollout = RollOut("personal-entry", holdback=holdback, keep=False)
    decide(session, APPROVER, NOW, key, Choice.SHIP, rollout=rollout, reason="Because.")


def _only(published: Published) -> dict[str, Any]:
    (experiment,) = published.document["experiments"]
    found: dict[str, Any] = experiment
    return found


def test_a_damaged_test_is_left_out_and_the_others_stay(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        for key in ("tv-entry", "damaged"):
            running(session, key)
    with reading(engine) as session:
        assert set(parse_config(production(session).document).experiments) == {"damaged", "tv-entry"}
    damage(engine, "damaged")
    for private in (False, True):
        with reading(engine) as session:
            assert set(parse_config(production(session, private=private).document).experiments) == {"tv-entry"}
