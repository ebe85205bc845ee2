"""`netlift power`: text, JSON, errors."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "web.cli", "power", *arguments], capture_output=True, text=True, check=False
    )


GOAL = ("--goal", "cross-sell:0.052:+10%", "--traffic", "30000")


def test_text_names_the_binding_metric_and_the_formula() -> None:
    result = _run(*GOAL, "--guardrail", "up-sell:0.042:5%:value=180")
    assert result.returncode == 0
    assert "The guardrail up-sell decides" in result.stdout
    assert "non-inferiority in ratio form" in result.stdout
    assert "a year, €" in result.stdout


def test_two_weeks_that_every_test_takes_are_decided_by_no_metric() -> None:
    result = _run("--goal", "cross-sell:0.052:+30%", "--guardrail", "up-sell:0.042:50%", "--traffic", "300000")
    assert "\n2 weeks, the least that a test takes, read out after 42 days. The goal cross-sell needs" in result.stdout
    assert "decides" not in result.stdout
    assert "Guarding" not in result.stdout


def test_unequal_arms_are_told_by_the_control() -> None:
    """The variant is a quarter of what the column says, which is no “per arm”."""
    result = _run("--goal", "cross-sell:0.052:+10%", "--traffic", "30000", "--allocation", "0.25")
    head, row = result.stdout.splitlines()[:2]
    assert head.split() == ["metric", "part", "in", "control", "in", "all", "weeks"]
    control, total = (int(cell.replace(",", "")) for cell in row.split()[2:4])
    assert total == control + -(-control // 4)


def test_json_alone_on_standard_output() -> None:
    result = _run(*GOAL, "--json")
    document = json.loads(result.stdout)
    assert result.stderr == ""
    assert document["joint_per_arm"] == 29_963
    assert document["binding"] == "cross-sell"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("up-sell:0.042:5", "must look like 5%, 2/1000 or 20%gain"),
        ("up-sell:4.2:5%", "guardrail.up-sell.baseline == 4.2"),
        ("up-sell:0.042:5%:valeu=3", "guardrail.up-sell.valeu is not known"),
        ("up-sell:0.042", "must look like KEY:BASELINE:MARGIN"),
        ("up-sell:0.042:20%gain:value=3", "goal.cross-sell.value is empty"),
        ("Up sell:0.042:5%", "must be 1 to 64 lower-case letters"),
    ],
)
def test_a_bad_line_names_field_value_and_bound(line: str, words: str) -> None:
    result = _run(*GOAL, "--guardrail", line)
    assert result.returncode == 1
    assert words in result.stderr
    assert result.stdout == ""


def test_missing_options_are_bad_usage() -> None:
    result = _run("--goal", "cross-sell:0.052:+10%")
    assert result.returncode == 2
    assert "--traffic" in result.stderr


def test_an_effect_left_out_is_refused_where_units_are_asked_for() -> None:
    result = _run("--goal", "cross-sell:0.052", "--traffic", "30000")
    assert result.returncode == 1
    assert "goal.cross-sell.effect is empty" in result.stderr
    assert "KEY:BASELINE:EFFECT" in result.stderr
