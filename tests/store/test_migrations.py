"""Migrations run up and down on both databases and leave no drift."""

from __future__ import annotations

from sqlalchemy import Engine, inspect, text

from experiments.store import migrate
from experiments.store.engines import is_sqlite
from experiments.store.tables import Base

#: The index of words is no table of rows: SQLite makes it and what stands behind it.
STRICT = "select name, strict from pragma_table_list where schema = 'main' and type not in ('virtual', 'shadow')"


def test_models_and_migrations_agree(engine: Engine) -> None:
    assert migrate.differences(engine) == []


def test_down_to_nothing_and_up_again(engine: Engine) -> None:
    migrate.downgrade(engine, "base")
    left = set(inspect(engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    migrate.upgrade(engine)
    assert migrate.current_revision(engine) == migrate.head_revision()
    assert {table.name for table in Base.metadata.sorted_tables} <= set(inspect(engine).get_table_names())


def test_every_table_is_strict_on_sqlite(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        rows = connection.execute(text(STRICT)).all()
    loose = {name for name, strict in rows if not strict} - {"alembic_version", "sqlite_schema"}
    assert loose == set()


def test_event_is_partitioned_on_postgresql(engine: Engine) -> None:
    if is_sqlite(engine):
        assert "event" in inspect(engine).get_table_names()
        return
    with engine.connect() as connection:
        kind = connection.execute(text("select relkind from pg_class where relname = 'event'")).scalar_one()
    assert kind in ("p", b"p")


def test_migrations_are_numbered_without_gaps() -> None:
    files = sorted((migrate.script_location() / "versions").glob("*.py"))
    numbers = [int(file.name[:4]) for file in files]
    assert numbers == list(range(1, len(numbers) + 1))
