"""Every oracle case of the data folder, and the honesty of the runner itself."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracles.__main__ import main
from tests.oracles.cases import DATA, load, register_all, run
from tests.oracles.registry import ADAPTERS, Case, Check, adapter, check

register_all()
CASES = load(DATA)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}:{case.id}")
def test_case_agrees_with_its_oracles(case: Case) -> None:
    assert case.topic in set(ADAPTERS), f"topic {case.topic!r} has no adapter"
    found = run(case)
    assert found.problem is None
    assert found.checks, "nothing was compared"
    assert [check for check in found.checks if not check.passed] == []
    assert found.unexplained == (), "neither followed nor given a reason"


def test_every_file_of_the_data_folder_is_a_topic_with_cases() -> None:
    assert {path.stem for path in DATA.glob("*.json")} == {case.topic for case in CASES}


def test_flat_table_of_boundaries_repeats_the_cases() -> None:
    with (DATA / "group_sequential.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    flat: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        flat.setdefault((row["case"], row["oracle"]), []).append(float(row["z"]))
    by_id = {case.id: case for case in CASES}
    assert flat
    for (case_id, oracle), z in flat.items():
        assert by_id[case_id].oracles[oracle]["z"] == z


@pytest.mark.parametrize(
    ("got", "expected", "error"),
    [
        (1.1, 1.0, pytest.approx(0.1)),
        (1e-13, 0.0, 1e-13),
        ([1.0, 2.2], [1.0, 2.0], pytest.approx(0.1)),
        ([1.0], [1.0, 2.0], math.inf),
        ({"a": 1.0}, {"a": 1.0}, 0.0),
        ({"a": 1.0}, {"b": 1.0}, math.inf),
        ("rays", "interval", math.inf),
        (True, True, 0.0),
        (None, 1.0, math.inf),
        (None, None, 0.0),
        (math.nan, 1.0, math.inf),
        (math.inf, math.inf, 0.0),
    ],
)
def test_error_of_a_check(got: object, expected: object, error: object) -> None:
    assert check("x", got, expected).error == error


def test_follow_refuses_an_entry_it_would_not_compare() -> None:
    case = Case("t", "t-1", {}, {"library": {"p": 0.5}})
    with pytest.raises(KeyError, match="none of"):
        list(case.follow("library", {"z": 1.0}))


def test_runner_counts_a_miss_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((DATA / "net_effect.json").read_text("utf-8"))
    entry = content["cases"][0]["oracles"]["closed form"]
    entry["net"] = entry["net"] * (1 + 1e-6)
    (tmp_path / "net_effect.json").write_text(json.dumps(content), "utf-8")
    assert main([str(tmp_path)]) == 1
    assert "net_effect: 4 passed, 1 failed, 0 not covered, worst error 1.0e-06" in capsys.readouterr().out


def test_runner_reports_a_topic_without_adapter_as_not_covered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {"topic": "nobody", "cases": [{"id": "n-1", "inputs": {}, "oracles": {"a": {"p": 1}, "b": {"p": 1}}}]}
    (tmp_path / "nobody.json").write_text(json.dumps(content), "utf-8")
    assert main([str(tmp_path)]) == 0
    assert "nobody: 0 passed, 0 failed, 2 not covered" in capsys.readouterr().out


def test_runner_survives_an_adapter_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = {"topic": "srm_chi2", "cases": [{"id": "s-1", "inputs": {}, "oracles": {"chisquare": {"p": 1}}}]}
    (tmp_path / "srm_chi2.json").write_text(json.dumps(content), "utf-8")
    assert main([str(tmp_path)]) == 1
    assert "KeyError: 'obs'" in capsys.readouterr().out


def test_runner_refuses_a_folder_without_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "no cases found" in capsys.readouterr().out


def test_published_tables_are_read_section_by_section(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = {
        "_about": "text",
        "srm": [{"counts": [44000, 45000], "expected": "1:1", "p": 0.0008022781}],
        "unheard_of": [],
    }
    path = tmp_path / "tables.json"
    path.write_text(json.dumps(tables), "utf-8")
    assert main(["--published", str(path)]) == 0
    assert "srm: 1 passed, 0 failed" in capsys.readouterr().out
    tables["srm"][0]["p"] = 0.001  # type: ignore[index]
    path.write_text(json.dumps(tables), "utf-8")
    assert main(["--published", str(path)]) == 1


def test_a_topic_has_one_adapter() -> None:
    with pytest.raises(ValueError, match="already has an adapter"):

        @adapter("net_effect")
        def second(case: Case) -> Iterator[Check]:
            yield from case.follow("closed form", {})
