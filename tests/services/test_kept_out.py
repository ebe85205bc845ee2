"""Why units were kept out: counted by the server once per unit, by SDKs once per evaluation."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.services.evaluate.told import EVERY, read_counts, tell, told_of
from experiments.services.kept_out import kept_out_of, words_of
from experiments.services.sessions import writing
from experiments.store.engines import reading
from tests.scenes import NOW, running, seed
from tests.services.test_evaluate import World, holds

DAY = 86_400_000_000
HERE = Environment.PRODUCTION


@pytest.fixture
def shop(engine: Engine) -> Engine:
    with writing(engine) as session:
        seed(session)
        running(session)
    return engine


def counted(engine: Engine, key: str = "tv-entry") -> dict[str, int]:
    with reading(engine) as session:
        return {reason.code: reason.times for reason in kept_out_of(session, key).evaluations}


def test_what_sdks_tell_is_gathered_and_written_every_few_seconds(shop: Engine) -> None:
    tell(shop, HERE, {"tv-entry": {"SPLIT": 3, "NO_CONFIG": 1}}, NOW)
    tell(shop, HERE, {"tv-entry": {"SPLIT": 2}}, NOW + EVERY - 1)
    assert counted(shop) == {"SPLIT": 3, "NO_CONFIG": 1}
    tell(shop, HERE, {"tv-entry": {"NO_CONFIG": 1}}, NOW + EVERY)
    assert counted(shop) == {"SPLIT": 5, "NO_CONFIG": 2}


def test_days_stay_apart_and_entered_comes_first(shop: Engine) -> None:
    for place in range(2):
        tell(shop, HERE, {"tv-entry": {"NO_CONFIG": 5, "SPLIT": 1}}, NOW + place * DAY)
    with reading(shop) as session:
        found = kept_out_of(session, "tv-entry")
    assert [(reason.words, reason.times) for reason in found.evaluations] == [
        ("In the test", 2),
        ("No config in time", 10),
    ]
    assert [(day["counted"], day["reason"], day["count"]) for day in found.days] == [
        ("evaluations", "NO_CONFIG", 5),
        ("evaluations", "SPLIT", 1),
    ] * 2
    assert found.to_dict()["evaluations"][1]["share"] == 10 / 12


def test_rehearsals_and_unknown_tests_are_left_out(shop: Engine) -> None:
    tell(shop, Environment.TEST, {"tv-entry": {"SPLIT": 3}}, NOW)
    tell(shop, HERE, {"nothing": {"SPLIT": 3}, "tv-entry": {"SPLIT": 1}}, NOW)
    assert counted(shop) == {"SPLIT": 1}
    assert counted(shop, "nothing") == {}


def test_pages_count_in_one_word(shop: Engine) -> None:
    tell(shop, HERE, {"tv-entry SPLIT": 2, "tv-entry REMOTE": 1, "no such test SPLIT": 4}, NOW)
    assert counted(shop) == {"SPLIT": 2, "REMOTE": 1}


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "x",
        {"tv-entry": 5},
        {"tv-entry": {"made-up": 5}},
        {"tv-entry": {"SPLIT": -1}},
        {"tv-entry": {"SPLIT": True}},
        {"tv-entry": {"SPLIT": 10**9}},
        {"tv-entry": {"SPLIT": "5"}},
        {"tv-entry SPLIT": "5"},
        {"tv-entry SPLIT": -1},
        {"SPLIT tv-entry": 5},
        {5: {"SPLIT": 5}},
    ],
)
def test_what_cannot_be_counted_is_left_out(told: Any) -> None:
    assert not read_counts(told)


def test_a_database_that_cannot_answer_costs_no_count(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        running(session)
    with writing(sqlite_engine):
        tell(sqlite_engine, HERE, {"tv-entry": {"SPLIT": 3}}, NOW)
    assert counted(sqlite_engine) == {}
    told_of(sqlite_engine).write(NOW + 1)
    assert counted(sqlite_engine) == {"SPLIT": 3}


def test_units_of_remote_tests_are_counted_by_rule(engine: Engine) -> None:
    world = World(engine)
    world.run()
    world.tell(holds("tv-plus"))
    world.ask()
    with reading(engine) as session:
        found = kept_out_of(session, "tv-entry")
    assert [(reason.words, reason.times, reason.share) for reason in found.units] == [("Rule on holdings", 1, 1.0)]
    assert found.days[0]["phase"] == 1
    assert words_of("something new") == "something new"
