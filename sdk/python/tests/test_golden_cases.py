from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_file_is_what_its_maker_writes(sdk_folder: Path) -> None:
    maker = subprocess.run(
        [sys.executable, str(sdk_folder / "make_cases.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert maker.returncode == 0, maker.stdout + maker.stderr


def test_one_case_per_line(sdk_folder: Path, cases: dict[str, list[object]]) -> None:
    lines = (sdk_folder / "cases.json").read_text(encoding="ascii").splitlines()
    one_per_line = [line for line in lines if line.startswith("{") and len(line) > 1]
    assert len(one_per_line) == sum(len(group) for group in cases.values() if isinstance(group, list))
