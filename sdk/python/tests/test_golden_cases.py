from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("maker", ["make_cases.py", "make_compiled.py"])
def test_the_file_is_what_its_maker_writes(maker: str, sdk_folder: Path) -> None:
    made = subprocess.run(
        [sys.executable, str(sdk_folder / maker), "--check"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr


def test_one_case_per_line(sdk_folder: Path, cases: dict[str, list[object]]) -> None:
    lines = (sdk_folder / "cases.json").read_text(encoding="ascii").splitlines()
    one_per_line = [line for line in lines if line.startswith("{") and len(line) > 1]
    assert len(one_per_line) == sum(len(group) for group in cases.values() if isinstance(group, list))
