"""What the README shows works, and what it links to exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.services.definitions import read_toml

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
LINKS = sorted({target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target})


def _block(marker: str) -> str:
    return next(block for block in re.findall(r"```\w*\n(.*?)```", README, re.DOTALL) if marker in block)


def test_the_sample_size_example_prints_what_it_says() -> None:
    code = _block("experiments.stats.power")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = re.search(r"prints `([^`…]+)…`", README)
    assert said is not None
    assert result.stdout.startswith(said.group(1))


def test_the_sdk_example_is_python_and_never_raises() -> None:
    code = _block("from netlift import Client").replace("https://netlift.example.org", "http://127.0.0.1:9")
    script = f"visitor_id = 'v'\ndef show_personal_entry(): raise SystemExit(3)\n{code}\nnetlift.close()"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr


def test_the_power_command_runs() -> None:
    line = next(line for line in README.splitlines() if line.startswith("netlift power"))
    command = [sys.executable, "-m", "web.cli", *line.split()[1:]]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "The guardrail up-sell decides: 4 weeks" in result.stdout


@pytest.mark.parametrize("target", LINKS)
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_example_experiment_can_be_read() -> None:
    definition = read_toml((ROOT / "docs" / "examples" / "entry.toml").read_text())
    assert definition.key == "my-entry"
    assert definition.plan.weeks == 4
