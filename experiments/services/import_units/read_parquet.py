"""Rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from experiments.services.import_units.raw_row import RawRow
from experiments.services.parquet import OpenParquet


class ParquetRows(OpenParquet):
    """An open Parquet file; its values become the texts that a CSV file would hold."""

    def __init__(self, handle: BinaryIO, name: str) -> None:
        import pyarrow

        super().__init__(handle, name)
        self.header = tuple(self.schema.names)
        types = zip(self.header, self.schema.types, strict=True)
        self.real_columns = tuple(column for column, kind in types if pyarrow.types.is_floating(kind))

    def rows(self, columns: Sequence[str]) -> Iterator[RawRow]:
        """All rows; the number of a row stands for its line."""
        for values in self.batches(columns):
            for cells in zip(*values, strict=True):
                self.done += 1
                yield RawRow(self.done, self.done, tuple(_text(cell) for cell in cells))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)
