"""A file as rows of text cells, read bit by bit: CSV or Parquet, told apart by the first bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from experiments.domain.errors import DomainError
from experiments.services.import_units.raw_row import RawRow
from experiments.services.import_units.read_csv import CsvRows
from experiments.services.import_units.read_parquet import ParquetRows
from experiments.services.import_units.spec import CsvOptions
from experiments.services.parquet import MAGIC


class RowSource(Protocol):
    """An open file."""

    @property
    def header(self) -> Sequence[str]:
        """Names of all columns."""

    @property
    def real_columns(self) -> Sequence[str]:
        """Names of the columns whose type is a real number; no id can stand there without losing digits."""

    @property
    def total(self) -> int:
        """Size of the whole file, in the same unit as `done`: bytes of CSV, rows of Parquet."""

    @property
    def done(self) -> int:
        """How much of it has been read."""

    def rows(self, columns: Sequence[str]) -> Iterator[RawRow]:
        """All rows with the cells of the given columns, which the header must have."""


@contextmanager
def open_rows(path: Path, options: CsvOptions) -> Iterator[RowSource]:
    """The file, closed at the end.

    Raises:
        DomainError: it cannot be opened or is neither a CSV file with a header nor a Parquet file (`bad_file`).
    """
    with ExitStack() as stack:
        try:
            handle = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise DomainError("bad_file", f"file == {path.name!r}, cannot be read: {error}.", "file") from None
        magic = handle.read(len(MAGIC))
        handle.seek(0)
        if magic == MAGIC:
            yield ParquetRows(handle, path.name)
        else:
            yield CsvRows(handle, path, options)
