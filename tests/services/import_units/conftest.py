"""A small finished test: four customers per variant, and a way to import it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.services.actor import SYSTEM
from experiments.services.import_units.parse import parse_spec
from experiments.services.import_units.result import ImportResult
from experiments.services.import_units.write import import_units

SPEC = """
[experiment]
key = "trial"
name = "A trial"
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

[[metrics]]
key = "spend"
role = "secondary"
kind = "mean"
column = "spend"

[[segments]]
key = "region"
column = "region"
"""

CSV = """id,arm,bought,spend,region
c-1,A,0,0,north
c-2,A,1,10.5,north
c-3,A,0,0,south
c-4,A,1,4,
c-5,B,1,7,north
c-6,B,1,8.25,south
c-7,B,0,0,south
c-8,B,1,1,south
"""

Import = Callable[..., ImportResult]


@pytest.fixture
def spec_text() -> str:
    """A valid spec."""
    return SPEC


@pytest.fixture
def csv_text() -> str:
    """A file that fits it."""
    return CSV


@pytest.fixture
def run_import(tmp_path: Path) -> Import:
    """Import a text (or bytes) as a file by a spec text."""

    def run(engine: Engine, content: str | bytes = CSV, spec: str = SPEC, **more: object) -> ImportResult:
        path = tmp_path / str(more.pop("name", "trial.csv"))
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        settings = {"id_key": b"a key for tests", "now": 1_800_000_000_000_000, "actor": SYSTEM, **more}
        return import_units(engine, path, parse_spec(spec), **settings)  # type: ignore[arg-type]

    return run
