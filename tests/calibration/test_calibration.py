from __future__ import annotations

from pathlib import Path

import pytest

from tests.calibration.__main__ import main
from tests.calibration.rows import Row, table
from tests.calibration.studies import STUDIES, simulate


@pytest.mark.parametrize("name", STUDIES)
def test_promises_are_kept_in_a_small_run(name: str) -> None:
    rows = simulate(name, small=True)
    assert rows
    assert [row for row in rows if not row.kept] == []


@pytest.mark.calibration
@pytest.mark.parametrize("name", STUDIES)
def test_promises_are_kept_in_the_full_run(name: str) -> None:
    assert [row for row in simulate(name) if not row.kept] == []


def test_the_same_study_gives_the_same_rows() -> None:
    assert simulate("always_valid", small=True) == simulate("always_valid", small=True)


@pytest.mark.parametrize(
    ("kind", "hits", "kept"),
    [("equal", 50, True), ("equal", 92, False), ("equal", 8, False), ("at_most", 8, True), ("at_most", 92, False)],
)
def test_a_promise_missed_by_more_than_four_errors_is_broken(kind: str, hits: int, kept: bool) -> None:
    row = Row("study", "case", "counted", 0.05, kind, hits, 1000)  # type: ignore[arg-type]
    assert row.error == pytest.approx(0.00689, abs=1e-5)
    assert row.kept is kept
    assert ("**no**" in table([row])) is not kept


def test_the_command_prints_and_writes_its_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "docs" / "calibration.md"
    assert main(["--small", "--only", "always_valid", "--output", str(target)]) == 0
    printed = capsys.readouterr().out
    assert printed.strip() in target.read_text("utf-8")
    assert "| always-valid, 50 looks |" in printed
