from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from netlift.__main__ import main
from netlift.options import Options

SDK = Path(__file__).resolve().parents[2]
PAGES = {"sdk": SDK / "README.md", "python": SDK / "python" / "README.md"}
EXAMPLES = [
    pytest.param(example, id=f"{name}-{number}")
    for name, page in PAGES.items()
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run_as_they_are_written(
    example: str, server: Any, make_experiment: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.publish(make_experiment(), make_experiment("talk-guide", unit="agent"))
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(example.replace("https://netlift.example.com", server.address), names)  # the page is ours
    client = names.get("client")
    if client is not None:
        client.close(10)
        for worker in client._runtime.workers:
            worker.join(10)
    assert caplog.text == ""


def test_the_commands_run_as_they_are_written(server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.findall(r"^python -m netlift (.+)$", PAGES["python"].read_text("utf-8"), re.MULTILINE)
    for line in lines:
        told = line.replace("https://netlift.example.com", server.address).replace("_live_…", "_live_1")
        assert main(shlex.split(told)) == 0
    assert "visitor 'visitor-1': SPLIT" in capsys.readouterr().out
    assert len(lines) == 2


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


def test_every_setting_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", PAGES["python"].read_text("utf-8"), re.MULTILINE)
    assert set(documented) == set(Options.__dataclass_fields__) - {"key", "host"}


def test_every_reason_is_documented(cases: dict[str, Any]) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", PAGES["sdk"].read_text("utf-8"), re.MULTILINE)
    assert set(rows) == {case["expected"]["reason"] for case in cases["evaluate"]}


def test_the_package_brings_its_licence() -> None:
    licence = SDK / "python" / "LICENSE"
    assert licence.read_bytes() == (SDK.parent / "LICENSE").read_bytes()
    assert 'license-files = ["LICENSE"]' in (SDK / "python" / "pyproject.toml").read_text("utf-8")
