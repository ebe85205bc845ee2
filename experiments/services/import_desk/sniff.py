"""How a file is written, found out from its beginning."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from experiments.domain.errors import DomainError
from experiments.services.import_events.cells import number_shape
from experiments.services.import_events.rows import format_of, open_rows
from experiments.services.import_events.rows_csv import delimiter_of
from experiments.services.import_events.spec import FileOptions
from experiments.services.import_events.times import BadTimeError, time_reader

LOOKED_AT = 65_536
#: Rows that are looked at for guesses, and columns that a page can show.
ROWS = 200
COLUMNS = 60
ENCODINGS = (("utf-8", "UTF-8 (usual)"), ("cp1252", "Windows, Western Europe"), ("utf-16", "UTF-16 (Excel text)"))
TIME_FORMATS = (
    "iso",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "unix",
    "unix_ms",
)

SIGNS = ((".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", "'"))
#: Years of what files tell; customer numbers look like dates of other centuries.
EARLIEST, LATEST = "1990", "2099"


@dataclass(frozen=True, slots=True)
class Beginning:
    """The head and the first rows of a file, as texts."""

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    options: FileOptions

    def column(self, name: str) -> list[str]:
        """Filled cells of a column."""
        place = self.header.index(name)
        return [text for row in self.rows if (text := str(row[place] if row[place] is not None else "").strip())]


def beginning_of(path: Path, options: FileOptions | None = None) -> Beginning:
    """The first rows; without options these are found out.

    Raises:
        DomainError: the file cannot be read.
    """
    options = options or options_of(path)
    with open_rows(path, options) as file:
        header = tuple(name for name in file.header if name)[:COLUMNS]
        rows = [cells for _, cells in islice(file.rows(header), ROWS) if not isinstance(cells, str)]
    return Beginning(header, tuple(tuple(cells) for cells in rows), options)


def options_of(path: Path) -> FileOptions:
    """Format, encoding and separator by the first bytes."""
    try:
        with path.open("rb") as handle:
            start = handle.read(LOOKED_AT)
    except OSError as error:
        raise DomainError("bad_file", f"file == {path.name!r}, cannot be read: {error.strerror}.", "file") from None
    form = format_of(start)
    if form != "csv":
        return FileOptions(format=form)
    encoding = encoding_of(start)
    line = start.decode(encoding, "replace").lstrip("\ufeff").partition("\n")[0]
    return FileOptions(format=form, encoding=encoding, delimiter=delimiter_of(line))


def encoding_of(start: bytes) -> str:
    """UTF-16 by its mark, UTF-8 where it fits, else what Windows writes."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for cut in range(4):  # the last character may be cut in two
        try:
            start[: len(start) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8"
    return "cp1252"


def time_format_of(texts: Sequence[str]) -> str | None:
    """The form that fits most texts, and more than half; days before months, because more of the world writes so."""
    found = max(TIME_FORMATS, key=lambda form: (_fitting(texts, form), -TIME_FORMATS.index(form)))
    return found if _fitting(texts, found) * 2 > len(texts) else None


def numbers_of(texts: Sequence[str]) -> tuple[str, str] | None:
    """(decimal, thousands) signs that fit most texts, and more than half; None where no signs do."""
    plain = [re.sub(r"[€$£¥\u00a0\u202f]", "", text).strip() for text in texts]
    fits = {signs: sum(number_shape(*signs).fullmatch(text) is not None for text in plain) for signs in SIGNS}
    found = max(SIGNS, key=lambda signs: (fits[signs], -SIGNS.index(signs)))
    return found if fits[found] * 2 > len(texts) else None


def with_guesses(options: FileOptions, zone: str, time_form: str | None, signs: tuple[str, str] | None) -> FileOptions:
    """Options with what was found out about cells."""
    decimal, thousands = signs or (options.decimal, options.thousands)
    return replace(
        options, time_zone=zone, time_format=time_form or options.time_format, decimal=decimal, thousands=thousands
    )


def _fitting(texts: Sequence[str], form: str) -> int:
    read: Callable[[Any], Any] = time_reader(form, "UTC", "12:00")
    return sum(_fits(text, form, read) for text in texts)


def _fits(text: str, form: str, read: Callable[[Any], Any]) -> bool:
    if form == "%Y%m%d" and len(text) != len("20261103"):
        return False
    try:
        moment, _ = read(text)
    except BadTimeError:
        return False
    return bool(EARLIEST <= moment[:4] <= LATEST)
