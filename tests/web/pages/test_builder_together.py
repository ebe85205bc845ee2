"""Two people in one draft, a session that ends in the middle, pictures, the checklist and the launch."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.errors import DomainError
from experiments.domain.experiment import Status
from experiments.services import audit, pictures
from experiments.services.clock import now_us
from experiments.services.experiments import by_key
from experiments.services.sessions import reading
from tests import stories
from tests.web.pages.test_builder import FILLED, KEY, build, filled_values, seen

Says = Callable[[TestResponse], str]
START = f"/experiments/{KEY}/build/start"
VARIANTS = f"/experiments/{KEY}/build/variants"


def test_two_people_change_different_fields_and_both_are_kept(as_role: Callable, engine: Engine, says: Says) -> None:
    first, second = as_role("editor"), as_role("admin")
    build(first)
    both = {"name": FILLED["name"], "owner": "edda@example.org", "seen": seen(second.get(START).text)}
    first.post(START, {**both, "name": "A better name", "action": "save"})
    saved = second.post(START, {**both, "owner": "Ada Adler", "action": "save"})
    assert "edda@example.org changed this step meanwhile; both changes are kept." in says(second.get(saved.location))
    with reading(engine) as session:
        test = by_key(session, KEY)
    assert (test.name, test.owner) == ("A better name", "Ada Adler")


def test_two_people_change_the_same_field_and_nothing_is_lost(as_role: Callable, engine: Engine, says: Says) -> None:
    first, second = as_role("editor"), as_role("admin")
    build(first)
    rows = {name: FILLED[name] for name in FILLED if name.startswith("variant")}
    both = {**rows, "seen": seen(second.get(VARIANTS).text), "action": "save"}
    first.post(VARIANTS, {**both, "variant2_name": "Entry", "variant1_weight": "60", "variant2_weight": "40"})
    met = second.post(VARIANTS, {**both, "variant2_name": "Banner", "variant2_payload": '{"label": "New"}'})
    assert met.status_code == 409
    page = says(met)
    assert "edda@example.org changed the same fields while you were typing." in page
    assert "Variant 2: name : edda@example.org saved “Entry”, you typed “Banner”" in page
    shown = filled_values(met.text)
    assert (shown["variant2_name"], shown["variant1_weight"]) == (["Banner"], ["60"])
    assert shown["variant2_payload"] == ['{"label": "New"}']
    with reading(engine) as session:
        assert by_key(session, KEY).phase.variants[1].name == "Entry", "nothing is overwritten unseen"
    assert second.post(VARIANTS, {**shown, "action": "save"}).status_code == 302
    with reading(engine) as session:
        variants = by_key(session, KEY).phase.variants
    assert (variants[1].name, variants[1].weight, variants[1].payload) == ("Banner", 0.4, {"label": "New"})


def test_a_change_through_the_api_is_seen_in_the_builder(as_role: Callable) -> None:
    editor = as_role("editor")
    build(editor)
    path = f"/api/v1/experiments/{KEY}"
    found = editor.client.get(path).get_json()
    change = {"revision": found["revision"], "name": "Named by a program"}
    changed = editor.client.patch(path, json=change, headers={"X-CSRFToken": editor.token()})
    assert changed.status_code == 200, changed.text
    assert filled_values(editor.get(START).text)["name"] == ["Named by a program"]


def signed_out(app: Flask, person: Any, cookie: bool) -> FlaskClient:
    """The browser after its session has ended: the cookie is gone, or the server knows it no more."""
    client = app.test_client()
    if cookie:
        person.post("/sign-out")
        left = person.client.get_cookie("netlift_session")
        if left is not None:
            client.set_cookie("netlift_session", left.value)
    return client


def test_a_session_that_ends_while_one_types_loses_nothing(as_role: Callable, app: Flask, says: Says) -> None:
    editor = as_role("editor")
    build(editor)
    page = editor.get(f"/experiments/{KEY}/build/hypothesis").text
    typed = filled_values(page) | {"hypothesis_will": 'sell "more" & better', "action": "save", "csrf_token": "old"}
    browser = app.test_client()  # the cookie has run out, and the token against forged requests with it
    fragment = browser.post(
        f"/experiments/{KEY}/build/plan", data={"traffic": "5"}, headers={"HX-Request": "true", "X-CSRFToken": "old"}
    )
    assert "Nothing you typed is lost" in fragment.text
    asked = browser.post(f"/experiments/{KEY}/build/hypothesis", data=typed)
    assert asked.status_code == 401
    assert "everything you typed is there again" in says(asked)
    form = filled_values(asked.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked.text)
    assert token is not None
    entry = {**form, "csrf_token": token.group(1), "email": stories.PEOPLE["editor"][0]}
    wrong = browser.post("/sign-in", data={**entry, "password": "not this one"})
    assert filled_values(wrong.text)["kept"] == form["kept"]
    back = browser.post("/sign-in", data={**entry, "password": stories.PASSWORD})
    assert back.status_code == 200
    assert "Everything you typed is here again and not saved yet." in says(back)
    shown = filled_values(back.text)
    assert shown["hypothesis_will"] == ['sell "more" & better']
    token = re.search(r'name="csrf_token" value="([^"]+)"', back.text)
    assert token is not None
    saved = browser.post(
        f"/experiments/{KEY}/build/hypothesis", data={**shown, "csrf_token": token.group(1), "action": "save"}
    )
    assert saved.status_code == 302
    assert "sell &#34;more&#34; &amp; better" in browser.get(saved.location).text


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, format=kind, **options)
    return out.getvalue()


def test_a_picture_is_drawn_anew_and_served_with_its_type(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    build(editor)
    where = f"{VARIANTS}/screenshots"
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    for name, data in (("evil.html", picture("JPEG", (3000, 1000), exif=exif)), ("small.png", picture())):
        sent = {"variant": "personal-entry", "alt": "The entry", "screenshot": (io.BytesIO(data), name)}
        assert editor.post(where, sent).status_code == 302
        shown = editor.get(f"/experiments/{KEY}/screenshots/personal-entry")
        kind = "image/jpeg" if name == "evil.html" else "image/png"
        assert (shown.mimetype, shown.headers["X-Content-Type-Options"]) == (kind, "nosniff")
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert b"Secret Camera" not in shown.data
        assert max(Image.open(io.BytesIO(shown.data)).size) == (1600 if name == "evil.html" else 40)
    assert 'alt="The entry"' in editor.get(VARIANTS).text
    etag = shown.headers["ETag"]
    assert editor.get(shown.request.path, headers={"If-None-Match": etag}).status_code == 304
    for alt, data, message in (
        ("The entry", b"<svg onload=alert(1)>", "must be a whole PNG, JPEG or WebP picture"),
        ("The entry", picture()[:60], "must be a whole PNG, JPEG or WebP picture"),
        ("The entry", picture("GIF"), "must be a whole PNG, JPEG or WebP picture"),
        ("", picture(), "is empty"),
        ("The entry", b"", "choose a file"),
    ):
        sent = {"variant": "personal-entry", "alt": alt, "screenshot": (io.BytesIO(data), "a.png")}
        refused = editor.post(where, sent)
        assert refused.status_code == 422
        assert message in says(refused)
    assert editor.post(where, {"variant": "personal-entry", "action": "drop"}).status_code == 302
    assert editor.get(shown.request.path).status_code == 404
    assert (
        editor.post(where, {**sent, "variant": "absent", "screenshot": (io.BytesIO(picture()), "a.png")}).status_code
        == 404
    )


def test_a_picture_has_bounds_and_keeps_what_is_clear() -> None:
    with pytest.raises(DomainError, match="must have at most 8,000,000"):
        pictures.redraw(b"x" * 8_000_001)
    with pytest.raises(DomainError, match="pixels, must have at most"):
        pictures.redraw(picture("PNG", (9000, 5000)))
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, format="WEBP", lossless=True)
    drawn, kind, size = pictures.redraw(out.getvalue())
    assert (kind, size, Image.open(io.BytesIO(drawn)).convert("RGBA").getpixel((1, 1))[3]) == ("image/webp", (4, 4), 0)


def test_the_review_says_what_is_not_right_and_launches_with_a_reason(
    as_role: Callable, engine: Engine, says: Says
) -> None:
    approver = as_role("approver")
    build(approver, owner="abel@example.org")
    review = f"/experiments/{KEY}/build/review"
    page = says(approver.get(review))
    for words in (
        "Exposure seen from each variant in test mode To do",
        "Metrics flow Look at this No event in the last 28 days",
        "200 A/A splits on history To do Not made yet.",
        "It promotes the same sales",
        "Owner Right abel@example.org",
    ):
        assert words in page, words
    assert approver.post(review, {"action": "splits"}).location == review
    assert "0 of 200 splits made." in says(approver.get(review))
    assert "A/A splits of history: 0 of 200" in says(approver.fragment(f"{review}/splits"))
    approver.post(review, {"action": "rehearse"})
    assert "The rehearsal is on." in says(approver.get(review))
    refused = approver.post(review, {"action": "launch"})
    assert refused.status_code == 422
    assert "some lines of the checklist are not right yet" in says(refused)
    stale = {"action": "launch", "reason": "Agreed.", "revision": "1"}
    assert approver.post(review, stale).status_code == 409
    launched = approver.post(review, {"action": "launch", "reason": "Agreed in the weekly."})
    assert launched.location == f"/experiments/{KEY}"
    with reading(engine) as session:
        test = by_key(session, KEY)
        line = audit.history(session, key=KEY)[0]
    assert (test.status, line.action) == (Status.RUNNING, "launch")
    assert line.reason.startswith("Agreed in the weekly. (not right at launch: Exposure seen from each variant")
    assert (test.launched_at or 0) <= now_us()


def test_an_editor_reviews_and_an_approver_launches(visit: Callable, says: Says) -> None:
    editor = visit("editor")
    assert "An approver reads this list and launches." in says(editor.get("/experiments/testing/build/review"))
    assert "Not yet: Goal and guardrail, Sample size must be right first." in says(
        visit("approver").get("/experiments/draft/build/review")
    )


def test_two_plans_stand_side_by_side(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    build(editor)
    with_self = editor.get(f"/experiments/compare?a={KEY}&b={KEY}&b_revision=1")
    page = says(with_self)
    assert "Weeks 4 – differs" in page
    assert "Metric up-sell role guardrail; margin relative 0.05 – differs" in page
    assert "Power 0.8 0.8" in page
    csv = editor.get(f"/experiments/compare?a={KEY}&b=ship&format=csv")
    assert csv.data.decode("utf-8-sig").splitlines()[0] == f"part,{KEY},ship,differs"
    assert editor.get(f"/experiments/compare?a={KEY}&b={KEY}&b_revision=99").status_code == 404
    assert "Choose two plans" in says(editor.get("/experiments/compare"))
    assert unescape(with_self.text).count('class="differs"') > 4
