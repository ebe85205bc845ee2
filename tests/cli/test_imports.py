"""`netlift import`, `explain` and `analyse --summary`: what goes to which stream, and with which exit code."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.decision.report import Report
from web.cli import cli
from web.cli.failures import run as run_command

UNITS = """
[experiment]
key = "trial"
unit = "customer"
[unit]
column = "id"
[variant]
column = "arm"
control = "A"
weights = { A = 1, B = 1 }
[[metrics]]
key = "bought"
role = "goal"
kind = "rate"
column = "bought"
"""
DAILY = """
[experiment]
key = "days"
unit = "visitor"
[variant]
column = "arm"
control = "A"
weights = { A = 1, B = 1 }
[day]
column = "day"
[exposure]
column = "views"
[[metrics]]
key = "orders"
role = "goal"
column = "orders"
denominator = "views"
"""
SUMMARY = """experiment,variant,metric,n,successes
tv,A,cross,10000,500
tv,B,cross,10100,600
tv,A,up,10000,800
tv,B,up,10100,805
"""


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str


Netlift = Callable[..., Answer]


@pytest.fixture
def netlift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Netlift:
    """Run a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("NETLIFT_DATABASE_URL", raising=False)

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run_command(cli, arguments)
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def migrated(netlift: Netlift) -> Netlift:
    """The same on a database."""
    assert netlift("db", "upgrade").code == 0
    return netlift


def write(name: str, content: str) -> None:
    """A file in the current folder."""
    Path(name).write_text(content)


def test_rejected_rows_are_listed_and_the_last_line_counts(migrated: Netlift) -> None:
    write("spec.toml", UNITS)
    write("units.csv", "id,arm,bought\n1,A,1\n2,A,0\n3,B,x\n4,B,1\n5,C,1\n")
    answer = migrated("import", "units", "units.csv", "--spec", "spec.toml")
    assert answer.code == 0
    assert "Rejected line 4: bought == 'x', must be a number." in answer.err
    assert "Rejected line 6: arm == 'C', must be one of A, B." in answer.err
    assert answer.out.splitlines()[-1].startswith("trial imported: 3 units (a 2, b 1), 2 rows rejected.")
    again = migrated("import", "units", "units.csv", "--spec", "spec.toml")
    assert "trial unchanged: 3 units" in again.out
    stored = json.loads(migrated("analyse", "trial", "--latest", "--json").out)
    assert Report.from_dict(stored).source == "units"


def test_many_rejected_rows_are_summed_up(migrated: Netlift) -> None:
    write("spec.toml", UNITS)
    write("units.csv", "id,arm,bought\n1,A,1\n2,B,0\n" + "".join(f"{i},B,x\n" for i in range(3, 33)))
    answer = migrated("import", "units", "units.csv", "--spec", "spec.toml")
    assert answer.err.count("Rejected line") == 20
    assert "… and 10 rows more." in answer.err


def test_a_file_of_rejected_rows_fails_and_says_why(migrated: Netlift) -> None:
    write("spec.toml", UNITS)
    write("units.csv", "id,arm,bought\n1,A,2\n2,B,3\n")
    answer = migrated("import", "units", "units.csv", "--spec", "spec.toml")
    assert answer.code == 1
    assert answer.out == ""
    assert "Rejected line 2: bought == '2', must be 0 or 1" in answer.err
    assert "has no valid row in the file (2 rejected)" in answer.err
    assert migrated("analyse", "trial").code == 1


def test_day_totals_are_imported_and_a_number_taken_apart(migrated: Netlift) -> None:
    write("spec.toml", DAILY)
    write("days.csv", "day,arm,views,orders\n2026-03-02,A,2000,200\n2026-03-02,B,2000,260\n")
    answer = migrated("import", "daily", "days.csv", "--spec", "spec.toml")
    assert (
        answer.out
        == "days imported: 2 rows, 1 day, 1 of them mature for every metric. Read it with: netlift analyse days\n"
    )
    assert "▲ Better" in migrated("analyse", "days").out
    text = migrated("explain", "days", "orders").out
    assert "b: n = 2000" in text
    taken = json.loads(migrated("explain", "days", "orders", "--variant", "b", "--json").out)
    assert taken["variant"]["sums"] == [pytest.approx(260)]
    for arguments, words in ((("orderz",), "metric == 'orderz'"), (("orders", "--variant", "c"), "variant == 'c'")):
        refused = migrated("explain", "days", *arguments)
        assert (refused.code, refused.out) == (1, "")
        assert f"{words}, does not exist." in refused.err


def test_a_bad_day_is_named_on_standard_error(migrated: Netlift) -> None:
    write("spec.toml", DAILY)
    write("days.csv", "day,arm,views,orders\n2026-03-02,A,20,21\n2026-03-02,B,2000,260\n")
    answer = migrated("import", "daily", "days.csv", "--spec", "spec.toml")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "Error: days.csv line 2: orders == 21, must be <= views == 20.\n"


def test_a_summary_needs_no_database(netlift: Netlift) -> None:
    write("summary.csv", SUMMARY)
    answer = netlift("analyse", "--summary", "summary.csv", "--split", "1,1", "--margin", "up=20%")
    assert (answer.code, answer.err) == (0, "")
    assert "Ship" in answer.out
    assert "Split: ok" in answer.out
    assert not Path("var").exists()


def test_a_summary_has_every_form(netlift: Netlift) -> None:
    write("summary.csv", SUMMARY + SUMMARY.split("\n", 1)[1].replace("tv,", "web,"))
    arguments = ("analyse", "--summary", "summary.csv", "--margin", "up=20%")
    found = json.loads(netlift(*arguments, "--json").out)
    assert [Report.from_dict(item).experiment.key for item in found] == ["tv", "web"]
    table = list(csv.DictReader(io.StringIO(netlift(*arguments, "--csv").out)))
    assert [(row["experiment"], row["metric"], row["verdict"]) for row in table] == [
        ("tv", "cross", "better"), ("tv", "up", "holds"), ("web", "cross", "better"), ("web", "up", "holds"),
    ]  # fmt: skip
    pooled = json.loads(netlift(*arguments, "--meta", "--json").out)
    assert [(row["metric"], row["experiments"]) for row in pooled] == [("cross", 2), ("up", 2)]
    assert len(list(csv.DictReader(io.StringIO(netlift(*arguments, "--meta", "--csv").out)))) == 2
    assert netlift(*arguments, "--meta").out.count("\n") == 4


def test_a_bad_summary_prints_nothing_but_the_error(netlift: Netlift) -> None:
    write("summary.csv", SUMMARY + "tv,C,cross,10,11\n")
    answer = netlift("analyse", "--summary", "summary.csv", "--json")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "Error: line 6: successes == '11', must be a whole number between 0 and n == 10.\n"
    assert "cannot be read" in netlift("analyse", "--summary", "missing.csv").err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "exactly one of KEY and --summary"),
        (("tv", "--summary", "x.csv"), "exactly one of KEY and --summary"),
        (("tv", "--split", "1,1"), "need --summary"),
        (("tv", "--meta"), "need --summary"),
        (("--summary", "x.csv", "--latest"), "--latest and --frozen need KEY"),
        (("--summary", "x.csv", "--json", "--csv"), "exclude each other"),
    ],
)
def test_options_that_do_not_fit_are_bad_usage(netlift: Netlift, arguments: tuple[str, ...], words: str) -> None:
    answer = netlift("analyse", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
