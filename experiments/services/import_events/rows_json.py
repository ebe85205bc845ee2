"""Rows of a file with one JSON object per line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from experiments.domain.errors import DomainError
from experiments.services.import_events.numbered import NumberedRow, flat_names, value_at
from experiments.services.import_events.spec import FileOptions

#: Rows whose names make the header, and the longest line.
LOOKED_AT = 200
MAX_LINE = 1_000_000
_decode = msgspec.json.Decoder().decode


class JsonRows:
    """An open file of JSON lines.

    Raises:
        DomainError: one of the first rows is no JSON object, so that the file is something else.
    """

    def __init__(self, handle: BinaryIO, path: Path, options: FileOptions) -> None:
        self._handle, self._options = handle, options
        self.total = path.stat().st_size
        self.done = 0
        names: dict[str, None] = {}
        for number, row in islice(self._objects(), LOOKED_AT):
            if isinstance(row, str):
                raise DomainError("bad_file", f"file == {path.name!r}, row {number} {row}.", "file")
            names.update(dict.fromkeys(flat_names(row)))
        self.header = tuple(names)
        handle.seek(0)
        self.done = 0

    def rows(self, columns: Sequence[str]) -> Iterator[NumberedRow]:
        """All rows but blank lines, from row 1."""
        paths = [column.split(".") for column in columns]
        for number, row in self._objects():
            yield number, row if isinstance(row, str) else [value_at(row, path) for path in paths]

    def _objects(self) -> Iterator[tuple[int, Any]]:
        number = 0
        while line := self._handle.readline(MAX_LINE + 1):
            self.done += len(line)
            if len(line) > MAX_LINE:
                message = f"file: a line has over {MAX_LINE} bytes; it must be one JSON object per line."
                raise DomainError("bad_file", message, "file")
            if not line.strip():
                continue
            number += 1
            try:
                row = _decode(line.removeprefix(b"\xef\xbb\xbf"))
            except (msgspec.DecodeError, UnicodeError):
                row = None
            yield number, row if isinstance(row, dict) else "is no JSON object"
