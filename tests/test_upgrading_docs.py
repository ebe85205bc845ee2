"""Every migration has its note, and the version before goes on writing while the database is already migrated."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect

from experiments.store import migrate

DOC = Path(__file__).resolve().parents[1] / "docs" / "upgrading.md"
FILES = sorted((migrate.script_location() / "versions").glob("0*.py"))


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"migration_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_migration_has_its_note_and_no_note_is_left_over() -> None:
    noted = re.findall(r"^### (\d{4}) (.+)$", DOC.read_text(), re.MULTILINE)
    assert [number for number, _ in noted] == [file.name[:4] for file in FILES]


def test_each_note_says_what_it_needs() -> None:
    text = DOC.read_text()
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        assert "**The version before**" in part, part[:80]


def _shape(connection: Connection) -> dict[str, dict[str, dict[str, Any]]]:
    """Columns by table, without the partitions that PostgreSQL calls tables too."""
    found = inspect(connection)
    tables = [name for name in found.get_table_names() if not re.fullmatch(r"event_(p\d{6}|default)", name)]
    return {name: {column["name"]: dict(column) for column in found.get_columns(name)} for name in tables}


@pytest.mark.parametrize("place", range(1, len(FILES)), ids=[file.stem for file in FILES[1:]])
def test_the_version_before_still_reads_and_writes(engine: Engine, place: int) -> None:
    """What the old code knows is still there, and every column it does not know fills itself.

    The old code names the columns it knows in every insert and select; so it works on the new tables exactly when none
    of them is gone or has another type, and every added one has a default or may be empty.
    """
    before, after = _load(FILES[place - 1]).revision, _load(FILES[place]).revision
    migrate.downgrade(engine, before)
    with engine.connect() as connection:
        old = _shape(connection)
    migrate.upgrade(engine, after)
    with engine.connect() as connection:
        new = _shape(connection)
    for table, columns in old.items():
        assert table in new, f"{table} is gone"
        for name, column in columns.items():
            assert name in new[table], f"{table}.{name} is gone"
            assert str(new[table][name]["type"]) == str(column["type"]), f"{table}.{name} has another type"
            assert new[table][name]["nullable"] or not column["nullable"], f"{table}.{name} may no longer be empty"
        for name in new[table].keys() - columns.keys():
            added = new[table][name]
            assert added["nullable"] or added["default"] is not None, f"{table}.{name} must have a server default"
