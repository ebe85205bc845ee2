"""Builds the JavaScript SDK; without node or its packages these tests are skipped by name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

OLDEST_NODE = 20
SDK = Path(__file__).resolve().parents[2] / "sdk" / "javascript"


@pytest.fixture(scope="session")
def built() -> Path:
    """The SDK with fresh dist/ and build/; several workers may build at once, as each file is replaced whole."""
    if shutil.which("node") is None:
        pytest.skip("no node: the JavaScript SDK is not tested")
    version = run("node", "--version").strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node {version}: the JavaScript SDK is tested with {OLDEST_NODE} or newer")
    if not (SDK / "node_modules").is_dir():
        pytest.skip("no packages: run npm --prefix sdk/javascript ci --ignore-scripts")
    run("node", "scripts/build.mjs")
    return SDK


def run(*command: str, timeout: float = 240) -> str:
    """What a command in the SDK's folder printed; its failure is the test's."""
    done = subprocess.run(command, cwd=SDK, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-8000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def bundled(page: str, folder: Path) -> str:
    """The script of a page in the SDK's tests with all it imports, as a shop would bundle it."""
    target = folder / "page.js"
    options = ("--bundle", "--format=iife", "--log-level=error", '--define:process.env.NODE_ENV="production"')
    run("node_modules/.bin/esbuild", f"tests/{page}", *options, f"--outfile={target}")
    return target.read_text(encoding="utf-8")
