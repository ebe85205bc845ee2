"""Every change a page can make has an address of the API, or a reason why only a person in a browser makes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from experiments.config import Settings
from web.app import create_app

#: Blueprint or endpoint of the form → method and address of the API that does the same.
SAME: dict[str, tuple[str, ...]] = {
    "builder": ("POST /drafts", "PUT /experiments/<key>", "POST /look-backs"),
    "planner.measure": ("POST /look-backs",),
    "begin": ("POST /drafts", "POST /experiments/<key>/clone"),
    "review": ("POST /experiments/<key>/launch", "POST /experiments/<key>/start-testing"),
    "pictures": ("PUT /experiments/<key>/screenshots/<variant>", "DELETE /experiments/<key>/screenshots/<variant>"),
    "results": tuple(
        f"POST /experiments/<key>/{move}"
        for move in ("start-testing", "back-to-draft", "launch", "pause", "resume", "stop", "archive")
    ),
    "results.refresh_now": ("POST /experiments/<key>/refresh",),
    "deciding": ("POST /experiments/<key>/decide",),
    "rolling": (
        "POST /experiments/<key>/roll-out",
        *(f"POST /experiments/<key>/roll-out/{deed}" for deed in ("pause", "resume", "roll-back", "extend-holdback")),
    ),
    "talking.say": ("POST /experiments/<key>/comments",),
    "talking.change": ("PUT /experiments/<key>/comments/<comment>",),
    "talking.delete": ("DELETE /experiments/<key>/comments/<comment>",),
    "talking.roll_back": ("POST /experiments/<key>/end-roll-out",),
    "talking.take_back": ("POST /experiments/<key>/undo-decision",),
    "sharing.share": ("POST /experiments/<key>/shares",),
    "sharing.revoke": ("DELETE /experiments/<key>/shares/<share>",),
    "returns.type_cost": ("PUT /experiments/<key>/cost",),
    "goals": ("POST /goals",),
    "opportunities.assume": ("PUT /opportunity-assumption",),
    "backlog.suggest": ("POST /ideas/suggest",),
    "backlog.add": ("POST /ideas",),
    "backlog.change": ("PUT /ideas/<idea_id>",),
    "backlog.move": ("POST /ideas/<idea_id>/place",),
    "backlog.put_away": ("POST /ideas/<idea_id>/status",),
    "backlog.begin": ("POST /ideas/<idea_id>/start",),
    "backlog.add_season": ("POST /seasons",),
    "backlog.delete_season": ("DELETE /seasons/<season_id>",),
    "opportunities.make_draft": ("POST /opportunity-drafts",),
    "opportunities.put_idea": ("POST /opportunity-ideas",),
    "opportunities.add_note": ("POST /opportunity-notes",),
    "opportunities.remove_note": ("DELETE /opportunity-notes/<number>",),
    "messages.create": ("POST /webhooks",),
    "messages.stop": ("DELETE /webhooks/<hook_id>",),
    "messages.test": ("POST /webhooks/<hook_id>/test",),
    "messages.again": ("POST /messages/<message_id>/send-again",),
    "approvals.answer": tuple(f"POST /approvals/<number>/{answer}" for answer in ("approve", "decline", "withdraw")),
    "admin_settings": ("PUT /settings/second-person",),
    "journeys.count_now": ("POST /count",),
    "journeys.archive": ("POST /journeys/<key>/archive", "POST /journeys/<key>/restore"),
    "journeys.change": ("PUT /journeys/<key>",),
    "journeys.add": ("PUT /journeys/<key>",),
    "learnings.write": ("POST /learnings",),
    "learnings.change": ("PUT /learnings/<learning_id>",),
    "learnings.evidence": ("PUT /learnings/<learning_id>",),
    "learnings.remove_evidence": ("PUT /learnings/<learning_id>",),
    "learnings.move": ("POST /learnings/<learning_id>/status",),
    "learnings.draft": ("POST /learnings/draft",),
    "products.add": ("PUT /products/<key>",),
    "products.change": ("PUT /products/<key>",),
    "products.save_alias": ("PUT /product-aliases/<key>",),
    "quarantine.name": ("PUT /product-aliases/<key>", "POST /quarantine/replay"),
    "quarantine.replay": ("POST /quarantine/replay",),
    "quarantine.discard": ("POST /quarantine/discard",),
    "catalogue-metrics.add_ready": ("POST /ready-metrics/<key>",),
    "catalogue-metrics": ("POST /metrics",),
    "imports.upload": ("POST /imports",),
    "imports.delete_mapping": ("DELETE /mappings/<key>",),
    "import_steps.cancel": ("POST /imports/<key>/cancel",),
    "import_steps.start": ("POST /imports/<key>/start", "POST /imports/<key>/check"),
    "import_steps.undo": ("POST /imports/<key>/undo",),
    "import_steps.keep_mapping": ("PUT /mappings/<key>",),
    "import_steps": ("PUT /imports/<key>/spec",),
    "keys.make": ("POST /keys",),
    "keys.revoke": ("DELETE /keys/<key_id>",),
    "identity.make": ("POST /identity-secrets",),
    "identity.retire": ("DELETE /identity-secrets/<secret_id>",),
    "my_account.rename": ("PUT /me/name",),
    "my_account.change_password": ("POST /me/password",),
    "my_account.sign_out_everywhere": ("POST /me/sign-out",),
    "my_account.end_session": ("DELETE /sessions/<number>",),
    "people.withdraw": ("DELETE /invitations/<number>",),
    "people.deactivate": ("POST /users/<number>/deactivate",),
    "people.activate": ("POST /users/<number>/activate",),
    "people.sign_out": ("POST /users/<number>/sign-out",),
    "people.change_role": ("POST /users/<number>/role",),
    "people.password_link": ("POST /users/<number>/password-link",),
    "people.forget": ("POST /users/<number>/forget",),
    "people.invite": ("POST /invitations",),
    "my_account.make_token": ("POST /tokens",),
    "my_account.revoke_token": ("DELETE /tokens/<token_id>",),
}
#: Coming in, which letters somebody wants and where one is on the tour is for a person in a browser alone.
PERSONS_ONLY = {"account", "doors", "messages.subscribe", "tour"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("app")))  # type: ignore[call-arg]


def test_every_form_has_its_address(app: Flask) -> None:
    forms = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(("/api/", "/v1/", "/ofrep/"))
    }
    unknown = {form for form in forms if not _same(form) and not {form, form.partition(".")[0]} & PERSONS_ONLY}
    assert not unknown, f"Name the address of the API that does the same, or add one: {sorted(unknown)}"


def test_every_address_that_is_named_exists(app: Flask) -> None:
    there = {
        f"{method} {_plain(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith("/api/v1")
    }
    assert {address for named in SAME.values() for address in named} <= there


def test_the_reference_names_every_address(app: Flask) -> None:
    from web.pages.api_reference import _reference

    document = app.extensions["netlift.api"].spec.to_dict()
    reference = _reference(app.extensions["netlift.api"])
    shown = {(one.method.lower(), one.path) for group in reference.groups.values() for one in group}
    methods = ("get", "post", "put", "patch", "delete")
    assert shown == {(verb, path) for path, told in document["paths"].items() for verb in methods if verb in told}
    named = {one.body for group in reference.groups.values() for one in group} - {""}
    assert named <= set(reference.shapes)
    html = (Path(__file__).resolve().parents[2] / "web/templates/pages/api_reference.html").read_text()
    assert "openapi.json" in html


def _same(form: str) -> tuple[str, ...]:
    return SAME.get(form) or SAME.get(form.partition(".")[0], ())


def _plain(rule: str) -> str:
    import re

    return re.sub(r"<[^<>:]*:([^<>]+)>", r"<\1>", rule).removeprefix("/api/v1")
