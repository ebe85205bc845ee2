"""The management API on a real socket with something of every noun, for a client that asks what nobody thought of."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask import Response, request
from sqlalchemy import Engine, text

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.domain.product import Family, Product
from experiments.domain.token import Scope
from experiments.services import access, catalogue
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from experiments.store import migrate
from experiments.store.engines import make_engine
from tests.contracts import management_seeds
from tests.contracts.conftest import serving
from tests.scenes import ADMIN, EDITOR, VIEWER, draft, running, seed, stopped
from web.app import create_app

CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = {"SCHEMATHESIS_HOOKS": "tests.contracts.management_hooks", "PYTHONPATH": str(Path(__file__).parents[2])}
#: Far from every number that a fuzzer tries first: it must not revoke the token it asks with.
TOKEN_ID = 7_654_321


@contextmanager
def served(engine: Engine, folder: Path) -> Iterator[tuple[str, str]]:
    """Address and token of an administrator, whose scopes are all there are."""
    settings = Settings(_env_file=None, data_dir=folder, id_key="k", api_per_minute=0)  # type: ignore[call-arg]
    token = _prepared(engine)
    app = create_app(settings, engine)
    app.after_request(lambda response: _still_valid(engine, response))
    with serving(app) as url:
        management_seeds.make(url, token)
        yield url, token


def _still_valid(engine: Engine, response: Response) -> Response:
    """Whoever reads the list of tokens finds the one they ask with, and may end it like any other."""
    if request.path.endswith(f"/tokens/{TOKEN_ID}"):
        with writing(engine) as session:
            session.execute(text("update personal_token set revoked_at = null where id = :id"), {"id": TOKEN_ID})
    return response


def ask(url: str, token: str, folder: Path, options: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run schemathesis with every check and the given options."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    command += [f"{url}/api/v1/openapi.json", "--checks", "all", "--header", f"Authorization: Bearer {token}", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=os.environ | HOOKS)


def _prepared(engine: Engine) -> str:
    now = now_us()
    with writing(engine) as session:
        seed(session)
        catalogue.save_family(session, EDITOR, now, Family("tv", "TV"))
        product = Product(key="tv", name="TV", family="tv", tier=1, price=1_000, margin=400, months=24)
        catalogue.save_product(session, EDITOR, now, product)
        draft(session, "draft")
        running(session, "running")
        stopped(session, "stopped")
        stopped(session, "shipped")
        hashed = access.hash_password("a long enough password")
        boss = Actor("boss@example.org", UserRole.ADMIN)
        for who in (boss, VIEWER):
            access.create_user(session, ADMIN, now, email=who.name, name="B", password=hashed, role=who.role)
        made = access.create_token(session, boss, now, "fuzz", tuple(Scope))
        session.execute(text("update personal_token set id = :id"), {"id": TOKEN_ID})
    return made.token


def main(options: Sequence[str]) -> int:
    """Ask for long; for people: `python -m tests.contracts.management --max-examples 200`."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/netlift.db")
        migrate.upgrade(engine)
        with served(engine, Path(folder)) as (url, token):
            done = ask(url, token, Path(folder), options)
        engine.dispose()
    print(done.stdout, done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
