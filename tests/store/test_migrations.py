"""Migrations run up and down on both databases and leave no drift."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from experiments.services.project import is_rebuilding, run_all
from experiments.store import migrate
from experiments.store.engines import is_sqlite, reading, writing
from experiments.store.tables import Base, OutcomeRow, TallyRow
from tests.shop_world import HOUR, START, Shop, order, stamp

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


def test_a_test_may_draw_agents_and_nothing_unheard_of(engine: Engine) -> None:
    shop = Shop(engine, unit="customer")
    with writing(engine) as session:
        session.execute(text("update experiment set unit = 'agent'"))
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(text("update experiment set unit = 'household'"))
    with pytest.raises(RuntimeError, match="draw agents"):
        migrate.downgrade(engine, "0028")
    with writing(engine) as session:
        session.execute(text("update experiment set unit = 'customer'"))
    migrate.downgrade(engine, "0028")
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(text("update experiment set unit = 'agent'"))
    migrate.upgrade(engine)
    assert shop.report(START + HOUR).experiment.unit == "customer"


def test_contacts_that_were_taken_for_one_are_read_again(engine: Engine) -> None:
    """Ids of the SDK for Python begin alike for ten seconds; the key of a contact must not."""
    shop = Shop(engine)
    contacts = [
        {
            "type": "track", "event": "Contact Handled", "userId": f"customer-{n}", "timestamp": stamp(START),
            "messageId": f"0193b5e0-c1a0-7123-8abc-{n:012x}", "properties": {"handle_seconds": 60},
        }
        for n in range(3)
    ]  # fmt: skip
    shop.send("shop", [*contacts, order("o-1", "tv-1", START, userId="customer-1")], START + HOUR)
    run_all(engine, START + HOUR)
    assert _outcomes(engine) == 4
    migrate.downgrade(engine, "0029")
    with writing(engine) as session:
        session.execute(delete(OutcomeRow).where(OutcomeRow.kind == 2, OutcomeRow.seq > 1))
        session.add(TallyRow(source_id=1, reason="forced", count=7, last_at=START))
    migrate.upgrade(engine)
    assert is_rebuilding(engine), "no report may be computed from part of the facts"
    run_all(engine, START + 2 * HOUR)
    assert not is_rebuilding(engine)
    assert _outcomes(engine) == 4
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(TallyRow)) == 0


def _outcomes(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(OutcomeRow)) or 0
