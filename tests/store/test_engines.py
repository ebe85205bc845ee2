"""A SQLite file holds what nobody else on the machine may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy import text

from experiments.store.engines import make_engine, writing


def test_a_new_file_and_its_companions_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        engine = make_engine(f"sqlite:///{tmp_path / 'new' / 'netlift.db'}")
        assert list((tmp_path / "new").iterdir()) == [], "nothing is made before somebody connects"
        with writing(engine) as session:
            session.execute(text("create table a (b integer)"))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert {"netlift.db", "netlift.db-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}
