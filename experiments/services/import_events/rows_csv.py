"""Rows of a CSV file (RFC 4180); separator and byte order mark are found out."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from experiments.domain.checks import check_unique
from experiments.domain.errors import DomainError
from experiments.services.import_events.numbered import NumberedRow
from experiments.services.import_events.spec import FileOptions

DELIMITERS = (",", ";", "\t", "|")


class CsvFileRows:
    """An open CSV file.

    Raises:
        DomainError: no header, a name twice in it, text in another encoding, or quotes that do not close.
    """

    def __init__(self, handle: BinaryIO, path: Path, options: FileOptions) -> None:
        self._handle, self._options = handle, options
        self.total = path.stat().st_size
        encoding = "utf-8-sig" if options.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else options.encoding
        text = TextIOWrapper(handle, encoding=encoding, newline="")
        self.delimiter = options.delimiter or delimiter_of(self._first_line(text))
        self._reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        head = next(self._guarded(), [])
        self.header = tuple(name.strip() for name in head)
        if not any(self.header):
            raise DomainError("bad_file", f"file == {path.name!r}, has no header line.", "file")
        check_unique((name for name in self.header if name), "file.header")

    @property
    def done(self) -> int:
        """Bytes read."""
        return self._handle.tell()

    def rows(self, columns: Sequence[str]) -> Iterator[NumberedRow]:
        """All rows but blank lines; the row below the head is row 2."""
        places = [self.header.index(column) for column in columns]
        take: Any = itemgetter(*places) if len(places) > 1 else lambda cells: tuple(cells[place] for place in places)
        width, number = len(self.header), 1
        for cells in self._guarded():
            number += 1
            if len(cells) == width:
                yield number, take(cells)
            elif cells:
                yield number, f"has {len(cells)} cells, must have {width}"

    def _first_line(self, text: TextIOWrapper) -> str:
        try:
            line = text.readline()
        except UnicodeError as error:
            raise self._bad_encoding(error) from None
        text.seek(0)
        return line

    def _guarded(self) -> Iterator[list[str]]:
        """Rows; errors of the reader become errors that name the line."""
        try:
            yield from self._reader
        except UnicodeError as error:
            raise self._bad_encoding(error) from None
        except csv.Error as error:
            line = self._reader.line_num
            raise DomainError("bad_file", f"file is no CSV from line {line} on: {error}.", "file") from None

    def _bad_encoding(self, error: UnicodeError) -> DomainError:
        message = f"file.encoding == {self._options.encoding!r}, does not fit the file: {error}."
        return DomainError("bad_encoding", message, "file.encoding")


def delimiter_of(line: str) -> str:
    """The sign that separates most cells of the head."""
    return max(DELIMITERS, key=lambda sign: (line.count(sign), -DELIMITERS.index(sign)))
