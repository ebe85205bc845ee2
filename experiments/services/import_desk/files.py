"""Uploaded files: in a folder of the data folder, under names that say nothing, for as long as they are needed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from pathlib import Path

from experiments.domain.errors import DomainError

FOLDER = "uploads"
#: Seconds after which a file that no import speaks of is removed.
FORGOTTEN = 3_600


def folder_of(data_dir: Path) -> Path:
    """The folder, made where it is missing; only we may read it."""
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep(data_dir: Path, write: Callable[[Path], object], most: int) -> str:
    """Keep a file; returns its name in the folder.

    Args:
        write: writes the file to the path it is given.
        most: bytes.

    Raises:
        DomainError: it is empty or too large; nothing is kept then.
    """
    folder = folder_of(data_dir)
    name = secrets.token_hex(16)
    path = folder / name
    try:
        write(path)
        size = path.stat().st_size
        if size == 0:
            raise DomainError("required", "file is empty, must hold at least a head and one row.", "file")
        if size > most:
            raise DomainError("too_large", f"file has {size:,} bytes, must have at most {most:,}.", "file")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name


def path_of(data_dir: Path, name: str) -> Path:
    """Where a kept file lies.

    Raises:
        DomainError: it is gone.
    """
    path = folder_of(data_dir) / name
    if not name or not path.is_file():
        raise DomainError("gone", "The uploaded file is no longer there: upload it again.", "file")
    return path


def drop(data_dir: Path, name: str) -> None:
    """Delete a kept file."""
    if name:
        (folder_of(data_dir) / name).unlink(missing_ok=True)


def sweep(data_dir: Path, needed: Collection[str], now_seconds: float) -> int:
    """Delete files that no import needs; how many."""
    gone = 0
    for path in folder_of(data_dir).iterdir():
        if path.name not in needed and now_seconds - path.stat().st_mtime > FORGOTTEN:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
