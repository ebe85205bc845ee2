"""`netlift import events` as a process: what it says, and that a killed one goes on."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.services.import_events.take_in import Taken
from experiments.store.intake.runs import RowProblem
from tests.intake_world import EXAMPLES
from web.cli.import_files import _write_problems

SPEC = """
holds = "orders"
[source]
key = "office"
name = "Office"
[columns]
order_id = "order"
timestamp = "at"
user_id = "who"
product = "sku"
"""


def command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "web.cli", *arguments]


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(data, *arguments),
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"NETLIFT_DATA_DIR": str(data)},
    )


@pytest.fixture
def data(tmp_path: Path, sqlite_template: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "netlift.db").write_bytes(sqlite_template.read_bytes())
    return folder


def test_what_it_prints(data: Path, tmp_path: Path) -> None:
    listed = run(data, "import", "products", str(EXAMPLES / "price-list-invented.csv"))
    assert listed.returncode == 0, listed.stderr
    assert "7 were new" in listed.stdout
    errors = tmp_path / "errors.csv"
    file, spec = EXAMPLES / "call-centre-invented.csv", EXAMPLES / "call-centre.toml"
    taken = run(data, "import", "events", str(file), "--spec", str(spec), "--errors", str(errors))
    assert taken.returncode == 0
    assert taken.stdout.splitlines()[0] == "6 rows: 3 were new, 0 were known already, 3 were refused."
    assert "Refused row 5: timestamp == '31-02-2026 10:20', must look like %d-%m-%Y %H:%M." in taken.stderr
    assert errors.read_text().splitlines()[0] == "row,field,value,reason"
    assert len(errors.read_text().splitlines()) == 4
    wrong = run(data, "import", "events", str(EXAMPLES / "price-list-invented.csv"), "--spec", str(spec))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "column 'Gesprek' is not in the file" in wrong.stderr


def test_killed_in_the_middle_it_goes_on_and_everything_is_there_once(data: Path, tmp_path: Path) -> None:
    rows = 30_000
    file, spec = tmp_path / "orders.jsonl", tmp_path / "spec.toml"
    spec.write_text(SPEC)
    with file.open("w") as handle:
        for number in range(rows):
            row = {"order": f"A{number}", "at": "2026-11-01T10:00:00Z", "who": f"c{number}", "sku": "tv-plus"}
            handle.write(json.dumps(row) + "\n")
    arguments = ("import", "events", str(file), "--spec", str(spec))
    process = subprocess.Popen(
        command(data, *arguments), env=os.environ | {"NETLIFT_DATA_DIR": str(data)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while _count(data, "select coalesce(max(done), 0) from file_import") == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stored = _count(data, "select count(*) from event")
    assert 0 < stored < rows
    again = run(data, *arguments)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("Went on after ")
    assert _count(data, "select count(*) from event") == rows
    assert _count(data, "select count(distinct id) from event") == rows
    assert _count(data, "select count(*) from file_import where state = 'done'") == 1


def _count(data: Path, query: str) -> int:
    connection = sqlite3.connect(data / "netlift.db")
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def test_refused_rows_hold_nothing_that_a_spreadsheet_runs(tmp_path: Path) -> None:
    file = tmp_path / "errors.csv"
    _write_problems(file, Taken(None, {"refused": 1}, (RowProblem(2, "price", "=1+1", "must be a number"),)))
    assert file.read_text().splitlines()[1] == "2,price,'=1+1,must be a number"
