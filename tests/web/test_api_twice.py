"""Changes that are sent twice, and changes made on what is no longer there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from experiments.services import kept_answers
from experiments.services.clock import now_us
from experiments.services.sessions import reading
from experiments.store.tables import KeptAnswerRow
from tests.apps import Caller, key_for, make_app

LAYER = {"key": "tv", "name": "TV"}
AT_ONCE = 4


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    return make_app(engine, tmp_path)


def caller(app: Flask, key: str, **headers: str) -> Caller:
    return Caller(app.test_client(), headers={"Authorization": f"Bearer {key}"} | headers)


def test_a_repeated_change_is_answered_and_not_done_again(app: Flask, engine: Engine) -> None:
    key = key_for(engine)
    call = caller(app, key, **{"Idempotency-Key": "one"})
    first, again = call.post("/layers", LAYER), call.post("/layers", LAYER)
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = call.post("/layers", {"key": "web", "name": "Web"})
    assert (other.status_code, other.json["error"], other.json["field"]) == (
        422, "key_used_otherwise", "Idempotency-Key",
    )  # fmt: skip
    assert caller(app, key).post("/layers", LAYER).status_code == 409
    with reading(engine) as session:
        sealed = session.scalars(select(KeptAnswerRow.body)).one()
    assert '"tv"' not in sealed  # what is shown once, such as a key, must not be readable in the database
    kept_answers.forget_old(engine, now_us() + kept_answers.KEEP_US + 1)
    assert call.post("/layers", LAYER).status_code == 409


def test_a_refusal_is_not_kept_because_it_changed_nothing(app: Flask, engine: Engine) -> None:
    call = caller(app, key_for(engine), **{"Idempotency-Key": "one"})
    assert call.post("/layers", LAYER | {"holdout": 2}).status_code == 422
    assert call.post("/layers", LAYER).status_code == 201


@pytest.mark.parametrize("given", ["", " ", "x" * 201, "a b"])
def test_a_key_has_a_form(app: Flask, engine: Engine, given: str) -> None:
    answer = caller(app, key_for(engine), **{"Idempotency-Key": given}).post("/layers", LAYER)
    assert (answer.status_code, answer.json["field"]) == (422, "Idempotency-Key")


def test_of_requests_at_once_one_is_done_and_all_get_its_answer(app: Flask, engine: Engine) -> None:
    key, together = key_for(engine), Barrier(AT_ONCE)
    assert caller(app, key).get("/layers").status_code == 200  # the document is read before the race

    def send(_: int) -> tuple[int, str]:
        call = caller(app, key, **{"Idempotency-Key": "race"})
        together.wait()
        answer = call.post("/layers", LAYER)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    assert {status for status, _ in answers} == {201}
    assert len({text for _, text in answers}) == 1
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(KeptAnswerRow)) == 1
    assert len(caller(app, key).get("/layers").json["items"]) == 1


def test_who_saw_an_older_state_changes_nothing_and_learns_the_newer_one(app: Flask, engine: Engine) -> None:
    key = key_for(engine)
    call = caller(app, key)
    call.put("/families/tv", {"name": "TV"})
    call.post("/layers", LAYER)
    seen = call.get("/layers/tv").headers["ETag"]
    assert caller(app, key, **{"If-None-Match": seen}).get("/layers/tv").status_code == 304
    mine, other = caller(app, key, **{"If-Match": seen}), call
    assert other.put("/layers/tv", {"name": "Television", "holdout": 0}).status_code == 200
    refused = mine.put("/layers/tv", {"name": "Telly", "holdout": 0})
    now = call.get("/layers/tv").headers["ETag"]
    assert (refused.status_code, refused.json["error"], refused.headers["ETag"]) == (412, "changed_since", now)
    assert seen in refused.json["value"]
    assert now in refused.json["bound"]
    changed = caller(app, key, **{"If-Match": now}).put("/layers/tv", {"name": "Telly", "holdout": 0})
    assert (changed.status_code, changed.headers["ETag"]) == (200, call.get("/layers/tv").headers["ETag"])
    adding = caller(app, key, **{"If-None-Match": "*"})
    assert adding.put("/families/tv", {"name": "Again"}).status_code == 412
    assert adding.put("/families/web", {"name": "Web"}).status_code == 200


def test_of_two_changes_at_once_on_the_same_state_one_is_refused(app: Flask, engine: Engine) -> None:
    key, together = key_for(engine), Barrier(AT_ONCE)
    caller(app, key).put("/families/tv", {"name": "TV"})
    seen = caller(app, key).put("/families/tv", {"name": "TV"}).headers["ETag"]

    def send(number: int) -> int:
        call = caller(app, key, **{"If-Match": seen})
        together.wait()
        return call.put("/families/tv", {"name": f"TV {number}"}).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(send, range(AT_ONCE))) == [200, *[412] * (AT_ONCE - 1)]


def test_a_test_is_changed_with_its_tag_or_its_revision(app: Flask, engine: Engine) -> None:
    key = key_for(engine)
    call = caller(app, key)
    document = {"key": "entry", "name": "Entry", "variants": [{"key": "control"}, {"key": "entry"}]}
    made = call.post("/experiments", document)
    assert made.headers["ETag"] == call.get("/experiments/entry").headers["ETag"]
    assert call.put("/experiments/entry", document).status_code == 428
    seen = caller(app, key, **{"If-Match": made.headers["ETag"]})
    assert seen.put("/experiments/entry", document | {"name": "Other"}).status_code == 200
    refused = seen.post("/experiments/entry/archive")
    assert (refused.status_code, "revision 2" in refused.json["bound"]) == (412, True)
    assert call.put("/experiments/entry", document | {"revision": 1}).status_code == 409
