"""A Parquet file, read a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from experiments.domain.checks import check_unique
from experiments.domain.errors import DomainError

#: The first bytes of every Parquet file.
MAGIC = b"PAR1"
BATCH = 8_192


class OpenParquet:
    """An open Parquet file; whoever reads it counts the rows that are `done`.

    Raises:
        DomainError: the file is damaged, or has a column name twice.
    """

    def __init__(self, handle: BinaryIO, name: str) -> None:
        # Not on top: pyarrow is slow to import, and most starts of the program read no file.
        import pyarrow
        from pyarrow.parquet import ParquetFile

        try:
            self._file = ParquetFile(handle)
        except (pyarrow.ArrowException, OSError) as error:
            raise DomainError("bad_file", f"file == {name!r}, is no Parquet file: {error}.", "file") from None
        self.schema = self._file.schema_arrow
        check_unique(self.schema.names, "file.header")
        self.total = int(self._file.metadata.num_rows)
        self.done = 0

    def batches(self, columns: Sequence[str]) -> Iterator[list[list[Any]]]:
        """The values of the given columns, a list each, for some thousand rows at a time.

        Raises:
            DomainError: the file is damaged further on.
        """
        import pyarrow

        try:
            for batch in self._file.iter_batches(batch_size=BATCH, columns=list(columns)):
                yield [batch.column(column).to_pylist() for column in columns]
        except (pyarrow.ArrowException, OSError) as error:
            raise DomainError("bad_file", f"file is damaged after row {self.done}: {error}.", "file") from None
