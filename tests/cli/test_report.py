"""`netlift report`: a whole file or none, and tables as CSV."""

from __future__ import annotations

import csv
import io
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments.store.engines import make_engine
from tests import stories
from web.cli import cli
from web.cli.failures import run


@pytest.fixture(scope="module")
def folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with every story."""
    folder = tmp_path_factory.mktemp("report")
    shutil.copy(sqlite_template, folder / "netlift.db")
    engine = make_engine(f"sqlite:///{folder / 'netlift.db'}")
    stories.seed(engine)
    engine.dispose()
    return folder


def netlift(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["report", *arguments], env={"NETLIFT_DATA_DIR": str(folder)})


def test_the_file_holds_everything_and_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    target.write_text("an older one")
    done = netlift(folder, "ship", "--html", str(target))
    assert done.exit_code == 0, done.output
    html = target.read_text("utf-8")
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    for word in ("Ship it", "From gross to net", "Who buys what", "Gain by days since exposure", "font/woff2;base64,"):
        assert word in html
    for address in ('href="/', 'src="', "http://", "https://", "url(../"):
        assert address not in html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert [path.name for path in tmp_path.iterdir()] == ["out.html"]


@pytest.mark.parametrize("key", ["cannibalising", "broken-split", "between-looks", "after-a-look", "imported"])
def test_every_state_that_has_a_report_can_be_written(key: str, folder: Path, tmp_path: Path) -> None:
    assert netlift(folder, key, "--html", str(tmp_path / "out.html")).exit_code == 0
    html = (tmp_path / "out.html").read_text("utf-8")
    assert ("Behind the decision" in html) == (key in ("cannibalising", "after-a-look"))


@pytest.mark.parametrize("key", ["draft", "waiting"])
def test_without_a_report_nothing_is_written(key: str, folder: Path, tmp_path: Path) -> None:
    refused = netlift(folder, key, "--html", str(tmp_path / "out.html"))
    assert refused.exit_code == 1
    assert f"{key} has no report yet" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_older_file(folder: Path, tmp_path: Path) -> None:
    """No file of the process may grow beyond 100 kB, which the report needs more than."""
    target = tmp_path / "out.html"
    target.write_text("an older one")
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "report", "ship", "--html", str(target)],
        env={**os.environ, "NETLIFT_DATA_DIR": str(folder)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert target.read_text() == "an older one"
    assert [path.name for path in tmp_path.iterdir()] == ["out.html"]


def test_a_table_is_printed_as_csv(folder: Path) -> None:
    done = netlift(folder, "ship", "--csv", "waterfall")
    rows = list(csv.DictReader(io.StringIO(done.output)))
    assert [row["step"] for row in rows] == [
        "gross", "up_sell", "other_families", "channel", "pull_forward", "service", "net",
    ]  # fmt: skip
    assert float(rows[-1]["value"]) == 61.0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("ship",), 2, "Give exactly one of --html FILE and --csv TABLE."),
        (("ship", "--html", "a", "--csv", "waterfall"), 2, "Give exactly one"),
        (("ship", "--csv", "nothing"), 2, "must be one of waterfall"),
        (("ship", "--html", "/nowhere/out.html"), 1, "/nowhere is no folder"),
        (("decided", "--csv", "waterfall"), 1, "decided has no numbers from gross to net yet."),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], code: int, words: str, folder: Path) -> None:
    refused = netlift(folder, *arguments)
    assert (refused.exit_code, words in refused.output) == (code, True), refused.output


def test_an_unknown_key_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(folder))
    monkeypatch.setattr("sys.argv", ["netlift", "report", "nothing", "--csv", "waterfall"])
    assert run(cli) == 1
    assert "nothing" in capsys.readouterr().err
