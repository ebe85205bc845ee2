"""On the page: take a fresh decision back, roll a winner back, share one report with strangers."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from experiments.domain.experiment import Status
from experiments.services.experiments import by_key
from experiments.store.engines import reading, writing
from tests import stories

Says = Callable[[TestResponse], str]


def status(engine: Engine, key: str) -> Status:
    with reading(engine) as session:
        return by_key(session, key).status


def test_a_fresh_decision_is_taken_back(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    form = {"choice": "keep_control", "holdback": "5", "reason": "Legal wants to see it first."}
    approver.post("/experiments/ship/decide", form)
    page = approver.get("/experiments/ship")
    assert "Decided: keep the control. abel@example.org" in says(page)
    assert "The report said: ship; it was overruled. Reason: Legal wants to see it first." in says(page)
    assert "It can be taken back until" in says(page)
    assert 'hx-trigger="every 15s"' in page.text
    assert "Undo" not in says(as_role("viewer").get("/experiments/ship"))
    assert as_role("viewer").post("/experiments/ship/undo-decision").status_code == 403
    approver.post("/experiments/ship/undo-decision")
    assert status(engine, "ship") is Status.STOPPED
    page = says(approver.get("/experiments/ship"))
    assert "Decided: keep the control" not in page
    assert "What happens now" in page
    assert "The decision was taken back" in says(approver.get("/experiments/ship/log?show=decision"))


def test_a_final_decision_is_rolled_back_instead(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    page = approver.get("/experiments/decided")
    assert "/undo-decision" not in page.text
    assert "Roll back?" in says(page)
    refused = approver.client.post(
        "/experiments/decided/undo-decision", data={"csrf_token": approver.token()}, follow_redirects=True
    )
    assert "The decision is final" in says(refused)
    approver.post("/experiments/decided/roll-back", {"reason": " "})
    with reading(engine) as session:
        assert by_key(session, "decided").rollout is not None
    approver.post("/experiments/decided/roll-back", {"reason": "Complaints."})
    with reading(engine) as session:
        assert by_key(session, "decided").rollout is None
    assert "The roll-out ended Complaints." in says(approver.get("/experiments/decided/log"))


def shared(editor: object, key: str = "ship", **form: str) -> str:
    page = editor.post(f"/experiments/{key}/shares", {"days": "7", "label": "Agency", **form})  # type: ignore[attr-defined]
    found = re.search(r"http://localhost(/shared/[\w.-]+)", page.text)
    assert found is not None
    return found[1]


def test_a_stranger_reads_one_report_and_nothing_else(
    as_role: Callable, stranger: FlaskClient, engine: Engine, says: Says
) -> None:
    editor = as_role("editor")
    address = shared(editor)
    with writing(engine) as session:
        stories.live(session, by_key(session, "ship"), 1_000, {"entry": {}}, exposed={"control": 900, "entry": 100})
    page = stranger.get(address)
    assert page.status_code == 200
    assert "Ship it: cross-sell orders rose" in says(page)
    assert "291,997 visitors" in says(page)
    for name, value in (("X-Robots-Tag", "noindex"), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store")):
        assert value in page.headers[name]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert '<meta name="robots" content="noindex' in page.text
    assert not re.search(r'(?:href|src|action)="(?:/|http)', page.text)
    assert "<script" not in page.text
    assert "<nav" not in page.text
    assert "abel@" not in page.text
    assert "Set-Cookie" not in page.headers
    assert address.rsplit("/", 1)[1].split(".")[0] not in editor.get("/experiments/ship/shares").text


def test_links_end(as_role: Callable, stranger: FlaskClient, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    address, other = shared(editor), shared(editor, label="Bank")
    listed = editor.get("/experiments/ship/shares")
    assert "Agency" in says(listed)
    newest = re.findall(r"/shares/(\d+)/revoke", listed.text)[0]
    editor.post(f"/experiments/ship/shares/{newest}/revoke")
    withdrawn = stranger.get(other)
    assert withdrawn.status_code == 410
    assert "the link was withdrawn. Ask whoever sent it for a new one." in says(withdrawn)
    assert "Sign in" not in says(withdrawn)
    assert stranger.get(address).status_code == 200
    # Not the last letter, of which some bits mean nothing.
    assert stranger.get(address[:-2] + ("A" if address[-2] != "A" else "B") + address[-1]).status_code == 404
    unknown = stranger.get("/shared/nothing")
    assert unknown.status_code == 404
    assert "No report has this address; perhaps a part of it was lost on the way." in says(unknown)
    with writing(engine) as session:
        session.execute(text("update share set expires_at = 1"))
    over = stranger.get(address)
    assert over.status_code == 410
    assert "shared for a time, and that time is over" in says(over)
    assert "Expired" in says(editor.get("/experiments/ship/shares"))


def test_viewers_see_links_and_make_none(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    assert "Make a link" not in says(viewer.get("/experiments/ship/shares"))
    assert viewer.post("/experiments/ship/shares", {"days": "7"}).status_code == 403
    refused = as_role("editor").post("/experiments/ship/shares", {"days": "1000", "label": "For the board"})
    assert refused.status_code == 422
    assert "is 1000, must be at least 1 and at most 365" in says(refused)
    assert 'value="For the board"' in refused.text, "what was typed is kept"
    endless = as_role("editor").post("/experiments/ship/shares", {"days": "9" * 5_000, "label": "For the board"})
    assert endless.status_code == 422
    draft = as_role("editor").post("/experiments/draft/shares", {"days": "7"})
    assert "no report to share yet" in says(draft)
