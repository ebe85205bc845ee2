"""What the texts name exists: commands with their options, make targets, settings, and modules of Python samples.

Samples that can run as they stand are run by the tests beside this one; here no word of the others may be made up.
"""

from __future__ import annotations

import ast
import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from experiments.config import Settings
from experiments.services.given_settings import OF_SDKS, OTHERS, PREFIX
from web.cli import cli

ROOT = Path(__file__).resolve().parents[1]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
        ROOT / "sdk" / "README.md",
        ROOT / "sdk" / "python" / "README.md",
        ROOT / "sdk" / "javascript" / "README.md",
        ROOT / "notebooks" / "README.md",
    )
    if path.is_file()
}
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINE = re.compile(r"^(?:\$ )?(?:\w+=\S+ )*(netlift (?!=).+)$", re.MULTILINE)
INLINE = re.compile(r"(?<!`)`(?:[A-Z_]+=\S+ )*(netlift [^`]+)`")


def _commands() -> Iterator[tuple[str, str]]:
    """Every command line of ours, from blocks and from the middle of sentences."""
    for name, text in TEXTS.items():
        for _, block in FENCED.findall(text):
            yield from ((name, line) for line in LINE.findall(block.replace("\\\n", " ")))
        yield from ((name, " ".join(found.split())) for found in INLINE.findall(FENCED.sub("", text)))


def _resolve(line: str) -> str:
    """What is wrong with a command line; empty where every word of it exists."""
    words = shlex.split(line.partition("  #")[0].split(" > ")[0].split(" | ")[0])[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="netlift")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"no command {words[0]}"
        command, words = found, words[1:]
    parameters = command.get_params(context)
    known = {option for each in parameters for option in (*each.opts, *each.secondary_opts)} | {"-h", "--help"}
    strange = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    return f"no option {strange[0]}" if strange else ""


def test_every_command_and_option_exists() -> None:
    lines = sorted(set(_commands()))
    assert len(lines) > 60
    assert {(name, line): wrong for name, line in lines if (wrong := _resolve(line))} == {}


def test_what_does_not_exist_would_be_found() -> None:
    assert _resolve("netlift kyes list") == "no command kyes"
    assert _resolve("netlift power --gaol x") == "no option --gaol"


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for text in TEXTS.values()
        for code in [*(block for _, block in FENCED.findall(text)), *re.findall(r"`([^`\n]+)`", text)]
        for target in re.findall(r"^(?:\w+=\S+ )*make ([a-z-]+)", code, re.MULTILINE)
    }
    assert len(named) > 5
    assert named <= targets


def test_every_variable_is_a_setting() -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields} | OTHERS
    named = {found for text in TEXTS.values() for found in re.findall(r"\bNETLIFT_[A-Z_]*[A-Z]\b", text)}
    assert len(named) > 40
    assert {name for name in named if not name.startswith(OF_SDKS)} <= known


PYTHON = [
    pytest.param(code, id=f"{name}-{number}")
    for name, text in TEXTS.items()
    for number, code in enumerate(block for kind, block in FENCED.findall(text) if kind == "python")
]


@pytest.mark.parametrize("code", PYTHON)
def test_python_samples_can_be_read_and_import_what_exists(code: str) -> None:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module or "")
            for alias in node.names:
                assert hasattr(module, alias.name) or importlib.import_module(f"{node.module}.{alias.name}")
