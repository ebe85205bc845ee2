"""Rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from experiments.services.import_events.numbered import NumberedRow, value_at
from experiments.services.parquet import OpenParquet


class ParquetFileRows(OpenParquet):
    """An open Parquet file; fields of nested columns are named by dotted path."""

    def __init__(self, handle: BinaryIO, name: str) -> None:
        super().__init__(handle, name)
        self.header = tuple(path for field in self.schema for path in _paths(field))

    def rows(self, columns: Sequence[str]) -> Iterator[NumberedRow]:
        """All rows, from row 1."""
        paths = [column.split(".") for column in columns]
        tops = list(dict.fromkeys(path[0] for path in paths))
        for batch in self.batches(tops):
            values = dict(zip(tops, batch, strict=True))
            cells = [[_cell(value, path[1:]) for value in values[path[0]]] for path in paths]
            for row in zip(*cells, strict=True):
                self.done += 1
                yield self.done, row


def _cell(value: Any, path: Sequence[str]) -> Any:
    found = value_at(value, path) if path else value
    return None if isinstance(found, float) and found != found else found  # not-a-number stands for an empty cell


def _paths(field: Any, prefix: str = "") -> Iterator[str]:
    import pyarrow

    path, kind = f"{prefix}{field.name}", field.type
    if pyarrow.types.is_struct(kind):
        for inner in kind:
            yield from _paths(inner, f"{path}.")
        return
    yield path
    if (pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind)) and pyarrow.types.is_struct(kind.value_type):
        for inner in kind.value_type:
            yield from _paths(inner, f"{path}.")
