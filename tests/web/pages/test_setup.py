"""The set-up page: code with the real key, filters in the address, and no raw id."""

from __future__ import annotations

import ast
import base64
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from experiments.domain.audience import Audience, OfferPolicy
from experiments.domain.environment import Environment
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.key import KeyKind
from experiments.domain.phase import Phase
from experiments.domain.variant import Variant
from experiments.services import access, experiments
from experiments.services.clock import now_us
from experiments.services.project import run_all
from experiments.store.engines import reading, writing
from netlift.__main__ import _parser as connection_options
from tests import stories
from tests.html_tree import Node, tree
from web.pages.setup_choice import choice_of
from web.pages.setup_snippets import BY_KEY, WAYS, Fill, snippets

FILL = Fill("https://netlift.example", "pk_live_abc-D_1", "sk_live_…", "tv-entry", "entry", "tv-large")
LIBRARY = {"library": {"name": "netlift-js", "version": "0.9.1"}}


def codes(html: str) -> list[str]:
    return [unescape(code) for code in re.findall(r'<code id="code-\d+">(.*?)</code>', html, re.DOTALL)]


def public(engine: Engine, environment: Environment = Environment.PRODUCTION) -> str:
    with reading(engine) as session:
        keys = access.all_keys(session)
    return next(key.public_key for key in keys if key.public_key and key.environment is environment)


def send(client: FlaskClient, key: str, *items: dict[str, Any]) -> dict[str, Any]:
    """Over HTTP, as a shop does."""
    token = base64.b64encode(f"{key}:".encode()).decode()
    answer = client.post("/v1/batch", json={"batch": list(items)}, headers={"Authorization": f"Basic {token}"})
    assert answer.status_code == 202
    return answer.get_json()


def page_view(visitor: str, path: str = "/tv", **more: Any) -> dict[str, Any]:
    return {"type": "page", "anonymousId": visitor, "properties": {"path": path}, "context": LIBRARY, **more}


def viewed(visitor: str, experiment: str) -> dict[str, Any]:
    properties = {"experiment_id": experiment, "variation_id": "entry", "phase": 1, "reason": "SPLIT"}
    return {"type": "track", "event": "Experiment Viewed", "anonymousId": visitor, "properties": properties}


@pytest.mark.parametrize("way", BY_KEY)
def test_every_way_has_the_real_key_and_this_server(way: str, visit: Callable, shared_app) -> None:
    key = public(shared_app.extensions["netlift"].engine)
    found = codes(visit("viewer").get(f"/setup?with={way}").text)
    assert found
    assert key in "".join(found)
    assert all("http://localhost" in code for code in found)
    assert (
        "between-looks" in codes(visit("viewer").get(f"/setup?with={way}&experiment=between-looks").text)[-1]
        or way == "curl"
    )


def test_the_environment_chooses_key_and_test(visit: Callable, shared_app) -> None:
    engine = shared_app.extensions["netlift"].engine
    code, _ = codes(visit("viewer").get("/setup?with=python&environment=test").text)
    assert public(engine, Environment.TEST) in code
    assert 'variant("testing"' in code, "a rehearsal is what keys of the test environment read"
    code, _ = codes(visit("viewer").get("/setup?with=python&key=pk_live_nobody&experiment=nothing").text)
    assert public(engine) in code, "what does not exist is passed over"


def test_without_a_key_the_page_says_where_to_make_one(as_role: Callable, engine: Engine, says: Callable) -> None:
    with writing(engine) as session:
        for key in access.all_keys(session):
            access.revoke_key(session, stories.SYSTEM, now_us(), key.id)
    answer = as_role("admin").get("/setup")
    assert "No client key of this environment yet." in says(answer)
    assert 'href="/keys#make"' in answer.text
    assert "pk_live_…" in codes(answer.text)[0]


def test_python_snippets_are_python() -> None:
    code, check = snippets(BY_KEY["python"], FILL)
    for snippet in (code, *snippets(BY_KEY["openfeature-python"], FILL)):
        ast.parse(snippet.code)
    python, m, package, *options = shlex.split(check.code.replace("\\\n", ""))
    assert (python, m, package) == ("python", "-m", "netlift")
    asked = connection_options().parse_args(options)
    assert (asked.host, asked.key, asked.experiment) == (FILL.host, FILL.key, FILL.experiment)
    assert getattr(asked, FILL.unit) == f"{FILL.unit}-1"


