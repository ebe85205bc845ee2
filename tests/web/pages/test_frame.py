"""What all pages share: addresses, headers, tokens, links that lead somewhere, errors that explain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from werkzeug.test import TestResponse

from experiments.config import Settings
from web.app import create_app

Says = Callable[[TestResponse], str]
#: Addresses people have bookmarked and programs call; one that vanishes breaks them.
ROUTES = {
    "GET /",
    "GET /search",
    "GET /search/suggest",
    "GET /overview.csv",
    "GET /overview/days.csv",
    "GET /overview/calendar.csv",
    "GET /contact-centre",
    "GET /contact-centre.csv",
    "GET /contact-centre/conflicts.csv",
    "GET /contact-centre/offers-seen.csv",
    "GET /contact-centre/tests.csv",
    "GET /contact-centre/policy.csv",
    "GET /contact-centre/returns.csv",
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-out",
    "GET /experiments",
    "GET /docs/<name>",
    "GET /docs/api-reference",
    "GET /setup",
    "GET /setup/events",
    "GET /setup/hints",
    "GET /setup/waiting",
    "GET /experiments/new",
    "GET /experiments/build",
    "POST /experiments/build",
    "GET /experiments/compare",
    "GET /experiments/<key>/build",
    *(
        f"{verb} /experiments/<key>/build/<any(start, hypothesis, audience, variants, metrics, plan):name>"
        for verb in ("GET", "POST")
    ),
    "GET /experiments/<key>/build/review",
    "POST /experiments/<key>/build/review",
    "GET /experiments/<key>/build/review/splits",
    "POST /experiments/<key>/build/variants/screenshots",
    "GET /experiments/<key>/screenshots/<variant>",
    "GET /experiments/<key>",
    "GET /experiments/<key>/live",
    "GET /experiments/<key>/first-visitor",
    "GET /experiments/<key>/refreshing",
    "POST /experiments/<key>/refresh",
    "GET /experiments/<key>/report.<form>",
    "GET /experiments/<key>/kept-out.csv",
    "GET /experiments/<key>/offer-conflicts.csv",
    "GET /experiments/<key>/<any('cannibalisation', 'segments', 'over-time', 'quality', 'plan', 'log'):name>",
    "GET /experiments/<key>/over-time.csv",
    "GET /experiments/<key>/days.csv",
    "GET /experiments/<key>/log.csv",
    "GET /experiments/<key>/shares",
    "GET /shared/<token>",
    "POST /experiments/<key>/comments",
    "POST /experiments/<key>/comments/<int:comment>/change",
    "POST /experiments/<key>/comments/<int:comment>/delete",
    "POST /experiments/<key>/roll-back",
    "POST /experiments/<key>/shares",
    "POST /experiments/<key>/shares/<int:share_id>/revoke",
    "POST /experiments/<key>/undo-decision",
    "GET /experiments/<key>/net/<table>.csv",
    "GET /experiments/<key>/return",
    "POST /experiments/<key>/cost",
    "GET /experiments/<key>/report",
    "GET /experiments/<key>/report.html",
    "GET /experiments/<key>/segments.csv",
    "POST /experiments/<key>/<change>",
    "POST /experiments/<key>/decide",
    "GET /experiments/<key>/decide/holdback",
    "GET /planner",
    "POST /planner/measure",
    "GET /planner/measuring/<name>",
    "GET /planner.csv",
    "GET /keys",
    "POST /keys",
    "POST /keys/<int(max=9223372036854775807):key_id>/revoke",
    "POST /keys/identity",
    "POST /keys/identity/<int(max=9223372036854775807):secret_id>/retire",
    "GET /admin/messages",
    "GET /admin/messages.csv",
    "POST /admin/messages/webhooks",
    "POST /admin/messages/webhooks/<int(max=9223372036854775807):number>/stop",
    "POST /admin/messages/webhooks/<int(max=9223372036854775807):number>/test",
    "POST /admin/messages/<int(max=9223372036854775807):number>/again",
    "POST /account/messages",
    "GET /definitions",
    "GET /tour",
    "GET /tour/<int:number>",
    "POST /tour/leave",
}
IMPORT = "/data/imports/<int(max=9223372036854775807):import_id>"
ROUTES |= {
    "GET /data",
    "GET /data/imports",
    "POST /data/imports",
    "POST /data/mappings/<name>/delete",
    f"GET {IMPORT}",
    f"GET {IMPORT}/progress",
    f"GET {IMPORT}/errors.csv",
    *(f"POST {IMPORT}/{step}" for step in ("mapping", "use", "start", "cancel", "undo", "keep")),
    "GET /data/products",
    "GET /data/products.csv",
    "GET /data/aliases.csv",
    "GET /data/products/new",
    "POST /data/products/new",
    "GET /data/products/<key>",
    "POST /data/products/<key>",
    "POST /data/aliases",
    "GET /goals",
    "POST /goals",
    "GET /goals.csv",
    *(f"GET /backlog{path}" for path in ("", ".csv", "/closed.csv", "/new", "/<int:idea_id>", "/calendar")),
    *(
        f"POST /backlog{path}"
        for path in (
            "/suggest",
            "/move",
            "/new",
            "/seasons",
            "/seasons/<int:season_id>/delete",
            *(f"/<int:idea_id>{deed}" for deed in ("", "/start", "/<any(archive, restore):deed>")),
        )
    ),
    "GET /docs/api-reference",
    "GET /experiments/<key>/rollout",
    "GET /experiments/<key>/rollout/history.csv",
    "GET /experiments/<key>/rollout/read-outs.csv",
    "POST /experiments/<key>/rollout/<deed>",
    *(f"GET /opportunities{path}" for path in ("", "/cell", "/counting", "/list.csv")),
    *(
        f"POST /opportunities{path}"
        for path in ("/count", "/draft", "/idea", "/kappa", "/notes", "/notes/<int:number>/remove")
    ),
    *(f"GET /opportunities/journeys{path}" for path in ("", "/new", "/<key>", "/<key>.csv", "/<key>/edit")),
    *(f"POST /opportunities/journeys{path}" for path in ("/new", "/<key>/edit", "/<key>/archive")),
    *(
        f"GET /learnings{path}"
        for path in ("", ".csv", "/<int:learning_id>", "/related", "/related/<key>", "/effects", "/effects.csv")
    ),
    *(
        f"POST /learnings{path}"
        for path in (
            "",
            "/draft",
            "/<int:learning_id>",
            "/<int:learning_id>/move",
            "/<int:learning_id>/evidence",
            "/<int:learning_id>/evidence/remove",
        )
    ),
    "GET /data/metrics",
    "GET /data/metrics.csv",
    "POST /data/metrics/ready",
    "GET /data/metrics/new",
    "POST /data/metrics/new",
    "GET /data/metrics/<key>",
    "POST /data/metrics/<key>",
    "GET /data/reconciliation",
    "GET /data/reconciliation.csv",
    "GET /data/reconciliation/relations.csv",
    "GET /data/reconciliation/sources.csv",
    "GET /data/imports.csv",
    "GET /data/mappings.csv",
    "GET /keys.csv",
    "GET /opportunities/journeys.csv",
    "GET /data/quarantine",
    "GET /data/quarantine/items",
    "GET /data/quarantine/items.csv",
    *(f"POST /data/quarantine/{step}" for step in ("replay", "discard", "name")),
}
ROLL_OUT = "/experiments/<key>/rollout"
ROUTES |= {
    *(f"GET {ROLL_OUT}{path}" for path in ("", "/history.csv", "/read-outs.csv")),
    f"POST {ROLL_OUT}/<deed>",
    *(f"GET /opportunities{path}" for path in ("", "/list.csv", "/cell", "/counting")),
    *(
        f"POST /opportunities/{deed}"
        for deed in ("count", "draft", "idea", "kappa", "notes", "notes/<int:number>/remove")
    ),
    *(f"GET /opportunities/journeys{path}" for path in ("", "/new", "/<key>", "/<key>.csv", "/<key>/edit")),
    *(f"POST /opportunities/journeys{path}" for path in ("/new", "/<key>/edit", "/<key>/archive")),
}
NUMBER = "<int(max=9223372036854775807):number>"
ROUTES |= {
    "GET /account",
    *(f"POST /account/{deed}" for deed in ("name", "password", "sign-out-everywhere", "tokens")),
    "POST /account/sessions/<int(max=9223372036854775807):session_id>/end",
    "POST /account/tokens/<int(max=9223372036854775807):token_id>/revoke",
    "GET /admin",
    "GET /admin/users",
    "GET /admin/users.csv",
    "GET /admin/audit",
    "GET /admin/settings",
    "GET /admin/worker",
    "POST /admin/settings",
    "GET /approvals",
    "GET /approvals.csv",
    f"POST /approvals/{NUMBER}/<any(approve, decline, withdraw):answer>",
    "GET /admin/audit.<any(csv, json):kind>",
    "POST /admin/invitations",
    f"POST /admin/invitations/{NUMBER}/withdraw",
    *(f"POST /admin/users/{NUMBER}/{deed}"
      for deed in ("role", "deactivate", "activate", "forget", "sign-out", "password-link")),
}  # fmt: skip
#: Pages for people who are not in yet.
DOORS = {
    f"{method} /{path}"
    for method in ("GET", "POST")
    for path in ("sign-in", "invitation/<secret>", "new-password/<secret>", "forgotten-password")
}
DOORS |= {"GET /sign-in/sso", "GET /sign-in/sso/callback"}
ROUTES |= DOORS
STORIES = ("ship", "cannibalising", "broken-split", "between-looks", "after-a-look", "waiting", "decided", "testing",
           "imported", "paused", "draft")  # fmt: skip
PAGES = (
    "/experiments", "/experiments?status=archived", "/experiments/build", "/planner", "/keys", "/definitions",
    "/nothing",
    "/data/imports", "/data/reconciliation", "/data/quarantine", "/data/quarantine/items", "/data/products",
    "/data/products/new", "/data/products/tv-large", "/data/metrics", "/data/metrics/new", "/data/metrics/cross-sell",
    "/account", "/admin/users", "/admin/audit", "/admin/settings", "/admin/worker", "/approvals",
    "/data/metrics/digital-share", "/goals", "/goals?spend=10000&gross_margin=40&years=3",
    "/backlog", "/backlog/new", "/backlog/calendar",
    "/learnings", "/learnings?q=order", "/learnings/1", "/learnings/effects", "/learnings/effects?by=family",
    "/opportunities", "/opportunities/journeys", "/opportunities/journeys/new", "/opportunities/journeys/tv-pages",
    "/opportunities/journeys/tv-pages/edit", "/opportunities/cell?place=tv-pages.entry&holds=mobile&family=tv",
    "/experiments/decided/rollout", "/docs/api-reference",
    *(f"/experiments/{key}" for key in STORIES),
    "/experiments/compare", "/experiments/compare?a=ship&b=waiting",
    *(f"/experiments/{key}/build/{step}" for key in ("draft", "testing")
      for step in ("start", "hypothesis", "audience", "variants", "metrics", "plan", "review")),
)  # fmt: skip
OTHERS = ("/static", "/api/", "/v1/", "/ofrep/", "/sdk/", "/healthz", "/readyz", "/metrics")


def rules(app: Flask) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith(OTHERS)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_no_address_of_a_page_vanishes_or_appears_unnoticed(shared_app: Flask) -> None:
    assert rules(shared_app) == ROUTES


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_sound(path: str, visit: Callable) -> None:
    answer = visit("admin").get(path)
    assert answer.status_code == (404 if path == "/nothing" else 200)
    html = answer.text
    ids = Counter(re.findall(r'\sid="([^"]+)"', html))
    assert [name for name, times in ids.items() if times > 1] == []
    for kind in ("for", "aria-labelledby", "aria-describedby", "popovertarget", "form"):
        for names in re.findall(rf'\s{kind}="([^"]+)"', html):
            assert set(names.split()) <= set(ids), f"{kind}={names}"
    assert len(re.findall(r"<h1[ >]", html)) == 1
    for noise in ("None", "Undefined", "nan", "&lt;span", "{{", "datetime."):
        assert noise not in re.sub(r"<script.*?</script>|<code.*?</code>", "", html, flags=re.DOTALL), noise


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_somewhere(path: str, visit: Callable) -> None:
    admin = visit("admin")
    known = set(re.findall(r'\sid="([^"]+)"', admin.get("/definitions").text))
    html = admin.get(path).text
    for href in {unescape(found) for found in re.findall(r'<a [^>]*href="([^"]+)"', html)}:
        target, _, anchor = href.partition("#")
        if target == "/definitions" and anchor:
            assert anchor in known, href
        elif not target:
            assert f'id="{anchor}"' in html, href
        elif target not in PAGES:
            assert admin.get(target).status_code in (200, 302), href


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/static/css/tokens.css", "/healthz"])
def test_every_answer_keeps_browsers_safe(path: str, visit: Callable, shared_app: Flask) -> None:
    client = shared_app.test_client() if path == "/sign-in" else visit("viewer").client
    answer = client.get(path)
    answer.close()
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'; script-src 'self' 'nonce-" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    kept_back = {"private", "no-store"} & set(headers["Cache-Control"].split(", "))
    assert bool(kept_back) == (not path.startswith("/static/")), "no cache on the way keeps what is for one person"


def test_cookies_are_for_the_server_only(stranger: FlaskClient) -> None:
    stranger.get("/sign-in")
    cookie = stranger.get_cookie("netlift_session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


@pytest.mark.parametrize("rule", sorted(route for route in ROUTES if route.startswith("POST")))
def test_nothing_is_changed_without_the_token_of_the_page(rule: str, visit: Callable, says: Says) -> None:
    path = rule.removeprefix("POST ").replace("<key>", "draft").replace("<change>", "archive")
    path = re.sub(r"<any\((\w+)[^>]*>", r"\1", path)
    admin = visit("admin")
    for data in ({}, {"csrf_token": "forged"}):
        answer = admin.client.post(re.sub(r"<[^>]+>", "1", path), data=data)
        assert answer.status_code == 400
        assert "CSRF" in says(answer)
    assert "Draft" in says(admin.get("/experiments/draft"))


@pytest.mark.parametrize("route", sorted(ROUTES - DOORS - {"GET /", "POST /sign-out", "GET /shared/<token>"}))
def test_strangers_see_and_change_nothing(route: str, shared_app: Flask) -> None:
    method, rule = route.split(" ", 1)
    path = rule.replace("<key>", "ship").replace("<change>", "archive").replace("<form>", "json")
    path = re.sub(r"<any\('?(\w+)[^>]*>", r"\1", path)
    client = shared_app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    data = {"csrf_token": token.group(1)} if method == "POST" else None
    answer = client.open(re.sub(r"<[^>]+>", "1", path), method=method, data=data)
    if method == "GET":
        assert answer.location.startswith("/sign-in?next=")
    else:
        assert answer.status_code == 401


def test_an_error_is_a_page_for_people_and_json_for_programs(visit: Callable, says: Says) -> None:
    admin = visit("admin")
    page = admin.get("/nothing")
    assert page.status_code == 404
    assert "There is nothing here" in says(page)
    assert "To the overview" in says(page)
    unknown = admin.get("/experiments/nothing")
    assert "Experiment is 'nothing', which does not exist." in says(unknown)
    answer = admin.get("/experiments/nothing", headers={"Accept": "application/json"})
    assert answer.json == {
        "ok": False, "error": "not_found", "message": "experiment == 'nothing', does not exist.", "field": "experiment",
        "value": "'nothing'", "bound": "does not exist", "status": 404,
    }  # fmt: skip


def test_a_stranger_gets_the_plain_error_page(shared_app: Flask, says: Says) -> None:
    page = shared_app.test_client().get("/nothing")
    assert page.status_code == 404
    assert "Sign in" in says(page)
    assert "Main" not in page.text


def test_a_fault_of_ours_is_a_page_too(app: Flask, as_role: Callable, says: Says) -> None:
    person = as_role("viewer")
    app.view_functions["planner.show"] = lambda: 1 / 0
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = person.get("/planner")
    assert page.status_code == 500
    assert "Something broke on our side" in says(page)
    assert "ZeroDivisionError" not in page.text


def test_without_its_database_the_product_says_so(tmp_path: Path, says: Says) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, secret_key="x", id_key="x")  # type: ignore[call-arg,arg-type]
    engine = create_engine(f"sqlite:///{tmp_path}/absent/netlift.db")
    client = create_app(settings, engine).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "1.0"
    page = client.get("/experiments")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert "The database does not answer at the moment; try again." in says(page)
