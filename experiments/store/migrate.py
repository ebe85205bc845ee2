"""Run migrations from the product itself, in a checkout and from an installed wheel alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from experiments.store import types
from experiments.store.tables import Base

#: Objects that one database has by hand and the models do not name.
BY_HAND = frozenset({"ix_event_txn", "event_default"})
_TYPE_NAMES = {types.Flag: "Flag", types.Json: "Json", types.Key128: "Key128"}


def script_location() -> Path:
    """Folder of the migrations: inside the wheel, else beside the packages of the checkout."""
    here = Path(__file__).resolve()
    packed = here.parent / "_migrations"
    return packed if packed.is_dir() else here.parents[2] / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision."""
    _with_connection(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a revision; `base` removes every table."""
    _with_connection(engine, lambda config: command.downgrade(config, revision))


def current_revision(engine: Engine) -> str | None:
    """Revision of the database, None where it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """Newest revision this version of the product knows."""
    head = ScriptDirectory(str(script_location())).get_current_head()
    assert head is not None, "the product ships at least one migration"
    return head


def standing(current: str | None, head: str) -> str:
    """What is wrong between a database and this version, with the command that mends it; empty where nothing is."""
    if current == head:
        return ""
    if is_newer(current, head):
        return (
            f"The database is at {current}, made by a newer version; this one knows {head}: run the newer version, "
            f"or go back by its `netlift db downgrade --to {head}`."
        )
    found = f"at {current}" if current else "empty"
    return f"The database is {found}, this version needs {head}: run `netlift db upgrade`."


def is_newer(current: str | None, head: str) -> bool:
    """Whether a version that came later has migrated the database; revisions are numbered."""
    return current is not None and current > head


def differences(engine: Engine) -> list[Any]:
    """What a migration would still have to change; empty when tables and models agree."""
    with engine.connect() as connection:
        options = {"include_object": is_ours, "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def is_ours(_item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Whether autogeneration may look at an object: partitions and hand-made indexes are no drift."""
    if name in BY_HAND or (kind == "table" and str(name).startswith("event_p")):
        return False
    if str(name).startswith(("learning_words", "ix_learning_words")):  # the index of words, made by hand
        return False
    return not (kind == "index" and str(name).startswith("event_p"))


def render_type(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own types by name into migrations."""
    if kind != "type":
        return False
    for cls, name in _TYPE_NAMES.items():
        if isinstance(item, cls):
            return f"types.{name}()"
    for name in ("BigInt", "SmallInt", "Real", "String"):
        if item is getattr(types, name):
            return f"types.{name}"
    return False


def _with_connection(engine: Engine, run: Any) -> None:
    config = Config()
    config.set_main_option("script_location", str(script_location()))
    with engine.connect().execution_options(netlift_write=True) as connection:
        config.attributes["connection"] = connection
        run(config)
        _finish(connection)


def _finish(connection: Connection) -> None:
    if connection.in_transaction():
        connection.commit()
