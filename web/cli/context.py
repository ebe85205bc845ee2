"""What most commands need: settings, an engine on a migrated database, the time, and who asks."""

from __future__ import annotations

import getpass
import json
import time
from typing import TYPE_CHECKING, Any

import click

from experiments.domain.errors import DomainError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from experiments.config import Settings
    from experiments.services.actor import Actor


def load_settings(**changes: Any) -> Settings:
    """Settings from the environment; a bad value is named with its bound."""
    from pydantic import ValidationError

    from experiments.config import Settings
    from experiments.services.given_settings import sentence, unknown_settings

    for name, meant in unknown_settings().items():
        click.echo(f"Warning: {sentence(name, meant)}", err=True)
    try:
        return Settings(**changes)
    except ValidationError as error:
        first = error.errors()[0]
        name = "NETLIFT_" + "_".join(str(part) for part in first["loc"]).upper()
        given = str(first.get("input"))
        shown = repr(given) if "@" not in given else "(hidden: it may hold a password)"
        told = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise DomainError("bad_setting", f"{name} == {shown}: {told}.", name) from None


def open_engine(settings: Settings) -> Engine:
    """An engine; refuses a database that is not at this version's revision, with the command that mends it."""
    from experiments.store import migrate
    from experiments.store.engines import make_engine

    engine = make_engine(settings.url)
    if wrong := migrate.standing(migrate.current_revision(engine), migrate.head_revision()):
        engine.dispose()
        raise DomainError("not_migrated", wrong)
    return engine


def now() -> int:
    """µs since 1970 UTC."""
    return int(time.time() * 1_000_000)


def console_actor() -> Actor:
    """Who works at the console: may do everything, and is named in the audit log."""
    from experiments.domain.access import UserRole
    from experiments.services.actor import Actor

    return Actor(name=f"{_login()} (console)", role=UserRole.ADMIN)


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "console"
