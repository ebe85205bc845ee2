"""Every address of the management API, asked by every kind of caller: refused exactly where the domain says so.

The addresses are those of the app, so that a new one is in this test the moment it is written: what only reads needs
the right to view, what changes something the right to edit, and every other need stands below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.access import Right, UserRole
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.domain.product import Family, Product
from experiments.domain.signed_in import Via
from experiments.domain.token import Scope, rights_of, scopes_for
from experiments.domain.user import User
from experiments.services import access, catalogue
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from experiments.store.engines import make_engine
from experiments.store.tables import Base
from tests.apps import key_for
from tests.contracts.management_seeds import SEEDS
from tests.scenes import ADMIN, EDITOR, document, draft, running, seed, stopped
from web.app import create_app

PREFIX = "/api/v1"
#: For the signed-in person alone, whatever the scopes of a token; the right beside it is needed too.
PRESENCE: dict[str, Right] = {
    "POST /tokens": Right.VIEW,
    "POST /me/password": Right.VIEW,
    "POST /users/<>/password-link": Right.MANAGE_USERS,
    "POST /users/<>/forget": Right.ERASE,
}
#: One's own account; of tokens only those that manage people may, and a server key has none.
OWN = {"PUT /me/name", "POST /me/sign-out"}
READS = {"POST /plans/size", "POST /journey-preview", "POST /metric-preview"}
NEEDS: dict[Right, set[str]] = {
    Right.SUGGEST: {
        "POST /experiments/<>/comments", "PUT /experiments/<>/comments/<>", "DELETE /experiments/<>/comments/<>",
        "POST /ideas/suggest",
    },
    Right.LAUNCH: {
        *(f"POST /experiments/<>/{deed}" for deed in ("launch", "pause", "resume", "stop", "enrolment", "phases")),
        "POST /experiments/<>/approvals", "POST /imports/<>/undo",
    },
    Right.DECIDE: {
        *(f"POST /experiments/<>/{deed}" for deed in ("decide", "undo-decision", "roll-out", "end-roll-out")),
        *(f"POST /experiments/<>/roll-out/{deed}"
          for deed in ("pause", "resume", "roll-back", "restore", "extend-holdback")),
    },
    Right.AGREE: {"POST /goals", "PUT /opportunity-assumption"},
    Right.READ_AUDIT: {"GET /audit"},
    Right.MAKE_KEYS: {
        "POST /keys", "DELETE /keys/<>", "POST /identity-secrets", "DELETE /identity-secrets/<>", "GET /webhooks",
        "POST /webhooks", "DELETE /webhooks/<>", "POST /webhooks/<>/test", "GET /messages",
        "POST /messages/<>/send-again",
    },
    Right.MANAGE_USERS: {
        "GET /users", *(f"POST /users/<>/{deed}" for deed in ("role", "deactivate", "activate", "sign-out")),
        "GET /invitations", "POST /invitations", "DELETE /invitations/<>",
    },
    Right.MANAGE_SETTINGS: {"PUT /settings/second-person"},
    Right.ERASE: {"POST /privacy/export", "POST /privacy/erase"},
}  # fmt: skip
#: What is asked of must exist before anybody asks who it is: counted pages. Their services have a test of their own.
COUNTED = {"POST /opportunity-drafts", "POST /opportunity-ideas", "POST /opportunity-notes"}
#: Anybody may read how the API is called.
OPEN = {"GET /openapi.json"}
#: Whose is the question there and not which right: somebody else's is not found, and tests of its own say so.
WHOSE = {
    "DELETE /tokens/<>", "DELETE /sessions/<>", "GET /me",
    "POST /approvals/<>/approve", "POST /approvals/<>/decline", "POST /approvals/<>/withdraw",
}  # fmt: skip
#: Names of what the seeds make.
_SEEDED = re.compile("/(tv-large|sim|sku-1|tv-pages|stores|running|shipped)")
_PLAN = {
    "goals": [{"metric": "cross-sell", "kind": "rate", "baseline": 0.03, "effect": 0.1}],
    "traffic_per_week": 50_000,
}
_METRIC = {"key": "sold", "name": "Sold", "kind": "mean", "column": {"event": "sale"}}
#: Bodies without which the address is refused before anybody asks who it is.
BODIES: dict[str, Any] = {
    **{f"{method} {_SEEDED.sub('/<>', path)}": body for method, path, body in SEEDS if isinstance(body, dict)},
    "POST /experiments": document("fresh"),
    "PUT /experiments/<>": document("draft"),
    "POST /experiments/<>/approvals": {"deed": "launch"},
    "POST /experiments/<>/clone": {"key": "copy", "name": "Copy"},
    "POST /experiments/<>/comments": {"text": "Well."},
    "PUT /experiments/<>/comments/<>": {"text": "Better."},
    "POST /experiments/<>/decide": {"choice": "keep_control", "reason": "Too little."},
    "POST /experiments/<>/enrolment": {"share": 1.0},
    "POST /experiments/<>/roll-out": {"share": 0.9, "holdback": 0.1},
    "POST /experiments/<>/roll-out/extend-holdback": {"days": 30, "reason": "Longer."},
    "PUT /experiments/<>/plan": _PLAN,
    "POST /plans/size": _PLAN,
    "POST /drafts": {"name": "A draft"},
    "PUT /families/<>": {"name": "TV"},
    "PUT /ideas/<>": {"title": "Another entry"},
    "POST /ideas/<>/place": {"reason": "First."},
    "POST /ideas/<>/status": {"deed": "archive"},
    "PUT /imports/<>/spec": next(body["spec"] for _, path, body in SEEDS if path == "/mappings/stores"),
    "POST /imports/<>/undo": {"reason": "Wrong."},
    "POST /journey-preview": {"key": "looked-at", **next(body for _, path, body in SEEDS if "/journeys/" in path)},
    "POST /layers": {"key": "another", "name": "Another"},
    "PUT /layers/<>": {"name": "Pages", "holdout": 0.0},
    "PUT /learnings/<>": {"title": "Names help", "finding": "Always."},
    "POST /learnings/<>/status": {"status": "published"},
    "POST /learnings/draft": {"experiment": "shipped"},
    "POST /look-backs": {"metrics": ["cross-sell"]},
    "POST /metrics": _METRIC,
    "POST /metric-preview": _METRIC,
    "PUT /me/name": {"name": "Another"},
    "POST /me/password": {"current": "is not this", "password": "correct horse battery staple"},
    "PUT /opportunity-assumption": {"value": 0.2, "low": 0.1, "high": 0.3, "reason": "They closed it."},
    "POST /privacy/export": {"customer": "nobody-1"},
    "POST /privacy/erase": {"customer": "nobody-1"},
    "POST /quarantine/discard": {"why": "Of a test."},
    "PUT /settings/second-person": {"launch": False, "ship": False},
    "POST /tokens": {"label": "CI", "scopes": ["read"]},
    "POST /users/<>/role": {"role": "viewer"},
}
TAGGED = {"PATCH /experiments/<>", "PUT /experiments/<>"}
FILES = {
    "POST /imports": ("?holds=orders&name=a.csv", b"a,b\n1,2\n"),
    "PUT /experiments/<>/screenshots/<>": ("?alt=It", b"no picture"),
}
KEYS = (("/journeys/", "tv-pages"), ("/layers/", "tv-pages"), ("/products/", "tv-large"), ("/families/", "tv"),
        ("/product-aliases/", "sku-1"), ("/metrics/", "cross-sell"), ("/goals/", "up-sell"), ("/ready-metrics/", "nps"),
        ("/mappings/", "stores"), ("/imports/", "1"), ("/look-backs/", "none"), ("/experiments/", "draft"))  # fmt: skip
#: A person whom nothing here signs in with.
BYSTANDER = "by@example.org"


@dataclass
class World:
    """The app with something of every noun, and everybody who may ask."""

    app: Flask
    engine: Engine
    callers: dict[str, tuple[Actor | None, dict[str, str], str]] = field(default_factory=dict)
    bystander: int = 0

    def ask(self, who: str, operation: str, rule: str) -> int:
        """The status of the answer."""
        _, headers, cookie = self.callers[who]
        client: FlaskClient = self.app.test_client()
        if cookie:
            client.set_cookie("netlift_session", cookie)
        method, _ = operation.split(" ")
        query, data = FILES.get(operation, ("", b""))
        given: dict[str, Any] = {"json": BODIES.get(operation, {})} if method != "GET" else {}
        if data:
            given = {"data": data, "mimetype": "application/octet-stream"}
        always = {"If-Match": "*"} if operation in TAGGED else {}
        path = self._filled(rule) + query
        return client.open(path, method=method, headers={**headers, **always}, **given).status_code

    def _filled(self, rule: str) -> str:
        short = rule.removeprefix(PREFIX)
        key = next((key for part, key in KEYS if short.startswith(part)), "1")
        path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(key|name)>", key, rule).replace("<variant>", "personal-entry")
        number = (
            str(self.bystander)
            if short.startswith("/users/")
            else "999"
            if short.startswith(("/tokens/", "/keys/"))
            else "1"
        )
        return re.sub(r"<[^>]+>", number, path)


def operations(app: Flask) -> dict[str, str]:
    """Method and address → rule."""
    return {
        f"{method} {re.sub('<[^>]+>', '<>', rule.rule.removeprefix(PREFIX))}": rule.rule
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.rule.startswith(f"{PREFIX}/")
    }


def is_allowed(actor: Actor, operation: str, *, is_person: bool) -> bool:
    """What the domain says."""
    if operation in PRESENCE:
        return is_person and actor.may(PRESENCE[operation])
    if operation in OWN:
        return is_person or (actor.is_token and actor.may(Right.MANAGE_USERS))
    needed = next((right for right, those in NEEDS.items() if operation in those), None)
    if needed is None:
        needed = Right.VIEW if operation.startswith("GET ") or operation in READS else Right.EDIT
    return actor.may(needed)


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("rights")
    (folder / "netlift.db").write_bytes(Path(sqlite_template).read_bytes())
    engine = make_engine(f"sqlite:///{folder / 'netlift.db'}")
    app = create_app(Settings(_env_file=None, data_dir=folder, id_key="k", api_per_minute=0), engine)  # type: ignore[call-arg]
    app.add_url_rule("/token", view_func=generate_csrf)
    found = World(app, engine)
    _people(found)
    _things(found)
    yield found
    engine.dispose()


def _people(world: World) -> None:
    now, hashed = now_us(), access.hash_password("correct horse battery staple")
    with writing(world.engine) as session:
        seed(session)
        for role in UserRole:
            who = Actor(f"{role.value}@example.org", role)
            user = access.create_user(session, ADMIN, now, email=who.name, name=role.value, password=hashed, role=role)
            secret = access.begin_session(session, user, now, "", Via.PASSWORD)
            world.callers[f"the {role.value}"] = (who, {}, secret)
        for scope in Scope:
            one = access.create_token(session, who, now, scope.value, [scope]).token
            world.callers[f"a token to {scope.value}"] = (
                Actor(who.name, UserRole.ADMIN, rights_of([scope])), _bearer(one), "")  # fmt: skip
        editor = Actor("editor@example.org", UserRole.EDITOR)
        own = access.create_token(session, editor, now, "All", scopes_for(editor.role))
        rights = rights_of(scopes_for(editor.role))
        world.callers["a token of the editor"] = (Actor(editor.name, editor.role, rights), _bearer(own.token), "")
        everything = access.create_token(session, who, now, "Everything", tuple(Scope))
        world.callers["a token of everything"] = (
            Actor(who.name, who.role, rights_of(Scope)), _bearer(everything.token), "")  # fmt: skip
        bystander: User = access.create_user(
            session, ADMIN, now, email=BYSTANDER, name="By", password=hashed, role=UserRole.VIEWER
        )
        world.bystander = bystander.id
    client = key_for(world.engine, KeyKind.CLIENT)
    world.callers["a client key"] = (None, _bearer(client), "")
    for environment, role in ((Environment.PRODUCTION, UserRole.APPROVER), (Environment.TEST, UserRole.EDITOR)):
        server = key_for(world.engine, KeyKind.SERVER, environment)
        world.callers[f"a server key of {environment.value}"] = (Actor("key", role), _bearer(server), "")
    world.callers["a stranger"] = (None, {}, "")
    for name, (actor, _, secret) in world.callers.items():
        if secret:
            world.callers[name] = (actor, *_signed_in(world.app, secret))


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _signed_in(app: Flask, secret: str) -> tuple[dict[str, str], str]:
    """The header and the cookie of a browser."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["_permanent"] = secret, True, True
    token = client.get("/token").text
    cookie = client.get_cookie("netlift_session")
    assert cookie is not None
    return {"X-CSRFToken": token}, cookie.value


