"""CSV as the standard has it and as people write it, and Parquet, give the same rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from experiments.domain.errors import DomainError
from experiments.services.import_units.raw_row import RawRow
from experiments.services.import_units.read import open_rows
from experiments.services.import_units.spec import CsvOptions


def rows_of(path: Path, columns: tuple[str, ...] = ("b", "a"), **options: str) -> list[RawRow]:
    with open_rows(path, CsvOptions(**options)) as source:
        return list(source.rows(columns))


def cells_of(tmp_path: Path, content: bytes, **options: str) -> list[tuple[str, ...]]:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return [row.cells for row in rows_of(path, **options)]


def write_parquet(path: Path, columns: dict[str, Any]) -> None:
    import pyarrow
    from pyarrow.parquet import write_table

    write_table(pyarrow.table(columns), path)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"a,b\n1,2\n3,4\n", {}),
        (b"a,b\r\n1,2\r\n3,4", {}),
        (b"a,b\r1,2\r3,4\r", {}),
        (b"\xef\xbb\xbfa,b\n1,2\n3,4\n", {}),
        (b'"a","b"\n"1","2"\n"3","4"\n', {}),
        (b" a ,b\n\n1,2\n\n3,4\n\n", {}),
        (b"a;b\n1;2\n3;4\n", {"delimiter": ";"}),
        (b"a\tb\n1\t2\n3\t4\n", {"delimiter": "\t"}),
        ("a,b\n1,2\n3,4\n".encode("utf-16"), {"encoding": "utf-16"}),
    ],
)
def test_every_way_to_write_a_csv_file_gives_the_same_rows(
    tmp_path: Path, content: bytes, options: dict[str, str]
) -> None:
    assert cells_of(tmp_path, content, **options) == [("2", "1"), ("4", "3")]


def test_quoted_cells_may_hold_anything(tmp_path: Path) -> None:
    content = 'a,b\n"x, ""y""\r\nz",é\n'.encode()
    assert cells_of(tmp_path, content) == [("é", 'x, "y"\r\nz')]
    assert cells_of(tmp_path, "a,b\n1,é\n".encode("cp1252"), encoding="cp1252") == [("é", "1")]


def test_a_row_knows_the_line_it_begins_on_and_its_number(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'a,b\n1,"2\n2"\n\n3\n5,6\n')
    first, short, last = rows_of(path)
    assert (first.line, first.number, first.problem) == (2, 1, None)
    assert (short.line, short.number, short.problem) == (5, 2, "has 1 cells, must have 2")
    assert (last.line, last.number, last.cells) == (6, 3, ("6", "5"))


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "bad_file", "header"),
        (b"a,a\n1,2\n", "duplicate", "'a' twice"),
        (b'a,b\n1,2\n3,"4\n', "bad_file", "from line 3"),
        (b'a,b\n1,2\n3,"4"x\n', "bad_file", "from line 3"),
        (b"a,b\n1,\xe9\n", "bad_encoding", "utf-8"),
        (b"PAR1 but not really", "bad_file", "Parquet"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    with pytest.raises(DomainError) as caught:
        cells_of(tmp_path, content)
    assert caught.value.code == code
    assert words in caught.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match=r"gone\.csv"):
        rows_of(tmp_path / "gone.csv")


def test_progress_ends_with_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a,b\n" + "1,2\n" * 20_000)
    with open_rows(path, CsvOptions()) as source:
        seen = [source.done for _ in source.rows(("a",))]
        assert 0 < seen[0] < source.total
        assert seen == sorted(seen)
        assert source.done == source.total == path.stat().st_size


def test_parquet_gives_the_texts_a_csv_file_would_hold(tmp_path: Path) -> None:
    path = tmp_path / "whatever.name"
    write_parquet(path, {"a": [1, None, 3], "b": ["x", "y", None], "c": [True, None, False]})
    assert [row.cells for row in rows_of(path, ("c", "b", "a"))] == [
        ("True", "x", "1"), ("", "y", ""), ("False", "", "3"),
    ]  # fmt: skip
    assert [(row.line, row.number) for row in rows_of(path)] == [(1, 1), (2, 2), (3, 3)]
    write_parquet(path, {"a": [Decimal("1.50")], "b": [b"x"]})
    assert [row.cells for row in rows_of(path)] == [("x", "1.50")]


def test_parquet_counts_rows_and_knows_real_columns(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    write_parquet(path, {"a": [1.0, 2.0], "b": [1, 2]})
    with open_rows(path, CsvOptions()) as source:
        assert (tuple(source.header), tuple(source.real_columns), source.total) == (("a", "b"), ("a",), 2)
        assert len(list(source.rows(("a",)))) == 2
        assert source.done == 2
