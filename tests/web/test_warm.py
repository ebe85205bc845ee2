"""A server has ready before its first request whatever pages load only where they use it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from experiments.config import Settings
from web.app import create_app
from web.warm import LIBRARIES, warm_up

ROOT = Path(__file__).resolve().parents[2]
SLOW = ("scipy", "statsmodels", "plotly")


def loaded_late(source: str) -> Iterator[str]:
    """Modules of slow libraries that functions import."""
    for made in ast.walk(ast.parse(source)):
        if not isinstance(made, ast.FunctionDef):
            continue
        for node in ast.walk(made):
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names if name.name.startswith(SLOW))
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SLOW):
                whole = node.module == "scipy"
                yield from (f"scipy.{name.name}" if whole else str(node.module) for name in node.names)


def test_every_library_that_functions_load_is_ready(tmp_path: Path) -> None:
    found = {
        name
        for folder in ("experiments", "web")
        for path in (ROOT / folder).rglob("*.py")
        for name in loaded_late(path.read_text("utf-8"))
    }
    assert found == set(LIBRARIES)
    app: Flask = create_app(Settings(data_dir=tmp_path))
    warm_up(app)
    assert found <= set(sys.modules)
    cache = app.jinja_env.cache
    assert cache is not None
    assert {name for _, name in cache} >= set(app.jinja_env.list_templates(extensions=["html"]))
