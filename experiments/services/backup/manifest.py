"""What a backup holds; written last, so that a folder without it is no backup."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from experiments.domain.errors import DomainError
from experiments.store.unit_tables import checksum

NAME = "manifest.json"
Kind = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup.

    Args:
        made_at: ISO 8601 in UTC.
        version: of the product.
        revision: of the database.
        files: SHA-256 by name inside the folder.
        rows: by table, as the backup holds them.
    """

    made_at: str
    version: str
    kind: Kind
    revision: str
    files: dict[str, str]
    rows: dict[str, int]

    def write(self, folder: Path) -> None:
        """Write it as a whole."""
        draft = folder / f".{NAME}"
        draft.write_text(json.dumps(asdict(self), indent=2, sort_keys=True))
        draft.replace(folder / NAME)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose files are as they were written.

    Raises:
        DomainError: `no_backup`, there is none; `damaged`, a file is missing or changed.
    """
    path = folder / NAME
    try:
        manifest = Manifest(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        raise DomainError("no_backup", f"{folder} holds no complete backup: no readable {NAME}.", "folder") from None
    for name, digest in manifest.files.items():
        if not (folder / name).is_file():
            raise DomainError("damaged", f"{name} is missing in {folder}.", "folder")
        if checksum(folder / name) != digest:
            raise DomainError("damaged", f"{name} in {folder} is not the file that was backed up.", "folder")
    return manifest
