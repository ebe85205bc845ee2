from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from netlift.options import Options

SDK = Path(__file__).resolve().parents[2]
PAGES = {"sdk": SDK / "README.md", "python": SDK / "python" / "README.md"}
EXAMPLES = [
    pytest.param(example, id=f"{name}-{number}")
    for name, page in PAGES.items()
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run_as_they_are_written(example: str, server: Any, caplog: pytest.LogCaptureFixture) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(example.replace("https://netlift.example.com", server.address), names)  # the page is ours
    client = names.get("client")
    if client is not None:
        client.close(10)
        for worker in client._runtime.workers:
            worker.join(10)
    assert caplog.text == ""


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


def test_every_setting_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", PAGES["python"].read_text("utf-8"), re.MULTILINE)
    assert set(documented) == set(Options.__dataclass_fields__) - {"key", "host"}


def test_every_reason_is_documented(cases: dict[str, Any]) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", PAGES["sdk"].read_text("utf-8"), re.MULTILINE)
    assert set(rows) == {case["expected"]["reason"] for case in cases["evaluate"]}
