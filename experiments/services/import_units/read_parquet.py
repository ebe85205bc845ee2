"""Rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from experiments.domain.checks import check_unique
from experiments.domain.errors import DomainError
from experiments.services.import_units.read import RawRow

BATCH = 8_192


class ParquetRows:
    """An open Parquet file; its values become the texts that a CSV file would hold.

    Raises:
        DomainError: the file is damaged, or has a column name twice.
    """

    def __init__(self, handle: BinaryIO, name: str) -> None:
        import pyarrow
        from pyarrow.parquet import ParquetFile

        try:
            self._file = ParquetFile(handle)
        except (pyarrow.ArrowException, OSError) as error:
            raise DomainError("bad_file", f"file == {name!r}, is no Parquet file: {error}.", "file") from None
        self.header = tuple(self._file.schema_arrow.names)
        check_unique(self.header, "file.header")
        types = zip(self.header, self._file.schema_arrow.types, strict=True)
        self.real_columns = tuple(column for column, kind in types if pyarrow.types.is_floating(kind))
        self.total = int(self._file.metadata.num_rows)
        self.done = 0

    def rows(self, columns: Sequence[str]) -> Iterator[RawRow]:
        """All rows; the number of a row stands for its line."""
        import pyarrow

        try:
            for batch in self._file.iter_batches(batch_size=BATCH, columns=list(columns)):
                values = [batch.column(column).to_pylist() for column in columns]
                for cells in zip(*values, strict=True):
                    self.done += 1
                    yield RawRow(self.done, self.done, tuple(_text(cell) for cell in cells))
        except (pyarrow.ArrowException, OSError) as error:
            raise DomainError("bad_file", f"file is damaged after row {self.done}: {error}.", "file") from None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)
