"""The product's server without its storing: what gunicorn loads for the other half of the comparison.

Everything before and after is the product's own: the same route reads the same body, checks, hashes and scrubs every
item and writes the same answer. Only the benchmark starts this; no setting of the product leads here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from experiments.config import Settings
from web.app import create_app


def _counted(_engine: Any, good: list[Any], _bad: list[Any], _now: int) -> int:
    return len(good)


accepting = import_module("experiments.services.ingest.accept")  # the package gives the function of the same name
if not callable(accepting.store):
    raise SystemExit("accept has no store() to leave out")
accepting.store = _counted
app = create_app(Settings())
