"""A file as rows of cells, read bit by bit: CSV, JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from experiments.domain.errors import DomainError
from experiments.services.import_events.numbered import NumberedRow
from experiments.services.import_events.rows_csv import CsvFileRows
from experiments.services.import_events.rows_json import JsonRows
from experiments.services.import_events.rows_parquet import ParquetFileRows
from experiments.services.import_events.spec import FileOptions
from experiments.services.import_units.nearest import nearest
from experiments.services.parquet import MAGIC

#: What stands at the beginning of JSON, after blanks.
_JSON_STARTS = (b"{", b"[")


class RowFile(Protocol):
    """An open file."""

    @property
    def header(self) -> Sequence[str]:
        """Names of all columns; nested ones by dotted path."""

    @property
    def total(self) -> int:
        """Size of the whole file, in the unit of `done`."""

    @property
    def done(self) -> int:
        """How much of it has been read."""

    def rows(self, columns: Sequence[str]) -> Iterator[NumberedRow]:
        """All rows with the cells of the given columns, which the header must have."""


@contextmanager
def open_rows(path: Path, options: FileOptions) -> Iterator[RowFile]:
    """The file, closed at the end.

    Raises:
        DomainError: it cannot be opened, is damaged or has no header (`bad_file`), or is in another encoding.
    """
    with ExitStack() as stack:
        try:
            handle = stack.enter_context(path.open("rb"))
            start = handle.read(4_096)
            handle.seek(0)
        except OSError as error:
            raise DomainError("bad_file", f"file == {path.name!r}, cannot be read: {error.strerror}.", "file") from None
        if not start.strip():
            raise DomainError("bad_file", f"file == {path.name!r}, is empty.", "file")
        form = options.format or format_of(start)
        if form == "parquet":
            yield ParquetFileRows(handle, path.name)
        elif form == "jsonl":
            yield JsonRows(handle, path, options)
        else:
            yield CsvFileRows(handle, path, options)


def format_of(start: bytes) -> str:
    """csv, jsonl or parquet by the first bytes."""
    if start.startswith(MAGIC):
        return "parquet"
    return "jsonl" if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_JSON_STARTS) else "csv"


def check_columns(wanted: Sequence[str], file: RowFile) -> None:
    """Refuse a file without one of the columns, naming the nearest that it has."""
    known = set(file.header)
    for column in wanted:
        if column not in known:
            hint = nearest(column, file.header)
            message = f"column {column!r} is not in the file; the nearest is {hint!r}."
            raise DomainError("no_column", message, f"file.{column}")
