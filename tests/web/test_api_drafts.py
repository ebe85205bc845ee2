"""Drafts through the API: what the builder can do, a program can, on both databases."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services import experiments
from experiments.services.aa import AaTurns
from experiments.services.clock import DAY, now_us
from experiments.services.definitions import read_definition
from experiments.services.sessions import writing
from experiments.services.work import Worker
from experiments.store.codes import KIND_CODE
from experiments.store.tables import OutcomeRow, PageViewRow, SourceRow
from tests.apps import Caller, key_for, make_app
from tests.scenes import EDITOR, NOW, document, draft, seed


@pytest.fixture
def caller(engine: Engine, tmp_path: Path) -> Caller:
    with writing(engine) as session:
        seed(session)
    return Caller(make_app(engine, tmp_path).test_client(), key_for(engine))


def test_a_draft_from_a_template_is_changed_in_part(caller: Caller) -> None:
    keys = [each["key"] for each in caller.get("/templates").get_json()["items"]]
    assert keys == ["cross-sell-entry", "up-sell-banner", "bundle", "wording", "talk-guide", "a-a", "blank"]
    made = caller.post("/drafts", {"name": "TV entry", "template": "bundle"})
    assert (made.status_code, made.get_json()["key"]) == (201, "tv-entry")
    assert caller.post("/drafts", {"name": "x", "template": "banner"}).status_code == 404
    path, policy = "/experiments/tv-entry", {"not_offered_within_days": None, "most_offers_in_30_days": 3}
    changed = caller.patch(path, {"revision": 1, "name": "Bundle", "audience": {"policy": policy}})
    found = changed.get_json()
    assert (changed.status_code, found["name"], found["revision"]) == (200, "Bundle", 2)
    assert found["audience"]["policy"] == {
        "not_with_open_issue": True, "only_if_qualified": False, "most_offers_in_30_days": 3
    }  # fmt: skip
    assert found["hypothesis"] == made.get_json()["hypothesis"]
    for body, status in (
        ({"name": "x"}, 428),
        ({"name": "x", "revision": 1}, 409),
        ({"nam": "x", "revision": 2}, 422),
        ({"key": "other", "revision": 2}, 422),
        ({"variants": [{"key": "a"}], "revision": 2}, 422),
    ):
        refused = caller.patch(path, body)
        assert refused.status_code == status, refused.get_json()
    tag = caller.get(path).headers["ETag"]
    matched = caller.patch(path, {"owner": "ada"}, **{"If-Match": tag})
    assert matched.get_json()["owner"] == "ada"


def test_checklist_comparison_and_estimate(caller: Caller, engine: Engine) -> None:
    with writing(engine) as session:
        draft(session)
    told = caller.get("/experiments/tv-entry/checklist").get_json()
    lines = {line["key"]: (line["state"], line["blocks"]) for line in told["items"]}
    assert told["ready"] is False
    assert lines["plan"] == ("ok", True)
    assert lines["rehearsed"] == ("open", False)
    assert lines["owner"] == ("attention", False)
    assert lines["neighbours"] == ("ok", False)
    assert caller.get("/experiments/tv-entry/audience-estimate").get_json()["status"] == "no_traffic"
    caller.put("/experiments/tv-entry", document(revision=1, enrolment=0.5))
    same = caller.get("/plans/compare?left=tv-entry&right=tv-entry&right_revision=1").get_json()
    assert [row["key"] for row in same["rows"] if row["differs"]] == ["enrolment"]
    assert (same["right"]["newest"], same["left"]["revision"]) == (False, 2)
    assert caller.get("/plans/compare?left=tv-entry&right=absent").status_code == 404
    assert caller.get("/plans/compare?left=tv-entry&right=tv-entry&left_revision=x").status_code == 422


def test_pictures(caller: Caller, engine: Engine) -> None:
    with writing(engine) as session:
        draft(session)
    out, place = io.BytesIO(), "/experiments/tv-entry/screenshots/personal-entry"
    Image.new("RGB", (20, 10)).save(out, format="PNG")
    kept = caller.send(f"{place}?alt=The+entry", out.getvalue()).get_json()
    assert (kept["media_type"], kept["width"], kept["alt"]) == ("image/png", 20, "The entry")
    assert caller.get("/experiments/tv-entry/screenshots").get_json()["items"] == [kept]
    assert caller.get(place).mimetype == "image/png"
    assert caller.send(place, out.getvalue()).get_json()["field"] == "screenshot.alt"
    assert caller.send(f"{place}?alt=x", b"GIF89a").status_code == 422
    assert caller.delete(place).status_code == 204
    assert caller.delete(place).status_code == 404


def shop(engine: Engine, units: int) -> None:
    """Visitors of the last two weeks, of whom every fifth bought."""
    now = now_us()
    with writing(engine) as session:
        session.add(SourceRow(id=90, key="shop", name="Shop", kind="server", environment="production", created_at=0))
        for unit in range(units):
            at = now - (unit % 12 + 1) * DAY
            view = {"seq": unit, "source_id": 90, "visitor": unit * 1_000_003, "at": at, "received_at": at}
            session.add(PageViewRow(**view, path_id=1))
            if unit % 5 == 0:
                sale: dict[str, Any] = {"id": unit + 1, "kind": KIND_CODE["sale"], "at": at, "received_at": at}
                sale |= {"order_key": unit, "line": 0, "seq": unit}
                session.add(OutcomeRow(**sale, source_id=90, visitor=unit * 1_000_003, rank=2, quantity=1))


def test_splits_are_asked_for_made_by_the_worker_and_out_of_date_after_a_change(
    caller: Caller, engine: Engine, tmp_path: Path
) -> None:
    metrics: Any = [
        {"metric": "all-sales", "role": "goal", "effect": 0.1},
        {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.05}},
    ]
    with writing(engine) as session:
        wanted = read_definition(document(metrics=metrics))
        experiments.create(session, EDITOR, NOW, wanted, salt="always the same splits")
    place, turns = "/experiments/tv-entry/aa-check", AaTurns(engine)
    assert caller.get(place).get_json()["state"] == "none"
    assert caller.post(place).get_json()["state"] == "waiting"
    Worker(engine, Settings(data_dir=tmp_path), "one").tick(now_us())
    failed = caller.get(place).get_json()
    assert (failed["state"], failed["reason"]) == (
        "failed", "No events are stored yet; a check on history needs 7 days of them."
    )  # fmt: skip
    shop(engine, 900)
    assert caller.post(place).status_code == 202
    while turns.turn(now_us(), seconds=0.2):
        pass
    done = caller.get(place).get_json()
    assert (done["state"], done["done"], done["days"]) == ("done", 200, 12)
    assert done["units"] == 825, "who was seen on the first day alone, which is not a whole one, is left out"
    sales, up_sell = done["metrics"]
    assert (sales["splits"], up_sell["splits"], up_sell["sound"]) == (200, 0, None), "nobody moved up"
    assert sales["sound"] is True
    assert 0.02 <= sales["share"] <= 0.09
    assert sum(done["split"]["counts"]) == 825
    assert done["sound"] is done["split"]["sound"] is True
    assert caller.put("/experiments/tv-entry", document(revision=1, metrics=metrics[:1])).status_code == 200
    assert caller.get(place).get_json()["state"] == "outdated"
