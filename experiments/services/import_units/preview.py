"""Which rows of a file a spec refuses, without importing anything."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from experiments.services.import_units.read import open_rows
from experiments.services.import_units.rows import Rejection, RowReader
from experiments.services.import_units.spec import ImportSpec


def first_rejections(path: Path, spec: ImportSpec, id_key: bytes, limit: int) -> tuple[Rejection, ...]:
    """The first rejected rows, each by itself; what to show where so many are that the import failed.

    Raises:
        DomainError: as `open_rows`.
    """
    reader = RowReader(spec, id_key)
    with open_rows(path, spec.csv) as source:
        read = map(reader.read, source.rows(spec.columns))
        return tuple(islice((row for row in read if isinstance(row, Rejection)), limit))
