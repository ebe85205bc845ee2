"""The management API asked what nobody thought of: nothing breaks, and the document and the answers agree."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from tests.contracts.management import ask, served

#: The longer run is `make fuzz-api`.
OPTIONS = ("--phases", "fuzzing,stateful", "--max-examples", "3", "--seed", "1", "--suppress-health-check", "all")


def test_no_check_finds_a_fault(sqlite_engine: Engine, tmp_path: Path) -> None:
    with served(sqlite_engine, tmp_path) as (url, token):
        done = ask(url, token, tmp_path, OPTIONS)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
