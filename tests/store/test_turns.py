"""Processes take turns at a SQLite file: nobody twice while another waits, and a killed one holds nobody up."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from experiments.store.turns import NoTurnError, turn

_WRITING = """
import sys, time
from experiments.store.turns import turn
path, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(rounds):
    with turn(path, 20):
        with open(path, "a") as file:
            file.write(name)
            time.sleep(0.005)
            file.write(name.lower())
"""


def start(path: Path, name: str, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _WRITING, str(path), name, str(rounds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_processes_alternate_and_never_write_together(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    processes = [start(path, name, 40) for name in "AB"]
    for process in processes:
        go(process)
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    told = path.read_text()
    turns = [told[place : place + 2] for place in range(0, len(told), 2)]
    assert set(turns) == {"Aa", "Bb"}
    assert len(turns) == 80
    both = turns[turns.index("Bb") if turns[0] == "Aa" else turns.index("Aa") :]
    both = both[: max(place for place, one in enumerate(both) if one != both[-1]) + 1]
    again = sum(one == other for one, other in pairwise(both))
    assert again <= len(both) // 3, turns


def test_a_killed_process_gives_its_turn_back(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    process = start(path, "A", 100_000)
    go(process)
    while not path.exists():
        time.sleep(0.01)
    process.kill()
    process.communicate()
    with turn(str(path), 5):
        pass


def test_a_turn_that_does_not_come_is_said(tmp_path: Path) -> None:
    path = str(tmp_path / "x.db")
    with turn(path, 1):
        began = time.monotonic()
        with pytest.raises(NoTurnError), turn(path, 0.05):
            pass
        assert time.monotonic() - began >= 0.05
    with turn(path, 0.05):
        pass


@pytest.mark.parametrize("database", [None, "", ":memory:"])
def test_a_database_that_is_no_file_has_no_turns(database: str | None, tmp_path: Path) -> None:
    with turn(database, 0), turn(database, 0):
        assert not list(tmp_path.iterdir())
