"""Every example of docs/planning.md is run, and says what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from web.cli import cli
from web.cli.failures import run
from web.cli.power import power

PAGE = Path(__file__).resolve().parents[2] / "docs" / "planning.md"
TEXT = PAGE.read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def _split(block: str) -> tuple[list[str], list[str]]:
    """The command and the lines it prints."""
    lines = block.splitlines()
    last = next(i for i, line in enumerate(lines) if not line.endswith("\\"))
    command = " ".join(line.removesuffix("\\").strip() for line in lines[: last + 1])
    return shlex.split(command.removeprefix("$ ")), lines[last + 1 :]


@pytest.mark.parametrize("block", CONSOLE, ids=[block.splitlines()[0] for block in CONSOLE])
def test_commands_print_what_the_page_shows(
    block: str, past_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETLIFT_DATABASE_URL", past_url)
    command, shown = _split(block)
    assert command[:2] == ["netlift", "power"]
    run(cli, command[1:])
    out, err = capsys.readouterr()
    printed = [line.rstrip() for line in (out + err).splitlines()]
    if shown[-1] == "…":
        assert len(printed) >= len(shown)
        shown, printed = shown[:-1], printed[: len(shown) - 1]
    assert printed == shown


def test_python_prints_what_its_comments_say(
    past_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETLIFT_DATABASE_URL", past_url)
    names: dict[str, object] = {}
    for block in PYTHON:
        exec(compile(block, str(PAGE), "exec"), names)
    said = [line.split("# ")[1] for block in PYTHON for line in block.splitlines() if line.startswith("print")]
    assert capsys.readouterr().out.splitlines() == said


def test_every_option_is_explained_or_shown() -> None:
    named = {name for parameter in power.params for name in parameter.opts if name.startswith("--")}
    assert not {name for name in named if name not in TEXT}


def test_the_page_has_examples_of_every_kind() -> None:
    assert len(CONSOLE) >= 7
    assert len(PYTHON) == 3
