"""An import that is killed in the middle leaves nothing that counts, and the next one cleans up after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from experiments.domain.errors import NotFoundError
from experiments.services.analyse import report_for
from experiments.services.import_units.result import ImportResult
from experiments.store.engines import reading
from experiments.store.tables import ImportColumnRow, ImportRow, ImportUnitRow, ImportValueRow

Import = Callable[..., ImportResult]
ROOT = Path(__file__).resolve().parents[3]
NOW = 1_800_000_000_000_000
UNITS = 5_000

#: Reads some rows, says so, and waits for its end.
CHILD = """
import sys, time
from pathlib import Path
from experiments.services.actor import SYSTEM
from experiments.services.import_units.parse import read_spec
from experiments.services.import_units.write import import_units
from experiments.store.engines import make_engine

def wait(done, total):
    if done > total / 2:
        print("half", flush=True)
        time.sleep(120)

url, spec, file = sys.argv[1:]
options = {"id_key": b"a key for tests", "now": 1, "actor": SYSTEM, "progress": wait}
import_units(make_engine(url), Path(file), read_spec(Path(spec)), **options)
"""


def content(spend: int) -> str:
    rows = "".join(f"c-{i},{'AB'[i % 2]},1,{spend},n\n" for i in range(UNITS))
    return "id,arm,bought,spend,region\n" + rows


@contextmanager
def half_way(url: str, spec: Path, file: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is in the middle of its import; killed at the latest at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(spec), str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def stored(engine: Engine) -> dict[int, tuple[str, int, int]]:
    """State, units and values by run."""
    with reading(engine) as session:
        runs = dict(session.execute(select(ImportRow.id, ImportRow.state)).all())
        units, values = (
            dict(session.execute(select(table.import_id, func.count()).group_by(table.import_id)).all())
            for table in (ImportUnitRow, ImportValueRow)
        )
    return {run: (state, units.get(run, 0), values.get(run, 0)) for run, state in runs.items()}


def spend_of(engine: Engine) -> float | None:
    with reading(engine) as session:
        report = report_for(session, "trial", now=NOW)
    return next(row.control_value for row in report.metrics if row.metric == "spend")


@pytest.fixture
def files(tmp_path: Path, spec_text: str) -> tuple[Path, Path]:
    """Spec and file of the import to be killed."""
    spec, file = tmp_path / "SPEC.toml", tmp_path / "killed.csv"
    spec.write_text(spec_text)
    file.write_text(content(spend=9))
    return spec, file


def test_a_first_import_that_is_killed_was_never_there(
    engine: Engine, database_url: str, files: tuple[Path, Path], run_import: Import
) -> None:
    with half_way(database_url, *files) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    ((killed, (state, units, values)),) = stored(engine).items()
    assert state == "running"
    assert UNITS / 2 < units < UNITS
    assert values > units
    with reading(engine) as session, pytest.raises(NotFoundError):
        report_for(session, "trial", now=NOW)

    result = run_import(engine, content(spend=9))
    assert (result.outcome, result.rows) == ("imported", UNITS)
    after = stored(engine)
    assert after.pop(killed) == ("failed", 0, 0)
    assert after == {result.run_id: ("done", UNITS, 3 * UNITS)}
    assert spend_of(engine) == 9
    with reading(engine) as session:
        assert set(session.scalars(select(ImportColumnRow.import_id))) == {result.run_id}


def test_a_killed_replacement_leaves_the_experiment_as_it_was(
    engine: Engine, database_url: str, files: tuple[Path, Path], run_import: Import
) -> None:
    before = run_import(engine, content(spend=4))
    with half_way(database_url, *files) as process:
        assert spend_of(engine) == 4
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert spend_of(engine) == 4
    assert stored(engine)[before.run_id] == ("done", UNITS, 3 * UNITS)

    result = run_import(engine, content(spend=9))
    assert result.outcome == "replaced"
    assert spend_of(engine) == 9
    assert {run: counts for run, counts in stored(engine).items() if counts[1:] != (0, 0)} == {
        result.run_id: ("done", UNITS, 3 * UNITS)
    }
