"""docs/method.md and docs/summary-files.md say nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments.services.import_daily.parse import parse_spec
from experiments.services.summaries.analyse import analyse_all
from experiments.services.summaries.read import read_summary
from experiments.services.summaries.row import Column

ROOT = Path(__file__).resolve().parents[1]
METHOD = (ROOT / "docs/method.md").read_text("utf-8")
FILES = (ROOT / "docs/summary-files.md").read_text("utf-8")


def test_every_oracle_file_proves_something() -> None:
    named = set(re.findall(r"`([a-z_0-9]+\.(?:json|csv))`", METHOD))
    there = {path.name for path in (ROOT / "tests/oracles/data").iterdir()}
    # The hashes of the assignment are no statistics.
    assert named == there - {"hash_vectors.json"}


def test_every_file_that_is_named_is_there() -> None:
    for path in re.findall(r"`((?:tests|experiments|docs)/[a-z_/0-9]+\.(?:py|toml|md))`", METHOD + FILES):
        assert (ROOT / path).is_file(), path


def test_every_function_of_the_notebooks_is_there() -> None:
    rows = METHOD[METHOD.index("answered in notebooks") : METHOD.index("## What no formula mends")]
    brackets = re.findall(r"\((`[a-z_.]+`(?:, `[a-z_.]+`)*)\)", rows)
    modules = {name.split(".")[0] for names in brackets for name in re.findall(r"`([a-z_.]+)`", names)}
    assert len(modules) > 10
    for module in modules:
        assert (ROOT / f"experiments/stats/{module}.py").is_file(), module


@pytest.mark.parametrize(("document", "text"), [("method.md", METHOD), ("summary-files.md", FILES)])
def test_every_link_has_a_target(document: str, text: str) -> None:
    anchors = {"method.md": METHOD, "summary-files.md": FILES}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = target.partition("#")
        path = (ROOT / "docs" / file).resolve() if file else ROOT / "docs" / document
        assert path.is_file(), target
        if anchor:
            assert f'<a id="{anchor}"></a>' in anchors[path.name], target


def test_the_method_stays_readable() -> None:
    assert len(METHOD.splitlines()) <= 420


def test_every_column_of_a_summary_is_described() -> None:
    table = FILES[FILES.index("| column |") : FILES.index("A fact about")]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    assert {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)} == set(Column)


def test_the_examples_work(tmp_path: Path) -> None:
    path = tmp_path / "example.csv"
    path.write_text(FILES.split("```csv\n")[1].split("```")[0])
    (found,) = analyse_all(read_summary(path))
    assert [row.role.value for row in found.report.metrics] == ["goal", "guardrail", "secondary"]
    spec = parse_spec(FILES.split("```toml\n")[1].split("```")[0])
    assert [metric.key for metric in spec.metrics] == ["trials", "paid"]
