"""Rows of a CSV file (RFC 4180): quoted line ends, CRLF, LF or CR, and a byte order mark are all read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from experiments.domain.checks import check_unique
from experiments.domain.errors import DomainError
from experiments.services.import_units.raw_row import RawRow
from experiments.services.import_units.spec import CsvOptions


class CsvRows:
    """An open CSV file; the standard reader knows the line of every row, which messages need.

    Raises:
        DomainError: no header, a name twice in it, text in another encoding, or quotes that do not close, after which
            no row could be trusted.
    """

    #: CSV has texts only
    real_columns: Sequence[str] = ()

    def __init__(self, handle: BinaryIO, path: Path, options: CsvOptions) -> None:
        self._handle = handle
        self._options = options
        self.total = path.stat().st_size
        encoding = "utf-8-sig" if options.encoding in ("utf-8", "utf8") else options.encoding
        text = TextIOWrapper(handle, encoding=encoding, newline="")
        self._reader = csv.reader(text, delimiter=options.delimiter, strict=True)
        with self._explained():
            self.header = tuple(name.strip() for name in next(self._reader, []))
        if not self.header:
            raise DomainError("bad_file", f"file == {path.name!r}, has no header line.", "file")
        check_unique(self.header, "file.header")

    @property
    def done(self) -> int:
        """Bytes read."""
        return self._handle.tell()

    def rows(self, columns: Sequence[str]) -> Iterator[RawRow]:
        """All rows but blank lines."""
        places = [self.header.index(column) for column in columns]
        number = 0
        while True:
            line = self._reader.line_num + 1
            with self._explained():
                cells = next(self._reader, None)
            if cells is None:
                return
            if not cells:
                continue
            number += 1
            if len(cells) != len(self.header):
                yield RawRow(line, number, (), f"has {len(cells)} cells, must have {len(self.header)}")
            else:
                yield RawRow(line, number, tuple(cells[place] for place in places))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of the reader as domain errors that name the line."""
        line = self._reader.line_num + 1
        try:
            yield
        except UnicodeError as error:
            raise DomainError(
                "bad_encoding",
                f"csv.encoding == {self._options.encoding!r}, does not fit the file at or after line {line}: {error}.",
                "csv.encoding",
            ) from None
        except csv.Error as error:
            raise DomainError("bad_file", f"file is no CSV from line {line} on: {error}.", "file") from None
