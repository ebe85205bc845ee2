"""Rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from experiments.domain.checks import check_unique
from experiments.domain.errors import DomainError
from experiments.services.import_events.rows import NumberedRow, value_at

BATCH = 8_192


class ParquetFileRows:
    """An open Parquet file.

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
        check_unique(self._file.schema_arrow.names, "file.header")
        self.header = tuple(path for field in self._file.schema_arrow for path in _paths(field))
        self.total = int(self._file.metadata.num_rows)
        self.done = 0

    def rows(self, columns: Sequence[str]) -> Iterator[NumberedRow]:
        """All rows, from row 1."""
        import pyarrow

        paths = [column.split(".") for column in columns]
        tops = list(dict.fromkeys(path[0] for path in paths))
        try:
            for batch in self._file.iter_batches(batch_size=BATCH, columns=tops):
                values = {top: batch.column(top).to_pylist() for top in tops}
                cells = [[_cell(value, path[1:]) for value in values[path[0]]] for path in paths]
                for row in zip(*cells, strict=True):
                    self.done += 1
                    yield self.done, row
        except (pyarrow.ArrowException, OSError) as error:
            raise DomainError("bad_file", f"file is damaged after row {self.done}: {error}.", "file") from None


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
