"""Hand over and forget a person over the API: administrators only, ids in bodies only."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.services import access
from experiments.services.ingest import accept
from experiments.services.project import run_all
from experiments.services.sessions import writing
from experiments.store.engines import make_engine
from tests.apps import Caller, key_for, make_app
from tests.scenes import ADMIN, NOW
from tests.shop_world import LIMITS, START, Shop, identify
from web import auth

PASSWORD = "a long enough password"


@pytest.fixture
def shop(sqlite_engine: Engine, tmp_path: Path) -> Shop:
    """Stored with the id key of the app."""
    shop = Shop(sqlite_engine)
    key = Settings(data_dir=tmp_path).id_secret()
    told = [identify(START, userId="kunde-4711", anonymousId="device-4711", holdings=["tv-1"])]
    accept(shop.engine, shop.sources["shop"], told, id_key=key, now=START + 1, limits=LIMITS)
    run_all(shop.engine, START + 2)
    return shop


@pytest.fixture
def admin(shop: Shop, tmp_path: Path) -> Caller:
    app = make_app(shop.engine, tmp_path)
    app.add_url_rule("/enter", "enter", lambda: str(auth.sign_in("boss@example.org", PASSWORD)))
    app.add_url_rule("/token", view_func=generate_csrf)
    with writing(shop.engine) as session:
        hashed = access.hash_password(PASSWORD)
        access.create_user(
            session, ADMIN, NOW, email="boss@example.org", name="B", password=hashed, role=UserRole.ADMIN
        )
    client: FlaskClient = app.test_client()
    client.get("/enter")
    return Caller(client, headers={"X-CSRFToken": client.get("/token").text})


def test_a_person_is_handed_over_and_forgotten(admin: Caller) -> None:
    found = admin.post("/privacy/export", {"customer": "kunde-4711"})
    assert found.status_code == 200
    assert {"event", "holding", "identity_link"} <= set(found.get_json()["tables"])
    assert "kunde-4711" not in found.text
    done = admin.post("/privacy/erase", {"customer": "kunde-4711", "reason": "asked"})
    assert done.status_code == 200
    assert done.get_json()["rows"]["holding"] == 2
    assert admin.post("/privacy/export", {"visitor": "device-4711"}).get_json()["tables"] == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "customer"),
        ({"customer": "a", "visitor": "b"}, "customer"),
        ({"customer": " "}, "customer"),
        ({"visitor": 5}, "visitor"),
    ],
)
def test_bad_input_names_its_field(admin: Caller, body: object, field: str) -> None:
    answer = admin.post("/privacy/erase", body)
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)


def test_a_server_key_may_not(shop: Shop, tmp_path: Path) -> None:
    caller = Caller(make_app(shop.engine, tmp_path).test_client(), key_for(shop.engine))
    for deed in ("export", "erase"):
        assert caller.post(f"/privacy/{deed}", {"customer": "kunde-4711"}).status_code == 403


def test_the_engine_hides_what_it_was_asked(tmp_path: Path) -> None:
    """An error of the database must not print the values of a statement into a log."""
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(Exception, match="no such table") as caught, engine.connect() as connection:
        connection.exec_driver_sql("select * from missing where id = ?", ("kunde-4711",))
    assert "kunde-4711" not in str(caught.value)