def _things(world: World) -> None:
    now = now_us()
    with writing(world.engine) as session:
        catalogue.save_family(session, EDITOR, now, Family("tv", "TV"))
        product = Product(key="tv", name="TV", family="tv", tier=1, price=1_000, margin=400, months=24)
        catalogue.save_product(session, EDITOR, now, product)
        draft(session, "draft")
        running(session, "running")
        stopped(session, "shipped")
    headers = world.callers["a token of everything"][1]
    for method, path, body in SEEDS:
        given = {"data": body, "mimetype": "application/octet-stream"} if isinstance(body, bytes) else {"json": body}
        answer = world.app.test_client().open(f"{PREFIX}{path}", method=method, headers=headers, **given)
        assert answer.status_code < 300, (path, answer.text)


def _everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(table.select()))
            for table in Base.metadata.sorted_tables
        }


def test_the_lists_name_what_there_is(world: World) -> None:
    listed = {
        *PRESENCE,
        *OWN,
        *READS,
        *WHOSE,
        *COUNTED,
        *OPEN,
        *BODIES,
        *(each for those in NEEDS.values() for each in those),
    }
    assert listed - set(operations(world.app)) == set()
    assert set(Right) - {Right.VIEW, Right.EDIT} == set(NEEDS), "every other right is needed somewhere"


