"""The wheels hold everything: built, installed into a clean virtual environment, migrated and asked once over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.running import free_port
from web.documents import titles

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    out = tmp_path_factory.mktemp("wheels")
    for folder in (ROOT, ROOT / "sdk" / "python"):
        _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(folder))
    return sorted(out.glob("*.whl"))


def test_the_wheel_holds_templates_static_files_and_migrations(wheels: list[Path]) -> None:
    product = next(wheel for wheel in wheels if wheel.name.startswith("netlift-"))
    names = set(zipfile.ZipFile(product).namelist())
    assert "web/templates/base.html" in names
    assert "web/static/css/tokens.css" in names
    assert "web/static/vendor/htmx/htmx.min.js" in names
    assert "experiments/store/_migrations/env.py" in names
    assert {f"web/documents/_docs/{name}.md" for name in titles()} <= names
    assert "experiments/store/_migrations/versions/0001_the_first_tables.py" in names
    assert not [name for name in names if name.startswith(("tests/", "sdk/", "netlift/"))]


def test_a_clean_machine_can_migrate_and_answer(wheels: list[Path], tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    _run(sys.executable, "-m", "venv", str(venv))
    pip = (str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt"))
    _run(*pip, *map(str, wheels))
    command = str(venv / "bin" / "netlift")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NETLIFT_", "PYTHON"))}
    environment = {**clean, "NETLIFT_DATA_DIR": str(tmp_path / "var")}
    assert "netlift, version" in _run(command, "--version", env=environment, cwd=tmp_path)
    assert "at revision" in _run(command, "db", "upgrade", env=environment, cwd=tmp_path)
    port = free_port()
    server = subprocess.Popen([command, "serve", "--port", str(port)], env=environment, cwd=tmp_path)
    try:
        assert b"Sign in" in _ask(f"http://127.0.0.1:{port}/sign-in")
    finally:
        server.terminate()
        server.wait(30)


def _run(*command: str, **more: object) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert result.returncode == 0, (command, result.stdout, result.stderr)
    return str(result.stdout)


def _ask(url: str) -> bytes:
    until = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return bytes(answer.read())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)
