"""Alarms: a broken split, harm at a look and silence are heard of at once, and once."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.domain.message import Topic
from experiments.services import alarms, messages
from experiments.services.access import vault
from experiments.services.clock import DAY, HOUR
from experiments.services.messages.watch import SILENCE, USUAL, look_out, spread
from experiments.services.project import run_all
from experiments.services.refresh import refresh
from experiments.store.engines import reading, writing
from tests.shop_world import ADMIN, START, WEEK, Shop, viewed

UTC = ZoneInfo("UTC")


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return Shop(engine)


def crowd(shop: Shop, at: int, control: int, entry: int, name: str = "v") -> None:
    """Units seen within an hour from `at` on."""
    sent = [viewed("control", at + n * HOUR // control, anonymousId=f"{name}c{n}") for n in range(control)]
    sent += [viewed("entry", at + n * HOUR // entry, anonymousId=f"{name}e{n}") for n in range(entry)]
    shop.send("web", sent, at + HOUR)
    run_all(shop.engine, at + HOUR)


def kinds(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [alarm.kind for alarm in alarms.alarms_of(session, "entry")]


def test_a_broken_split_is_told_once(shop: Shop) -> None:
    crowd(shop, START + HOUR, 500, 700)
    now = START + 3 * HOUR
    refresh(shop.engine, "entry", now, UTC)
    assert (look_out(shop.engine, now), look_out(shop.engine, now + HOUR)) == (1, 0)
    assert kinds(shop.engine) == ["split_broken"]
    with reading(shop.engine) as session:
        [alarm] = alarms.untold(session)
    assert alarm.sentence.startswith("entry: the split is broken (the chance of what was seen is 1 in ")


def test_a_sound_split_is_no_news(shop: Shop) -> None:
    crowd(shop, START + HOUR, 600, 610)
    refresh(shop.engine, "entry", START + 3 * HOUR, UTC)
    assert look_out(shop.engine, START + 2 * HOUR) == 0


def test_silence_is_told_where_the_same_hours_were_busy(shop: Shop) -> None:
    crowd(shop, START + 10 * HOUR, 30, 30, "a")
    crowd(shop, START + 10 * HOUR + DAY - HOUR, 5, 5, "b")  # ends as the busy hour of the day before begins
    last = START + 10 * HOUR + DAY - HOUR + 4 * HOUR // 5
    assert look_out(shop.engine, last + SILENCE - 1) == 0, "too short"
    assert look_out(shop.engine, last + 2 * HOUR) == 1
    assert look_out(shop.engine, last + 3 * HOUR) == 0, "the same silence"
    with reading(shop.engine) as session:
        [alarm] = alarms.untold(session)
    assert alarm.kind == "events_stopped"
    assert "in the same hours a day before it was seen 60 times" in alarm.sentence
    assert USUAL <= 60
    # Seen again, and silent again: that is news.
    crowd(shop, last + 4 * HOUR, 2, 2, "c")
    crowd(shop, last + DAY - HOUR, 40, 40, "d")
    assert look_out(shop.engine, last + 2 * DAY) == 1


def test_a_quiet_night_is_no_silence(shop: Shop) -> None:
    crowd(shop, START + HOUR, 40, 40)
    crowd(shop, START + DAY + HOUR, 40, 40, "w")
    assert look_out(shop.engine, START + DAY + 9 * HOUR) == 0, "so it was the night before"


def test_a_test_that_does_not_run_may_be_silent(shop: Shop) -> None:
    crowd(shop, START + 10 * HOUR, 30, 30)
    crowd(shop, START + DAY + 10 * HOUR, 1, 1, "w")
    shop.stop(START + DAY + 11 * HOUR)
    assert look_out(shop.engine, START + DAY + 20 * HOUR) == 0


def test_an_alarm_reaches_those_who_want_it_and_no_late_comer(shop: Shop) -> None:
    engine = shop.engine
    with writing(engine) as session:
        made = messages.create_webhook(
            session, ADMIN, START, vault("x"), url="https://example.com", label="Chat", topics=(Topic.ALARM,)
        )
        alarms.sound(session, START, "harm", "entry", "It does harm.", {"phase": 1})
        alarms.sound(session, START + 1, "reconciliation", None, "Of no test.", {})
    assert spread(engine, START + WEEK, public_url="https://tests.example.org", by_mail=False) == 2
    assert spread(engine, START + WEEK, public_url="https://tests.example.org", by_mail=False) == 0
    with reading(engine) as session:
        newest, oldest = messages.messages_sent(session)
    assert (oldest.webhook_id, oldest.document["type"]) == (made.webhook.id, "io.netlift.alarm.harm")
    assert oldest.document["subject"] == "entry"
    assert "subject" not in newest.document
    with writing(engine) as session:
        messages.create_webhook(
            session, ADMIN, START, vault("x"), url="https://example.org", label="Late", topics=(Topic.ALARM,)
        )
    assert spread(engine, START + WEEK, public_url="", by_mail=False) == 0