def test_a_test_of_agents_is_read_by_servers_only() -> None:
    variants = (Variant("control", "Control", 0.5), Variant("guide", "Guide", 0.5))
    test = Experiment("guide", "Guide", "", UnitKind.AGENT, (), (Phase(1, "salt", variants),), status=Status.RUNNING)
    chosen = choice_of({"with": "script"}, FILL.host, (), [test], (), tuple(Environment))
    assert [tab["label"] for tab in chosen.tabs] == ["Python", "OpenFeature, Python", "curl"]
    assert chosen.way == "python"
    assert "asks with a server key when an agent signs in" in chosen.remarks[0]
    code = "".join(each.code for way in ("python", "curl") for each in snippets(BY_KEY[way], chosen.fill))
    assert "pk_live" not in code
    assert '"guide", "agent-1"' in code
    assert '"variation_id": "guide", "agent_id": "agent-1"}' in code
    assert "visitor-1" not in code
    assert "/v1/config/" not in code


def test_tests_that_pasted_code_alone_reaches_come_first() -> None:
    variants = (Variant("control", "Control", 0.5), Variant("entry", "Entry", 0.5))
    remote = Audience(policy=OfferPolicy(not_with_open_issue=True))

    def running(key: str, unit: UnitKind = UnitKind.VISITOR, audience: Audience | None = None) -> Experiment:
        phase = Phase(1, "salt", variants, audience=audience or Audience())
        return Experiment(key, key, "", unit, (), (phase,), status=Status.RUNNING)

    tests = [running("a-private", audience=remote), running("b-agents", UnitKind.AGENT), running("c-plain")]
    chosen = choice_of({}, FILL.host, (), tests, (), tuple(Environment))
    assert [key for key, _ in chosen.tests] == ["c-plain", "a-private", "b-agents"]
    assert chosen.fill.experiment == "c-plain"


@pytest.mark.skipif(shutil.which("node") is None, reason="node checks JavaScript")
@pytest.mark.parametrize("way", ["npm", "openfeature-web", "script"])
def test_javascript_snippets_are_javascript(way: str, tmp_path) -> None:
    snippet, *_ = snippets(BY_KEY[way], FILL)
    scripts = re.findall(r"<script>(.*?)</script>", snippet.code, re.DOTALL) if way == "script" else [snippet.code]
    for code in scripts:
        file = tmp_path / ("code.js" if way == "script" else "code.mjs")
        file.write_text(code)
        subprocess.run(["node", "--check", str(file)], check=True, capture_output=True)


