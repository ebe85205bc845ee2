"""`netlift settings` and `netlift completion`; names that look like settings and are none; mistyped commands."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from experiments.config import Settings
from experiments.services.given_settings import unknown_settings
from web.cli import cli
from web.cli.failures import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def bare_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("NETLIFT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_every_setting_is_told_with_what_gives_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("NETLIFT_COMPANY=Polder\nNETLIFT_SECRET_KEY=from-the-file\n")
    monkeypatch.setenv("NETLIFT_PORT", "8123")
    monkeypatch.setenv("NETLIFT_DATABASE_URL", "postgresql://ana:hush@db/netlift")
    assert run(cli, ["settings", "--json"]) == 0
    told = {item["name"]: (item["value"], item["origin"]) for item in json.loads(capsys.readouterr().out)}
    assert len(told) == len(Settings.model_fields)
    assert told["NETLIFT_PORT"] == ("8123", "environment")
    assert told["NETLIFT_COMPANY"] == ("Polder", ".env")
    assert told["NETLIFT_HOST"] == ("127.0.0.1", "default")
    assert told["NETLIFT_SECRET_KEY"] == ("(hidden)", ".env")
    assert told["NETLIFT_DATABASE_URL"] == ("postgresql://ana:***@db/netlift", "environment")
    assert run(cli, ["settings"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^NETLIFT_PORT +environment +8123$", text, re.MULTILINE)
    assert "hush" not in text
    assert "from-the-file" not in text


def test_the_example_names_every_setting_at_its_default(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(cli, ["settings", "--example"]) == 0
    text = capsys.readouterr().out
    path = tmp_path / "all.env"
    path.write_text(re.sub(r"^#(NETLIFT_)", r"\1", text, flags=re.MULTILINE))
    assert len(dotenv_values(path)) == len(Settings.model_fields)
    path.write_text(re.sub(r"^NETLIFT_.*(?:_FILE|_DIR)=$", "", path.read_text(), flags=re.MULTILINE))
    assert Settings(_env_file=path) == Settings(_env_file=None)  # type: ignore[call-arg]


def test_a_name_that_is_no_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("NETLIFT_SDK_KEY", "NETLIFT_DOMAIN", "netlift_port"):
        monkeypatch.setenv(name, "8124")
    assert unknown_settings() == {}
    monkeypatch.setenv("NETLIFT_DATABSE_URL", "postgresql://db/netlift")
    (tmp_path / ".env").write_text("NETLIFT_SOMETHING_ELSE=1\n")
    assert unknown_settings() == {"NETLIFT_DATABSE_URL": "NETLIFT_DATABASE_URL", "NETLIFT_SOMETHING_ELSE": ""}
    assert run(cli, ["settings"]) == 0
    assert (
        "Warning: NETLIFT_DATABSE_URL is no setting and changes nothing: NETLIFT_DATABASE_URL was perhaps meant."
        in (capsys.readouterr().err)
    )


def test_a_database_that_is_not_spoken_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETLIFT_DATABASE_URL", "mysql://ana:hush@db/netlift")
    assert run(cli, ["db", "check"]) == 1
    told = capsys.readouterr().err
    assert "NETLIFT_DATABASE_URL" in told
    assert "must begin with postgresql:// or sqlite:///" in told
    assert "hush" not in told


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete"), ("zsh", "compdef"), ("fish", "complete")])
def test_completion_is_printed_for_every_shell(shell: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, ["completion", shell]) == 0
    told = capsys.readouterr().out
    assert word in told
    assert "_NETLIFT_COMPLETE" in told


def test_the_shell_is_answered_with_commands_and_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_NETLIFT_COMPLETE", "bash_complete")
    for words, expected in (("netlift exp", ["experiment", "explain"]), ("netlift keys --h", ["--help"])):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        with pytest.raises(SystemExit):
            run(cli)
        found = [line.partition(",")[2] for line in capsys.readouterr().out.splitlines()]
        assert set(expected) <= set(found)


def test_a_mistyped_command_is_told_with_the_one_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, ["kyes"]) == 2
    assert "No such command 'kyes'. Did you mean keys?" in capsys.readouterr().err
