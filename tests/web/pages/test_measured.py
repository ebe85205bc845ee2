"""Values of today, measured from stored events: asked for on the planner and by the builder, filled in, kept, shown."""

from __future__ import annotations

import json
import math
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, update
from werkzeug.test import TestResponse

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.domain.signed_in import Via
from experiments.services import access, drafts, measuring
from experiments.services.clock import now_us
from experiments.services.history import Lookback, look_back
from experiments.services.sessions import reading, writing
from experiments.store.engines import make_engine
from experiments.store.tables import LookBackRow, SourceRow
from tests.history_world import UNTIL, fill, micros
from tests.scenes import ADMIN
from tests.web.pages.conftest import SECRET, Person, text_of
from tests.web.pages.test_builder import send
from web.app import create_app
from web.cli import cli
from web.cli.failures import run

QUESTION = {
    "goal": "cross-sell", "goal_effect": "60", "guardrail1": "up-sell", "guardrail1_margin": "50",
    "guardrail1_form": "relative", "looks": "1", "power": "80", "page": "/tv/*", "holdings": "mobile",
    "holdings_not": "tv",
}  # fmt: skip
SALES = ("cross-sell", "up-sell")
AUDIENCE = {"unit": "customer", "place": "/tv/*", "holds": ["mobile"], "holds_not": ["tv"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("measured")


@pytest.fixture(scope="module")
def past(sqlite_template: Path, folder: Path) -> Iterator[Engine]:
    shutil.copy(sqlite_template, folder / "netlift.db")
    engine = make_engine(f"sqlite:///{folder}/netlift.db")
    fill(engine)
    hashed = access.hash_password("a long pass phrase of tests")
    with writing(engine) as session:
        session.execute(update(SourceRow).values(watermark=micros(UNTIL)))
        for role in (UserRole.EDITOR, UserRole.VIEWER):
            email = f"{role.value}@example.org"
            access.create_user(session, ADMIN, now_us(), email=email, name=role.value, password=hashed, role=role)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def nothing_known(past: Engine) -> None:
    with writing(past) as session:
        session.execute(delete(LookBackRow))


@pytest.fixture(scope="module")
def app(past: Engine, folder: Path) -> Flask:
    return create_app(Settings(_env_file=None, data_dir=folder, secret_key=SECRET, id_key="id"), past)  # type: ignore[call-arg,arg-type]


@pytest.fixture(scope="module")
def someone(app: Flask, past: Engine) -> Callable[[str], Person]:
    def of(role: str) -> Person:
        with writing(past) as session:
            person = access.user_by_email(session, f"{role}@example.org")
            known = access.begin_session(session, person, now_us(), "Firefox Linux", Via.PASSWORD)
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["_permanent"] = known, True, True
        return Person(client)

    return of


@pytest.fixture(scope="module")
def editor(someone: Callable[[str], Person]) -> Person:
    return someone("editor")


def fields_of(page: TestResponse) -> dict[str, str]:
    """What the number and text fields hold."""
    inputs = re.findall(r'<input class="input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in inputs}


def measure(editor: Person, **changes: str) -> str:
    asked = editor.post("/planner/measure", QUESTION | changes)
    assert asked.status_code == 302, text_of(asked)
    return asked.location


def test_the_planner_measures_fills_in_and_says_so(editor: Person, past: Engine) -> None:
    address = measure(editor)
    waiting = editor.get(address)
    assert "waiting for the worker" in text_of(waiting)
    assert '<a href="">Look again</a>' in waiting.text
    name = parse_qs(urlsplit(address).query)["measured"][0]
    assert "waiting for the worker" in editor.fragment(f"/planner/measuring/{name}").text
    assert f"measured={name}" in editor.fragment(address.partition("#")[0]).headers["HX-Replace-Url"]
    measuring.serve(past, now_us())
    assert editor.fragment(f"/planner/measuring/{name}").headers["HX-Refresh"] == "true"
    page = editor.client.get(address, follow_redirects=True)
    assert fields_of(page)["goal_baseline"] == "10"
    assert fields_of(page)["guardrail1_baseline"] == "12"
    assert fields_of(page)["correlation"] == "0.287213"
    said = text_of(page)
    assert re.search(r"Measured \d+ \w+ 20\d\d from 300 customers: 10.0 ± 3.4 %; 30 had it\.", said)
    assert "510" not in fields_of(page)["traffic"]
    assert "as people come back. Left as it is, the plan follows that curve." in said
    assert "The goal decides: 26 weeks" in said  # as the command says, see docs/planning.md
    typed = editor.get(page.request.full_path.replace("goal_baseline=10", "goal_baseline=11"))
    assert text_of(typed).count("You typed something else.") == 1
    flat = text_of(editor.get(page.request.full_path.replace("traffic=51", "traffic=52")))
    assert "The goal decides: 26 weeks" not in flat


def test_page_and_command_size_the_same(
    editor: Person, past: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = measure(editor, guardrail2="contacts", guardrail2_margin="30", guardrail2_form="relative")
    measuring.serve(past, now_us())
    page = editor.client.get(address, follow_redirects=True)
    monkeypatch.setenv("NETLIFT_DATABASE_URL", f"sqlite:///{folder}/netlift.db")
    found = re.search(r'<code id="power-history">(.*?)</code>', page.text)
    assert found is not None

    words = shlex.split(unescape(found.group(1)))[1:]
    assert run(cli, [*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    table = editor.get(f"/planner.csv?{urlsplit(page.request.full_path).query}").text.splitlines()
    whole = table[-1].split(",")
    assert whole[4] == str(told["weeks"])
    assert int(whole[2]) == math.ceil(told["joint_n_control"])
    kept = fields_of(page)
    for line, metric in zip(("goal", "guardrail1", "guardrail2"), told["history"]["metrics"], strict=True):
        scale = 1 if metric["sd"] else 100
        assert float(kept[f"{line}_baseline"]) == pytest.approx(scale * metric["baseline"], rel=1e-5)
    assert float(kept["guardrail2_sd"]) == pytest.approx(told["history"]["metrics"][2]["sd"], rel=1e-5)
    assert float(kept["traffic"]) == round(told["history"]["traffic_per_week"])


def test_the_address_goes_on_when_what_was_measured_is_forgotten(editor: Person, past: Engine) -> None:
    address = measure(editor)
    measuring.serve(past, now_us())
    page = editor.client.get(address, follow_redirects=True).request.full_path
    measuring.forget_old(past, now_us() + 800 * 86_400_000_000)
    said = editor.get(page)
    assert "has been forgotten; its values stand in the fields" in text_of(said)
    assert fields_of(said)["goal_baseline"] == "10"


def test_the_audience_of_a_test_is_taken(editor: Person, past: Engine) -> None:
    editor.post("/experiments/build", {"name": "Entry 1", "template": "blank"})
    send(editor, "entry-1", "audience", AUDIENCE)
    address = measure(editor, page="", holdings="", holdings_not="", like="entry-1")
    asked = parse_qs(urlsplit(address).query)
    assert (asked["page"], asked["holdings_any"], asked["holdings_not"]) == (["/tv/*"], ["mobile"], ["tv"])
    measuring.serve(past, now_us())
    assert fields_of(editor.client.get(address, follow_redirects=True))["goal_baseline"] == "10"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"goal": ""}, "goal", "choose a metric"),
        ({"page": "/tvs/*"}, "page", "matches none of the"),
        ({"holdings": "radio"}, "holdings", "must be a product family"),
        ({"days": "3"}, "days", "must be at least 7"),
        ({"until": "2999-01-01"}, "until", "not every source delivered past it"),
        ({"like": "nothing"}, "like", "does not exist"),
    ],
)
def test_what_cannot_be_measured_is_said_at_its_field(
    editor: Person, changes: dict[str, str], field: str, words: str
) -> None:
    refused = editor.post("/planner/measure", QUESTION | changes)
    assert refused.status_code == 422
    error = re.search(rf'id="error-{field}">.*?</svg>(.*?)</p>', refused.text, re.DOTALL)
    assert error is not None, text_of(refused)[:600]
    assert words in error.group(1)
    assert fields_of(refused)["goal_effect"] == "60"


def test_a_history_that_is_too_short_is_said_at_its_field(editor: Person, past: Engine) -> None:
    address = measure(editor, days="60")
    measuring.serve(past, now_us())
    page = editor.client.get(address, follow_redirects=True)
    error = re.search(r'id="error-days">.*?</svg>(.*?)</p>', page.text, re.DOTALL)
    assert error is not None
    assert "Look back over fewer days, or state the baselines." in error.group(1)
    assert 'name="measured"' not in page.text


def test_viewers_calculate_and_do_not_measure(someone: Callable[[str], Person]) -> None:
    viewer = someone("viewer")
    assert viewer.post("/planner/measure", QUESTION).status_code == 403
    page = viewer.get("/planner").text
    assert "/planner/measure" not in page
    assert "Editors may have the worker measure." in page


def draft_of(past: Engine, key: str) -> Any:
    with reading(past) as session:
        return drafts.load(session, key)


LINES = {"goal": "cross-sell", "goal_effect": "60", "guardrail1": "up-sell", "guardrail1_margin": "50",
         "guardrail1_form": "relative"}  # fmt: skip


def test_the_builder_measures_by_itself_and_fills_what_nobody_typed(editor: Person, past: Engine) -> None:
    editor.post("/experiments/build", {"name": "Entry 2", "template": "blank"})
    send(editor, "entry-2", "audience", AUDIENCE)
    assert "Choose the goal and a guardrail" in text_of(editor.get("/experiments/entry-2/build/metrics"))
    assert not measuring.serve(past, now_us())
    send(editor, "entry-2", "metrics", LINES)
    assert "waiting for the worker" in text_of(editor.get("/experiments/entry-2/build/metrics"))
    assert measuring.serve(past, now_us())
    page = editor.get("/experiments/entry-2/build/metrics")
    shown = fields_of(page)
    assert (shown["goal_baseline"], shown["guardrail1_baseline"]) == ("10", "12")
    assert "from 300 customers: 10.0 ± 3.4 %; 30 had it." in text_of(page)
    sent = send(editor, "entry-2", "metrics", LINES | {"goal_baseline": "10", "guardrail1_baseline": "12",
                                                     "traffic": shown["traffic"]}, "continue")  # fmt: skip
    assert sent.location.endswith("/build/plan")
    plan = editor.get("/experiments/entry-2/build/plan")
    assert "26 weeks" in text_of(plan)
    send(editor, "entry-2", "plan", {"goal_effect": "60", "guardrail1_margin": "50", "traffic": shown["traffic"],
                                   "power": "80", "looks": "1"})  # fmt: skip
    assert draft_of(past, "entry-2").experiment.plan.weeks == 26


def test_what_was_typed_stays_and_what_was_not_follows_the_audience(editor: Person, past: Engine) -> None:
    editor.post("/experiments/build", {"name": "Entry 3", "template": "blank"})
    send(editor, "entry-3", "audience", AUDIENCE)
    send(editor, "entry-3", "metrics", LINES)
    measuring.serve(past, now_us())
    typed = LINES | {"goal_baseline": "9", "guardrail1_baseline": "12", "traffic": "51"}
    send(editor, "entry-3", "metrics", typed)
    said = text_of(editor.get("/experiments/entry-3/build/metrics"))
    assert said.count("You typed something else.") == 1
    assert "Use what was measured" in said
    send(editor, "entry-3", "audience", AUDIENCE | {"holds_not": []})
    assert measuring.serve(past, now_us())
    with reading(past) as session:
        back = Lookback(page="/tv/*", holds=("mobile",), until=micros(UNTIL))
        everyone = look_back(session, SALES, back, now_us())
    shown = fields_of(editor.get("/experiments/entry-3/build/metrics"))
    assert shown["goal_baseline"] == "9"
    assert float(shown["guardrail1_baseline"]) == pytest.approx(100 * everyone.metrics[1].baseline, rel=1e-5)
    send(editor, "entry-3", "metrics", LINES | {"goal_baseline": "9"}, "take")
    taken = fields_of(editor.get("/experiments/entry-3/build/metrics"))
    assert float(taken["goal_baseline"]) == pytest.approx(100 * everyone.metrics[0].baseline, rel=1e-5)


def test_while_one_types_the_chosen_metrics_are_measured(editor: Person, past: Engine) -> None:
    editor.post("/experiments/build", {"name": "Entry 4", "template": "blank"})
    send(editor, "entry-4", "audience", AUDIENCE)
    part = editor.fragment("/experiments/entry-4/build/metrics", LINES).text
    assert 'id="today" hx-swap-oob="true"' in part
    assert 'hx-post="/experiments/entry-4/build/metrics"' in part
    measuring.serve(past, now_us())
    part = editor.fragment("/experiments/entry-4/build/metrics", LINES).text
    fills = dict(re.findall(r'data-fills="field-(\w+)" data-was="" value="([^"]*)"', part))
    assert (fills["goal_baseline"], fills["guardrail1_baseline"]) == ("10", "12")
    assert "goal" not in draft_of(past, "entry-4").answers  # nothing was saved


def test_measuring_anew_and_what_is_refused(editor: Person, past: Engine) -> None:
    editor.post("/experiments/build", {"name": "Entry 5", "template": "blank"})
    send(editor, "entry-5", "audience", AUDIENCE | {"place": "/nowhere"})
    send(editor, "entry-5", "metrics", LINES)
    assert "cannot be measured: page is '/nowhere', matches none of the" in text_of(
        editor.get("/experiments/entry-5/build/metrics")
    )
    send(editor, "entry-5", "audience", AUDIENCE)
    send(editor, "entry-5", "metrics", LINES)
    measuring.serve(past, now_us())
    send(editor, "entry-5", "metrics", LINES)
    assert not measuring.serve(past, now_us())
    send(editor, "entry-5", "metrics", LINES, "measure")
    assert measuring.serve(past, now_us())


def test_a_measured_plan_becomes_a_draft_that_says_the_same(editor: Person, past: Engine) -> None:
    address = measure(editor)
    measuring.serve(past, now_us())
    page = editor.client.get(address, follow_redirects=True)
    found = re.search(r'href="(/experiments/build\?[^"]+)"', page.text)
    assert found is not None
    brought = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', editor.get(unescape(found.group(1))).text)
    answers: dict[str, Any] = {name: unescape(text) for name, text in brought if name != "csrf_token"}
    editor.post("/experiments/build", answers | {"name": "From the planner", "template": "blank"})
    assert measuring.serve(past, now_us())  # the draft asks for itself, over fewer days where events do not reach
    made = draft_of(past, "from-the-planner")
    (rule, other) = made.experiment.phase.audience.rules
    assert (rule.attribute, rule.op.value, other.op.value) == ("holdings", "any_of", "none_of")
    plan = editor.get("/experiments/from-the-planner/build/plan")
    assert "26 weeks" in text_of(plan)
    assert "You typed something else." not in text_of(plan)


def test_what_is_on_its_way_is_no_error(editor: Person, past: Engine) -> None:
    editor.post("/experiments/build", {"name": "On its way", "template": "blank"})
    send(editor, "on-its-way", "audience", AUDIENCE)
    sent = send(editor, "on-its-way", "metrics", LINES, "continue")
    assert (sent.status_code, sent.location) == (302, "/experiments/on-its-way/build/plan")
    measuring.serve(past, now_us())
    wrong = send(editor, "on-its-way", "metrics", LINES | {"guardrail1_margin": "little"})
    assert wrong.status_code == 422
    assert "Accepted loss is 'little', must be a number" in text_of(wrong)
