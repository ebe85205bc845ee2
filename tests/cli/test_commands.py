"""Every command has help with an example, and the whole way from keys to a launched test works on the console."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from web.cli import COMMANDS, cli

EXPERIMENT = """
key = "tv-entry"
name = "Personal entry"
hypothesis = "Mobile customers on TV pages buy more when they see their own entry."
unit = "customer"

[[variants]]
key = "control"
[[variants]]
key = "entry"

[[metrics]]
metric = "cross-sell"
role = "goal"
effect = 0.1
[[metrics]]
metric = "up-sell"
role = "guardrail"
margin = {relative = 0.05}

[plan]
weeks = 4
units_per_variant = 20000
looks = 2
"""


def _all_commands() -> list[tuple[str, ...]]:
    context = click.Context(cli)
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, child) for child in command.commands]
    return found


@pytest.mark.parametrize("path", _all_commands(), ids=" ".join)
def test_help_has_an_example(path: tuple[str, ...]) -> None:
    command: click.Command | None = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    text = command.get_help(click.Context(command, info_name=" ".join(path)))
    assert "Example:" in text
    assert "netlift" in text.split("Example:")[1]


def test_the_list_of_commands_is_what_they_say_of_themselves() -> None:
    for name, (_, _, text) in COMMANDS.items():
        assert text.endswith("."), name


@pytest.fixture
def migrated(tmp_path: Path, sqlite_template: Path) -> None:
    """A migrated database, for what needs no metric; the first test below migrates by the command itself."""
    (tmp_path / "var").mkdir()
    shutil.copy(sqlite_template, tmp_path / "var" / "netlift.db")


@pytest.fixture
def run(tmp_path: Path) -> object:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NETLIFT_")},
        "NETLIFT_DATA_DIR": str(tmp_path / "var"),
    }

    def call(*arguments: str, code: int = 0, given: str | None = None) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [sys.executable, "-m", "web.cli", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            input=given,
        )
        assert result.returncode == code, (result.stdout, result.stderr)
        return result

    return call


def test_from_an_empty_folder_to_a_stopped_test(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "netlift db upgrade" in run("experiment", "list", code=1).stderr
    assert "netlift db upgrade" in run("db", "check", code=1).stderr
    run("db", "upgrade")
    run("db", "check")
    (tmp_path / "tv.toml").write_text(EXPERIMENT)
    run("experiment", "create", "--file", "tv.toml")
    assert "'tv-entry'" in run("experiment", "create", "--file", "tv.toml", code=1).stderr
    run("experiment", "launch", "tv-entry")
    listed = json.loads(run("experiment", "list", "--json").stdout)
    assert [(item["key"], item["status"]) for item in listed] == [("tv-entry", "running")]
    run("experiment", "stop", "tv-entry", "--reason", "enough")
    assert json.loads(run("experiment", "show", "tv-entry", "--json").stdout)["status"] == "stopped"
    assert "only archived, decided" in run("experiment", "launch", "tv-entry", code=1).stderr


@pytest.mark.usefixtures("migrated")
def test_keys_are_made_as_json_and_listed_without_secrets(run) -> None:  # type: ignore[no-untyped-def]
    made = json.loads(run("keys", "create", "--kind", "server", "--json").stdout)
    assert made["key"].startswith("sk_live_")
    listed = run("keys", "list", "--json").stdout
    assert made["key"] not in listed
    assert json.loads(listed)[0]["kind"] == "server"


@pytest.mark.usefixtures("migrated")
def test_a_person_is_added_with_a_password(run) -> None:  # type: ignore[no-untyped-def]
    text = run("user", "create", "--email", "Ana@Example.org", "--role", "admin", "--password", "long enough 1").stdout
    assert "ana@example.org may sign in as admin" in text
    short = run("user", "create", "--email", "b@example.org", "--password", "short", code=1)
    assert "password has 5 characters" in short.stderr


@pytest.mark.usefixtures("migrated")
def test_errors_name_what_is_wrong(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "'nothing', does not exist" in run("experiment", "show", "nothing", code=1).stderr
    assert "missing.toml" in run("experiment", "create", "--file", "missing.toml", code=1).stderr
    (tmp_path / "bad.toml").write_text(EXPERIMENT.replace("effect = 0.1", "efect = 0.1"))
    bad = run("experiment", "create", "--file", "bad.toml", code=1).stderr
    assert "efect" in bad
    assert "effect" in bad
    assert run("nonsense", code=2).stderr


def test_a_bad_setting_is_named(run) -> None:  # type: ignore[no-untyped-def]
    os.environ["NETLIFT_PORT"] = "0"
    try:
        environment = {**os.environ}
        result = subprocess.run(
            [sys.executable, "-m", "web.cli", "db", "check"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        del os.environ["NETLIFT_PORT"]
    assert result.returncode == 1
    assert "NETLIFT_PORT" in result.stderr


def test_version_and_help_import_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv=['netlift','--help']\n"
        "from web.cli.failures import run; from web.cli import cli\n"
        "assert run(cli, ['--help']) == 0\n"
        "heavy = {'numpy','scipy','pandas','sqlalchemy','flask','statsmodels','plotly'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.usefixtures("migrated")
def test_identity_secrets_are_made_shown_once_and_retired(run) -> None:  # type: ignore[no-untyped-def]
    made = json.loads(run("identity", "create", "--json").stdout)
    assert made["secret"].startswith("is_live_")
    run("identity", "create")
    assert "must be below 2" in run("identity", "create", code=1).stderr
    run("identity", "retire", str(made["id"]))
    listed = run("identity", "list", "--json").stdout
    assert made["secret"] not in listed
    assert [item["retired_at"] is None for item in json.loads(listed)] == [True, False]
    assert "in use" in run("identity", "list").stdout
