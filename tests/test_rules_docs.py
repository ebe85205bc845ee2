"""docs/rules.md names code and tests that are there, for every rule."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RULES = (ROOT / "docs/rules.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in RULES.splitlines()
    if line.startswith("| ") and not line.startswith("| rule ")
]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_a_rule_is_kept_somewhere_and_proved(row: list[str]) -> None:
    rule, code, proof = row
    assert rule.endswith(".")
    assert quoted(code), "a rule that no code keeps"
    assert quoted(proof), "a rule that no test proves"
    for path in quoted(code):
        assert (ROOT / path).is_file(), path
    for name in quoted(proof):
        path, _, function = name.partition("::")
        assert function in functions(path), name


def test_nothing_else_is_named_that_is_not_there() -> None:
    for path in re.findall(r"`(tests/[a-z_/]+(?:\.py)?)`", RULES):
        assert (ROOT / path).exists(), path
    for target in re.findall(r"\]\(([a-z-]+\.md)", RULES):
        assert (ROOT / "docs" / target).is_file(), target


@pytest.mark.parametrize("document", ["house.md", "method.md"])
def test_who_reads_the_house_or_the_method_finds_the_rules(document: str) -> None:
    assert "(rules.md)" in (ROOT / "docs" / document).read_text("utf-8")
