"""The examples of docs/api.md run as they stand, and the reference shows all of the document."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services.sessions import writing
from tests.apps import key_for
from tests.contracts.conftest import serving
from tests.scenes import seed
from web.app import create_app

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "api.md").read_text()
BLOCKS = [block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) if "curl" in block]


def test_every_example_runs(sqlite_engine: Engine, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl")
    with writing(sqlite_engine) as session:
        seed(session)
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", id_key="k")  # type: ignore[call-arg]
    with serving(create_app(settings, sqlite_engine)) as url:
        start = f"set -eu\nNETLIFT={url}\nKEY={key_for(sqlite_engine)}\n"
        script = start + "".join(BLOCKS).replace("curl -sS", "curl -sS --fail-with-body")
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    for seen in ('"key":"entry-by-api"', '"status":"testing"', '"binding":"up-sell"'):
        assert seen in done.stdout
    assert (tmp_path / "metrics.csv").read_text().startswith("key,name")