def test_the_curl_commands_work(as_role: Callable, stranger: FlaskClient, engine: Engine) -> None:
    """What they send is accepted; read out of the text itself."""
    with writing(engine) as session:
        secret = access.create_key(
            session, stories.SYSTEM, now_us(), KeyKind.SERVER, "Office", Environment.PRODUCTION
        ).key
    texts = codes(as_role("viewer").get("/setup?with=curl&experiment=between-looks").text)
    config, *posts = texts
    assert stranger.get(config.split("localhost")[1]).status_code == 200
    for text in posts:
        path, user, body = re.search(
            r"curl http://localhost(\S+) .*--user '([^']*):'.*--data '(.*)'", text, re.DOTALL
        ).groups()
        token = base64.b64encode(f"{secret if '…' in user else user}:".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        answer = stranger.post(path, data=body, headers=headers)
        assert answer.get_json() == {"accepted": 1, "duplicates": 0, "rejected": []}, text


@pytest.mark.parametrize("way", ["script", "npm", "python", "openfeature-web", "openfeature-python"])
def test_a_test_on_customers_is_asked_with_a_customer(way: str) -> None:
    for code in (part.code for part in snippets(BY_KEY[way], replace(FILL, unit="customer"))):
        assert "customer-1" in code
        assert "visitor-1" not in code
    assert not any("customer-1" in part.code for part in snippets(BY_KEY[way], FILL))


def test_the_page_says_who_sees_the_control_only(visit: Callable, shared_app, monkeypatch) -> None:
    with reading(shared_app.extensions["netlift"].engine) as session:
        test = next(each for each in experiments.all_experiments(session) if each.key == "between-looks")
    sentence = "This test randomises customers: who is not signed in sees the control and is not exposed."
    assert sentence not in tree(visit("viewer").get("/setup?experiment=between-looks").text).text
    monkeypatch.setattr(experiments, "all_experiments", lambda _session: [replace(test, unit=UnitKind.CUSTOMER)])
    page = tree(visit("viewer").get("/setup?experiment=between-looks").text).text
    assert sentence in page
    assert 'netlift("identify", "customer-1")' in page


def test_nothing_a_name_holds_can_leave_a_snippet() -> None:
    hostile = Fill("https://x", 'pk"; alert(1); "', "sk", 'a"b', "c'd", "e\\f")
    for way in WAYS:
        for snippet in snippets(way, hostile):
            assert "alert(1)" not in snippet.code
            assert 'a"b' not in snippet.code


def test_what_arrives_is_listed_newest_first_without_ids(
    as_role: Callable, stranger: FlaskClient, engine: Engine
) -> None:
    key = public(engine)
    send(stranger, key, page_view("visitor-number-one", "/tv"), viewed("visitor-number-two", "between-looks"))
    html = as_role("viewer").get("/setup").text
    page = tree(html)
    rows = page.find(lambda node: node.tag == "tr" and node.attributes.get("id", "").startswith("event-"))
    assert ["Experiment Viewed" in rows[0].text, "/tv" in rows[1].text] == [True, True]
    assert "between-looks: entry" in rows[0].text
    assert "netlift-js 0.9.1" in rows[1].text
    assert "visitor-number" not in html
    assert "2 accepted and 0 refused in the last 15 minutes" in page.text


def test_what_was_refused_says_field_reason_and_sdk(as_role: Callable, stranger: FlaskClient, engine: Engine) -> None:
    order = {"type": "track", "event": "Order Completed", "anonymousId": "v", "properties": {}, "context": LIBRARY}
    send(stranger, public(engine), order)
    page = tree(as_role("viewer").get("/setup?show=refused").text)
    (row,) = [node for node in page.find(lambda node: node.tag == "tr") if "no_order_id" in node.text]
    for word in ("Order Completed", "properties.order_id must be a filled string.", "netlift-js 0.9.1", "Web shop"):
        assert word in row.text
    assert "Nothing of “Web shop” is accepted" in page.text


@pytest.mark.parametrize(
    ("query", "names"),
    [("type=page", ["page"]), ("name=Experiment Viewed", ["Experiment Viewed"]), ("source=nobody", []),
     ("type=bogus&minutes=x", ["Experiment Viewed", "page"])],
)  # fmt: skip
def test_filters_stand_in_the_address(
    query: str, names: list[str], as_role: Callable, stranger: FlaskClient, engine: Engine
) -> None:
    send(stranger, public(engine), page_view("v"), viewed("w", "between-looks"))
    for path in ("/setup", "/setup/events"):
        page = tree(as_role("viewer").get(f"{path}?{query}").text)
        found = [
            node.text
            for node in page.find(lambda node: node.tag == "summary")
            if node.text in ("page", "Experiment Viewed")
        ]
        assert sorted(found) == sorted(names), path


def test_a_paused_list_asks_no_more_and_keeps_its_filters(visit: Callable) -> None:
    def stream(path: str) -> Node:
        (found,) = tree(visit("viewer").get(path).text).find(lambda node: node.attributes.get("id") == "stream")
        return found

    live, paused = stream("/setup?type=page"), stream("/setup?type=page&pause=1")
    assert "type=page" in live.attributes["hx-get"]
    assert "hx-get" not in paused.attributes
    (go_on,) = [
        link
        for link in paused.links()
        if "type=page" in link
        and "show=accepted" in link
        and "pause" not in link
        and link.startswith("/setup?")
        and "minutes=15" in link
    ][:1]
    assert "hx-get" in stream(go_on.split("#")[0]).attributes


def test_a_test_turns_from_waiting_to_seen(as_role: Callable, stranger: FlaskClient, engine: Engine) -> None:
    def line() -> str:
        page = tree(as_role("viewer").get("/setup/waiting").text)
        (found,) = page.find(lambda node: node.attributes.get("id") == "awaited-waiting")
        return found.text

    assert "Waiting for the first exposure" in line()
    send(stranger, public(engine), viewed("v", "waiting"))
    assert "First exposure on" in line()
    run_all(engine, now_us())
    assert "First exposure on" in line()


def test_the_place_of_the_change_is_asked_for_and_reckoned_with(
    as_role: Callable, stranger: FlaskClient, engine: Engine
) -> None:
    visitors = [f"visitor-{number}" for number in range(50)]
    sent = [page_view(visitor, "/", messageId=f"a{visitor}") for visitor in visitors]
    sent += [page_view(visitor, "/phones/x", messageId=f"b{visitor}") for visitor in visitors[:4]]
    send(stranger, public(engine), *sent)
    send(stranger, public(engine), *[viewed(visitor, "waiting") for visitor in visitors])
    run_all(engine, now_us())
    text = tree(as_role("viewer").get("/setup/hints").text).text
    assert "is read on every page" in text
    text = tree(as_role("viewer").get("/setup/hints?place=/phones").text).text
    assert "Variant read on 100% of the visits but /phones is seen by 8%: exposure too early" in text
    assert "the effect is diluted 12 times" in text


def test_strangers_sign_in_first(stranger: FlaskClient) -> None:
    for path in ("/setup", "/setup/events", "/setup/waiting", "/setup/hints"):
        assert stranger.get(path).status_code == 302
