"""Messages for administrators, and what one gets oneself."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.message import Topic
from experiments.services import messages
from experiments.services.clock import now_us
from experiments.store.catalogue import messages as store
from experiments.store.engines import reading, writing

Says = Callable[[TestResponse], str]
HOOK = {"url": "https://chat.example/hook", "label": "Chat room", "topics": ["alarm", "digest"]}


def test_a_webhook_is_made_tried_and_stopped(as_role: Callable, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    assert "No other system is told." in says(admin.get("/admin/messages"))
    made = admin.post("/admin/messages/webhooks", HOOK)
    assert made.headers["Cache-Control"] == "no-store"
    found = re.search(r'<code id="new-secret">([^<]+)</code>', made.text)
    assert found is not None
    assert unescape(found[1]).startswith("whsec_")
    page = admin.get("/admin/messages")
    assert found[1] not in page.text
    assert "Chat room https://chat.example/hook" in says(page)
    with reading(engine) as session:
        [hook] = messages.all_webhooks(session)
    admin.post(f"/admin/messages/webhooks/{hook.id}/test")
    assert "Waiting" in says(admin.get("/admin/messages"))
    admin.post(f"/admin/messages/webhooks/{hook.id}/stop")
    page = admin.get("/admin/messages")
    assert "Given up The webhook was stopped." in says(page)
    assert admin.get("/admin/messages.csv").text.splitlines()[1].split(",")[4:6] == ["Chat room", "given_up"]
    assert "stop webhook" in says(admin.get("/admin/audit")).lower()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"url": "http://chat.example/hook"}, "url", "must begin with https:// unless it is on this machine"),
        ({"url": ""}, "url", "is empty"),
        ({"label": ""}, "label", "is empty"),
        ({"topics": []}, "topics", "must name alarm, digest or both"),
    ],
)
def test_errors_stand_by_their_field(as_role: Callable, says: Says, changes: dict, field: str, message: str) -> None:
    answer = as_role("admin").post("/admin/messages/webhooks", HOOK | changes)
    assert answer.status_code == 422
    assert message in says(answer)
    assert f'href="#field-{field}' in answer.text or f'id="error-{field}"' in answer.text


@pytest.mark.parametrize("role", ["viewer", "editor", "approver"])
def test_others_neither_see_nor_change_them(as_role: Callable, engine: Engine, role: str) -> None:
    person = as_role(role)
    assert person.get("/admin/messages").status_code == 403
    assert person.post("/admin/messages/webhooks", HOOK).status_code == 403
    with reading(engine) as session:
        assert messages.all_webhooks(session) == ()


def test_a_message_that_was_given_up_is_sent_again(as_role: Callable, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    admin.post("/admin/messages/webhooks", HOOK)
    with writing(engine) as session:
        [hook] = messages.all_webhooks(session)
        store.write(session, Topic.TEST, "t", 1, document={}, webhook_id=hook.id)
        [item] = messages.messages_sent(session)
        store.settle(session, item.id, next_try_at=None, tries=8, error="Answered 500, must be 2xx.")
    assert "Given up Answered 500" in says(admin.get("/admin/messages"))
    admin.post(f"/admin/messages/{item.id}/again")
    with reading(engine) as session:
        assert store.due(session, now_us(), 5)[0].tries == 0


def test_everybody_chooses_what_comes_by_mail(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    assert 'name="digest" value="1" checked' not in viewer.get("/account").text
    assert viewer.post("/account/messages", {"digest": "1"}).status_code == 302
    page = viewer.get("/account")
    assert 'name="digest" value="1" checked' in page.text
    assert 'name="alarms" value="1" checked' not in page.text
    assert "no mail server is set yet" in says(page)
