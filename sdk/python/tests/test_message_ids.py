"""Ids of messages: never twice, and those of one moment lie together."""

from __future__ import annotations

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from netlift import message_ids
from netlift.message_ids import MessageIds


def test_an_id_is_a_version_7_uuid_of_this_moment() -> None:
    before = int(time.time() * 1000)
    made = uuid.UUID(MessageIds()())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= int(time.time() * 1000)


def test_ids_of_threads_are_all_different_and_share_their_first_half() -> None:
    new = MessageIds()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: new(), range(4_000)))
    assert len(set(made)) == 4_000
    assert len({text[:18] for text in made}) < 5


@pytest.mark.parametrize("step", [message_ids.RUN_SECONDS, -1.0])
def test_a_new_run_begins_later_and_when_the_clock_is_put_back(monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    now = [1_795_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    new = MessageIds()
    first = new()[:18]
    assert new()[:18] == first
    now[0] += step
    assert new()[:18] != first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
def test_a_forked_process_gives_ids_of_its_own() -> None:
    new = MessageIds()
    new()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 36).decode() != new()
