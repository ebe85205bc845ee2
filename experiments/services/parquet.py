"""A Parquet file, read a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from experiments.domain.checks import check_unique
from experiments.domain.errors import DomainError

#: The first bytes of every Parquet file.
MAGIC = b"PAR1"
BATCH = 8_192
#: Bytes of one row group; writers make them of a few hundred MB at most.
MOST_UNPACKED = 1 << 30


class OpenParquet:
    """An open Parquet file; whoever reads it counts the rows that are `done`.

    Raises:
        DomainError: the file is damaged, unpacks to too much, or has a column name twice.
    """

    def __init__(self, handle: BinaryIO, name: str) -> None:
        # Not on top: pyarrow is slow to import, and most starts of the program read no file.
        import pyarrow
        from pyarrow.parquet import ParquetFile

        try:
            plain = ParquetFile(handle)
            _check_unpacked(plain.metadata)
            texts = [field.name for field in plain.schema_arrow if _is_text(field.type)]
            self._file = ParquetFile(handle, read_dictionary=texts)
        except (pyarrow.ArrowException, OSError) as error:
            raise DomainError("bad_file", f"file == {name!r}, is no Parquet file: {error}.", "file") from None
        self.schema = plain.schema_arrow
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
                yield [_values(batch.column(column)) for column in columns]
        except (pyarrow.ArrowException, OSError) as error:
            raise DomainError("bad_file", f"file is damaged after row {self.done}: {error}.", "file") from None


def _check_unpacked(metadata: Any) -> None:
    """A file of kilobytes may unpack to more than the machine has."""
    largest = max((metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)), default=0)
    if largest > MOST_UNPACKED:
        raise DomainError(
            "too_large",
            f"file has a row group of {largest:,} bytes unpacked, must have at most {MOST_UNPACKED:,}.",
            "file",
        )


def _is_text(kind: Any) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_string(kind) or pyarrow.types.is_binary(kind))


def _values(column: Any) -> list[Any]:
    """The values of a column; a text that stands in many rows is one object, however long it is."""
    import pyarrow

    if not pyarrow.types.is_dictionary(column.type):
        return list(column.to_pylist())
    places = column.indices.to_pylist()
    used = sorted({place for place in places if place is not None})
    texts = dict(zip(used, column.dictionary.take(pyarrow.array(used, column.indices.type)).to_pylist(), strict=True))
    return [texts.get(place) for place in places]
