"""A database with a planted past, for what looks back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from experiments.store.engines import make_engine
from tests.history_world import fill


@pytest.fixture(scope="session")
def past_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a SQLite file with the planted past; commands only read it."""
    path = tmp_path_factory.mktemp("past") / "netlift.db"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    fill(engine)
    engine.dispose()
    return f"sqlite:///{path}"
