"""What tests of imports begin with: a catalogue, and where the invented example files are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from experiments.services.import_events.parse import read_spec_file
from experiments.services.import_events.product_list import own_spec
from experiments.services.import_events.runs import Surroundings
from experiments.services.import_events.take_in import Taken, look, take_in
from experiments.services.ingest import Limits
from tests.scenes import ADMIN

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples" / "imports"
#: 27 November 2026, the day after everything in the examples.
NOW = 1_795_780_000_000_000
ID_KEY = b"k" * 32


def quiet(_done: int, _position: int, _size: int) -> None:
    """No progress bar."""


def around(engine: Engine, now: int = NOW) -> Surroundings:
    """A deployment whose clock stands still."""
    return Surroundings(engine, ID_KEY, Limits(currency="EUR"), lambda: now)


def import_catalogue(engine: Engine) -> Taken:
    """The invented price list."""
    path = EXAMPLES / "price-list-invented.csv"
    return take_in(around(engine), path, own_spec(path), ADMIN, progress=quiet)


def import_example(engine: Engine, name: str, spec: str, *, dry: bool = False, now: int = NOW) -> Taken:
    """One of the examples with its spec."""
    use_case = look if dry else take_in
    wanted = read_spec_file(EXAMPLES / f"{spec}.toml")
    return use_case(around(engine, now), EXAMPLES / name, wanted, ADMIN, progress=quiet)