def test_nobody_is_refused_what_is_theirs_and_nobody_does_what_is_not(world: World) -> None:
    wanted = {name: rule for name, rule in operations(world.app).items() if name not in WHOSE | COUNTED | OPEN}
    before = _everything(world.engine)
    wrong = []
    for who, (actor, _, cookie) in world.callers.items():
        for operation, rule in wanted.items():
            if actor is not None and is_allowed(actor, operation, is_person=bool(cookie)):
                continue
            status = world.ask(who, operation, rule)
            expected = 401 if actor is None else 403
            wrong += [] if status == expected else [f"{who}: {operation} is {status}, must be {expected}"]
    assert not wrong, "\n".join(wrong)
    after = _everything(world.engine)
    after["personal_token"], after["web_session"] = before["personal_token"], before["web_session"]  # last use
    assert after == before, "what is refused leaves nothing"
    for operation in sorted(wanted, key=lambda name: (name == "POST /me/sign-out", name)):
        who = next(who for who, (actor, _, cookie) in world.callers.items()
                   if actor is not None and is_allowed(actor, operation, is_person=bool(cookie)))  # fmt: skip
        status = world.ask(who, operation, wanted[operation])
        wrong += [f"{who}: {operation} is {status}, must be let through"] if status in (401, 403, 500) else []
    assert not wrong, "\n".join(wrong)
